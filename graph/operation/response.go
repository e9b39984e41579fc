package operation

import (
	"encoding/json"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// responseBuffers are what responses are encoded into.
var responseBuffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooledBuffer is how many bytes a buffer may have that is used again.
const maxPooledBuffer = 1 << 20

// Free gives back the memory of Body, which must not be used any more. Where it is not called, the garbage collector
// does.
func (r *Result) Free() {
	if r.buffer != nil && cap(r.Body) <= maxPooledBuffer {
		*r.buffer = r.Body
		responseBuffers.Put(r.buffer)
	}
	r.buffer, r.Body = nil, nil
}

// appendResponse appends a response as JSON, with what it cost where that is not nil. Its data is JSON already and is
// copied. A request error has no data at all.
func appendResponse(body []byte, response *graphql.Response, cost *costReport) []byte {
	begin := len(body)
	if len(response.Errors) > 0 {
		body = append(append(body, `,"errors":`...), Marshal(response.Errors)...)
	}
	if response.Data != nil {
		body = append(append(body, `,"data":`...), response.Data...)
	}
	if cost != nil {
		body = append(body, `,"extensions":{"cost":{"requested":`...)
		body = strconv.AppendInt(body, int64(cost.requested), 10)
		body = append(body, `,"actual":`...)
		body = strconv.AppendInt(body, int64(cost.actual), 10)
		body = append(body, `,"limit":`...)
		body = strconv.AppendInt(body, int64(cost.limit), 10)
		body = append(body, `,"remaining":`...)
		body = strconv.AppendInt(body, int64(cost.remaining), 10)
		body = append(body, `}}`...)
	}
	body[begin] = '{'
	return append(body, '}')
}

// Marshal returns v as JSON. v must be something that can always be marshalled: messages, paths, codes, numbers.
func Marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
