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

// maxSmallBody is how many bytes of a request are read before it needs a share of the memory for large ones.
const maxSmallBody = 64 << 10

// bodyBuffers are what bodies are read into.
var bodyBuffers = sync.Pool{New: func() any { return new([maxSmallBody]byte) }}

// readBody reads a body within the limits. A large one waits for a share of the memory that large bodies have together.
func (h *handler) readBody(req *operation.Request, w http.ResponseWriter, r *http.Request) (string, *problem) {
	buffer := bodyBuffers.Get().(*[maxSmallBody]byte)
	defer bodyBuffers.Put(buffer)
	limited := http.MaxBytesReader(w, r.Body, h.limits.Body)
	n, isWhole, err := fill(buffer[:], limited)
	if isWhole || err != nil {
		return string(buffer[:n]), readProblem(err)
	}
	if r.ContentLength > h.limits.Body {
		return "", tooLarge(h.limits.Body)
	}
	size := r.ContentLength
	if size < 0 {
		size = h.limits.Body
	}
	if full := h.Pipeline.ReserveMemory(r.Context(), &req.Reservation, operation.BodyWeight*size); full != nil {
		return "", &problem{http.StatusServiceUnavailable, full}
	}
	var body strings.Builder
	body.Grow(int(max(r.ContentLength, 2*maxSmallBody)))
	rest := newPacedReader(limited, w)
	for {
		body.Write(buffer[:n])
		if isWhole || err != nil {
			return body.String(), readProblem(err)
		}
		n, isWhole, err = fill(buffer[:], rest)
	}
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
	var exceeded *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exceeded):
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
