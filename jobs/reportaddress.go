package jobs

import (
	"net/url"
	"strings"
	"time"

	"callbook/model"
)

// Report says what a report is about, and how it is written: CallReportInput or CallRecordReportInput.
type Report struct {
	IsOfRecords bool
	Dataset     model.CallDataset // of calls
	Filter      any               // *model.CallFilter or *model.CallRecordFilter
	From, To    *string
	GroupBy     model.ReportInterval
	TimeZone    string
	Format      model.ReportFormat
	Locale      model.Locale
}

// ReportOfCalls returns a report on calls.
func ReportOfCalls(in model.CallReportInput) Report {
	return Report{Dataset: in.Dataset, Filter: in.Filter, From: in.From, To: in.To, GroupBy: in.GroupBy,
		TimeZone: in.TimeZone, Format: in.Format, Locale: in.Locale}
}

// ReportOfRecords returns a report on call records.
func ReportOfRecords(in model.CallRecordReportInput) Report {
	return Report{IsOfRecords: true, Dataset: model.CallDatasetDefault, Filter: in.Filter, From: in.From, To: in.To,
		GroupBy: in.GroupBy, TimeZone: in.TimeZone, Format: in.Format, Locale: in.Locale}
}

// Period returns the days of the report. Errors are those of model.ReadZone and model.NewPeriod.
func (r Report) Period(now time.Time) (model.Period, error) {
	zone, err := model.ReadZone("timeZone", r.TimeZone)
	if err != nil {
		return model.Period{}, err
	}
	return model.NewPeriod(r.From, r.To, r.GroupBy, zone, now)
}

// Name returns the name of the report's file.
func (r Report) Name() string {
	kind := "calls"
	if r.IsOfRecords {
		kind = "call-records"
	}
	return kind + "." + strings.ToLower(string(r.Format))
}

// FilterJSON returns the filter as generic JSON without its nulls; nil for none.
func (r Report) FilterJSON() (any, error) {
	short, err := withoutNulls(r.Filter)
	if err != nil || short == "null" {
		return nil, err
	}
	return ReadJSON("filter", short)
}

// ReportAddress returns the path and the parameters of a report.
func ReportAddress(r Report) (path string, parameters url.Values, err error) {
	parameters = url.Values{"locale": {string(r.Locale)}}
	set := func(name, value, usual string) {
		if value != usual {
			parameters.Set(name, value)
		}
	}
	set("dataset", string(r.Dataset), string(model.CallDatasetDefault))
	set("groupBy", string(r.GroupBy), string(model.ReportIntervalDay))
	set("timeZone", r.TimeZone, defaultTimeZone)
	for name, day := range map[string]*string{"from": r.From, "to": r.To} {
		if day != nil {
			parameters.Set(name, *day)
		}
	}
	return "/report/" + r.Name(), parameters, setJSON(parameters, map[string]any{"filter": r.Filter})
}

// ReadReportAddress returns the variable input of the operation callReport, or of callRecordReport, for the name of a
// report, such as calls.pdf, and its parameters, as generic JSON. It reports whether there is such a name. Errors are
// those of ReadPrintAddress.
func ReadReportAddress(name string, parameters url.Values,
) (input map[string]any, isOfRecords, isKnown bool, err error) {
	kind, format, _ := strings.Cut(name, ".")
	isOfRecords = kind == "call-records"
	written := model.ReportFormat(strings.ToUpper(format))
	if !written.IsValid() || strings.ToLower(format) != format || !isOfRecords && kind != "calls" {
		return nil, isOfRecords, false, nil
	}
	if bad := OnceEach(parameters); bad != nil {
		return nil, isOfRecords, true, bad
	}
	input = map[string]any{"format": string(written)}
	return input, isOfRecords, true, readParameters(parameters, func(name, value string) error {
		return readReportParameter(input, isOfRecords, name, value)
	})
}

func readReportParameter(input map[string]any, isOfRecords bool, name, value string) (err error) {
	all := "dataset, filter, from, to, groupBy, timeZone and locale"
	if isOfRecords {
		all = strings.TrimPrefix(all, "dataset, ")
	}
	switch name {
	case "dataset":
		if isOfRecords {
			return model.BadInput(name, "is no parameter: there are %s", all)
		}
		return readDocumentParameter(input, name, value, all)
	case "from", "to":
		if value == "" {
			return nil
		}
		input[name] = value
		if _, err = model.UnmarshalDate(value); err != nil {
			return model.BadInput(name, "must be a day as YYYY-MM-DD")
		}
	case "groupBy":
		if value != "" {
			input[name], err = ReadEnum(name, value, model.AllReportInterval)
		}
	default:
		err = readDocumentParameter(input, name, value, all)
	}
	return err
}
