// Package dbtest runs tests on every engine: on SQLite always, on PostgreSQL where its binaries are found.
package dbtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"callbook/db"
	"callbook/model"
)

// strictLogger fails where bun has something to say: a server's log is no place for it.
type strictLogger struct{}

func (strictLogger) Printf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func init() { bun.SetLogger(strictLogger{}) }

// Clock is a clock that stands still until it is moved.
type Clock struct{ now atomic.Pointer[time.Time] }

// Now returns the time at which the clock stands.
func (c *Clock) Now() time.Time { return *c.now.Load() }

// Set moves the clock.
func (c *Clock) Set(t time.Time) { c.now.Store(&t) }

// Start is the time at which every test's clock stands at first.
var Start = time.Date(2024, 5, 17, 8, 0, 0, 0, time.UTC)

// Env is what a test gets: an open database, a tenant of its own, and a clock.
type Env struct {
	Engine string
	DSN    string
	DB     *db.DB
	Ctx    context.Context // acts for the tenant
	Actor  model.Actor
	Clock  *Clock
}

var lastTenant atomic.Int64

// NewTenant returns a context that acts for the administrator of a new tenant.
func NewTenant(ctx context.Context) (context.Context, model.Actor) {
	actor := model.NewActor(1000+lastTenant.Add(1), "tester", []model.Role{model.RoleAdmin}, nil)
	return model.WithActor(ctx, actor), actor
}

// Each runs a test on every engine, in a tenant of its own. All tests of a package share one database on PostgreSQL; on
// SQLite, those that run one after the other do.
func Each(t *testing.T, test func(*testing.T, *Env)) {
	each(t, func(t *testing.T, engine string) { test(t, NewEnv(t, engine, sharedDSN(t, engine))) })
}

// EachEmpty runs a test on every engine, on a database of its own that has not been opened yet.
func EachEmpty(t *testing.T, test func(t *testing.T, engine, dsn string)) {
	each(t, func(t *testing.T, engine string) { test(t, engine, emptyDSN(t, engine)) })
}

func each(t *testing.T, test func(*testing.T, string)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "postgres" {
				needPostgres(t)
			}
			test(t, engine)
		})
	}
}

// NewEnv opens a database for a test or a benchmark, and closes it at the end.
func NewEnv(t testing.TB, engine, dsn string) *Env {
	e := &Env{Engine: engine, DSN: dsn, Clock: &Clock{}}
	e.Clock.Set(Start)
	e.Ctx, e.Actor = NewTenant(context.Background())
	var err error
	if e.DB, err = db.Open(e.Ctx, db.Options{DSN: dsn, Now: e.Clock.Now, LockTime: time.Minute}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.DB.Close() })
	return e
}

// Shared returns a benchmark's environment on the package's database.
func Shared(b *testing.B, engine string) *Env {
	if engine == "postgres" {
		needPostgres(b)
	}
	return NewEnv(b, engine, sharedDSN(b, engine))
}

// Rounds returns how often a test does what it repeats: few times in ordinary runs, and all under CALLBOOK_ROUNDS=all,
// as in the gate.
func Rounds(few, all int) int {
	if os.Getenv("CALLBOOK_ROUNDS") == "all" {
		return all
	}
	return few
}

// parallelTests is how many parallel tests run at once: they mostly wait, so more than there are processors.
const parallelTests = 4

// collectorPercent is GOGC where the environment has none, as a server has it.
const collectorPercent = 400

// Main runs a package's tests, removes what they shared, and calls the functions that remove what else they did. Call
// it from TestMain. With CALLBOOK_PLANS=check it fails where the plan of a statement that they ran on PostgreSQL leaves
// the tenant: see checkPlans.
func Main(m *testing.M, after ...func()) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set(strconv.Itoa(max(parallelTests, runtime.GOMAXPROCS(0))))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectorPercent)
	}
	remove := UseMemory()
	code := m.Run()
	if err := shared.postgres.checkPlans(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	shared.close()
	for _, end := range after {
		end()
	}
	remove()
	os.Exit(code)
}

func sharedDSN(t testing.TB, engine string) string {
	if engine == "sqlite" {
		return "sqlite:" + shared.sqlite.lease(t)
	}
	return shared.postgres.database(t, "shared")
}

var lastDatabase atomic.Int64

func emptyDSN(t testing.TB, engine string) string {
	if engine == "sqlite" {
		return "sqlite:" + t.TempDir() + "/empty.db"
	}
	return shared.postgres.database(t, fmt.Sprintf("empty%d", lastDatabase.Add(1)))
}
