package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// streamTime is how long event streams and websockets of a test live at most.
const streamTime = Slowness * 3 * time.Minute

// Events waits for the next event of a stream and returns its name and its data; at the end of the stream, "end" and
// the error that ended it.
type Events func() (event, data string)

// Events subscribes by an event stream to a server that listens; headers come in pairs of name and value.
func (s *Server) Events(query string, headers ...string) Events {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), streamTime)
	s.t.Cleanup(cancel)
	body := strings.NewReader(`{"query":` + JSON(query) + `}`)
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/graphql", body)
	if err != nil {
		s.t.Fatal(err)
	}
	setHeaders(r, append([]string{"Content-Type", "application/json", "Accept", "text/event-stream"}, headers...))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = response.Body.Close() })
	mediaType := response.Header.Get("Content-Type")
	if response.StatusCode != 200 || !strings.HasPrefix(mediaType, "text/event-stream") {
		s.t.Fatalf("%s: got %d %s, want 200 text/event-stream", query, response.StatusCode, mediaType)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return func() (event, data string) {
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				event = line[7:]
			case strings.HasPrefix(line, "data: "):
				data = line[6:]
			case line == "" && event != "":
				return event, data
			}
		}
		return "end", fmt.Sprint(lines.Err())
	}
}

// Socket is a client of the protocol graphql-transport-ws.
type Socket struct {
	*websocket.Conn
	Ctx context.Context // ends with the test, or after some seconds
	t   testing.TB
}

// Dial opens a websocket to a server that listens; headers come in pairs of name and value.
func (s *Server) Dial(headers ...string) *Socket {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), streamTime)
	s.t.Cleanup(cancel)
	conn, _, err := DialSocket(ctx, s.URL, []string{"graphql-transport-ws"}, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	return &Socket{conn, ctx, s.t}
}

// DialSocket opens a websocket at a URL, and returns the server's answer where it refuses; headers come in pairs of
// name and value.
func DialSocket(
	ctx context.Context, url string, subprotocols []string, headers ...string,
) (*websocket.Conn, *http.Response, error) {
	r := &http.Request{Header: http.Header{}}
	setHeaders(r, headers)
	return websocket.Dial(ctx, url+"/graphql", &websocket.DialOptions{Subprotocols: subprotocols, HTTPHeader: r.Header})
}

// WriteText sends a message. It returns an error where the socket is closed.
func (c *Socket) WriteText(text string) error {
	return c.Conn.Write(c.Ctx, websocket.MessageText, []byte(text))
}

// Say sends a message.
func (c *Socket) Say(text string) {
	c.t.Helper()
	if err := c.WriteText(text); err != nil {
		c.t.Fatal(err)
	}
}

// Init sends connection_init without a payload and returns the server's answer to it.
func (c *Socket) Init() map[string]any {
	c.t.Helper()
	c.Say(`{"type":"connection_init"}`)
	return c.Hear()
}

// Subscribe sends an operation under an id.
func (c *Socket) Subscribe(id, query string) {
	c.t.Helper()
	c.Say(`{"id":` + JSON(id) + `,"type":"subscribe","payload":{"query":` + JSON(query) + `}}`)
}

// Hear returns the next message, at the end {"closed": code}.
func (c *Socket) Hear() map[string]any {
	c.t.Helper()
	_, text, err := c.Read(c.Ctx)
	if err != nil {
		return map[string]any{"closed": float64(websocket.CloseStatus(err))}
	}
	var message map[string]any
	if err := json.Unmarshal(text, &message); err != nil {
		c.t.Fatal(err)
	}
	return message
}
