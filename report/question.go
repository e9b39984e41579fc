package report

import (
	_ "embed"
	"time"

	"callbook/model"
)

// Question is what a report is about.
type Question struct {
	IsOfRecords bool              // of call records, else of calls
	Dataset     model.CallDataset // of calls
	Filter      any               // generic JSON; nil for none
	Period      model.Period
	Now         time.Time
}

//go:embed calltimes.graphql
var callTimesDocument string

//go:embed calllists.graphql
var callListsDocument string

//go:embed recordtimes.graphql
var recordTimesDocument string

//go:embed recordlists.graphql
var recordListsDocument string

// Documents returns the GraphQL documents that answer Answer.Times and Answer.Lists. Both take the Variables.
func (q Question) Documents() (times, lists string) {
	if q.IsOfRecords {
		return recordTimesDocument, recordListsDocument
	}
	return callTimesDocument, callListsDocument
}

// Variables returns the variables of the documents.
func (q Question) Variables() map[string]any {
	variables := map[string]any{
		"filter":   q.within(q.Period),
		"before":   q.within(q.Period.Before()),
		"interval": []any{string(q.Period.Interval)},
		"from":     instant(q.Period.From), "to": instant(q.Period.To),
		"timeZone": q.Period.From.Location().String(),
	}
	if q.IsOfRecords {
		return variables
	}
	variables["dataset"] = string(q.Dataset)
	variables["open"] = q.Filter
	variables["withOpen"] = q.hasOpen()
	variables["withTasks"] = q.hasTasks()
	variables["now"] = instant(q.Now)
	variables["weekAgo"] = instant(q.Now.AddDate(0, 0, -7))
	variables["inAWeek"] = instant(q.Now.AddDate(0, 0, 7))
	return variables
}

// hasOpen reports whether the report has calls that are still to be made: not one of closed calls.
func (q Question) hasOpen() bool { return !q.IsOfRecords && q.Dataset != model.CallDatasetClosed }

// hasTasks reports whether the report has tasks: they are those of all calls, so none where calls are chosen.
func (q Question) hasTasks() bool { return q.hasOpen() && q.Filter == nil }

// within returns the filter of the rows of a period.
func (q Question) within(p model.Period) map[string]any {
	field := "callStartTime"
	if q.IsOfRecords {
		field = "startTime"
	}
	both := []any{map[string]any{field: map[string]any{"gte": instant(p.From), "lt": instant(p.To)}}}
	if q.Filter != nil {
		both = append(both, q.Filter)
	}
	return map[string]any{"and": both}
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
