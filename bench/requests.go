package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
)

const jsonType = "application/json"

// callbookRequest returns the request number n of an operation as Callbook takes it.
func callbookRequest(o operation, i inputs, n int64) (request, bool) {
	if o.upload != nil {
		return uploadRequest(o, o.upload(i, n)), true
	}
	return request{jsonType, body(o.name, o.query, o.variables(i, n))}, true
}

// handRequest is a request to the handlers written by hand, false where they are not compared: files are texts among
// the variables.
func handRequest(o operation, i inputs, n int64) (request, bool) {
	if o.isAlone {
		return request{}, false
	}
	return request{jsonType, body(o.name, o.query, o.variables(i, n))}, true
}

// apolloRequest is a request to Apollo Server, false where it is not compared.
func apolloRequest(o operation, i inputs, n int64) (request, bool) {
	if !o.apollo {
		return request{}, false
	}
	query := o.query
	if o.apolloQuery != "" {
		query = o.apolloQuery
	}
	return request{jsonType, body(o.name, query, o.variables(i, n))}, true
}

// graphileRequest is a request to PostGraphile, false where it is not compared.
func graphileRequest(o operation, i inputs, n int64) (request, bool) {
	if o.graphile == "" {
		return request{}, false
	}
	variables := o.variables
	if o.graphileVariables != nil {
		variables = o.graphileVariables
	}
	return request{jsonType, body(o.name, o.graphile, variables(i, n))}, true
}

// uploadRequest is a request by the GraphQL multipart request specification.
func uploadRequest(o operation, file string) request {
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	operations, err := json.Marshal(vars{"query": o.query, "variables": vars{"file": nil}})
	if err != nil {
		panic(err) // texts
	}
	_ = w.WriteField("operations", string(operations)) // a bytes.Buffer takes everything
	_ = w.WriteField("map", `{"0": ["variables.file"]}`)
	part, err := w.CreateFormFile("0", "calls.jsonl")
	if err != nil {
		panic(err)
	}
	fmt.Fprint(part, file)
	w.Close()
	return request{w.FormDataContentType(), text.Bytes()}
}
