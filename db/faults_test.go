package db_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// aLongTime is a bound for what must not wait until a test goes on; the machine may be slow.
const aLongTime = 30 * time.Second

// createCall creates a call with a long description.
func createCall(ctx context.Context, d *db.DB, id string) error {
	in := model.CreateCallInput{ID: &id}
	in.Description = graphql.OmittableOf(new(strings.Repeat("x", 10_000)))
	_, err := d.CreateCall(ctx, in)
	return err
}

// checkUndone checks that an error is UNAVAILABLE, and that the write was surely not done.
func checkUndone(t *testing.T, d *db.DB, what string, err error) {
	t.Helper()
	if err == nil || !d.IsUnavailable(err) || db.MayHaveBeenDone(err) {
		t.Errorf("%s: got %v, of unknown fate: %t, want UNAVAILABLE, and that it was not done", what, err,
			db.MayHaveBeenDone(err))
	}
}

// checkReady checks whether the database is ready, and that it says so within two seconds.
func checkReady(t *testing.T, d *db.DB, what string, want bool) {
	t.Helper()
	begin := time.Now()
	err := d.Ready(t.Context())
	if took := time.Since(begin); took > 10*time.Second { // two, on a machine that is five times slower
		t.Errorf("%s: Ready took %s, want 2 s at most", what, took)
	}
	if (err == nil) != want || err != nil && !errors.Is(err, db.ErrNotReady) {
		t.Errorf("%s: Ready returned %v, want ready: %t", what, err, want)
	}
}

