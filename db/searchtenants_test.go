package db_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/cputime"
)

// otherTurns returns how many turns another tenant has in TestSearchBesideOthers; CALLBOOK_TURNS sets another number.
func otherTurns() int {
	if n, err := strconv.Atoi(os.Getenv("CALLBOOK_TURNS")); err == nil {
		return n
	}
	return 20000
}

// deliverTurns saves so many turns with a text, a hundred in a record.
func deliverTurns(t *testing.T, e *dbtest.Env, ctx context.Context, turns int, text string) {
	t.Helper()
	var batch []*model.SaveCallRecordInput
	for id := int64(1); turns > 0; id++ {
		in := &model.SaveCallRecordInput{ID: id}
		for i := range min(turns, 100) {
			in.Details = append(in.Details, &model.CallDetailInput{Position: new(i + 1), Type: model.CallDetailTypeRobot,
				Text: fmt.Sprint(text, turns, i)})
		}
		turns -= len(in.Details)
		if batch = append(batch, in); len(batch) == 100 || turns == 0 {
			_, err := e.DB.SaveCallRecords(ctx, batch)
			expectNoError(t, err)
			batch = nil
		}
	}
}

// searches returns the processor time of many searches of a tenant with ten turns that have the term.
func searches(t *testing.T, e *dbtest.Env, ctx context.Context, term string) time.Duration {
	t.Helper()
	began := cputime.Used()
	for range 200 {
		found, err := e.DB.SearchTranscripts(ctx, db.TranscriptSearch{Query: term, OrderBy: model.TranscriptOrderNewest})
		expectNoError(t, err)
		if len(found.Nodes) != 10 {
			t.Fatalf("%s: got %d hits, want 10", term, len(found.Nodes))
		}
	}
	return cputime.Used() - began
}

// TestSearchBesideOthers searches for terms that ten turns of a tenant have, before and after another tenant has
// thousands of turns with them: on SQLite, whose index is one for all tenants, that takes about as long. PostgreSQL's
// time is not that of this process.
func TestSearchBesideOthers(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/tenants.db")
	ctx, _ := dbtest.NewTenant(t.Context())
	other, _ := dbtest.NewTenant(t.Context())
	const text = "请问您现在方便接电话吗 "
	deliverTurns(t, e, ctx, 10, text)
	terms := []string{"请", "请问", "方便接电话"}
	before := map[string]time.Duration{}
	for _, term := range terms {
		before[term] = searches(t, e, ctx, term)
	}
	deliverTurns(t, e, other, otherTurns(), text)
	for _, term := range terms {
		after := searches(t, e, ctx, term)
		t.Logf("%s: %v, and beside %d turns of another tenant %v, %.2f times as long", term, before[term], otherTurns(),
			after, float64(after)/float64(before[term]))
		if after > 5*before[term] {
			t.Errorf("%s: 200 searches took %v, and %v beside another tenant, want about the same", term, before[term], after)
		}
	}
}
