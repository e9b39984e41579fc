package jobs

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"callbook/model"
	"callbook/text"
)

// exportPaths are the paths of exports, by entity and format.
var exportPaths = map[string]struct {
	entity model.ExportEntity
	format model.ExportFormat
}{
	"calls.csv":            {model.ExportEntityCalls, model.ExportFormatCSV},
	"calls.ndjson":         {model.ExportEntityCalls, model.ExportFormatNdjson},
	"calls.xlsx":           {model.ExportEntityCalls, model.ExportFormatXlsx},
	"calls.parquet":        {model.ExportEntityCalls, model.ExportFormatParquet},
	"call-records.csv":     {model.ExportEntityCallRecords, model.ExportFormatCSV},
	"call-records.ndjson":  {model.ExportEntityCallRecords, model.ExportFormatNdjson},
	"call-records.xlsx":    {model.ExportEntityCallRecords, model.ExportFormatXlsx},
	"call-records.parquet": {model.ExportEntityCallRecords, model.ExportFormatParquet},
}

// defaultTimeZone is that of ExportInput in the schema.
const defaultTimeZone = "Asia/Shanghai"

// ExportAddress returns the path and the parameters of an export.
func ExportAddress(in model.ExportInput) (path string, parameters url.Values, err error) {
	parameters = url.Values{}
	isCalls := in.Entity == model.ExportEntityCalls
	var filter, order any = in.CallFilter, in.CallOrderBy
	if !isCalls {
		filter, order = in.CallRecordFilter, in.CallRecordOrderBy
	} else if in.Dataset != model.CallDatasetDefault {
		parameters.Set("dataset", string(in.Dataset))
	}
	for name, value := range map[string]any{"filter": filter, "orderBy": order, "first": in.First, "offset": in.Offset} {
		short, err := withoutNulls(value)
		if err != nil {
			return "", nil, err
		}
		if short != "null" {
			parameters.Set(name, short)
		}
	}
	if in.Columns != nil {
		parameters.Set("columns", strings.Join(in.Columns, ","))
	}
	if in.Transcript != nil {
		parameters.Set("transcript", string(*in.Transcript))
	}
	if in.Sheets != nil {
		parameters.Set("sheets", joinEnums(in.Sheets))
	}
	if in.Locale != nil {
		parameters.Set("locale", string(*in.Locale))
	}
	if in.TimeZone != defaultTimeZone {
		parameters.Set("timeZone", in.TimeZone)
	}
	if !in.SpreadsheetSafe {
		parameters.Set("spreadsheetSafe", "false")
	}
	return "/export/" + exportName(in), parameters, nil
}

// withoutNulls returns a value as JSON without the members of objects that are null.
func withoutNulls(value any) (string, error) {
	whole, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	var generic any
	decoder := json.NewDecoder(strings.NewReader(string(whole)))
	decoder.UseNumber()
	if err := decoder.Decode(&generic); err != nil {
		return "", err
	}
	short, err := json.Marshal(dropNulls(generic))
	return string(short), err
}

func dropNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if member == nil {
				delete(value, name)
			} else {
				value[name] = dropNulls(member)
			}
		}
	case []any:
		for i := range value {
			value[i] = dropNulls(value[i])
		}
	}
	return value
}

// ReadAddress returns the variable input of the operation exportLink for the name of an export, such as calls.csv, and
// its parameters, as generic JSON. It returns BAD_USER_INPUT for a parameter that is none, or no JSON, with its place;
// what else is wrong the operation says. It reports whether there is such a name.
func ReadAddress(name string, parameters url.Values) (input map[string]any, isKnown bool, err error) {
	of, isKnown := exportPaths[name]
	if !isKnown {
		return nil, false, nil
	}
	input = map[string]any{"entity": string(of.entity), "format": string(of.format)}
	if bad := OnceEach(parameters); bad != nil {
		return nil, true, bad
	}
	for name, values := range parameters {
		if err := readParameter(input, of.entity, name, values[0]); err != nil {
			return nil, true, err
		}
	}
	return input, true, nil
}

func readParameter(input map[string]any, entity model.ExportEntity, name, value string) error {
	prefix := "call"
	if entity == model.ExportEntityCallRecords {
		prefix = "callRecord"
	}
	var err error
	switch name {
	case LinkParameter:
	case "filter":
		input[prefix+"Filter"], err = ReadJSON(name, value)
	case "orderBy":
		input[prefix+"OrderBy"], err = ReadJSON(name, value)
	case "dataset":
		input[name], err = ReadEnum(name, value, model.AllCallDataset)
	case "transcript":
		input[name], err = ReadEnum(name, value, model.AllExportTranscript)
	case "sheets":
		input[name], err = readList(value, func(sheet string) (any, error) {
			return ReadEnum(name, sheet, model.AllExportSheet)
		})
	case "locale":
		input[name], err = ReadEnum(name, value, model.AllLocale)
	case "timeZone", "columnSet":
		input[name] = value
	case "columns":
		input[name], err = readList(value, func(column string) (any, error) { return column, nil })
	case "first", "offset":
		input[name], err = readWhole(name, value)
	case "spreadsheetSafe":
		if value != "true" && value != "false" {
			return model.BadInput(name, "must be true or false, not %s", text.Quote(value))
		}
		input[name] = value == "true"
	default:
		return model.BadInput("", "there is no parameter %s: there are dataset, filter, orderBy, first, offset, columns, "+
			"columnSet, transcript, sheets, locale, timeZone and spreadsheetSafe", text.Quote(name))
	}
	return err
}

// readWhole reads a parameter that is a whole number.
func readWhole(name, value string) (any, error) {
	if _, err := strconv.Atoi(value); err != nil {
		return nil, model.BadInput(name, "must be a whole number, not %s", text.Quote(value))
	}
	return json.Number(value), nil
}

// readList reads a parameter that is a list with commas between.
func readList(value string, read func(string) (any, error)) (any, error) {
	list := []any{}
	for part := range strings.SplitSeq(value, ",") {
		member, err := read(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, member)
	}
	return list, nil
}

// joinEnums returns values of an enum with commas between.
func joinEnums[E ~string](values []E) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = string(value)
	}
	return strings.Join(names, ",")
}

// ExportNames returns the names of all exports, such as calls.csv, sorted.
func ExportNames() []string { return slices.Sorted(maps.Keys(exportPaths)) }

// ExportType returns the media type of the export of a name.
func ExportType(name string) string { return mediaTypes[exportPaths[name].format] }
