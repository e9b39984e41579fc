package prices

import (
	"context"
	"encoding/binary"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// stepsOfRow is how many steps of SQLite's virtual machine are taken for a row: it takes 5 to 15 to look at one.
const stepsOfRow = 10

// sqliteWork counts what the statements of all connections of this process to SQLite do: rows by the steps of the
// virtual machine, and pages as they are taken from the cache or the file.
type sqliteWork struct{ steps, pages atomic.Int64 }

var (
	countSQLite sync.Once
	onSQLite    sqliteWork
)

// newSQLiteWork has all connections counted that are opened from now on.
func newSQLiteWork() *sqliteWork {
	countSQLite.Do(func() {
		sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
			if _, err := conn.ExecContext(context.Background(), "PRAGMA cache_size = -400000", nil); err != nil {
				return err // pages are counted alike, wherever they come from
			}
			handle := uintptr(reflect.ValueOf(conn).Elem().FieldByName("db").Uint())
			tls := libc.NewTLS()
			defer tls.Close()
			sqlite3.Xsqlite3_trace_v2(tls, handle, sqlite3.SQLITE_TRACE_PROFILE, functionPointer(noteStatement), handle)
			return nil
		})
	})
	return &onSQLite
}

// functionPointer returns a function as SQLite calls it.
func functionPointer(f func(*libc.TLS, uint32, uintptr, uintptr, uintptr) int32) uintptr {
	type holder struct {
		f func(*libc.TLS, uint32, uintptr, uintptr, uintptr) int32
	}
	return *(*uintptr)(unsafe.Pointer(&holder{f}))
}

// noteStatement is called by SQLite when a statement has ended.
func noteStatement(tls *libc.TLS, _ uint32, handle, statement, _ uintptr) int32 {
	steps := sqlite3.Xsqlite3_stmt_status(tls, statement, sqlite3.SQLITE_STMTSTATUS_VM_STEP, 1)
	onSQLite.steps.Add(int64(steps))
	place := tls.Alloc(8)
	defer tls.Free(8)
	for _, which := range []int32{sqlite3.SQLITE_DBSTATUS_CACHE_HIT, sqlite3.SQLITE_DBSTATUS_CACHE_MISS} {
		sqlite3.Xsqlite3_db_status(tls, handle, which, place, place+4, 1)
		onSQLite.pages.Add(int64(binary.NativeEndian.Uint32(libc.GoBytes(place, 4))))
	}
	return 0
}

// read returns the rows and pages since the last call.
func (w *sqliteWork) read() (Work, error) {
	return Work{Rows: w.steps.Swap(0) / stepsOfRow, Pages: w.pages.Swap(0)}, nil
}

func (w *sqliteWork) close() error { return nil }

// isSQLite reports whether a DSN is of SQLite.
func isSQLite(dsn string) bool { return strings.HasPrefix(dsn, "sqlite:") }
