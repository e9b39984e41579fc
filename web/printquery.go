package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"callbook/jobs"
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
func readPrintQuery(values url.Values) (q printQuery, err error) {
	for name := range values {
		if !slices.Contains(printParameters, name) {
			return q, model.BadInput(name, "is no parameter; there are %s", strings.Join(printParameters, ", "))
		}
	}
	if bad := jobs.OnceEach(values, "id"); bad != nil {
		return q, bad
	}
	q.variables = map[string]any{}
	for _, read := range []func(url.Values) error{q.readCalls, q.readVariables, q.readForm} {
		if err := read(values); err != nil {
			return q, err
		}
	}
	return q, nil
}

// readCalls reads which calls are asked for: ids, or a filter.
func (q *printQuery) readCalls(values url.Values) error {
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
	return nil
}

// readVariables reads the parameters by which calls are found.
func (q *printQuery) readVariables(values url.Values) (err error) {
	if dataset := values.Get("dataset"); dataset != "" {
		if q.variables["dataset"], err = jobs.ReadEnum("dataset", dataset, model.AllCallDataset); err != nil {
			return err
		}
	}
	for _, name := range []string{"filter", "orderBy"} {
		if text := values.Get(name); text != "" {
			if q.variables[name], err = jobs.ReadJSON(name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// readForm reads the format, the language and the zone.
func (q *printQuery) readForm(values url.Values) error {
	switch format := values.Get("format"); strings.ToLower(format) {
	case "", "pdf":
	case "html":
		q.isHTML = true
	default:
		return model.BadInput("format", "must be pdf or html")
	}
	q.style.Locale = report.Chinese
	if locale := values.Get("locale"); locale != "" {
		read, err := jobs.ReadEnum("locale", locale, model.AllLocale)
		if err != nil {
			return err
		}
		if read == string(model.LocaleEn) {
			q.style.Locale = report.English
		}
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
