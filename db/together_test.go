package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
)

// TestTogether runs reads of one, two and no statements together, by several goroutines, and compares what they return
// with what they return alone.
func TestTogether(t *testing.T) {
	eachWay(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 100, 100); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for g := range 8 {
			running.Go(func() {
				for i := range dbtest.Rounds(15, 40) {
					id := int64(1001 + (i+g)%40)
					want, wantCount := readRecord(e, id, oneByOne)
					got, count := readRecord(e, id, e.DB.Together)
					if got != want || count != wantCount || count != 5 {
						t.Errorf("%d: got %s in %d statements, want %s in %d", id, got, count, want, wantCount)
					}
				}
			})
		}
		running.Wait()
	})
}

// oneByOne runs reads one after the other.
func oneByOne(ctx context.Context, reads ...func(context.Context)) {
	for _, read := range reads {
		read(ctx)
	}
}

// readRecord runs reads of a record and of a call, and returns their results as text, and the number of statements.
func readRecord(e *dbtest.Env, id int64, run func(context.Context, ...func(context.Context))) (string, int64) {
	var record *model.CallRecord
	var turns map[int64][]*model.CallDetail
	var customers map[int64]*model.CustomerPerson
	var counts map[string]*model.CallRelatedCounts
	errs := make([]error, 4)
	ctx, statements := db.CountStatements(e.Ctx)
	run(ctx,
		func(ctx context.Context) { record, errs[0] = e.DB.CallRecord(ctx, id) },
		func(ctx context.Context) { turns, errs[1] = e.DB.CallDetails(ctx, []int64{id}) },
		func(context.Context) {},
		func(ctx context.Context) { counts, errs[2] = e.DB.RelatedCounts(ctx, []string{"call-0042"}) },
		func(ctx context.Context) { customers, errs[3] = e.DB.CustomersOfRecords(ctx, []int64{id}) })
	result := fmt.Sprint(errs, record.ID, record.StartTime, len(turns[id]), counts["call-0042"])
	for _, turn := range turns[id] {
		result += turn.Text
	}
	for id, customer := range customers {
		result += fmt.Sprint(id, *customer.Name, len(customer.Properties()))
	}
	return result, statements.Load()
}

// TestTogetherErrors runs reads of which one fails: those before it have their rows, and the connection is as good as
// before. Then the table is back with other columns: statements that were prepared are prepared anew.
func TestTogetherErrors(t *testing.T) {
	eachWay(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 10, 10); err != nil {
			t.Fatal(err)
		}
		exec := func(statement string) {
			t.Helper()
			if err := e.DB.Exec(db.CrossTenant(e.Ctx), statement); err != nil {
				t.Fatal(err)
			}
		}
		read := func() (record *model.CallRecord, turns, customers error) {
			e.DB.Together(e.Ctx,
				func(ctx context.Context) { record, _ = e.DB.CallRecord(ctx, 1001) },
				func(ctx context.Context) { _, turns = e.DB.CallDetails(ctx, []int64{1001}) },
				func(ctx context.Context) { _, customers = e.DB.CustomersOfRecords(ctx, []int64{1001}) })
			return record, turns, customers
		}
		for range 3 {
			exec("ALTER TABLE customer_persons RENAME TO away")
			for range 3 {
				if record, turns, customers := read(); record == nil || turns != nil || customers == nil {
					t.Errorf("without customers: got %v, %v, %v; want a record, its turns and an error", record, turns, customers)
				}
			}
			exec("ALTER TABLE away RENAME TO customer_persons")
			if record, turns, customers := read(); record == nil || turns != nil || customers != nil {
				t.Errorf("with customers: got %v, %v, %v; want a record, its turns and its customer", record, turns, customers)
			}
		}
		if e.Engine == "postgres" {
			exec("ALTER TABLE customer_persons ALTER COLUMN name TYPE varchar(500)")
			exec("ALTER TABLE call_records ALTER COLUMN read_status TYPE varchar(100)")
			if record, turns, customers := read(); record == nil || turns != nil || customers != nil {
				t.Errorf("other columns: got %v, %v, %v; want a record, its turns and its customer", record, turns, customers)
			}
			exec("ALTER TABLE customer_persons ALTER COLUMN name TYPE text")
			exec("ALTER TABLE call_records ALTER COLUMN read_status TYPE text")
		}
		ctx, cancel := context.WithCancel(e.Ctx)
		cancel()
		var err error
		e.DB.Together(ctx, func(ctx context.Context) { _, err = e.DB.CallRecord(ctx, 1001) }, func(context.Context) {})
		if err == nil {
			t.Error("a context that has ended: got no error, want one")
		}
	})
}

// TestTogetherPanics runs reads of which one panics: the panic comes out, and the others end.
func TestTogetherPanics(t *testing.T) {
	eachWay(t, func(t *testing.T, e *dbtest.Env) {
		ended := 0
		func() {
			defer func() {
				if got := recover(); got != "panic" {
					t.Errorf("got the panic %v, want one", got)
				}
			}()
			e.DB.Together(e.Ctx,
				func(ctx context.Context) {
					defer func() { ended++ }()
					_, _ = e.DB.CallRecord(ctx, 1)
				},
				func(context.Context) { panic("panic") })
		}()
		if ended != 1 {
			t.Errorf("got %d reads that ended, want 1", ended)
		}
		if _, err := e.DB.CallRecord(e.Ctx, 1); err != nil {
			t.Errorf("after a panic: got %v, want no error", err)
		}
	})
}
