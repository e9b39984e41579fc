package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"callbook/model"
)

// maxFieldName is the greatest length of a field's name that is a key as it is.
const maxFieldName = 64

var (
	// errStepDone says that another process has done meanwhile what a transaction was to do.
	errStepDone = errors.New("db: done by another process under the same idempotency key")
	// errNothingKept says that a method writes under an idempotency key without once.
	errNothingKept = errors.New("db: a write under an idempotency key that keeps no result")
)

// fieldResults are what the root fields of a request under an idempotency key have done.
type fieldResults struct {
	field string // that runs
	step  int    // its next one
	kept  map[resultKey]*keptResult
	later []laterResult // what is kept when the request is answered, since no transaction was committed
}

// resultKey names a step of a root field: one call of a method that writes.
type resultKey struct {
	field string
	step  int
}

// nextKey returns the key of the next step of the root field that runs.
func (c *Claim) nextKey() resultKey { return resultKey{c.field, c.step} }

type laterResult struct {
	resultKey
	result *keptResult
}

// keptResult is what a step did: what its answer is made of again.
type keptResult struct {
	Matched int          `json:"matched,omitempty"`
	Planned int          `json:"planned,omitempty"` // how many rows all steps of a batch were to have
	IsPart  bool         `json:"isPart,omitempty"`  // the batch has further steps
	Rows    []keptRow    `json:"rows,omitempty"`
	Tasks   []string     `json:"tasks,omitempty"`  // that were created
	CallID  string       `json:"callId,omitempty"` // whose note is gone
	Failure model.Errors `json:"failure,omitempty"`
}

// keptRow is a row that a step was about.
type keptRow struct {
	Key     string           `json:"key,omitempty"`
	Outcome model.RowOutcome `json:"outcome,omitempty"`
	Errors  model.Errors     `json:"errors,omitempty"`
}

// keptOne returns the result of a step that was about one row.
func keptOne(key any, outcome model.RowOutcome) *keptResult {
	return &keptResult{Rows: []keptRow{{Key: fmt.Sprint(key), Outcome: outcome}}}
}

// row returns the row of a result that is about one.
func (k *keptResult) row() keptRow {
	if len(k.Rows) == 0 {
		return keptRow{}
	}
	return k.Rows[0]
}

type (
	claimContextKey struct{}
	stepContextKey  struct{}
)

// WithClaim returns a context under which what a mutation does is kept under a claim's key, one root field after the
// other: see BeginField. Each transaction takes one statement more, and reads what was done take one.
func WithClaim(ctx context.Context, c *Claim) context.Context {
	return context.WithValue(ctx, claimContextKey{}, c)
}

func claimOf(ctx context.Context) *Claim {
	c, _ := ctx.Value(claimContextKey{}).(*Claim)
	return c
}

// BeginField says which root field runs next under the claim of a context, if it has one: by its name in the response.
func BeginField(ctx context.Context, name string) {
	if c := claimOf(ctx); c != nil {
		if len(name) > maxFieldName {
			sum := sha256.Sum256([]byte(name))
			name = hex.EncodeToString(sum[:])
		}
		c.field, c.step = name, 0
	}
}

// step is a step of a root field under way.
type step struct {
	claim    *Claim
	key      resultKey
	result   *keptResult // what is kept of it; nil until that is known
	rejected *keptResult // what was rolled back
}

func stepOf(ctx context.Context) *step {
	st, _ := ctx.Value(stepContextKey{}).(*step)
	return st
}

// isKept reports whether the transactions of a context keep what they do.
func isKept(ctx context.Context) bool { return stepOf(ctx) != nil }

// keep says what the transaction has done, where it is kept. result is called only then.
func (s scope) keep(result func() *keptResult) {
	if s.step != nil {
		s.step.result = result()
	}
}

// once does what a method does in one transaction by do, which calls scope.keep in it. Under a claim whose request has
// done it before, it makes the answer again by again, from what is stored now, or returns the failure that was kept.
// Where do fails by the caller's fault it takes one statement more.
func once[R any](ctx context.Context, d *DB, do func(context.Context) (R, error),
	again func(context.Context, *keptResult) (R, error),
) (out R, err error) {
	c := claimOf(ctx)
	if c == nil {
		return do(ctx)
	}
	st := &step{claim: c, key: c.nextKey()}
	kept := c.kept[st.key]
	if kept == nil {
		out, err = do(context.WithValue(ctx, stepContextKey{}, st))
		if kept, err = d.doneElsewhere(ctx, st, err); kept == nil {
			c.end(st, err)
			return out, err
		}
	}
	c.step++
	if err := kept.Failure.Err(); err != nil {
		return out, err
	}
	return again(ctx, kept)
}

