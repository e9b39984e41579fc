package model

import (
	"context"
	"math"
	"slices"
)

// JobStats are statistics of call records. It holds functions of package db because each takes a SQL statement, which
// runs once, where a field that needs it is asked for. The methods return the functions' errors.
type JobStats struct {
	Groups   func(context.Context) ([]JobGroup, error)
	Seconds  func(context.Context) ([]SecondsCount, error)
	Days     func(context.Context) ([]DayGroup, error)      // by day, in any order
	Concerns func(context.Context) ([]*ConcernCount, error) // the MaxConcerns most frequent
}

// JobGroup is the number of records with the same result, grades and bucket of rounds.
type JobGroup struct {
	ResultStatus    *ResultStatus
	IntentLevel     *IntentLevel
	RealIntentLevel *IntentLevel
	Rounds          *int // least value of the bucket, one of RoundBuckets
	Count           int
}

// SecondsCount is the number of answered records of one duration.
type SecondsCount struct{ Seconds, Count int }

// The AI platform's buckets of rounds and of seconds, by their least values.
var (
	RoundBuckets    = []int{0, 3, 6, 10}
	DurationBuckets = []int{0, 10, 60, 120, 180}
)

func (g JobGroup) isAnswered() bool {
	return g.ResultStatus != nil && *g.ResultStatus == ResultStatusAnswered
}

// sum returns the number of records in the groups for which holds is true.
func (s *JobStats) sum(ctx context.Context, holds func(JobGroup) bool) (n int, err error) {
	groups, err := s.Groups(ctx)
	for _, g := range groups {
		if holds(g) {
			n += g.Count
		}
	}
	return n, err
}

// Total returns the number of records.
func (s *JobStats) Total(ctx context.Context) (int, error) {
	return s.sum(ctx, func(JobGroup) bool { return true })
}

// Answered returns the number of answered records.
func (s *JobStats) Answered(ctx context.Context) (int, error) {
	return s.sum(ctx, JobGroup.isAnswered)
}

// AnsweredRate returns the share of answered records from 0 to 1, nil where there are no records.
func (s *JobStats) AnsweredRate(ctx context.Context) (*float64, error) {
	total, err := s.Total(ctx)
	if err != nil {
		return nil, err
	}
	answered, err := s.Answered(ctx)
	return rate(answered, total), err
}