// connect returns a connection to PostgreSQL of its own.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// mustExec runs a statement on a connection.
func mustExec(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// asCredential returns a context for a credential of the test's tenant.
func asCredential(e *dbtest.Env, credential string) context.Context {
	actor := e.Actor
	actor.Kind, actor.Credential = model.CredentialKindAPIKey, credential
	return model.WithActor(e.Ctx, actor)
}

// TestWALIsBounded (F2) writes thirty times the size at which SQLite's log is emptied, and with its indexes twice that,
// while reads overlap without a pause.
func TestWALIsBounded(t *testing.T) {
	t.Parallel()
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/wal.db")
	const bound = 1 << 18
	db.SetMaxWAL(e.DB, bound)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for reader := range 4 {
		readers.Go(func() {
			pause := time.NewTicker(time.Duration(6+3*reader) * time.Millisecond)
			defer pause.Stop()
			for {
				// The next read begins before this one ends, for there are four.
				if err := db.ReadWhile(e.Ctx, e.DB, "SELECT id FROM calls", func() { <-pause.C }); err != nil {
					t.Errorf("reading: got %v, want no error", err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	var last, largest int64
	written, emptied := 0, 0
	for n := 0; written < 30*bound && !t.Failed(); n++ {
		if err := createCall(e.Ctx, e.DB, fmt.Sprint("c", n)); err != nil {
			t.Errorf("CreateCall: got %v, want no error", err)
		}
		written += 10_000
		size := db.WALSize(e.DB)
		if size < last/2 {
			emptied++
		}
		last, largest = size, max(largest, size)
	}
	close(done)
	readers.Wait()
	t.Logf("%d KB written; the log had %d KB at the most, and was emptied %d times", written>>10, largest>>10, emptied)
	if emptied < 3 {
		t.Errorf("the log while %d KB were written: got it emptied %d times and %d KB large, want 3 times or more",
			written>>10, emptied, largest>>10)
	}
}

// TestReplacedFile (F6) moves the file of SQLite away, and puts another one in its place: nothing is acknowledged that
// would be lost, until the file is back.
func TestReplacedFile(t *testing.T) {
	path := t.TempDir() + "/moved.db"
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+path)
	if err := createCall(e.Ctx, e.DB, "before"); err != nil {
		t.Fatal(err)
	}
	checkReady(t, e.DB, "before", true)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	checkUndone(t, e.DB, "a write to a file that is gone", createCall(e.Ctx, e.DB, "gone"))
	checkReady(t, e.DB, "a file that is gone", false)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checkUndone(t, e.DB, "a write to a file that was replaced", createCall(e.Ctx, e.DB, "replaced"))
	_, err := e.DB.CreateCalls(e.Ctx, manyCalls(50), db.Batch{Policy: model.BatchPolicyAllOrNothing})
	checkUndone(t, e.DB, "a batch to a file that was replaced", err)
	checkReady(t, e.DB, "a file that was replaced", false)
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	checkReady(t, e.DB, "a file that is back", true)
	if err := createCall(e.Ctx, e.DB, "after"); err != nil {
		t.Errorf("a write to a file that is back: got %v, want no error", err)
	}
	for id, want := range map[string]bool{"before": true, "gone": false, "replaced": false, "after": true} {
		if call, err := e.DB.Call(e.Ctx, id, false); err != nil || (call != nil) != want {
			t.Errorf("the call %s: got %v, %v, want there: %t", id, call, err, want)
		}
	}
}

// manyCalls returns the inputs of calls.
func manyCalls(n int) (inputs []*model.CreateCallInput) {
	for i := range n {
		inputs = append(inputs, &model.CreateCallInput{ID: new(fmt.Sprint("many", i))})
	}
	return inputs
}

// TestFullDatabase (F5) writes to a database that may not grow.
func TestFullDatabase(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/full.db")
	if err := db.ExecToWrite(e.Ctx, e.DB, "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		err = createCall(e.Ctx, e.DB, fmt.Sprint("full", n))
	}
	checkUndone(t, e.DB, "a write to a full database", err)
	if err := db.ExecToWrite(e.Ctx, e.DB, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := createCall(e.Ctx, e.DB, "after"); err != nil {
		t.Errorf("a write after there is space: got %v, want no error", err)
	}
}

// TestReadOnlyServer (F5) has PostgreSQL take no writes, as a primary that has become a standby: writes are not
// available, the server is not ready, and when it takes writes again the sessions of before are not used any more.
func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("SQLite has no server")
		}
		dbtest.NewEnv(t, engine, dsn)
		conn := connect(t, dsn)
		name := pgx.Identifier{conn.Config().Database}.Sanitize()
		mustExec(t, conn, "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
		e := dbtest.NewEnv(t, engine, dsn) // its sessions are read-only
		checkUndone(t, e.DB, "a create on a read-only server", createCall(e.Ctx, e.DB, "a"))
		_, err := e.DB.CreateCalls(e.Ctx, manyCalls(50), db.Batch{Policy: model.BatchPolicyAllOrNothing})
		checkUndone(t, e.DB, "a batch on a read-only server", err)
		checkReady(t, e.DB, "a read-only server", false)
		mustExec(t, conn, "SET default_transaction_read_only = off")
		mustExec(t, conn, "ALTER DATABASE "+name+" RESET default_transaction_read_only")
		eventually(t, "ready after the failover", func() bool { return e.DB.Ready(t.Context()) == nil })
		if err := createCall(e.Ctx, e.DB, "b"); err != nil {
			t.Errorf("a create after the failover: got %v, want no error", err)
		}
		if states, err := e.DB.Texts(e.Ctx, "SELECT current_setting('transaction_read_only')"); err != nil ||
			states[0] != "off" {
			t.Errorf("a session that reads after the failover: got %v, %v, want off", states, err)
		}
	})
}

// eventually waits until something holds, which others bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(aLongTime); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// withParameter returns an address of PostgreSQL with a parameter.
func withParameter(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// TestLockedTable (F3, F5) locks a table while one credential reads it as often as it can: others read other tables,
// sign in, and the server is ready. Statements that wait for the lock are not available (55P03), and where the address
// bounds statements, those that take too long (57014).
func TestLockedTable(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("SQLite has no locks of tables")
		}
		e := dbtest.NewEnv(t, engine, withParameter(t, dsn, "lock_timeout", "500"))
		if err := createCall(e.Ctx, e.DB, "a"); err != nil {
			t.Fatal(err)
		}
		slow := dbtest.NewEnv(t, engine, withParameter(t, dsn, "statement_timeout", "100"))
		conn := connect(t, dsn)
		mustExec(t, conn, "BEGIN")
		mustExec(t, conn, "LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
		var busy sync.WaitGroup
		for range 20 {
			busy.Go(func() {
				_, err := e.DB.NotesOfCalls(asCredential(e, "busy"), []string{"a"}, model.PageArgs{})
				checkUndone(t, e.DB, "a read of a locked table", err)
			})
		}
		within, cancel := context.WithTimeout(asCredential(e, "other"), aLongTime)
		defer cancel()
		for range 20 {
			if call, err := e.DB.Call(within, "a", false); err != nil || call == nil {
				t.Errorf("a read of another table by another credential: got %v, %v, want the call", call, err)
			}
			if _, err := e.DB.APIKey(within, "none"); err != nil {
				t.Errorf("sign-in: got %v, want no error", err)
			}
		}
		checkReady(t, e.DB, "a locked table", true)
		_, err := slow.DB.NotesOfCalls(e.Ctx, []string{"a"}, model.PageArgs{})
		checkUndone(t, e.DB, "a statement that takes too long", err)
		busy.Wait() // without the lock's end
		mustExec(t, conn, "ROLLBACK")
		if _, err := e.DB.NotesOfCalls(e.Ctx, []string{"a"}, model.PageArgs{}); err != nil {
			t.Errorf("a read after the lock: got %v, want no error", err)
		}
	})
}

// TestLockTimeouts reads how long the sessions of each pool wait for locks, where the address does not say.
func TestLockTimeouts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if e.Engine == "sqlite" {
			t.Skip("SQLite has no sessions")
		}
		got, err := db.LockTimeouts(e.Ctx, e.DB)
		if want := []string{"3s", "10s", "1s"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("reads, writes and sign-in wait for locks: got %v, %v, want %v", got, err, want)
		}
	})
}

