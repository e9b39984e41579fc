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

// ReadReportAddress returns the variable input of the operation callReport or callRecordReport for the name of a report,
// such as calls.pdf, and its parameters, as generic JSON. It reports whether there is such a name. Errors are as those of
// ReadPrintAddress.
func ReadReportAddress(name string, parameters url.Values) (input map[string]any, isOfRecords, isKnown bool, err error) {
	kind, format, _ := strings.Cut(name, ".")
	isOfRecords = kind == "call-records"
	if written, err := ReadEnum("", format, model.AllReportFormat); err == nil && strings.ToLower(format) == format {
		input, isKnown = map[string]any{"format": written}, isOfRecords || kind == "calls"
	}
	if !isKnown {
		return nil, isOfRecords, false, nil
	}
	if bad := OnceEach(parameters); bad != nil {
		return nil, isOfRecords, true, bad
	}
	all := "dataset, filter, from, to, groupBy, timeZone and locale"
	if isOfRecords {
		all = strings.TrimPrefix(all, "dataset, ")
	}
	return input, isOfRecords, true, readParameters(parameters, func(name, value string) (err error) {
		switch {
		case name == "dataset" && isOfRecords:
			return model.BadInput(name, "is no parameter: there are %s", all)
		case value == "" && (name == "from" || name == "to" || name == "groupBy"):
		case name == "from" || name == "to":
			_, err = model.UnmarshalDate(value)
			if err != nil {
				return model.BadInput(name, "must be a day as YYYY-MM-DD")
			}
			input[name] = value
		case name == "groupBy":
			input[name], err = ReadEnum(name, value, model.AllReportInterval)
		default:
			err = readDocumentParameter(input, name, value, all)
		}
		return err
	})
}
