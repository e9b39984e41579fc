package fill_test

import (
	"context"
	"testing"
	"time"

	"callbook/bench/fill"
	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestFill fills a small database, and reads it as the product does: every table has rows, and what is derived from
// them is there, too.
func TestFill(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		size := fill.NewSize(0.001)
		tables := map[string]bool{}
		progress := func(what string, _, _ int) { tables[what] = true }
		if err := fill.Fill(t.Context(), dsn, size, time.Now(), progress); err != nil {
			t.Fatal(err)
		}
		if len(tables) < 8 {
			t.Errorf("progress was told of %v, want seven tables and the indexes", tables)
		}
		d, err := db.Open(t.Context(), db.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		ctx := model.WithActor(context.Background(), model.NewActor(1, "tester", []model.Role{model.RoleAdmin}, nil))
		calls, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := calls.TotalCount(ctx); err != nil || n != size.Calls {
			t.Errorf("there are %d calls, %v, want %d", n, err, size.Calls)
		}
		records, err := d.CallRecords(ctx, db.RecordQuery{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := records.TotalCount(ctx); err != nil || n != size.Records {
			t.Errorf("there are %d records, %v, want %d", n, err, size.Records)
		}
		hits, err := d.SearchTranscripts(ctx, db.TranscriptSearch{Query: "发票"})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := hits.TotalCount(ctx); err != nil || n == 0 {
			t.Errorf("%d turns say it, %v, want some", n, err)
		}
		details, err := d.CallDetails(ctx, []int64{size.AnsweredID(0)})
		if err != nil || len(details[size.AnsweredID(0)]) != fill.TurnsEach {
			t.Errorf("the first answered record has the turns %v, %v, want %d", details, err, fill.TurnsEach)
		}
	})
}
