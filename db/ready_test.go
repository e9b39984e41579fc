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

// TestReadyTexts checks that a ready statement confines every table to the tenant, and is refused where it does not.
func TestReadyTexts(t *testing.T) {
	for text, want := range map[string]bool{
		`SELECT id FROM calls AS call WHERE call.tenant_id = $1 AND call.id = $2`: true,
		`SELECT id FROM calls AS call WHERE (call.tenant_id = $1) AND id = $2`:    true,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $2 AND call.id = $1`: false,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $10`:                 false,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $1 OR TRUE`:          false,
		`SELECT id FROM calls AS call WHERE call.id = $1`:                         false,
		`UPDATE calls SET name = $2 WHERE tenant_id = $1 AND id = $3`:             true,
		`INSERT INTO calls (tenant_id, id) VALUES ($1, $2)`:                       true,
	} {
		if got := db.IsScoped(text); got != want {
			t.Errorf("%s: got scoped %v, want %v", text, got, want)
		}
	}
}

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
