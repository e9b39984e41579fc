package operation

import (
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// encode writes a response as JSON. Its data is JSON already and is copied. A request error has no data at all.
func encode(response *graphql.Response) []byte {
	body := make([]byte, 0, len(response.Data)+256)
	if len(response.Errors) > 0 {
		body = append(append(body, `,"errors":`...), Marshal(response.Errors)...)
	}
	if response.Data != nil {
		body = append(append(body, `,"data":`...), response.Data...)
	}
	if c, ok := response.Extensions["cost"].(costReport); ok {
		body = fmt.Appendf(body, `,"extensions":{"cost":{"requested":%d,"actual":%d,"limit":%d,"remaining":%d}}`,
			c.requested, c.actual, c.limit, c.remaining)
	}
	body[0] = '{'
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
