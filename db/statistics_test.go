package db_test

import (
	"fmt"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestStatisticsOfNewTables creates calls in a database that PostgreSQL has no statistics of, and checks that it gets
// some without autovacuum.
func TestStatisticsOfNewTables(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine != "postgres" {
			return // SQLite plans without statistics
		}
		e := dbtest.NewEnv(t, engine, dsn)
		expectNoError(t, e.DB.Exec(db.CrossTenant(t.Context()), "ALTER TABLE calls SET (autovacuum_enabled = off)"))
		const batch, batches = 500, 20
		for i := range batches {
			inputs := make([]*model.CreateCallInput, batch)
			for j := range inputs {
				inputs[j] = &model.CreateCallInput{ID: new(fmt.Sprint(i, "-", j))}
			}
			_, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{})
			expectNoError(t, err)
			db.WaitForFolds(e.DB)
			known, err := e.DB.Texts(db.CrossTenant(t.Context()),
				"SELECT relname FROM pg_class WHERE relname = 'calls' AND reltuples > 0")
			expectNoError(t, err)
			if len(known) > 0 {
				return
			}
		}
		t.Errorf("got no statistics of %d calls, want some", batch*batches)
	})
}
