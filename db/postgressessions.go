package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// How long a statement waits for a lock before it fails with 55P03, unless the address sets lock_timeout: a table that
// somebody locks must not take the connections of all others. Reads wait for nobody but those who change tables.
const (
	readLockTimeout     = 3 * time.Second
	writeLockTimeout    = 10 * time.Second // as on SQLite
	reservedLockTimeout = time.Second
)

// sessionsEndInterval is the least time between two ends of all sessions: on a server that stays read-only each write
// asks for one.
const sessionsEndInterval = time.Second

const generationKey = "callbook.generation" // in pgconn's custom data: the generation that a session belongs to

// sessions are those that a process has with PostgreSQL. After a failover they may be with a server that is read-only
// from then on: then all end, and new ones find the primary.
type sessions struct {
	config         pgx.ConnConfig
	sharesSessions bool // with other clients, by pgbouncer
	generation     atomic.Int64

	mu      sync.Mutex
	endedAt time.Time
}

func newSessions(config *pgx.ConnConfig, sharesSessions bool) *sessions {
	s := &sessions{config: *config, sharesSessions: sharesSessions}
	isFatal := config.OnPgError
	s.config.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if err.Code == readOnlyTransaction {
			s.end()
			return false
		}
		return isFatal == nil || isFatal(conn, err)
	}
	return s
}

// end has all sessions closed before they are used again. Those in use may finish.
func (s *sessions) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.endedAt) < sessionsEndInterval {
		return
	}
	s.endedAt = time.Now()
	s.generation.Add(1)
}

// pool returns a pool of so many sessions whose statements wait for locks so long.
func (s *sessions) pool(connections int, lockTimeout time.Duration) *sql.DB {
	pool := sql.OpenDB(countedConnector{stdlib.GetConnector(s.config,
		stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
			conn.PgConn().CustomData()[generationKey] = s.generation.Load()
			return s.setLockTimeout(ctx, conn, lockTimeout)
		}),
		stdlib.OptionResetSession(func(_ context.Context, conn *pgx.Conn) error {
			if conn.PgConn().CustomData()[generationKey] != s.generation.Load() {
				return driver.ErrBadConn
			}
			return nil
		}))})
	setSize(pool, connections)
	pool.SetConnMaxIdleTime(postgresMaxIdleTime)
	return pool
}

// setLockTimeout bounds a session's waits for locks, unless the address does, or says by default_query_exec_mode that
// sessions are shared with other clients (pgbouncer).
func (s *sessions) setLockTimeout(ctx context.Context, conn *pgx.Conn, timeout time.Duration) error {
	if _, isSet := s.config.RuntimeParams["lock_timeout"]; isSet || s.sharesSessions {
		return nil
	}
	_, err := conn.Exec(ctx, "SET lock_timeout = "+strconv.FormatInt(timeout.Milliseconds(), 10), pgx.QueryExecModeExec)
	return err
}
