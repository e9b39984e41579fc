package db

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// countedJobStats returns the statistics of all records, or of a job's, from summaries, as far as they count them:
// the days of other time zones are counted from the records.
func (s scope) countedJobStats(jobID *int64, timeZone string) *model.JobStats {
	stats := s.jobStats(ofOneJob(cond{}, jobID), timeZone)
	stats.Groups = loadOnce(func(ctx context.Context) ([]model.JobGroup, error) {
		return s.countedGroups(ctx, jobID)
	})
	if timeZone == summaryZone {
		stats.Days = loadOnce(func(ctx context.Context) ([]model.DayGroup, error) {
			return s.countedDays(ctx, jobID)
		})
	}
	stats.Seconds = loadOnce(func(ctx context.Context) ([]model.SecondsCount, error) {
		return s.countedSeconds(ctx, jobID)
	})
	stats.Concerns = loadOnce(func(ctx context.Context) ([]*model.ConcernCount, error) {
		return s.countedConcerns(ctx, jobID)
	})
	return stats
}

// jobKind returns the kind of summary of a job, or of all where there is none, and the condition on its values; the
// values of a job begin with prefix.
func jobKind(ofAll, ofJob summaryKind, jobID *int64) (kind summaryKind, c cond, prefix string) {
	if jobID == nil {
		return ofAll, anyValue, ""
	}
	job := strconv.FormatInt(*jobID, 10)
	// } is the character after |
	return ofJob, expr("({value} >= ? AND {value} < ?)", job+"|", job+"}"), job + "|"
}

func (s scope) countedGroups(ctx context.Context, jobID *int64) ([]model.JobGroup, error) {
	kind, c, prefix := jobKind(byRecordGroup, byJobGroup, jobID)
	var values []summaryValue
	err := s.summed(s.summaryParts(kind, c)).Scan(ctx, &values)
	groups := make([]model.JobGroup, 0, len(values))
	for _, value := range values {
		part := strings.Split(strings.TrimPrefix(value.Value, prefix), "|")
		group := model.JobGroup{ResultStatus: valueOf[model.ResultStatus](part[0]),
			IntentLevel: valueOf[model.IntentLevel](part[1]), RealIntentLevel: valueOf[model.IntentLevel](part[2]),
			Count: value.N}
		if rounds, err := strconv.Atoi(part[3]); err == nil {
			group.Rounds = &rounds
		}
		groups = append(groups, group)
	}
	return groups, err
}

// valueOf returns a value as it stands in a fact, nil for an empty text.
func valueOf[E ~string](text string) *E {
	if text == "" {
		return nil
	}
	return new(E(text))
}

// countedDays counts records by day: of the summary, and those whose day it does not count.
func (s scope) countedDays(ctx context.Context, jobID *int64) ([]model.DayGroup, error) {
	kind, c, prefix := jobKind(byRecordDay, byJobDay, jobID)
	parts := append(s.summaryParts(kind, c),
		s.uncountedDays(jobID, prefix).Where("call_record.start_time < ?", firstSummaryDay),
		s.uncountedDays(jobID, prefix).Where("call_record.start_time > ?", lastDay))
	var values []summaryValue
	if err := s.summed(parts).Scan(ctx, &values); err != nil {
		return nil, err
	}
	byDay := map[string]*model.DayGroup{}
	for _, value := range values {
		day, result, _ := strings.Cut(strings.TrimPrefix(value.Value, prefix), "|")
		if byDay[day] == nil {
			byDay[day] = &model.DayGroup{Date: valueOf[string](day)}
		}
		byDay[day].Total += value.N
		if result == string(model.ResultStatusAnswered) {
			byDay[day].Answered += value.N
		}
	}
	days := make([]model.DayGroup, 0, len(byDay))
	for _, day := range byDay {
		days = append(days, *day)
	}
	slices.SortFunc(days, func(a, b model.DayGroup) int { return cmp.Compare(textOf(a.Date), textOf(b.Date)) })
	return days, nil
}

// uncountedDays returns the query of days as a summary has them, over records.
func (s scope) uncountedDays(jobID *int64, prefix string) *bun.SelectQuery {
	q := where(s.selectFrom((*model.CallRecord)(nil)), ofOneJob(cond{}, jobID))
	return q.ColumnExpr("? || COALESCE(?, '') || CASE WHEN "+isAnswered+" THEN '|ANSWERED' ELSE '|' END AS value",
		prefix, s.dayOf(summaryZone)).ColumnExpr("COUNT(*) AS n").GroupExpr("1")
}

func (s scope) countedConcerns(ctx context.Context, jobID *int64) ([]*model.ConcernCount, error) {
	kind, c, prefix := jobKind(byConcern, byJobConcern, jobID)
	concerns := []*model.ConcernCount{}
	err := s.unionOf([]*bun.SelectQuery{s.summed(s.summaryParts(kind, c))}).
		ColumnExpr("substr(parts.value, ?) AS concern, parts.n AS count", len(prefix)+1).OrderExpr("2 DESC, 1").
		Limit(model.MaxConcerns).Scan(ctx, &concerns)
	return concerns, err
}

// countedSeconds counts answered records by duration.
func (s scope) countedSeconds(ctx context.Context, jobID *int64) ([]model.SecondsCount, error) {
	kind, c, prefix := jobKind(byDuration, byJobDuration, jobID)
	var values []summaryValue
	if err := s.summed(s.summaryParts(kind, c)).Scan(ctx, &values); err != nil {
		return nil, err
	}
	seconds := make([]model.SecondsCount, len(values))
	for i, value := range values {
		n, err := strconv.Atoi(strings.TrimPrefix(value.Value, prefix))
		if err != nil {
			return nil, err
		}
		seconds[i] = model.SecondsCount{Seconds: n, Count: value.N}
	}
	return seconds, nil
}
