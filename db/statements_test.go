package db_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestReadyStatements reads by more shapes than are kept, by several goroutines, in and out of transactions.
func TestReadyStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		at := time.Date(2026, 3, 1, 8, 30, 0, 123456000, time.UTC)
		var inputs []*model.CreateCallInput
		for i := range 20 {
			inputs = append(inputs, &model.CreateCallInput{ID: new(fmt.Sprint("c", i)),
				CallPatch: model.CallPatch{CallStartTime: graphql.OmittableOf(&at)}})
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for g := range 8 {
			running.Go(func() {
				for i := range 300 {
					id := fmt.Sprint("c", (i+g)%20)
					row, err := db.ReadyCall(e.Ctx, e.DB, id, strings.Repeat("x", (i*g)%400))
					if err != nil || row == nil || row.ID != id || !row.CallStartTime.Equal(at) {
						t.Errorf("%s: got %v, %v, want the call", id, row, err)
						return
					}
				}
			})
		}
		running.Wait()
		if got, most := db.ReadyTexts(e.DB), db.MaxReadyTexts; got > most+8 {
			t.Errorf("got %d texts kept, want at most %d", got, most)
		}
		if row, err := db.ReadyCall(withOwnRows(e.Ctx, "e"), e.DB, "c1", ""); err != nil || row != nil {
			t.Errorf("another's call, own rows alone: got %v, %v, want none", row, err)
		}
	})
}

// isRace is true under the race detector, under which code allocates more.
var isRace bool

// writeCosts are the writes whose cost has limits: how many statements they take, and how many allocations on each
// engine, at most 10 % above what they take. run is the n-th write of its kind; what it is about is made by setUp. What
// a write has the background do is among them, such as adding deltas to the summaries.
var writeCosts = []struct {
	name       string
	statements int64
	sqlite     float64
	postgres   float64
	setUp      func(*testing.T, *dbtest.Env)
	run        func(e *dbtest.Env, n int) error
}{
	{"create a call with tags", 1, 205, 115, nil, func(e *dbtest.Env, n int) error {
		_, err := e.DB.CreateCall(e.Ctx, fullCall(fmt.Sprint("created ", n), n))
		return err
	}},
	{"change a call", 2, 290, 124, saveHundred, func(e *dbtest.Env, n int) error {
		_, err := e.DB.UpdateCall(e.Ctx, "updateCall", "call 1", named(fmt.Sprint("changed ", n)), nil)
		return err
	}},
	{"save 100 calls", 5, 19500, 9900, saveHundred, func(e *dbtest.Env, n int) error {
		_, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, hundredCalls(n))
		return err
	}},
	{"tag 100 calls", 6, 15000, 8100, saveHundred, func(e *dbtest.Env, n int) error {
		var ids []string
		for i := range 100 {
			ids = append(ids, fmt.Sprint("call ", i))
		}
		_, err := e.DB.AddCallTags(e.Ctx, model.CallSelector{Ids: ids}, []string{fmt.Sprint("tag ", n)}, db.Batch{})
		return err
	}},
	{"deliver 100 records", 8, 39500, 15700, nil, func(e *dbtest.Env, n int) error {
		_, err := e.DB.SaveCallRecords(e.Ctx, hundredDeliveries(n))
		return err
	}},
}

// fullCall returns a call with the fields that most calls have.
func fullCall(id string, n int) model.CreateCallInput {
	at := dbtest.Start.Add(time.Duration(n) * time.Second)
	in := model.CreateCallInput{ID: &id, CallPatch: model.CallPatch{
		Name: graphql.OmittableOf(new(fmt.Sprint("Call ", n))), Subject: graphql.OmittableOf(new("About the offer")),
		CallType: graphql.OmittableOf(new(model.CallTypeOutbound)), CallStartTime: graphql.OmittableOf(&at),
		OutgoingCallStatus: graphql.OmittableOf(new(model.OutgoingCallStatusScheduled)),
		DialledNumber:      graphql.OmittableOf(new("+4930123456")), Description: graphql.OmittableOf(new("what was said")),
	}}
	in.Tags = graphql.OmittableOf([]string{"a", "b"})
	return in
}

func hundredCalls(n int) []*model.CallImport {
	var calls []*model.CallImport
	for i := range 100 {
		in := fullCall(fmt.Sprint("call ", i), n+i)
		in.Tags = graphql.Omittable[[]string]{}
		calls = append(calls, &model.CallImport{ID: *in.ID, CallPatch: in.CallPatch})
	}
	return calls
}

func saveHundred(t *testing.T, e *dbtest.Env) {
	if _, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, hundredCalls(0)); err != nil {
		t.Fatal(err)
	}
}

// hundredDeliveries returns records that are new, each with a customer and four turns.
func hundredDeliveries(n int) []*model.SaveCallRecordInput {
	var inputs []*model.SaveCallRecordInput
	for i := range int64(100) {
		id := int64(n)*100 + i + 1
		at := dbtest.Start.Add(time.Duration(id) * time.Second)
		in := &model.SaveCallRecordInput{ID: id, RobotCallJobID: new(id % 7), CustomerPersonID: &id, StartTime: &at,
			CalledPhoneNumber: new("13800138000"), CustomerPerson: &model.CustomerPersonInput{ID: id, Name: new("张三")}}
		for turn := range 4 {
			in.Details = append(in.Details, &model.CallDetailInput{Position: new(turn + 1),
				Type: model.CallDetailTypeRobot, Text: fmt.Sprintf("您好，请问您现在方便接电话吗？%d", turn)})
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// TestWriteCosts checks that writes take no more statements and allocations than they did.
func TestWriteCosts(t *testing.T) {
	for _, cost := range writeCosts {
		dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
			if cost.setUp != nil {
				cost.setUp(t, e)
			}
			n := 0
			run := func() {
				n++
				if err := cost.run(e, n); err != nil {
					t.Fatal(err)
				}
				db.WaitForFolds(e.DB)
			}
			run() // what is made ready once
			run()
			ctx, statements := db.CountStatements(e.Ctx)
			counted := *e
			counted.Ctx = ctx
			n++
			if err := cost.run(&counted, n); err != nil {
				t.Fatal(err)
			}
			if got := statements.Load(); got > cost.statements {
				t.Errorf("%s: got %d statements, want at most %d", cost.name, got, cost.statements)
			}
			most := cost.sqlite
			if e.Engine == "postgres" {
				most = cost.postgres
			}
			if got := testing.AllocsPerRun(20, run); got > most && !isRace {
				t.Errorf("%s: got %.0f allocations, want at most %.0f", cost.name, got, most)
			}
		})
	}
}
