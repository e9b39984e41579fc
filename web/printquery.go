package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"callbook/model"
	"callbook/report"
)

// printQuery is what the address of a print asks for.
type printQuery struct {
	ids       []string       // which calls; by filter where there are none
	variables map[string]any // of report.CallsDocument
	isHTML    bool
	style     report.Style
}

// maxPrintedCalls is how many calls one document has at the most: a page or more each, some 20 KB.
const maxPrintedCalls = 200

// printParameters are the parameters that the address of a print may have.
var printParameters = []string{"ids", "id", "dataset", "filter", "orderBy", "format", "locale", "timeZone"}

// readPrintQuery reads the address of a print. Errors: BAD_USER_INPUT, which names the parameter; LIMIT_EXCEEDED for
// too many ids.
func readPrintQuery(values url.Values) (q printQuery, bad *model.Error) {
	for name := range values {
		if !slices.Contains(printParameters, name) {
			return q, model.BadInput(name, "is no parameter; there are %s", strings.Join(printParameters, ", "))
		}
	}
	q.variables = map[string]any{}
	for _, read := range []func(url.Values) *model.Error{q.readCalls, q.readForm} {
		if bad := read(values); bad != nil {
			return q, bad
		}
	}
	return q, nil
}

// readCalls reads which calls are asked for: ids, or a filter.
func (q *printQuery) readCalls(values url.Values) *model.Error {
	q.ids = slices.Clone(values["id"])
	for _, list := range values["ids"] {
		q.ids = append(q.ids, strings.Split(list, ",")...)
	}
	q.ids = slices.DeleteFunc(q.ids, func(id string) bool { return id == "" })
	switch hasFilter := values.Has("filter") || values.Has("dataset") || values.Has("orderBy"); {
	case len(q.ids) > 0 && hasFilter:
		return model.BadInput("ids", "comes with a filter, a data set or an order; send one of them")
	case len(q.ids) > maxPrintedCalls:
		return model.LimitExceeded("ids", "there are %d calls; at most %d go into one document", len(q.ids), maxPrintedCalls)
	case len(q.ids) == 0 && !hasFilter:
		return model.BadInput("ids", "is missing: name calls by ids, or choose them by filter or dataset")
	}
	if dataset := values.Get("dataset"); dataset != "" {
		q.variables["dataset"] = strings.ToUpper(dataset)
	}
	for _, name := range []string{"filter", "orderBy"} {
		if text := values.Get(name); text != "" {
			value, bad := jsonParameter(name, text)
			if bad != nil {
				return bad
			}
			q.variables[name] = value
		}
	}
	return nil
}

// jsonParameter returns the value of a parameter that is JSON. Error: BAD_USER_INPUT.
func jsonParameter(name, text string) (value any, bad *model.Error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&value)
	if err == nil && decoder.InputOffset() < int64(len(strings.TrimRight(text, " \t\r\n"))) {
		return nil, model.BadInput(name, "is no JSON: more follows the value at byte %d", decoder.InputOffset())
	}
	if err != nil {
		return nil, model.BadInput(name, "is no JSON: %s", err)
	}
	return value, nil
}

// readForm reads the format, the language and the zone.
func (q *printQuery) readForm(values url.Values) *model.Error {
	switch format := values.Get("format"); strings.ToLower(format) {
	case "", "pdf":
	case "html":
		q.isHTML = true
	default:
		return model.BadInput("format", "must be pdf or html")
	}
	switch locale := values.Get("locale"); strings.ToLower(locale) {
	case "", "zh":
		q.style.Locale = report.Chinese
	case "en":
		q.style.Locale = report.English
	default:
		return model.BadInput("locale", "must be zh or en")
	}
	name := values.Get("timeZone")
	if name == "" {
		name = "Asia/Shanghai"
	}
	zone, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return model.BadInput("timeZone", "must be a zone of the IANA database, such as Asia/Shanghai")
	}
	q.style.Zone = zone
	return nil
}