// TestBusyPools (F3, S4) uses all connections that read and write: callers sign in, and the server is ready.
func TestBusyPools(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		key, _, err := e.DB.CreateAPIKey(e.Ctx, model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAgent}})
		if err != nil {
			t.Fatal(err)
		}
		release, err := db.HoldConnections(e.Ctx, e.DB)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		within, cancel := context.WithTimeout(e.Ctx, aLongTime)
		defer cancel()
		if got, err := e.DB.APIKey(within, key.ID); err != nil || got == nil {
			t.Errorf("sign-in: got %v, %v, want the key", got, err)
		}
		if has, err := e.DB.HasAPIKeys(within); err != nil || !has {
			t.Errorf("HasAPIKeys: got %t, %v, want true", has, err)
		}
		checkReady(t, e.DB, "busy pools", true)
	})
}

// TestShareOfTransactions (S4) has 32 transactions of one credential wait for a lock: they take their share of the
// connections, and others write. Those that wait for the share end with their callers.
func TestShareOfTransactions(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("on SQLite one connection writes")
		}
		e := dbtest.NewEnv(t, engine, dsn)
		if err := createCall(e.Ctx, e.DB, "a"); err != nil {
			t.Fatal(err)
		}
		conn := connect(t, dsn)
		mustExec(t, conn, "BEGIN")
		mustExec(t, conn, fmt.Sprintf("SELECT * FROM calls WHERE tenant_id = %d AND id = 'a' FOR UPDATE", e.Actor.TenantID))
		gone, leave := context.WithCancel(asCredential(e, "busy"))
		defer leave()
		var patient, impatient sync.WaitGroup
		for range 16 {
			patient.Go(func() {
				if _, err := e.DB.AddNote(asCredential(e, "busy"), "a", "waits"); err != nil {
					t.Errorf("a write that waits for its turn: got %v, want no error", err)
				}
			})
			impatient.Go(func() {
				if _, err := e.DB.AddNote(gone, "a", "is gone"); !errors.Is(err, context.Canceled) {
					t.Errorf("a write whose caller has gone: got %v, want %v", err, context.Canceled)
				}
			})
		}
		const share = 6 // of 8
		eventually(t, "the credential has its share", func() bool { return db.Writing(e.DB) == share })
		within, cancel := context.WithTimeout(asCredential(e, "other"), aLongTime)
		defer cancel()
		for n := range 20 {
			if err := createCall(within, e.DB, fmt.Sprint("other", n)); err != nil {
				t.Errorf("a write of another credential: got %v, want no error", err)
			}
			_, err := e.DB.CreateCalls(within, manyCalls(2), db.Batch{DryRun: true})
			if err != nil {
				t.Errorf("a transaction of another credential: got %v, want no error", err)
			}
		}
		db.WaitForFolds(e.DB) // they take connections, too
		eventually(t, "the credential still has its share", func() bool { return db.Writing(e.DB) == share })
		leave()
		impatient.Wait()
		mustExec(t, conn, "ROLLBACK")
		patient.Wait()
	})
}
