package demo

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestFill fills a tenant twice: the second time everything is there already, so the sample depends on the time alone,
// and all of it obeys the rules.
func TestFill(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		env := dbtest.NewEnv(t, engine, dsn)
		for range 2 {
			if err := FillSize(env.Ctx, env.DB, dbtest.Start, 30, 10); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[string]int{"call-0001": 1, "call-0030": 1} {
			c, err := env.DB.Call(env.Ctx, id, false)
			if err != nil || c == nil || c.Version != want {
				t.Errorf("the call %s is %+v, %v, want version %d", id, c, err, want)
			}
		}
		for id, want := range map[int64]bool{1001: true, 1010: true, 1011: false} {
			r, err := env.DB.CallRecord(env.Ctx, id)
			if err != nil || (r != nil) != want {
				t.Errorf("the record %d is %+v, %v, want one: %v", id, r, err, want)
			}
		}
		if c, err := env.DB.Call(env.Ctx, "call-0031", false); c != nil || err != nil {
			t.Errorf("there is a call too many, %+v, %v", c, err)
		}
	})
}

// TestSampleIsVaried makes the calls of the demo: every type and every status is among them, planned calls are not over
// and others have begun.
func TestSampleIsVaried(t *testing.T) {
	s := sample{rand.New(rand.NewPCG(2018, 8)), dbtest.Start}
	types, statuses := map[model.CallType]bool{}, map[model.OutgoingCallStatus]bool{}
	for n := range calls {
		c := s.call(n + 1)
		if errs := c.Check(); len(errs) > 0 {
			t.Errorf("the call %s breaks the rules: %v", c.ID, errs)
		}
		if kind := c.CallType.Value(); kind != nil {
			types[*kind] = true
		}
		if status := c.OutgoingCallStatus.Value(); status != nil {
			statuses[*status] = true
		}
	}
	if len(types) != len(model.AllCallType) {
		t.Errorf("the sample has the types %v, want all of %v", types, model.AllCallType)
	}
	if len(statuses) != 3 {
		t.Errorf("the sample has the statuses %v, want scheduled, completed and cancelled", statuses)
	}
	again := sample{rand.New(rand.NewPCG(2018, 8)), dbtest.Start}
	if first := again.call(1); !reflect.DeepEqual(first, sample{rand.New(rand.NewPCG(2018, 8)), dbtest.Start}.call(1)) {
		t.Errorf("the same seed makes another call than %+v", first)
	}
}

// TestSampleFillsEveryDataset checks that every data set and status of the sample has calls, also some hours later.
func TestSampleFillsEveryDataset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := Fill(e.Ctx, e.DB, e.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		expectCalls := func(q db.CallQuery, least int, what string) {
			page, err := e.DB.Calls(e.Ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := page.TotalCount(e.Ctx); err != nil || n < least {
				t.Errorf("%s: got %d calls, %v, want %d or more", what, n, err, least)
			}
		}
		for _, later := range []time.Duration{0, 5 * time.Hour} {
			e.Clock.Set(dbtest.Start.Add(later))
			for _, dataset := range model.AllCallDataset {
				expectCalls(db.CallQuery{Dataset: dataset}, 50, "the data set "+string(dataset))
			}
			for _, status := range model.AllCallStatus {
				expectCalls(db.CallQuery{Dataset: model.CallDatasetDefault,
					Filter: &model.CallFilter{CallStatus: &model.CallStatusFilter{Eq: &status}}}, 5, "the status "+string(status))
			}
		}
	})
}
