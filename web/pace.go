package web

import (
	"io"
	"net/http"
	"time"
)

const (
	// pieceTime is how long a client may take to send or to read a piece of a file: a connection that does nothing for
	// longer is cut off.
	pieceTime = time.Minute
	// leastRate is how many bytes a client sends or reads each second on the average, after the first pieceTime.
	leastRate = 16 << 10
)

// pace says until when the next piece of a transfer must come.
type pace struct {
	began time.Time
	bytes int64 // that have come
}

// deadline returns the end of the next piece: a minute from now, and earlier for a client that was slow so far.
func (p *pace) deadline(now time.Time) time.Time {
	if p.began.IsZero() {
		p.began = now
	}
	earned := time.Duration(p.bytes/leastRate) * time.Second
	if slowest := p.began.Add(pieceTime + earned); slowest.Before(now.Add(pieceTime)) {
		return slowest
	}
	return now.Add(pieceTime)
}

// pacedBody is a body that may take as long as it needs, while it comes at the least rate.
type pacedBody struct {
	io.Reader
	pace
	connection *http.ResponseController
}

// Read reads as the body does, and moves the connection's deadline on.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.connection.SetReadDeadline(b.deadline(time.Now()))
	n, err := b.Reader.Read(p)
	b.bytes += int64(n)
	return n, err
}

// pacedResponse is a response that a client may read slowly, while it reads at the least rate.
type pacedResponse struct {
	http.ResponseWriter
	pace
	connection *http.ResponseController
}

// Write writes as the response does, and moves the connection's deadline on.
func (p *pacedResponse) Write(data []byte) (int, error) {
	_ = p.connection.SetWriteDeadline(p.deadline(time.Now()))
	n, err := p.ResponseWriter.Write(data)
	p.bytes += int64(n)
	return n, err
}

// sendPaced calls send with a response that is paced, and has the connection's next request begin without a deadline.
func sendPaced(w http.ResponseWriter, send func(http.ResponseWriter)) {
	connection := http.NewResponseController(w)
	send(&pacedResponse{ResponseWriter: w, connection: connection})
	if connection.Flush() == nil {
		_ = connection.SetWriteDeadline(time.Time{})
	}
}
