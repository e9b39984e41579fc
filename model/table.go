package model

import (
	"encoding/json"
	"io"
)

// TableRows are the rows of a table as JSON: a list of lists.
type TableRows []byte

// MarshalGQL writes the JSON.
func (r TableRows) MarshalGQL(w io.Writer) { _, _ = w.Write(r) } // it writes into memory

// UnmarshalGQL returns BAD_USER_INPUT: rows are answered alone. gqlgen wants scalars to have it.
func (r *TableRows) UnmarshalGQL(any) error { return badValue("is answered alone") }

// MarshalJSON returns the JSON.
func (r TableRows) MarshalJSON() ([]byte, error) { return json.RawMessage(r).MarshalJSON() }
