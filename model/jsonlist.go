package model

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSONList keeps a list in one column, never NULL. The value goes to the driver as text, past bun's own JSON encoder,
// which corrupts a literal \u0000 (bun 1.3.0).
type JSONList[T any] struct{ V []T }

// orEmpty is the list, never nil: GraphQL answers it as [].
func (l JSONList[T]) orEmpty() []T {
	if l.V == nil {
		return []T{}
	}
	return l.V
}

func (l JSONList[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(l.orEmpty())
	return string(b), err
}

func (l *JSONList[T]) Scan(src any) error {
	switch src := src.(type) {
	case []byte:
		return json.Unmarshal(src, &l.V)
	case string:
		return json.Unmarshal([]byte(src), &l.V)
	}
	return fmt.Errorf("model: cannot read a JSON list from %T", src)
}
