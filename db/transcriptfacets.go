package db

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// The greatest numbers of values that facets return, the most frequent or the latest.
const (
	maxJobFacets = 100
	maxDayFacets = 400
)

// facets returns how the turns that meet a condition spread. It carries three closures, each of which takes one
// statement when it is asked for; the one of days returns BAD_USER_INPUT for a time zone that does not exist.
func (s scope) facets(c cond) *model.TranscriptFacets {
	from := func() *bun.SelectQuery { return where(withRecord(s.selectFrom((*model.CallDetail)(nil))), c) }
	return &model.TranscriptFacets{
		JobCounts: func(ctx context.Context) ([]*model.JobFacet, error) {
			jobs := []*model.JobFacet{}
			err := from().ColumnExpr("call_record.robot_call_job_id, COUNT(*) AS count").GroupExpr("1").
				OrderExpr("2 DESC, 1 NULLS LAST").Limit(maxJobFacets).Scan(ctx, &jobs)
			return jobs, err
		},
		IntentCounts: func(ctx context.Context) ([]*model.IntentCount, error) {
			counts := []*model.IntentCount{}
			err := from().ColumnExpr("call_record.intent_level, COUNT(*) AS count").GroupExpr("1").
				OrderExpr("1 NULLS LAST").Scan(ctx, &counts)
			return counts, err
		},
		DayCounts: func(ctx context.Context, timeZone string) ([]*model.DayFacet, error) {
			if err := CheckTimeZone(timeZone); err != nil {
				return nil, err
			}
			days := []*model.DayFacet{}
			day := strings.Replace(s.dialect.localDate, "?", "call_record.start_time", 1)
			err := from().ColumnExpr(day+" AS date", timeZone).ColumnExpr("COUNT(*) AS count").
				Where(hasDay, firstDay, lastDay).GroupExpr("1").OrderExpr("1 DESC").Limit(maxDayFacets).Scan(ctx, &days)
			return days, err
		},
	}
}
