package harness

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// Answer is what a request was answered.
type Answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
}

// JSON returns the body as a response of GraphQL. It fails the test where the body is no JSON object; what follows the
// object is left unread.
func (a Answer) JSON() (out Response) {
	a.t.Helper()
	if err := json.NewDecoder(strings.NewReader(a.Body)).Decode(&out); err != nil {
		a.t.Fatalf("the body is no JSON object: %v in %.300q", err, a.Body)
	}
	return out
}

// Code returns the code of the first error, nil where there is none.
func (a Answer) Code() any {
	a.t.Helper()
	code, _ := a.JSON().FirstError()
	return code
}

// Response is a response of GraphQL as generic JSON.
type Response map[string]any

// At walks into the response: see the function At.
func (r Response) At(path ...any) any { return At(map[string]any(r), path...) }

// FirstError returns the code and the field of the first error, nil where there is none.
func (r Response) FirstError() (code, field any) {
	extensions := r.At("errors", 0, "extensions")
	return At(extensions, "code"), At(extensions, "field")
}

// At walks into generic JSON, as in At(v, "data", "calls", "nodes", 0, "id"). It returns nil where the path leads
// nowhere.
func At(v any, path ...any) any {
	v = plain(v)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// plain returns a Response as the object that it is, and other values as they are.
func plain(v any) any {
	if response, ok := v.(Response); ok {
		return map[string]any(response)
	}
	return v
}

// List walks into generic JSON as At does and returns the list there, nil where there is none.
func List(v any, path ...any) []any {
	list, _ := At(v, path...).([]any)
	return list
}

// Matches reports whether generic JSON is what is wanted, in which "<any>" stands for any value.
func Matches(want, got any) bool {
	if want == "<any>" {
		return true
	}
	got = plain(got)
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for key, value := range want {
			if other, ok := got[key]; !ok || !Matches(value, other) {
				return false
			}
		}
		return true
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !Matches(want[i], got[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, got)
}
