package model

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSONList is a list that is stored as JSON in one column, never as NULL. The driver gets it as text, because bun's own
// JSON encoder corrupts a literal \u0000 (bun 1.3.0).
type JSONList[T any] struct{ V []T }

// orEmpty returns the list, never nil, so that GraphQL returns [].
func (l JSONList[T]) orEmpty() []T {
	if l.V == nil {
		return []T{}
	}
	return l.V
}

// Value returns the list as JSON text.
func (l JSONList[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(l.orEmpty())
	return string(b), err
}

// Scan parses JSON text of a column.
func (l *JSONList[T]) Scan(src any) error {
	switch src := src.(type) {
	case []byte:
		return json.Unmarshal(src, &l.V)
	case string:
		return json.Unmarshal([]byte(src), &l.V)
	}
	return fmt.Errorf("model: cannot read a JSON list from %T", src)
}
