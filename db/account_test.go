package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// withAccount returns the context of e with an account.
func withAccount(t *testing.T, e *dbtest.Env, limits db.AccountLimits) (context.Context, *db.Account) {
	ctx, end := context.WithCancel(e.Ctx)
	account := new(db.Account)
	account.Open(limits, accountOwner(end))
	t.Cleanup(func() {
		account.Close()
		end()
	})
	return context.WithValue(ctx, db.AccountKey{}, account), account
}

// accountOwner ends the context of an account.
type accountOwner context.CancelFunc

func (end accountOwner) End() { end() }

func (accountOwner) ReadsMuch() {}

// hasPassed reports whether a context has ended by a limit.
func hasPassed(ctx context.Context) bool { return ctx.Err() != nil && isLimit(db.PassedLimit(ctx)) }

// isLimit reports whether an error is LIMIT_EXCEEDED.
func isLimit(err error) bool {
	known, isKnown := errors.AsType[*model.Error](err)
	return isKnown && known.Code == model.ErrorCodeLimitExceeded
}

// accountedReads read the description of 40 calls, of 1,000 bytes each, by every way in which statements are run.
var accountedReads = map[string]func(ctx context.Context, d *db.DB, ids []string) error{
	"a ready statement": func(ctx context.Context, d *db.DB, ids []string) error {
		_, err := d.CallDescriptions(ctx, ids)
		return err
	},
	"a rendered statement": func(ctx context.Context, d *db.DB, ids []string) error {
		_, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault, PageArgs: model.PageArgs{First: new(100)},
			Filter: &model.CallFilter{ID: &model.IDFilter{In: ids}}, Columns: db.CallColumns.Of("description")})
		return err
	},
	"a transaction that is rolled back": func(ctx context.Context, d *db.DB, ids []string) error {
		_, err := d.UpdateCalls(ctx, "updateCalls", model.CallSelector{Ids: ids}, model.CancelPatch(), db.Batch{DryRun: true})
		return err
	},
	"a transaction": func(ctx context.Context, d *db.DB, ids []string) error {
		_, err := d.UpdateCalls(ctx, "updateCalls", model.CallSelector{Ids: ids}, model.CancelPatch(), db.Batch{})
		return err
	},
}

// TestAccountCountsBytes reads more than an account allows by every way in which statements are run, and checks that
// each ends in time with LIMIT_EXCEEDED and so does its context, that nothing is written, and that all is counted where
// the account allows it.
func TestAccountCountsBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		ids := longCalls(t, e, 40, 1000)
		for name, read := range accountedReads {
			ctx, account := withAccount(t, e, db.AccountLimits{Read: 10_000})
			if err := read(ctx, e.DB, ids); !isLimit(err) && !hasPassed(ctx) {
				t.Errorf("%s: got %v, want LIMIT_EXCEEDED", name, err)
			}
			if n := account.Bytes(); n <= 10_000 || n > 20_000 || !hasPassed(ctx) {
				t.Errorf("%s: got %d bytes and the limit %v, want one row over 10,000", name, n, db.PassedLimit(ctx))
			}
			if err := read(ctx, e.DB, ids[:1]); err == nil {
				t.Errorf("%s: got no error afterwards, want one", name)
			}
		}
		if call, err := e.DB.Call(e.Ctx, ids[0], false); err != nil || call.Version != 1 {
			t.Errorf("a call of a write that was ended: got %v, %v, want its first version", call, err)
		}
		for name, read := range accountedReads {
			ctx, account := withAccount(t, e, db.AccountLimits{Read: 1 << 20})
			if err := read(ctx, e.DB, ids); err != nil || account.Bytes() < 40_000 {
				t.Errorf("%s, within the limit: got %d bytes, %v, want 40,000 or more", name, account.Bytes(), err)
			}
		}
	})
}

// TestAccountCountsWrites writes more in one transaction than an account allows.
func TestAccountCountsWrites(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		text := strings.Repeat("t", 1000)
		task := &model.CreateTaskInput{Subject: "t", Status: model.TaskStatusNotStarted, Description: &text}
		ids := longCalls(t, e, 40, 10)
		for limit, want := range map[int64]bool{20_000: true, 200_000: false} {
			ctx, _ := withAccount(t, e, db.AccountLimits{Read: limit})
			_, err := e.DB.CreateCallTasks(ctx, model.CallSelector{Ids: ids}, []*model.CreateTaskInput{task}, db.Batch{})
			if isLimit(err) != want || !want && err != nil {
				t.Errorf("40 kB with a limit of %d: got %v, want LIMIT_EXCEEDED: %v", limit, err, want)
			}
		}
	})
}

// TestAccountCountsTime runs statements under an account that allows next to no time.
func TestAccountCountsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		ids := longCalls(t, e, 1, 10)
		ctx, account := withAccount(t, e, db.AccountLimits{Time: time.Nanosecond})
		if _, err := e.DB.Call(ctx, ids[0], false); err == nil || !hasPassed(ctx) || account.Time() == 0 {
			t.Errorf("got %v, the limit %v and the time %v, want LIMIT_EXCEEDED", err, db.PassedLimit(ctx), account.Time())
		}
		ctx, account = withAccount(t, e, db.AccountLimits{Time: time.Hour})
		if _, err := e.DB.Call(ctx, ids[0], false); err != nil || account.Time() == 0 {
			t.Errorf("within the limit: got %v after %v, want some time", err, account.Time())
		}
	})
}

// TestLiftLimits reads more than an account allows while its limits are lifted, and then within and over them.
func TestLiftLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		ids := longCalls(t, e, 40, 1000)
		ctx, account := withAccount(t, e, db.AccountLimits{Read: 10_000, Time: time.Hour})
		restore := db.LiftLimits(ctx)
		if _, err := e.DB.CallDescriptions(ctx, ids); err != nil {
			t.Errorf("lifted: got %v, want no error", err)
		}
		restore()
		if got := account.Bytes(); got != 0 {
			t.Errorf("restored: got %d bytes, want none", got)
		}
		if _, err := e.DB.CallDescriptions(ctx, ids[:5]); err != nil {
			t.Errorf("restored, within the limit: got %v, want no error", err)
		}
		if _, err := e.DB.CallDescriptions(ctx, ids); !isLimit(err) && !hasPassed(ctx) {
			t.Errorf("restored, over the limit: got %v, want LIMIT_EXCEEDED", err)
		}
	})
}

// longCalls stores n calls with descriptions of so many bytes, and returns their ids.
func longCalls(t *testing.T, e *dbtest.Env, n, length int) (ids []string) {
	t.Helper()
	for i := range n {
		input := model.CreateCallInput{ID: new("long-" + string(rune('A'+i)))}
		input.Description = graphql.OmittableOf(new(strings.Repeat("d", length)))
		call, err := e.DB.CreateCall(e.Ctx, input)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, call.ID)
	}
	return ids
}
