package transport

import (
	"errors"
	"io"
	"net/http"
	"time"

	"callbook/graph/operation"
	"callbook/model"
)

// maxSmallBody is how many bytes of a request are read before it needs a share of the memory for large ones.
const maxSmallBody = 64 << 10

// readBody reads a body within the limits. A large one waits for a share of the memory that large bodies have together.
func (h *handler) readBody(req *operation.Request, w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	limited := http.MaxBytesReader(w, r.Body, h.limits.Body)
	body, err := io.ReadAll(io.LimitReader(limited, maxSmallBody))
	if err != nil || len(body) < maxSmallBody {
		return body, readProblem(err)
	}
	if r.ContentLength > h.limits.Body {
		return nil, tooLarge(h.limits.Body)
	}
	size := r.ContentLength
	if size < 0 {
		size = h.limits.Body
	}
	if full := h.Pipeline.ReserveMemory(r.Context(), &req.Reservation, operation.BodyWeight*size); full != nil {
		return nil, &problem{http.StatusServiceUnavailable, full}
	}
	rest, err := io.ReadAll(newPacedReader(limited, w))
	if err != nil {
		return nil, readProblem(err)
	}
	return append(body, rest...), nil
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
