// Package files reads files into the inputs of package model, row by row. It knows no SQL and no schema; of gqlgen it
// uses Omittable alone, as the inputs do.
package files

import (
	"time"

	"callbook/model"
)

// Kind says what the rows of a file are.
type Kind string

const (
	AnyKind    Kind = ""       // each row's fields decide
	CallKind   Kind = "call"   // calls of the CRM's document, snake_case
	RecordKind Kind = "record" // call records of the AI platform's document, camelCase
)

// Options say how to read a file.
type Options struct {
	Kind     Kind
	Location *time.Location // the time zone of times without one
	TenantID int64          // the actor's; rows of other tenants are wrong
	Lines    bool           // whether there is one JSON value a line; where false, the first line decides
}

// Row is one row of a file: a call or a call record, with what is wrong with it. Call and Record are both nil where
// the row is neither.
type Row struct {
	Line     int    // where the row begins, from 1
	Sheet    string // of a workbook, the further sheet that has the row; empty for the first one
	Number   int    // of a table, what sheet.Row calls so
	Index    int    // place among all rows of the file, from 0: in a file of one array, the index in the array
	ID       string // the row's key as it is written, shortened; empty where it has none
	Call     *model.CallImport
	Record   *model.SaveCallRecordInput
	Errors   model.Errors
	Warnings model.Errors // of values that are left out of a row that can go in without them
	Ignored  []string     // names of members that are not read
	Size     int          // bytes of the members as they are written in the file

	isMapped bool // of a table: errors name fields as the schema does
}
