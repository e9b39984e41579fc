package randomops

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// orderedObject is a JSON object with its keys in the order in which they came.
type orderedObject struct {
	keys   []string
	values map[string]any
}

// readOrdered reads JSON, keeping the order of keys and refusing any that comes twice.
func readOrdered(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	v, err := orderedValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

func orderedValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return orderedMembers(decoder)
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			v, err := orderedValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

func orderedMembers(decoder *json.Decoder) (any, error) {
	out := orderedObject{values: map[string]any{}}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string)
		if _, twice := out.values[key]; twice {
			return nil, fmt.Errorf("the key %q comes twice", key)
		}
		out.keys = append(out.keys, key)
		if out.values[key], err = orderedValue(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return out, err
}
