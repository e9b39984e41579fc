package db

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"callbook/model"
	"callbook/text"
)

// JobStats returns the statistics of a job, or of all jobs where jobID is nil, over the records that pass a filter.
// It returns BAD_USER_INPUT, LIMIT_EXCEEDED and FORBIDDEN as CallRecords does, and BAD_USER_INPUT for a time zone
// that does not exist. The statistics carry four closures, one for each group of numbers: each takes one statement,
// when it is first asked for.
func (d *DB) JobStats(ctx context.Context, jobID *int64, filter *model.CallRecordFilter, timeZone string,
) (*model.JobStats, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := CheckTimeZone(timeZone); err != nil {
		return nil, err
	}
	cond, err := s.filter(filter, recordFilterColumns)
	if err != nil {
		return nil, err
	}
	if cond.always() && s.readsSummaries() {
		return s.countedJobStats(jobID, timeZone), nil
	}
	return s.jobStats(ofOneJob(cond, jobID), timeZone), nil
}

// ofOneJob returns the condition on records that they meet c, and are of a job, if there is one.
func ofOneJob(c cond, jobID *int64) cond {
	if jobID == nil {
		return c
	}
	return allOf(c, expr("call_record.robot_call_job_id = ?", *jobID))
}

// jobStats returns the statistics of the records that meet a condition, counted one by one.
func (s scope) jobStats(cond cond, timeZone string) *model.JobStats {
	from := func() *bun.SelectQuery { return where(s.selectFrom((*model.CallRecord)(nil)), cond) }
	return &model.JobStats{
		Groups: loadOnce(func(ctx context.Context) ([]model.JobGroup, error) {
			return jobGroups(ctx, from())
		}),
		Seconds: loadOnce(func(ctx context.Context) ([]model.SecondsCount, error) {
			return jobSeconds(ctx, from())
		}),
		Days: loadOnce(func(ctx context.Context) ([]model.DayGroup, error) {
			return s.jobDays(ctx, from(), timeZone)
		}),
		Concerns: loadOnce(func(ctx context.Context) ([]*model.ConcernCount, error) {
			return s.jobConcerns(ctx, from())
		}),
	}
}

// zoneName matches the names of zones that both engines know: no paths, no private ones such as posixrules.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$`)

func isZone(name string) bool {
	_, err := cachedLocation(name)
	return err == nil && name != "Local" && name != "Factory"
}

// CheckTimeZone returns BAD_USER_INPUT for a name that is not a zone to both engines.
func CheckTimeZone(timeZone string) error {
	if !zoneName.MatchString(timeZone) || len(timeZone) > 64 || !isZone(timeZone) {
		return model.BadInput("timeZone", "%s is no zone of the IANA database, such as Asia/Shanghai", text.Quote(timeZone))
	}
	return nil
}

// loadOnce returns a function that calls load the first time, and returns what it returned every time. It may be called
// concurrently, as the fields of one object do.
func loadOnce[T any](load func(context.Context) (T, error)) func(context.Context) (T, error) {
	var mu sync.Mutex
	var loaded bool
	var value T
	var err error
	return func(ctx context.Context) (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if !loaded {
			value, err = load(ctx)
			loaded = true
		}
		return value, err
	}
}

// hasDay is the condition on records that their start has a day in every time zone: in some, the first and last days
// of all are outside the years 1 to 9999.
const hasDay = "call_record.start_time BETWEEN ? AND ?"

var (
	firstDay = time.Date(1, 1, 3, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
)

// isAnswered is the condition on records that they were answered.
const isAnswered = "call_record.result_status = 'ANSWERED'"

func jobGroups(ctx context.Context, q *bun.SelectQuery) (groups []model.JobGroup, err error) {
	var rounds strings.Builder
	rounds.WriteString("CASE")
	for i := len(model.RoundBuckets) - 1; i >= 0; i-- {
		rounds.WriteString(" WHEN call_record.chat_round >= ? THEN ?")
	}
	var args []any
	for _, bucket := range slices.Backward(model.RoundBuckets) {
		args = append(args, bucket, bucket)
	}
	err = q.ColumnExpr("call_record.result_status, call_record.intent_level, call_record.real_intent_level").
		ColumnExpr(rounds.String()+" END AS rounds", args...).ColumnExpr("COUNT(*) AS count").
		GroupExpr("1, 2, 3, 4").Scan(ctx, &groups)
	return groups, err
}

// jobSeconds counts answered records by duration: few values however many records there are, so that percentiles are
// exact on both engines.
func jobSeconds(ctx context.Context, q *bun.SelectQuery) (seconds []model.SecondsCount, err error) {
	err = q.ColumnExpr("call_record.chat_duration AS seconds, COUNT(*) AS count").Where(isAnswered).
		Where("call_record.chat_duration IS NOT NULL").GroupExpr("1").Scan(ctx, &seconds)
	return seconds, err
}

// jobDays counts records by day. Those whose start has no day in every time zone are a group without a date.
func (s scope) jobDays(ctx context.Context, q *bun.SelectQuery, timeZone string) (days []model.DayGroup, err error) {
	err = q.ColumnExpr("? AS date", s.dayOf(timeZone)).
		ColumnExpr("COUNT(*) AS total, COUNT(CASE WHEN "+isAnswered+" THEN 1 END) AS answered").
		Where("call_record.start_time IS NOT NULL").GroupExpr("1").Scan(ctx, &days)
	return days, err
}

// dayOf returns the expression of the day of a record's start, null where it has none in every time zone.
func (s scope) dayOf(timeZone string) schema.QueryWithArgs {
	day := strings.Replace(s.dialect.localDate, "?", "call_record.start_time", 1)
	return bun.SafeQuery("CASE WHEN "+hasDay+" THEN "+day+" END", firstDay, lastDay, timeZone)
}

func (s scope) jobConcerns(ctx context.Context, q *bun.SelectQuery) ([]*model.ConcernCount, error) {
	concerns := []*model.ConcernCount{}
	elements := strings.Replace(s.dialect.jsonElements, "?", "call_record.customer_concern", 1)
	err := q.ColumnExpr("element.value AS concern, COUNT(*) AS count").Join("CROSS JOIN "+elements).
		GroupExpr("1").OrderExpr("2 DESC, 1").Limit(model.MaxConcerns).Scan(ctx, &concerns)
	return concerns, err
}
