package db_test

import (
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestLostAnswer claims a key again after a request was committed and its answer was not stored, as after a crash, and
// checks that the request is not done again.
func TestLostAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		claim := func(key string) (claimed bool, err error) {
			response, claimed, err := e.DB.ClaimKey(e.Ctx, key, "hash", time.Minute)
			if response != nil {
				t.Errorf("%s: got an answer that was kept, want none", key)
			}
			return claimed, err
		}
		for key, isDone := range map[string]bool{"done": true, "not done": false} {
			if claimed, err := claim(key); !claimed || err != nil {
				t.Fatalf("%s: got it claimed %v, %v, want true", key, claimed, err)
			}
			if isDone {
				writeUnderKey(t, e, key)
			}
			if claimed, err := claim(key); claimed || err != nil {
				t.Errorf("%s, once more: got it claimed %v, %v, want false", key, claimed, err)
			}
		}
		e.Clock.Set(dbtest.Start.Add(3 * time.Minute))
		if _, claimed, err := e.DB.ClaimKey(e.Ctx, "not done", "hash", time.Hour); claimed || err != nil {
			t.Errorf("a request within its lease of an hour: got it claimed %v, %v, want false", claimed, err)
		}
		if claimed, err := claim("done"); claimed || model.AsErrors(err) == nil ||
			model.AsErrors(err)[0].Code != model.ErrorCodeConflict {
			t.Errorf("a request that was done: got it claimed %v, %v, want CONFLICT", claimed, err)
		}
		if claimed, err := claim("not done"); !claimed || err != nil {
			t.Errorf("a request that was not done: got it claimed %v, %v, want true", claimed, err)
		}
	})
}

// writeUnderKey commits a mutation under an idempotency key without storing its answer.
func writeUnderKey(t *testing.T, e *dbtest.Env, key string) {
	t.Helper()
	if _, err := e.DB.CreateCall(db.WithIdempotencyKey(e.Ctx, key), model.CreateCallInput{}); err != nil {
		t.Fatal(err)
	}
}
