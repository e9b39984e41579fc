package db_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
)

// eachWay runs a test on each engine, and on PostgreSQL where statements are not prepared, too.
func eachWay(t *testing.T, test func(t *testing.T, e *dbtest.Env)) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		t.Run("prepared", func(t *testing.T) { test(t, e) })
		if engine == "postgres" {
			t.Run("exec", func(t *testing.T) { test(t, unprepared(t, e)) })
		}
	})
}

// unprepared returns another tenant's environment on the same database of PostgreSQL, that prepares no statement.
func unprepared(t *testing.T, e *dbtest.Env) *dbtest.Env {
	t.Helper()
	separator := "?"
	if strings.Contains(e.DSN, "?") {
		separator = "&"
	}
	return dbtest.NewEnv(t, e.Engine, e.DSN+separator+"default_query_exec_mode=exec")
}

// TestRowScan reads rows of every table by ready statements, and compares them with what bun makes of the same: texts
// long, empty and of many alphabets, times, numbers, booleans and JSON lists, and NULL.
func TestRowScan(t *testing.T) {
	eachWay(t, func(t *testing.T, e *dbtest.Env) {
		fillForRowScan(t, e)
		seen := map[string]bool{}
		sameRows[model.Call](t, e, seen, "call.id")
		sameRows[model.CallTag](t, e, seen, "call_tag.call_id, call_tag.tag")
		sameRows[model.CallHistoryEntry](t, e, seen, "call_history.call_id, call_history.version")
		sameRows[model.Task](t, e, seen, "task.id")
		sameRows[model.Note](t, e, seen, "note.id")
		sameRows[model.CallRecord](t, e, seen, "call_record.id")
		sameRows[model.CallDetail](t, e, seen, "call_detail.call_record_id, call_detail.position")
		sameRows[model.CustomerPerson](t, e, seen, "customer_person.id")
		sameRows[model.APIKey](t, e, seen, "api_key.id")
		for _, kind := range []string{"*string", "*int", "*int64", "*bool", "*time.Time", "*model.CallType"} {
			if !seen[kind] || !seen["nil "+kind] {
				t.Errorf("%s: got values %v, NULL %v; want both", kind, seen[kind], seen["nil "+kind])
			}
		}
	})
}

// sameRows compares all rows of a table, read both ways, and notes which types of pointers they have in seen.
func sameRows[T any](t *testing.T, e *dbtest.Env, seen map[string]bool, order string) {
	t.Helper()
	ready, byBun, err := db.ReadBothWays[T](e.Ctx, e.DB, order)
	if err != nil || len(ready) == 0 || len(ready) != len(byBun) {
		t.Fatalf("%T: got %d rows, %v, want the %d that bun reads", *new(T), len(ready), err, len(byBun))
	}
	for i, row := range ready {
		if !reflect.DeepEqual(row, byBun[i]) {
			t.Errorf("got %+v, want %+v", row, byBun[i])
		}
		for _, field := range reflect.ValueOf(row).Elem().Fields() {
			if field.Kind() == reflect.Pointer && field.IsNil() {
				seen["nil "+field.Type().String()] = true
			} else {
				seen[field.Type().String()] = true
			}
		}
	}
}

func fillForRowScan(t *testing.T, e *dbtest.Env) {
	t.Helper()
	if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 100, 100); err != nil {
		t.Fatal(err)
	}
	early := time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)
	in := &model.CreateCallInput{ID: new("every value"), CallPatch: model.CallPatch{
		Name:                  graphql.OmittableOf(new("名称 😀 'quoted' \"twice\" \\")),
		Subject:               graphql.OmittableOf(new("")),
		CallType:              graphql.OmittableOf(new(model.CallTypeMissed)),
		CallStartTime:         graphql.OmittableOf(&early),
		CallDurationInSeconds: graphql.OmittableOf(new(0)),
		ScheduledInCrm:        graphql.OmittableOf(new(true)),
		CtiEntry:              graphql.OmittableOf(new(false)),
		Description:           graphql.OmittableOf(new(strings.Repeat("长 text ", 2000))),
		Tags:                  graphql.OmittableOf([]string{"one", "två"}),
	}}
	for _, c := range []*model.CreateCallInput{in, {ID: new("no value")}} {
		if _, err := e.DB.CreateCall(e.Ctx, *c); err != nil && model.AsErrors(err) == nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := e.DB.UpdateCall(e.Ctx, "updateCall", "call-0042", named(time.Now().String()), nil); err != nil {
			t.Fatal(err)
		}
	}
	tasks := []*model.CreateTaskInput{{Subject: "s", Status: model.TaskStatusDone, DueAt: &early},
		{Subject: "t", Status: model.TaskStatusWaiting}}
	selector := model.CallSelector{Ids: []string{"call-0042"}}
	if _, err := e.DB.CreateCallTasks(e.Ctx, selector, tasks, db.Batch{}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.DB.AddNote(e.Ctx, "call-0042", "note"); err != nil {
		t.Fatal(err)
	}
	keyed := model.CreateAPIKeyInput{Name: "n", Roles: []model.Role{model.RoleAdmin}}
	if _, _, err := e.DB.CreateAPIKey(e.Ctx, keyed); err != nil {
		t.Fatal(err)
	}
}

// TestRowScanNoRows reads what is not there.
func TestRowScanNoRows(t *testing.T) {
	eachWay(t, func(t *testing.T, e *dbtest.Env) {
		ctx, _ := dbtest.NewTenant(context.Background())
		if ready, _, err := db.ReadBothWays[model.Call](ctx, e.DB, "call.id"); err != nil || len(ready) != 0 {
			t.Errorf("got %v, %v, want no rows", ready, err)
		}
	})
}
