package db

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

var (
	ErrUnscoped = errUnscoped
	ErrNoActor  = errNoActor
)

// IsScoped reports whether the guard of PostgreSQL lets a statement pass.
func IsScoped(query string) bool { return isScoped(query, postgresDialect.tenantTables) }

// TenantTables returns the tables that the guard watches.
func (d *DB) TenantTables() map[string]bool { return d.dialect.tenantTables }

var tests = maintenance{"tests", "they look at what the product left"}

// CrossTenant marks a context as crossTenant does.
func CrossTenant(ctx context.Context) context.Context { return crossTenant(ctx, tests) }

// PicklistColumn returns the expression of a field with a picklist.
func PicklistColumn(field *model.PicklistField) string { return picklistColumn(field).expr }

// MaxReadyTexts is how many texts are kept ready.
const MaxReadyTexts = maxReadyTexts

// ReadyTexts returns how many texts are kept ready.
func ReadyTexts(d *DB) int { return d.ready.byShape.Len() }

// ReadyCall reads a call by a statement of a shape that variant tells from others, in a transaction where variant has
// an even length.
func ReadyCall(ctx context.Context, d *DB, id, variant string) (*model.Call, error) {
	var rows []*model.Call
	read := func(ctx context.Context, s scope) error {
		build := func(t scope, param func(int) any) *bun.SelectQuery {
			return t.selectFrom(&rows).Where("id = ?", param(0)).Where("? <= ?", len(variant), param(1))
		}
		return s.selectReady(ctx, shape{name: "ReadyCall", columns: variant}, &rows, build, id, len(variant))
	}
	if len(variant)%2 == 0 {
		err := d.write(ctx, read)
		return firstRow(rows), err
	}
	s, err := d.read(ctx)
	if err == nil {
		err = read(ctx, s)
	}
	return firstRow(rows), err
}

// ReadBothWays reads all rows of a table by a ready statement and by bun, in an order.
func ReadBothWays[T any](ctx context.Context, d *DB, order string) (ready, byBun []*T, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	query := func(t scope) *bun.SelectQuery { return t.selectFrom((*T)(nil)).OrderExpr(order) }
	sh := shape{name: "ReadBothWays " + reflect.TypeFor[T]().Name()}
	err = s.selectReady(ctx, sh, &ready, func(t scope, _ func(int) any) *bun.SelectQuery { return query(t) })
	if err != nil {
		return nil, nil, err
	}
	err = query(s).Scan(ctx, &byBun)
	return ready, byBun, err
}

// Exec runs a statement without a scope, as code that bypasses it would.
func (d *DB) Exec(ctx context.Context, statement string) error {
	_, err := d.bun.ExecContext(ctx, tests.mark(statement))
	return err
}

// Texts reads one column of texts without a scope.
func (d *DB) Texts(ctx context.Context, query string) (rows []string, err error) {
	err = d.bun.NewRaw(tests.mark(query)).Scan(ctx, &rows)
	return rows, err
}

// Write runs a transaction whose function returns the errors given, one at a time, and returns how often it ran.
func (d *DB) Write(ctx context.Context, answers ...error) (runs int, err error) {
	err = d.write(ctx, func(context.Context, scope) error {
		runs++
		return answers[min(runs, len(answers))-1]
	})
	return runs, err
}

// WriteShort runs a short transaction whose function may create calls.
func WriteShort(ctx context.Context, d *DB, fn func(create func(id string) error) error) error {
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		return fn(func(id string) error {
			out, err := s.writeOneCall(ctx, "createCall", newCallWrite(&model.CreateCallInput{ID: &id}, create))
			if err == nil {
				err = out.list[0].Errors.Err()
			}
			return err
		})
	})
}

// HoldCreates has creates of the actor's tenant wait on PostgreSQL, as if as many groups as may be were under way,
// until release is called and so many wait. It returns how many groups have been written.
func HoldCreates(ctx context.Context, d *DB, patience time.Duration,
) (release func(waiting int), groups *atomic.Int64) {
	actor, _ := model.ActorFrom(ctx)
	g, count := d.creates, new(atomic.Int64)
	g.patience = patience
	g.appended = func(tenantID int64, changes int) {
		count.Add(1)
		d.foldLater(tenantID, changes)
	}
	if !d.dialect.forUpdate {
		return func(int) {}, count
	}
	g.tenants[actor.TenantID] = &createQueue{running: maxCreateGroups}
	return func(n int) {
		for CreatesWaiting(ctx, d) < n {
			runtime.Gosched()
		}
		for range maxCreateGroups {
			g.handOver(actor.TenantID)
		}
	}, count
}

// CreatesWaiting returns how many creates of the actor's tenant wait.
func CreatesWaiting(ctx context.Context, d *DB) int {
	actor, _ := model.ActorFrom(ctx)
	d.creates.mu.Lock()
	defer d.creates.mu.Unlock()
	return len(d.creates.tenants[actor.TenantID].waiting)
}