// rate returns the share of a part, nil of nothing.
func rate(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// Results returns the number of records of each result, in the order of the schema, zeros too; records without a result
// come last, where there are any.
func (s *JobStats) Results(ctx context.Context) (counts []*ResultCount, err error) {
	for _, status := range append(pointers(AllResultStatus), nil) {
		n, err := s.sum(ctx, func(g JobGroup) bool { return equal(g.ResultStatus, status) })
		if err != nil {
			return nil, err
		}
		if status != nil || n > 0 {
			counts = append(counts, &ResultCount{ResultStatus: status, Count: n})
		}
	}
	return counts, nil
}

// IntentLevels returns the number of records of each robot's grade, in the order of the schema, then of those without.
func (s *JobStats) IntentLevels(ctx context.Context) ([]*IntentCount, error) {
	return s.intents(ctx, func(g JobGroup) *IntentLevel { return g.IntentLevel })
}

// RealIntentLevels returns the number of records of each person's grade, in the order of the schema, then of those
// without.
func (s *JobStats) RealIntentLevels(ctx context.Context) ([]*IntentCount, error) {
	return s.intents(ctx, func(g JobGroup) *IntentLevel { return g.RealIntentLevel })
}

func (s *JobStats) intents(ctx context.Context, of func(JobGroup) *IntentLevel) (counts []*IntentCount, err error) {
	for _, level := range append(pointers(AllIntentLevel), nil) {
		n, err := s.sum(ctx, func(g JobGroup) bool { return equal(of(g), level) })
		if err != nil {
			return nil, err
		}
		counts = append(counts, &IntentCount{IntentLevel: level, Count: n})
	}
	return counts, nil
}

// Rounds returns the number of answered records by rounds.
func (s *JobStats) Rounds(ctx context.Context) ([]*BucketCount, error) {
	groups, err := s.Groups(ctx)
	buckets := newBuckets(RoundBuckets)
	for _, g := range groups {
		if g.isAnswered() && g.Rounds != nil {
			addToBucket(buckets, *g.Rounds, g.Count)
		}
	}
	return buckets, err
}

// Durations returns the number of answered records by seconds.
func (s *JobStats) Durations(ctx context.Context) ([]*BucketCount, error) {
	seconds, err := s.Seconds(ctx)
	buckets := newBuckets(DurationBuckets)
	for _, c := range seconds {
		addToBucket(buckets, c.Seconds, c.Count)
	}
	return buckets, err
}

// newBuckets returns empty buckets with these least values; the last one has no upper bound.
func newBuckets(from []int) []*BucketCount {
	buckets := make([]*BucketCount, len(from))
	for i := range from {
		buckets[i] = &BucketCount{From: from[i]}
		if i+1 < len(from) {
			buckets[i].To = &from[i+1]
		}
	}
	return buckets
}

// addToBucket counts a value in its bucket. A value below the first bucket is not counted.
func addToBucket(buckets []*BucketCount, value, count int) {
	for _, bucket := range slices.Backward(buckets) {
		if value >= bucket.From {
			bucket.Count += count
			return
		}
	}
}

// DurationPercentiles returns the 50th, 90th and 99th percentile of the answered records' seconds, nil where there
// are none.
func (s *JobStats) DurationPercentiles(ctx context.Context) (*DurationPercentiles, error) {
	seconds, err := s.Seconds(ctx)
	if err != nil {
		return nil, err
	}
	seconds = slices.Clone(seconds) // Durations may read it at the same time
	slices.SortFunc(seconds, func(a, b SecondsCount) int { return a.Seconds - b.Seconds })
	return &DurationPercentiles{
		P50: percentile(seconds, 0.5),
		P90: percentile(seconds, 0.9),
		P99: percentile(seconds, 0.99),
	}, nil
}

// percentile returns the value below which a fraction of the sorted values lies, interpolated between neighbours as
// SQL's percentile_cont does; nil where there are no values.
func percentile(sorted []SecondsCount, fraction float64) *float64 {
	total := 0
	for _, c := range sorted {
		total += c.Count
	}
	if total == 0 {
		return nil
	}
	place := fraction * float64(total-1)
	low := int(place)
	below, above := nth(sorted, low), nth(sorted, min(low+1, total-1))
	exact := float64(below) + (place-float64(low))*float64(above-below)
	return new(math.Round(exact*1e6) / 1e6) // removes errors of binary fractions
}

// nth returns the value at index n of the sorted list that the counts stand for.
func nth(sorted []SecondsCount, n int) int {
	for _, c := range sorted {
		if n < c.Count {
			return c.Seconds
		}
		n -= c.Count
	}
	return 0
}

// Agreement compares the robot's grade with the person's, over records with both. Cells are in the order of the
// schema; the rate is nil where there are none.
func (s *JobStats) Agreement(ctx context.Context) (*IntentAgreement, error) {
	groups, err := s.Groups(ctx)
	a := &IntentAgreement{Cells: []*AgreementCell{}}
	for _, g := range groups {
		if g.IntentLevel == nil || g.RealIntentLevel == nil {
			continue
		}
		a.Graded += g.Count
		if *g.IntentLevel == *g.RealIntentLevel {
			a.Agreed += g.Count
		}
		a.add(*g.IntentLevel, *g.RealIntentLevel, g.Count)
	}
	slices.SortFunc(a.Cells, func(x, y *AgreementCell) int {
		if x.IntentLevel != y.IntentLevel {
			return slices.Index(AllIntentLevel, x.IntentLevel) - slices.Index(AllIntentLevel, y.IntentLevel)
		}
		return slices.Index(AllIntentLevel, x.RealIntentLevel) - slices.Index(AllIntentLevel, y.RealIntentLevel)
	})
	a.Rate = rate(a.Agreed, a.Graded)
	return a, err
}

// add counts records with a pair of grades.
func (a *IntentAgreement) add(level, real IntentLevel, count int) {
	for _, cell := range a.Cells {
		if cell.IntentLevel == level && cell.RealIntentLevel == real {
			cell.Count += count
			return
		}
	}
	a.Cells = append(a.Cells, &AgreementCell{IntentLevel: level, RealIntentLevel: real, Count: count})
}

// MaxConcerns is the greatest number of concerns that TopConcerns returns.
const MaxConcerns = 100

// TopConcerns returns the first most frequent concerns. It returns BAD_USER_INPUT where first is not from 1 to 100.
func (s *JobStats) TopConcerns(ctx context.Context, first int) ([]*ConcernCount, error) {
	if first < 1 || first > MaxConcerns {
		return nil, BadInput("first", "must be from 1 to %d", MaxConcerns)
	}
	concerns, err := s.Concerns(ctx)
	return concerns[:min(first, len(concerns))], err
}
