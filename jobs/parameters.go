package jobs

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"callbook/model"
	"callbook/text"
)

// OnceEach returns BAD_USER_INPUT for a parameter of an address that comes twice, but for those named.
func OnceEach(parameters url.Values, repeated ...string) *model.Error {
	for name, values := range parameters {
		if len(values) > 1 && !slices.Contains(repeated, name) {
			return model.BadInput(name, "comes twice")
		}
	}
	return nil
}

// ReadEnum returns the value of an enum that a parameter names in any case, as generic JSON. Error: BAD_USER_INPUT.
func ReadEnum[E ~string](name, value string, all []E) (any, error) {
	var names []string
	for _, known := range all {
		if strings.EqualFold(string(known), value) {
			return string(known), nil
		}
		names = append(names, string(known))
	}
	return nil, model.BadInput(name, "must be one of %s, not %s", strings.Join(names, ", "), text.Quote(value))
}

// ReadJSON reads a parameter that is JSON. Error: BAD_USER_INPUT, which says where it is none.
func ReadJSON(name, value string) (any, error) {
	var generic any
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	err := decoder.Decode(&generic)
	if err == nil && strings.TrimSpace(value[decoder.InputOffset():]) != "" {
		return nil, model.BadInput(name, "is no JSON: there is more behind its end, at character %d",
			utf8.RuneCountInString(value[:decoder.InputOffset()])+1)
	}
	if err != nil {
		return nil, model.BadInput(name, "is no JSON, as in {\"id\": {\"eq\": \"7\"}}: %s, at character %d",
			strings.TrimPrefix(err.Error(), "json: "), jsonPlace(err, value))
	}
	return generic, nil
}

// jsonPlace returns at which character, from 1, a text is no JSON: behind its end where it ends too early.
func jsonPlace(err error, value string) int {
	if syntax, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // the decoder returns it as it is
		return utf8.RuneCountInString(value[:max(0, syntax.Offset-1)]) + 1
	}
	return utf8.RuneCountInString(value) + 1
}
