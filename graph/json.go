package graph

import (
	"encoding/json"
	"slices"

	"callbook/model"
	"callbook/text"
)

// checkJSON refuses what encoding/json would let pass without a word: half a surrogate pair, which it replaces, so that one key
// is made of two; a name that an object has twice, of which it takes the last; and JSON that is nested too deep.
// That the rest is JSON at all, it leaves to encoding/json.
func checkJSON(text []byte, limits Limits) *model.Error {
	s := jsonScanner{limits: limits}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end, err := s.text(text, i)
			if err != nil {
				return err
			}
			i = end
		default:
			if err := s.mark(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// jsonScanner knows where in the JSON it is.
type jsonScanner struct {
	limits Limits
	open   []jsonValue
	values int
}

// jsonValue is an object or a list that is not closed yet.
type jsonValue struct {
	isObject, atName bool
	commas           int
	names            []string
	known            map[string]bool // of many names
}

func (s *jsonScanner) mark(c byte) *model.Error {
	switch c {
	case '{', '[':
		s.open = append(s.open, jsonValue{isObject: c == '{', atName: c == '{'})
		if len(s.open) > maxNesting {
			return model.LimitExceeded("", "the body is nested more than %d deep", maxNesting)
		}
		return s.count()
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
		return s.count()
	}
	return nil
}

// count counts the values roughly: each takes memory when it is decoded, however short it is written.
func (s *jsonScanner) count() *model.Error {
	if s.values++; s.values > s.limits.Values {
		return model.LimitExceeded("", "the body has more than %d values", s.limits.Values)
	}
	return nil
}

// text reads the string that begins at i, and answers where it ends.
func (s *jsonScanner) text(body []byte, i int) (end int, err *model.Error) {
	escaped := false
	for end = i + 1; end < len(body) && body[end] != '"'; end++ {
		if body[end] != '\\' {
			continue
		}
		escaped = true
		_, length, ok := escapedRune(string(body[end:min(end+12, len(body))]))
		if body[min(end+1, len(body)-1)] == 'u' && !ok {
			return 0, model.BadInput("", "the body has half a surrogate pair: %s", text.Quote(string(body[end:min(end+12, len(body))])))
		}
		end += max(length, 2) - 1
	}
	if n := len(s.open); n > 0 && s.open[n-1].atName && end < len(body) {
		name := string(body[i+1 : end])
		if escaped && json.Unmarshal(body[i:end+1], &name) != nil {
			return end, nil // no JSON
		}
		return end, s.open[n-1].add(name)
	}
	return end, nil
}

func (v *jsonValue) add(name string) *model.Error {
	if v.known[name] || v.known == nil && slices.Contains(v.names, name) {
		return model.BadInput("", "an object of the body has the name %s twice", text.Quote(name))
	}
	v.names = append(v.names, name)
	switch {
	case v.known != nil:
		v.known[name] = true
	case len(v.names) > 16:
		v.known = make(map[string]bool, 64)
		for _, known := range v.names {
			v.known[known] = true
		}
	}
	return nil
}
