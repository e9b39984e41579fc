package jobs

import (
	"net/url"
	"slices"
	"strings"

	"callbook/model"
)

// MaxPrintedCalls is how many calls one document has at the most: a page or more each, some 20 KB.
const MaxPrintedCalls = 200

// CheckPrint checks which calls are to be put on paper, and how. Errors: BAD_USER_INPUT, and LIMIT_EXCEEDED for too
// many ids.
func CheckPrint(in model.PrintCallsInput) error {
	switch isChosen := in.Dataset != nil || in.Filter != nil || in.OrderBy != nil; {
	case len(in.Ids) > 0 && isChosen:
		return model.BadInput("ids", "comes with a filter, a data set or an order; send one of them")
	case len(in.Ids) > MaxPrintedCalls:
		return model.LimitExceeded("ids", "there are %d calls; at most %d go into one document", len(in.Ids),
			MaxPrintedCalls)
	case len(in.Ids) == 0 && !isChosen:
		return model.BadInput("ids", "is missing: name calls by ids, or choose them by filter or dataset")
	}
	_, err := model.ReadZone("timeZone", in.TimeZone)
	return err
}

// PrintAddress returns the path and the parameters of a print.
func PrintAddress(in model.PrintCallsInput) (path string, parameters url.Values, err error) {
	parameters = url.Values{"format": {string(in.Format)}, "locale": {string(in.Locale)}}
	for _, id := range in.Ids {
		parameters.Add("id", id)
	}
	if in.Dataset != nil {
		parameters.Set("dataset", string(*in.Dataset))
	}
	if in.TimeZone != defaultTimeZone {
		parameters.Set("timeZone", in.TimeZone)
	}
	return "/print/calls", parameters, setJSON(parameters, map[string]any{"filter": in.Filter, "orderBy": in.OrderBy})
}

// setJSON sets parameters that are JSON, without those that are null.
func setJSON(parameters url.Values, values map[string]any) error {
	for name, value := range values {
		short, err := withoutNulls(value)
		if err != nil {
			return err
		}
		if short != "null" {
			parameters.Set(name, short)
		}
	}
	return nil
}

// ReadPrintAddress returns the variable input of the operation printCalls for the parameters of a print, as generic
// JSON. Errors: BAD_USER_INPUT on a parameter that is none, that comes twice, or that cannot be read; what else is
// wrong the operation says.
func ReadPrintAddress(parameters url.Values) (input map[string]any, err error) {
	if bad := OnceEach(parameters, "id"); bad != nil {
		return nil, bad
	}
	input = map[string]any{}
	ids := slices.Clone(parameters["id"])
	ids = append(ids, strings.Split(parameters.Get("ids"), ",")...)
	if ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" }); len(ids) > 0 {
		input["ids"] = anyList(ids)
	}
	return input, readParameters(parameters, func(name, value string) (err error) {
		switch name {
		case "ids", "id":
		case "orderBy":
			input[name], err = ReadJSON(name, value)
		case "format":
			input[name], err = ReadEnum(name, value, model.AllPrintFormat)
		default:
			return readDocumentParameter(input, name, value,
				"ids, id, dataset, filter, orderBy, format, locale and timeZone")
		}
		return err
	})
}

// readParameters reads each parameter of an address that is not empty, but for its signature.
func readParameters(parameters url.Values, read func(name, value string) error) error {
	for name := range parameters {
		if value := parameters.Get(name); name != LinkParameter {
			if err := read(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// readDocumentParameter reads a parameter that prints and reports have. Error: BAD_USER_INPUT, which names those there
// are where it is none.
func readDocumentParameter(input map[string]any, name, value, all string) (err error) {
	switch {
	case !slices.Contains([]string{"dataset", "filter", "locale", "timeZone"}, name):
		return model.BadInput(name, "is no parameter: there are %s", all)
	case value == "":
	case name == "dataset":
		input[name], err = ReadEnum(name, value, model.AllCallDataset)
	case name == "filter":
		input[name], err = ReadJSON(name, value)
	case name == "locale":
		input[name], err = ReadEnum(name, value, model.AllLocale)
	default:
		input[name] = value
	}
	return err
}

func anyList(texts []string) (list []any) {
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}
