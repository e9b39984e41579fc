package transport

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"callbook/graph/operation"
	"callbook/model"
)

const (
	// maxSmallBody is how many bytes of a request are read before it needs a share of the memory for large ones.
	maxSmallBody = 64 << 10
	// bodyChunk is how many bytes are read at once: most bodies are shorter, and a client that stalls holds no more.
	bodyChunk = 8 << 10
)

// bodyChunks are what bodies are read into.
var bodyChunks = sync.Pool{New: func() any { return new([bodyChunk]byte) }}

// readBody reads a body within the limits. A large one waits for a share of the memory that large bodies have together.
func (h *handler) readBody(req *operation.Request, w http.ResponseWriter, r *http.Request) (string, *problem) {
	chunk := bodyChunks.Get().(*[bodyChunk]byte)
	defer bodyChunks.Put(chunk)
	n, isWhole, err := fill(chunk[:min(bodyChunk, h.limits.Body)], r.Body)
	if isWhole || err != nil {
		return string(chunk[:n]), readProblem(err)
	}
	if r.ContentLength > h.limits.Body {
		return "", tooLarge(h.limits.Body)
	}
	var body strings.Builder
	rest := http.MaxBytesReader(w, r.Body, h.limits.Body-int64(n))
	for body.Write(chunk[:n]); !isWhole && err == nil; body.Write(chunk[:n]) {
		if body.Len() == maxSmallBody {
			if bad := h.reserveBody(req, r); bad != nil {
				return "", bad
			}
			body.Grow(int(max(r.ContentLength-maxSmallBody, 0)))
			rest = io.NopCloser(newPacedReader(rest, w))
		}
		n, isWhole, err = fill(chunk[:], rest)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return "", tooLarge(h.limits.Body)
	}
	return body.String(), readProblem(err)
}

// reserveBody waits for a share of the memory that large bodies have together.
func (h *handler) reserveBody(req *operation.Request, r *http.Request) *problem {
	size := r.ContentLength
	if size < 0 {
		size = h.limits.Body
	}
	if full := h.Pipeline.ReserveMemory(r.Context(), &req.Reservation, operation.BodyWeight*size); full != nil {
		return &problem{http.StatusServiceUnavailable, full}
	}
	return nil
}

// fill reads until the buffer is full, or the source ends, or there is an error.
func fill(buffer []byte, from io.Reader) (n int, isWhole bool, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = from.Read(buffer[n:])
		n += more
	}
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}

// readProblem says what is wrong where reading a body failed.
func readProblem(err error) *problem {
	if err == nil {
		return nil
	}
	if exceeded, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(exceeded.Limit)
	}
	return badRequest("the body could not be read")
}

func tooLarge(limit int64) *problem {
	err := model.LimitExceeded("", "the body has more than %d bytes", limit)
	return &problem{http.StatusRequestEntityTooLarge, err}
}

// pacedReader reads a body whose client must send at least paceBytes in each paceTime, and all of it in maxBodyTime:
// one that stalls must not hold the memory that large requests share.
type pacedReader struct {
	reader     io.Reader
	connection *http.ResponseController
	end        time.Time // of the whole body
	owed       int       // bytes until the deadline moves on
}

const (
	paceBytes   = 256 << 10
	paceTime    = 15 * time.Second
	maxBodyTime = 2 * time.Minute
)

func newPacedReader(reader io.Reader, w http.ResponseWriter) *pacedReader {
	return &pacedReader{reader: reader, connection: http.NewResponseController(w), end: time.Now().Add(maxBodyTime)}
}

// Read reads as the underlying reader does, and moves the connection's deadline on.
func (p *pacedReader) Read(into []byte) (int, error) {
	if p.owed <= 0 {
		p.owed = paceBytes
		deadline := time.Now().Add(paceTime)
		if deadline.After(p.end) {
			deadline = p.end
		}
		_ = p.connection.SetReadDeadline(deadline)
	}
	n, err := p.reader.Read(into)
	if p.owed -= n; err == io.EOF {
		_ = p.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
