package tests

import (
	"math"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
	"callbook/tests/harness"
)

// columnsOf returns the columns that fields need.
func columnsOf(rows *db.RowColumns, fields ...string) (columns db.Columns) {
	for _, field := range fields {
		columns |= rows.Of(field)
	}
	return columns
}

// limitedReads are the reads of the benchmarks, with the most allocations that package db may make for each, on SQLite
// and on PostgreSQL, and the statements that it takes.
var limitedReads = []struct {
	name             string
	run              func(*dbtest.Env) error
	sqlite, postgres float64
	statements       int64
}{
	{"a call", func(e *dbtest.Env) error {
		_, err := e.DB.Call(e.Ctx, "call-0042", false, columnsOf(db.CallColumns, "id", "name", "callType", "callStartTime"))
		return err
	}, 50, 28, 1},
	{"a record with turns and customer", func(e *dbtest.Env) error {
		return readRecords(e, []int64{1007})
	}, 175, 97, 3},
	{"a page of records with turns and customers", func(e *dbtest.Env) error {
		page, err := e.DB.CallRecords(e.Ctx, db.RecordQuery{PageArgs: model.PageArgs{First: new(20)},
			Filter: &model.CallRecordFilter{RobotCallJobID: &model.LongFilter{Eq: new(int64(50))},
				ResultStatus: &model.ResultStatusFilter{Eq: new(model.ResultStatusAnswered)},
				IntentLevel:  &model.IntentLevelFilter{In: []model.IntentLevel{"A", "B", "C"}}},
			Columns: columnsOf(db.RecordColumns, "id", "startTime", "customerConcern", "customerPerson")})
		if err != nil {
			return err
		}
		var ids []int64
		for _, record := range page.Nodes {
			ids = append(ids, record.ID)
		}
		return readHanging(e, ids, []int64{501, 502, 503, 504, 505, 506, 507, 508, 509, 510})
	}, 2500, 765, 3},
	{"a page of 100 calls", func(e *dbtest.Env) error {
		_, err := e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault, PageArgs: model.PageArgs{First: new(100)},
			Filter: &model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{
				Eq: new(model.OutgoingCallStatusCompleted)}}})
		return err
	}, 7000, 570, 1},
}

// readRecords reads the first of records, its customer, and the turns of all.
func readRecords(e *dbtest.Env, ids []int64) error {
	record, err := e.DB.CallRecord(e.Ctx, ids[0], columnsOf(db.RecordColumns, "id", "startTime", "customerPerson"))
	if err != nil {
		return err
	}
	return readHanging(e, ids, []int64{*record.CustomerPersonID})
}

// readHanging reads the turns of records, and customers.
func readHanging(e *dbtest.Env, records, customers []int64) error {
	turns := columnsOf(db.DetailColumns, "position", "type", "text")
	if _, err := e.DB.CallDetails(e.Ctx, records, turns); err != nil {
		return err
	}
	_, err := e.DB.CustomerPersonsByID(e.Ctx, customers, columnsOf(db.CustomerColumns, "id", "name", "phoneNumber"))
	return err
}

// TestReadLimits keeps the reads of the benchmarks from making more allocations, and from taking more statements. Where
// one makes fewer on purpose, its limit falls.
func TestReadLimits(t *testing.T) {
	eachFilled(t, func(t *testing.T, e *dbtest.Env) {
		for _, c := range limitedReads {
			counted := *e
			ctx, statements := db.CountStatements(e.Ctx)
			counted.Ctx = ctx
			if err := c.run(&counted); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if n := statements.Load(); n != c.statements {
				t.Errorf("%s: got %d statements, want %d", c.name, n, c.statements)
			}
			run := func() {
				if err := c.run(e); err != nil {
					t.Fatal(err)
				}
			}
			expectAllocations(t, e, c.name, run, c.sqlite, c.postgres)
		}
	})
}

// eachFilled runs a test on each engine, over 1,000 calls and 1,000 records of the sample. It is skipped under the race
// detector, which allocates, too.
func eachFilled(t *testing.T, test func(*testing.T, *dbtest.Env)) {
	t.Helper()
	if harness.Slowness > 1 {
		t.Skip("the race detector allocates, too")
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 1000, 1000); err != nil {
			t.Fatal(err)
		}
		if err := e.DB.Analyze(e.Ctx); err != nil {
			t.Fatal(err)
		}
		test(t, e)
	})
}

// expectAllocations checks that run makes at most so many allocations on the engine of e.
func expectAllocations(t *testing.T, e *dbtest.Env, name string, run func(), sqlite, postgres float64) {
	t.Helper()
	most := sqlite
	if e.Engine == "postgres" {
		most = postgres
	}
	got := math.Inf(1)
	for start := time.Now(); got > most && time.Since(start) < measuringTime; {
		got = min(got, testing.AllocsPerRun(20, run))
	}
	if got > most {
		t.Errorf("%s: got %.0f allocations, want at most %.0f", name, got, most)
	}
}

// measuringTime is for how long allocations are measured that are too many: what goes on in the background, such as the
// fold of the rows that a test has written, is counted with them.
const measuringTime = 10 * time.Second
