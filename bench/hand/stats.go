package hand

import (
	"context"
	"slices"
	"time"

	"callbook/model"
)

// stats answers the statistics of a job, or of all records, from the counts of each result, grade and day.
func stats(ctx context.Context, s Store, v struct {
	Job *int64 `json:"job,string"`
}) (any, error) {
	groups, err := s.Stats(ctx, v.Job)
	if err != nil {
		return nil, err
	}
	total, answered := 0, 0
	results, intents, days := map[string]int{}, map[string]int{}, map[string]*dayCount{}
	for _, g := range groups {
		total += g.Count
		isAnswered := g.Result != nil && *g.Result == string(model.ResultStatusAnswered)
		if isAnswered {
			answered += g.Count
		}
		results[orEmpty(g.Result)] += g.Count
		intents[orEmpty(g.Intent)] += g.Count
		if g.Day == nil {
			continue
		}
		if days[*g.Day] == nil {
			days[*g.Day] = &dayCount{Date: *g.Day}
		}
		if days[*g.Day].Total += g.Count; isAnswered {
			days[*g.Day].Answered += g.Count
		}
	}
	return object{"jobStats": object{
		"total": total, "answered": answered, "results": resultCounts(results), "intentLevels": intentCounts(intents),
		"daily": allDays(days),
	}}, nil
}

type dayCount struct {
	Date     string `json:"date"`
	Total    int    `json:"total"`
	Answered int    `json:"answered"`
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// resultCounts returns the count of every result.
func resultCounts(counts map[string]int) (list []object) {
	for _, status := range model.AllResultStatus {
		list = append(list, object{"resultStatus": status, "count": counts[string(status)]})
	}
	if n := counts[""]; n > 0 {
		list = append(list, object{"resultStatus": nil, "count": n})
	}
	return list
}

// intentCounts returns the count of every grade, and of none.
func intentCounts(counts map[string]int) (list []object) {
	for _, level := range model.AllIntentLevel {
		list = append(list, object{"intentLevel": level, "count": counts[string(level)]})
	}
	return append(list, object{"intentLevel": nil, "count": counts[""]})
}

// allDays returns the days in order, those without records between the first and the last, too.
func allDays(days map[string]*dayCount) []*dayCount {
	list := []*dayCount{}
	var dates []string
	for date := range days {
		dates = append(dates, date)
	}
	if len(dates) == 0 {
		return list
	}
	at, err := time.Parse(time.DateOnly, slices.Min(dates))
	for last := slices.Max(dates); err == nil && at.Format(time.DateOnly) <= last; at = at.AddDate(0, 0, 1) {
		date := at.Format(time.DateOnly)
		if days[date] == nil {
			days[date] = &dayCount{Date: date}
		}
		list = append(list, days[date])
	}
	return list
}