// CreateQueues returns of how many tenants creates are under way.
func CreateQueues(d *DB) int {
	d.creates.mu.Lock()
	defer d.creates.mu.Unlock()
	return len(d.creates.tenants)
}

// DuringDelete deletes a call and calls during before the deletion is committed.
func (d *DB) DuringDelete(ctx context.Context, id string, during func()) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		rows, err := s.lockCalls(ctx, []string{id})
		if err != nil {
			return err
		}
		if err := s.setDeleted(ctx, "deleteCalls", []*model.Call{rows[id]}, &s.now); err != nil {
			return err
		}
		during()
		return nil
	})
}

// HoldWriter calls during in a transaction that has begun, which locks no rows.
func HoldWriter(ctx context.Context, d *DB, during func()) error {
	return d.write(ctx, func(context.Context, scope) error {
		during()
		return nil
	})
}

// WaitingWrites returns how many transactions wait for SQLite's writer.
func WaitingWrites(d *DB) int {
	d.sharedCommits.mu.Lock()
	defer d.sharedCommits.mu.Unlock()
	return d.sharedCommits.waiting.size
}

// SetLockClock has the locks of batches measured by a clock, and limited as they are but in tests.
func SetLockClock(d *DB, clock func() time.Time) { d.lockClock, d.lockLimit = clock, maxLockTime }

// The limits of what a batch writes at once.
const (
	MaxLockTime = maxLockTime
	WriteChunk  = writeChunk
)

// FirstStep is how many rows the first step of a batch has.
const FirstStep = firstStep

// KilledMigration does what a migrator does that is killed in the middle of the first migration.
func KilledMigration(ctx context.Context, o Options) error {
	d, err := connect(ctx, o)
	if err != nil {
		return err
	}
	killed := errors.New("killed")
	err = d.bun.RunInTx(crossTenant(ctx, tests), nil, func(ctx context.Context, tx bun.Tx) error {
		if err := d.lockMigrations(ctx, tx); err != nil {
			return err
		}
		if err := d.execTemplate(ctx, tx, "CREATE TABLE calls (id {{.Text}}){{.Strict}}"); err != nil {
			return err
		}
		return killed
	})
	if !errors.Is(err, killed) {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}

// MigrateTo applies the first migrations to an empty database, up to a version, and then runs statements.
func MigrateTo(ctx context.Context, o Options, version int, statements ...string) error {
	d, err := connect(ctx, o)
	if err != nil {
		return err
	}
	known, err := knownMigrations()
	for _, m := range known[:min(version, len(known))] {
		if err == nil {
			_, err = d.migrateOne(ctx, known, m)
		}
	}
	for _, statement := range statements {
		if err == nil {
			err = d.Exec(ctx, statement)
		}
	}
	return errors.Join(err, d.Close())
}

// SweepKeys deletes idempotency keys that are too old.
// IsBehind reports whether changes are lost to a watcher.
func IsBehind(w *CallWatcher) bool {
	w.events.mu.Lock()
	defer w.events.mu.Unlock()
	return w.events.behind
}

// SweepEvents deletes events that are too old.
func SweepEvents(ctx context.Context, d *DB) { d.sweepEvents(ctx) }

func SweepKeys(ctx context.Context, d *DB) error { return d.sweepKeys(ctx) }

// StopHeartbeats makes a database show no heartbeats, as if its process were dead.
func StopHeartbeats(d *DB) { d.background.stop() }

// ClaimSteps returns how many steps of a field were done under a claim.
func ClaimSteps(c *Claim) int { return c.step }

// SetMaxErasedAnswers sets how many answers a transaction erases, until the function that it returns is called.
func SetMaxErasedAnswers(n int64) (reset func()) {
	before := maxErasedAnswers
	maxErasedAnswers = n
	return func() { maxErasedAnswers = before }
}

// PurgeAmidAnswers is PurgeCalls in which, as often as isMany says so, more answers are kept than a transaction erases.
func PurgeAmidAnswers(ctx context.Context, d *DB, ids []string, b Batch, isMany func() bool,
) (*model.CallsPayload, error) {
	return d.writeSelected(ctx, model.CallSelector{Ids: ids}, b, isDeleted, checkDeleted, model.RowOutcomePurged,
		func(s scope, ctx context.Context, rows []*model.Call) error {
			if isMany() {
				return errManyAnswers
			}
			return s.purgeCalls(ctx, rows)
		})
}

// SetSearchLimits sets what searches for turns read, until the function that it returns is called.
func SetSearchLimits(read, ranked, counted, probed, records int) (reset func()) {
	before := transcriptLimits
	transcriptLimits = searchLimits{read, ranked, counted, probed, records}
	return func() { transcriptLimits = before }
}
