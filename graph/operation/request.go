package operation

import (
	"github.com/99designs/gqlgen/graphql"
)

// Request is a GraphQL request, by whatever transport it came.
type Request struct {
	graphql.RawParams
	DocumentID  string // of a persisted document, in place of the text
	IsOwn       bool   // whether the text is the server's own, which need not be persisted
	FilesHash   string // of uploaded files; requests that differ in them alone are different requests
	Reservation Reservation
	Permit      func(*Execution) *Refusal // asked when the operation is known, before it is admitted; may be nil
}

// Result is the result of an operation: a body, or a subscription.
type Result struct {
	Body         []byte        // of the response to a query or a mutation
	Subscription *Subscription // nil for a query or a mutation
	buffer       *[]byte       // the pooled buffer of Body; nil where it has none
}
