package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

var postgresDialect = &dialect{
	name:          "PostgreSQL",
	bun:           func() schema.Dialect { return pgdialect.New() },
	open:          openPostgres,
	tenantTables:  tenantTablesAnd("transcript_index"),
	migrationLock: "SELECT pg_advisory_xact_lock(7163384699)",
	hasMigrations: "SELECT COUNT(to_regclass('schema_migrations'))",
	forUpdate:     true,
	position:      "strpos",
	shortPosition: "strpos",
	hasStatistics: true,
	jsonValues:    "jsonb_array_elements(?) AS change(value)",
	jsonOfTags:    "jsonb_agg(jsonb_build_array(CAST(? AS text), tag, difference))",
	concerns:      jsonbConcerns,
	changedValue:  `((change.value->>1) COLLATE "C")`,
	jsonElements:  "jsonb_array_elements_text(?) AS element(value)",
	localDate:     "to_char(? AT TIME ZONE ?, 'YYYY-MM-DD')",
	matchTurns:    matchTSVector,
	countInTurn: func(term string) cond {
		return expr("((LENGTH("+foldedTurn+") - LENGTH(REPLACE("+foldedTurn+", ?, ''))) / LENGTH(?))", term, term)
	},
	tagsOfCall: "(SELECT COALESCE(jsonb_agg(tagged.tag), '[]') FROM call_tags AS tagged" +
		" WHERE tagged.tenant_id = call.tenant_id AND tagged.call_id = call.id)",
	insertTags: "INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) SELECT $1::bigint, c.id, t.tag, t.fold" +
		" FROM unnest($2::text[]) AS c (id), unnest($3::text[], $4::text[]) AS t (tag, fold) ORDER BY c.id, t.tag" +
		" ON CONFLICT DO NOTHING RETURNING call_id, tag",
	columnTypes: columnTypes{
		Text: `TEXT COLLATE "C"`, Time: "TIMESTAMPTZ", Int: "INTEGER", Long: "BIGINT", Bool: "BOOLEAN", JSON: "JSONB",
		DescNullsLast: "DESC NULLS LAST", IsPostgres: true,
	},
	timeArgument:  func(at time.Time) any { return at },
	listArgument:  func(keys any) any { return keys },
	amongList:     " = ANY(?)",
	readyOptions:  postgresReadyOptions,
	retryable:     isPostgresRetryable,
	isUnavailable: isPostgresUnavailable,
	isDuplicate:   func(err error) bool { return postgresCode(err) == "23505" },
}

// isPostgresRetryable reports whether a transaction failed for reasons that are gone when it runs again:
// serialization_failure, deadlock_detected, or a connection that was lost before anything was sent.
func isPostgresRetryable(err error) bool {
	code := postgresCode(err)
	return code == "40001" || code == "40P01" || pgconn.SafeToRetry(err)
}

// isPostgresUnavailable reports whether the server cannot be reached or refuses clients: connection exceptions (08),
// insufficient resources such as connections (53), shutdown and recovery (57P).
func isPostgresUnavailable(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) {
		return true
	}
	code := postgresCode(err)
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}

// postgresCode returns PostgreSQL's SQLSTATE; an empty text for other errors.
func postgresCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

const (
	minPostgresVersion     = 140000 // server_version_num of PostgreSQL 14
	postgresConnectTimeout = 10 * time.Second
	postgresMaxIdleTime    = 15 * time.Minute
	// maxPrepared is how many statements are prepared on a connection: each takes some 40 kB of the server's memory.
	maxPrepared = 64
)

// openPostgres opens one pool for both reads and writes. bun's statements run unprepared: it inlines its arguments, so
// a cache of prepared statements would only fill up. Ready statements are prepared by connection, unless the address
// says otherwise (postgresReadyOptions).
func openPostgres(ctx context.Context, dsn string) (writer, reader *sql.DB, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, errors.New("the database address is not of the form postgres://USER:PASSWORD@HOST:PORT/NAME")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity = min(config.StatementCacheCapacity, maxPrepared)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnectTimeout
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(readConns)
	pool.SetMaxIdleConns(readConns)
	pool.SetConnMaxIdleTime(postgresMaxIdleTime)
	if err := verifyPostgres(ctx, pool); err != nil {
		return nil, nil, errors.Join(explainPostgres(config, err), pool.Close())
	}
	return pool, pool, nil
}

// postgresReadyOptions returns how ready statements are run: prepared, and kept by connection, or as the address says
// by default_query_exec_mode. Behind pgbouncer, which gives the connections of a client to others, it must be exec.
func postgresReadyOptions(dsn string) []any {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil // openPostgres says so
	}
	return []any{config.DefaultQueryExecMode}
}

// verifyPostgres connects, and returns an error for a server that Callbook cannot use.
func verifyPostgres(ctx context.Context, pool *sql.DB) error {
	var version, encoding, conforming string
	err := pool.QueryRowContext(ctx, "SELECT current_setting('server_version_num'), current_setting('server_encoding'),"+
		" current_setting('standard_conforming_strings')").Scan(&version, &encoding, &conforming)
	if err != nil {
		return err
	}
	if n, _ := strconv.Atoi(version); n < minPostgresVersion {
		return unsuitable("the server is older than PostgreSQL 14 (%s)", version)
	}
	if encoding != "UTF8" {
		return unsuitable("the database's encoding is %s, not UTF8", encoding)
	}
	if conforming != "on" {
		return unsuitable("standard_conforming_strings is off")
	}
	return nil
}

// unsuitableError says why a server that answers cannot be used.
type unsuitableError struct{ error }

func unsuitable(format string, args ...any) error {
	return unsuitableError{fmt.Errorf(format, args...)}
}

// explainPostgres returns an error that says in one line what is wrong, without the password.
func explainPostgres(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("%s on %s:%d", config.Database, config.Host, config.Port)
	if unfit, ok := errors.AsType[unsuitableError](err); ok {
		return fmt.Errorf("the database %s cannot be used: %w", where, unfit.error)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("PostgreSQL refused the connection to %s: %s", where, refused.Message)
	}
	reason := err
	for errors.Unwrap(reason) != nil {
		reason = errors.Unwrap(reason)
	}
	text, _, _ := strings.Cut(reason.Error(), "\n")
	return fmt.Errorf("PostgreSQL cannot be reached (%s): %s", where, text)
}
