// Package files turns files into model's inputs and back, streaming. It knows neither the database nor the API.
package files

import (
	"time"

	"callbook/model"
)

// Kind says what the rows of a file are.
type Kind string

const (
	AnyKind    Kind = ""       // each row tells by its fields
	CallKind   Kind = "call"   // calls of the CRM's document, snake_case
	RecordKind Kind = "record" // call records of the AI platform's document, camelCase
)

// Options say how to read a file.
type Options struct {
	Kind     Kind
	Location *time.Location // of times without a zone
	TenantID int64          // the actor's; a row of another tenant is refused
	Lines    bool           // one JSON value a line, whatever the first line looks like
}

// Row is one row of a file: a call, a call record, or what is wrong with it.
type Row struct {
	Line    int // where it begins, from 1
	Call    *model.CallImport
	Record  *model.SaveCallRecordInput
	Errors  model.Errors
	Ignored []string // fields that mean nothing here
}
