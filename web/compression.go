package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"callbook/graph/transport"
)

// minCompressedSize is the size in bytes from which responses are compressed: smaller ones fit into one packet as they
// are.
const minCompressedSize = 1400

// compress compresses responses by gzip or zstd where the client accepts that (RFC 9110, 12.5.3), except event streams,
// websockets and what asks not to be by the header gzhttp.HeaderNoCompression.
func compress(next http.Handler) http.Handler {
	// The fastest levels: they save five sixths of a page of calls, and slower ones a tenth of the rest.
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressedSize), gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ZstdCompressionLevel(int(zstd.SpeedFastest)), gzhttp.SuffixETag("-gzip"),
		gzhttp.ContentTypes([]string{"application/json", "application/graphql-response+json", "text/plain"}))
	if err != nil {
		panic(err) // the options above fit each other
	}
	compressed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if transport.IsWebsocket(r) || acceptsEvents(r) {
			next.ServeHTTP(w, r)
			return
		}
		held := heldResponses.Get().(*heldResponse)
		held.ResponseWriter = w
		compressed.ServeHTTP(held, r)
		held.send()
		if held.body.Cap() <= maxPooledBody {
			held.body.Reset()
			*held = heldResponse{body: held.body}
			heldResponses.Put(held)
		}
	})
}

// heldResponses are used again, with the memory of their bodies where it is no more than maxPooledBody bytes.
var heldResponses = sync.Pool{New: func() any { return &heldResponse{} }}

const maxPooledBody = 256 << 10

// acceptsEvents reports whether a response may be an event stream. gzhttp does not flush headers, by which clients know
// that a subscription has begun.
func acceptsEvents(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/event-stream")
}

// heldResponse keeps a compressed response until it is complete, so that a client that reads slowly holds no compressor
// and the response has its length. Responses that are not compressed pass.
type heldResponse struct {
	http.ResponseWriter
	body   bytes.Buffer
	status int // of a response that is kept; 0 where it passes
}

// Unwrap returns the writer beneath, for http.ResponseController.
func (h *heldResponse) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// WriteHeader keeps the status of a compressed response.
func (h *heldResponse) WriteHeader(status int) {
	if h.Header().Get("Content-Encoding") == "" {
		h.ResponseWriter.WriteHeader(status)
		return
	}
	h.status = status
}

// Write keeps bytes of a compressed response.
func (h *heldResponse) Write(b []byte) (int, error) {
	if h.status == 0 && h.Header().Get("Content-Encoding") != "" {
		h.status = http.StatusOK
	}
	if h.status == 0 {
		return h.ResponseWriter.Write(b)
	}
	return h.body.Write(b)
}

// FlushError flushes a response that is not compressed.
func (h *heldResponse) FlushError() error {
	if h.status != 0 {
		return nil
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// Flush does what FlushError does, for callers that want no error.
func (h *heldResponse) Flush() { _ = h.FlushError() }

// send sends what was kept. A client that reads too slowly is cut off.
func (h *heldResponse) send() {
	if h.status == 0 {
		return
	}
	h.Header().Set("Content-Length", strconv.Itoa(h.body.Len()))
	h.ResponseWriter.WriteHeader(h.status)
	connection := http.NewResponseController(h.ResponseWriter)
	_ = connection.SetWriteDeadline(time.Now().Add(transport.ResponseTime(h.body.Len())))
	if _, err := h.ResponseWriter.Write(h.body.Bytes()); err == nil && connection.Flush() == nil {
		_ = connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
	}
}