// doneElsewhere returns what another process has done of a step which has ended with an error here, or was rejected:
// that may be why. It returns nil where there is no such thing, and the error.
func (d *DB) doneElsewhere(ctx context.Context, st *step, err error) (*keptResult, error) {
	mayBeDone := errors.Is(err, errStepDone) || isCallersFault(model.AsErrors(err)) || st.rejected != nil
	if !mayBeDone {
		return nil, err
	}
	if failure := d.readResults(ctx, st.claim); failure != nil {
		return nil, failure
	}
	return st.claim.kept[st.key], err
}

// end ends a step with an error. One that the caller has made is kept with the answer, and so is a rejection: the next
// try might go another way. After an error of the server the step is still to be done.
func (c *Claim) end(st *step, err error) {
	switch errs := model.AsErrors(err); {
	case err == nil && st.rejected != nil:
		c.later = append(c.later, laterResult{st.key, st.rejected})
	case err == nil:
	case isCallersFault(errs):
		c.later = append(c.later, laterResult{st.key, &keptResult{Failure: errs}})
	default:
		return
	}
	c.step++
}

// isCallersFault reports whether errors say what is wrong with a request, not with the server, nor with how much there
// was to do at the time.
func isCallersFault(errs model.Errors) bool {
	for _, err := range errs {
		if err.Code == model.ErrorCodeInternal || err.Code == model.ErrorCodeUnavailable || err.WhileRunning {
			return false
		}
	}
	return len(errs) > 0
}

// keepRejected says what a transaction did that was rolled back on purpose. It is kept with the answer.
func keepRejected(ctx context.Context, result func() *keptResult) {
	if st := stepOf(ctx); st != nil {
		st.rejected = result()
	}
}

// keepResult stores at the end of a transaction what it did, where that is kept. Of two processes that do the same, one
// finds the key taken: it returns errStepDone, and its transaction is rolled back. So nothing is done twice even where
// both run.
func (s scope) keepResult(ctx context.Context) error {
	switch {
	case s.step == nil && claimOf(ctx) == nil:
		return nil
	case s.step == nil || s.step.result == nil:
		return errNothingKept
	}
	err := s.insertResult(ctx, "keepResult", "", s.step.claim, laterResult{s.step.key, s.step.result})
	if errors.Is(err, errRace) {
		return errStepDone
	}
	return err
}

// insertLater stores what a step did that has written nothing, unless another process has stored it.
func (s scope) insertLater(ctx context.Context, c *Claim, r laterResult) error {
	const unless = " ON CONFLICT (tenant_id, credential, idempotency_key, field, step) DO NOTHING"
	return s.insertResult(ctx, "keepLater", unless, c, r)
}

func (s scope) insertResult(ctx context.Context, name, unless string, c *Claim, r laterResult) error {
	text, err := json.Marshal(r.result)
	if err != nil {
		return err
	}
	_, err = s.execReady(ctx, writeShape{name: name}, func() string {
		return "INSERT INTO idempotency_results (tenant_id, credential, idempotency_key, field, step, result)" +
			" VALUES ($1, $2, $3, $4, $5, $6)" + unless
	}, c.id.credential, c.id.key, r.field, r.step, string(text))
	return err
}

// readResults reads what a claim's request has done. It takes one statement.
func (d *DB) readResults(ctx context.Context, c *Claim) error {
	s, err := d.read(ctx)
	if err != nil {
		return err
	}
	var rows []*model.IdempotentResult
	err = s.ofTenant().selectReady(ctx, shape{name: "idempotent results"}, &rows,
		func(t scope, param func(int) any) *bun.SelectQuery {
			return t.selectFrom((*model.IdempotentResult)(nil)).
				Where("credential = ?", param(0)).Where("idempotency_key = ?", param(1))
		}, c.id.credential, c.id.key)
	if err != nil {
		return err
	}
	c.kept = make(map[resultKey]*keptResult, len(rows))
	for _, row := range rows {
		kept := &keptResult{}
		if err := json.Unmarshal([]byte(row.Result), kept); err != nil {
			return fmt.Errorf("what %s has done: %w", row.Field, err)
		}
		c.kept[resultKey{row.Field, row.Step}] = kept
	}
	return nil
}
