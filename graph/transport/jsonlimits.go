package transport

import (
	"encoding/json"
	"slices"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// checkJSON refuses what encoding/json lets pass silently: half a surrogate pair, which it replaces, so that two keys
// become one; a name that an object has twice, of which it takes the last (both BAD_USER_INPUT); and JSON that is
// nested too deep, or has too many values or elements (LIMIT_EXCEEDED). Whether the text is JSON at all is left to
// encoding/json.
func checkJSON(body []byte, limits operation.Limits) *model.Error {
	s := jsonScanner{limits: limits}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; c {
		case '"':
			end, err := s.scanString(body, i)
			if err != nil {
				return err
			}
			i = end
		default:
			if err := s.scanMark(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// jsonScanner knows where in the JSON it is.
type jsonScanner struct {
	limits operation.Limits
	open   []jsonValue
	values int
}

// jsonValue is an object or a list that is not closed yet.
type jsonValue struct {
	isObject, atName bool
	commas           int
	names            []string
	known            map[string]bool // the names, where they are many
}

// manyNames is from how many names on a map finds them faster than a list.
const manyNames = 16

// scanMark takes in a character outside of strings.
func (s *jsonScanner) scanMark(c byte) *model.Error {
	switch c {
	case '{', '[':
		s.open = append(s.open, jsonValue{isObject: c == '{', atName: c == '{'})
		if len(s.open) > operation.MaxNesting {
			return model.LimitExceeded("", "the body is nested more than %d deep", operation.MaxNesting)
		}
		return s.countValue()
	case '}', ']':
		s.open = s.open[:max(len(s.open)-1, 0)]
	case ',', ':':
		n := len(s.open)
		if n == 0 {
			return nil
		}
		v := &s.open[n-1]
		v.atName = v.isObject && c == ','
		if c == ':' {
			return nil
		}
		if v.commas++; !v.isObject && v.commas >= s.limits.ListSize {
			return model.LimitExceeded("", "a list of the body has more than %d elements", s.limits.ListSize)
		}
		return s.countValue()
	}
	return nil
}

// countValue counts a value: each takes memory when it is decoded, however short it is written.
func (s *jsonScanner) countValue() *model.Error {
	if s.values++; s.values > s.limits.Values {
		return model.LimitExceeded("", "the body has more than %d values", s.limits.Values)
	}
	return nil
}

// scanString reads the string that begins at i, and returns where it ends.
func (s *jsonScanner) scanString(body []byte, i int) (end int, err *model.Error) {
	escaped := false
	for end = i + 1; end < len(body) && body[end] != '"'; end++ {
		if body[end] != '\\' {
			continue
		}
		escaped = true
		escape := string(body[end:min(end+12, len(body))])
		_, length, ok := text.ParseEscape(escape)
		if body[min(end+1, len(body)-1)] == 'u' && !ok {
			return 0, model.BadInput("", "the body has half a surrogate pair: %s", text.Quote(escape))
		}
		end += max(length, 2) - 1
	}
	if n := len(s.open); n > 0 && s.open[n-1].atName && end < len(body) {
		name := string(body[i+1 : end])
		if !escaped || json.Unmarshal(body[i:end+1], &name) == nil { // else it is no JSON
			return end, s.open[n-1].addName(name)
		}
	}
	return end, nil
}

// addName takes in the name of an object's member, and refuses it where the object has it already.
func (v *jsonValue) addName(name string) *model.Error {
	if v.known[name] || v.known == nil && slices.Contains(v.names, name) {
		return model.BadInput("", "an object of the body has the name %s twice", text.Quote(name))
	}
	v.names = append(v.names, name)
	switch {
	case v.known != nil:
		v.known[name] = true
	case len(v.names) > manyNames:
		v.known = make(map[string]bool, 4*manyNames)
		for _, known := range v.names {
			v.known[known] = true
		}
	}
	return nil
}
