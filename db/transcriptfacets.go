package db

import (
	"context"
	"strings"

	"callbook/model"
)

// The greatest numbers of values that facets return, the most frequent or the latest.
const (
	maxJobFacets = 100
	maxDayFacets = 400
)

// facets returns how the hits of a search spread; those in the newest records where they are capped. It carries three
// closures, each of which takes one statement when it is asked for, and all together at most two more; the one of days
// returns BAD_USER_INPUT for a time zone that does not exist.
func (t *turnSearch) facets() *model.TranscriptFacets {
	return &model.TranscriptFacets{
		JobCounts: func(ctx context.Context) ([]*model.JobFacet, error) {
			hits, _, err := t.counting(ctx)
			if err != nil {
				return nil, err
			}
			jobs := []*model.JobFacet{}
			err = hits().ColumnExpr("call_record.robot_call_job_id, COUNT(*) AS count").GroupExpr("1").
				OrderExpr("2 DESC, 1 NULLS LAST").Limit(maxJobFacets).Scan(ctx, &jobs)
			return jobs, err
		},
		IntentCounts: func(ctx context.Context) ([]*model.IntentCount, error) {
			hits, _, err := t.counting(ctx)
			if err != nil {
				return nil, err
			}
			counts := []*model.IntentCount{}
			err = hits().ColumnExpr("call_record.intent_level, COUNT(*) AS count").GroupExpr("1").
				OrderExpr("1 NULLS LAST").Scan(ctx, &counts)
			return counts, err
		},
		DayCounts: t.dayCounts,
	}
}

// dayCounts counts hits by day.
func (t *turnSearch) dayCounts(ctx context.Context, timeZone string) ([]*model.DayFacet, error) {
	if err := CheckTimeZone(timeZone); err != nil {
		return nil, err
	}
	hits, _, err := t.counting(ctx)
	if err != nil {
		return nil, err
	}
	days := []*model.DayFacet{}
	day := strings.Replace(t.scope.dialect.localDate, "?", "call_record.start_time", 1)
	err = hits().ColumnExpr(day+" AS date", timeZone).ColumnExpr("COUNT(*) AS count").
		Where(hasDay, firstDay, lastDay).GroupExpr("1").OrderExpr("1 DESC").Limit(maxDayFacets).Scan(ctx, &days)
	return days, err
}
