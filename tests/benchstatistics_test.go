package tests

import (
	"math/rand/v2"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// BenchmarkJobStats reads all statistics of a job with CALLBOOK_BENCH_ROWS records.
func BenchmarkJobStats(b *testing.B) {
	const query = `{ jobStats(robotCallJobId: "1") { total answeredRate intentLevels { count } durations { count }
		durationPercentiles { p99 } daily { total } topConcerns { count } } }`
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			fillJob(b, e, benchRows())
			for _, executor := range []string{"fast", "gqlgen"} {
				server := harness.NewServerOf(b, e, executor)
				b.Run(executor, func(b *testing.B) { post(b, server, harness.Body(query, nil)) })
			}
		})
	}
}

// fillJob fills a job with records without turns.
func fillJob(b *testing.B, e *dbtest.Env, records int) {
	r := rand.New(rand.NewPCG(15, 16))
	for first := 0; first < records; first += 1000 {
		inputs := make([]*model.SaveCallRecordInput, min(1000, records-first))
		for i := range inputs {
			start := dbtest.Start.Add(-time.Duration(r.IntN(90*24*3600)) * time.Second)
			inputs[i] = &model.SaveCallRecordInput{ID: int64(first + i), StartTime: &start, RobotCallJobID: new(int64(1)),
				ResultStatus: new(model.AllResultStatus[r.IntN(10)]),
				IntentLevel:  new(model.AllIntentLevel[r.IntN(6)]), ChatDuration: new(r.IntN(400)), ChatRound: new(r.IntN(20)),
				CustomerConcern: []string{"价格", "酒店", "餐馆"}[:r.IntN(4)]}
		}
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		b.Fatal(err)
	}
}
