package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is everything in which the two engines differ.
type dialect struct {
	name          string
	bun           func() schema.Dialect
	open          func(ctx context.Context, dsn string) (writer, reader *sql.DB, err error)
	tenantTables  map[string]bool // that have a tenant_id
	forUpdate     bool            // rows are locked one by one; otherwise there is one writing transaction at a time
	migrationLock string          // statement that makes other migrators wait until the transaction ends; may be empty
	hasMigrations string          // statement that returns 1 where the table schema_migrations exists, otherwise 0
	columnTypes   columnTypes
	jsonElements  string // table of a JSON list's elements, with one column named value
	position      string // function that finds a text in another: 0 where it is missing
	tagsOfCall    string // JSON list of the tags of a call that is being updated
	localDate     string // day of an instant (the first ?) in a time zone (the second), as YYYY-MM-DD
	// matchTurns returns the condition on turns that the index has them under all terms; their text may still not match.
	matchTurns    func(tenantID int64, terms []string) cond
	retryable     func(error) bool // the transaction may succeed when it runs again
	isUnavailable func(error) bool // the caller may try again later
	isDuplicate   func(error) bool // a key is taken
}

// columnTypes fill the templates in migrations.
type columnTypes struct {
	Text, Time, Int, Long, Bool, JSON, Strict, DescNullsLast string
	IsPostgres                                               bool
}

// dialectOf returns the dialect of a DSN by its scheme.
func dialectOf(dsn string) (*dialect, error) {
	scheme, _, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		return sqliteDialect, nil
	case "postgres", "postgresql":
		return postgresDialect, nil
	}
	return nil, errors.New("the database must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
}

var sqliteDialect = &dialect{
	name:          "SQLite",
	bun:           func() schema.Dialect { return sqlitedialect.New() },
	open:          openSQLite,
	tenantTables:  tenantTables,
	hasMigrations: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
	position:      position,
	jsonElements:  "json_each(?) AS element",
	localDate:     localDate + "(?, ?)",
	matchTurns:    matchFTS5,
	tagsOfCall: "(SELECT json_group_array(tagged.tag) FROM call_tags AS tagged" +
		" WHERE tagged.tenant_id = calls.tenant_id AND tagged.call_id = calls.id)",
	columnTypes: columnTypes{
		Text: "TEXT", Time: "TEXT", Int: "INTEGER", Long: "INTEGER", Bool: "INTEGER", JSON: "TEXT",
		Strict: " STRICT", DescNullsLast: "DESC", // nulls are last in SQLite's descending order anyway
	},
	retryable:     func(error) bool { return false }, // SQLite itself waits for its lock
	isUnavailable: func(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY },
	isDuplicate:   isSQLiteDuplicate,
}

func isSQLiteDuplicate(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || code == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// sqliteCode returns SQLite's extended result code; 0 for other errors.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

var postgresDialect = &dialect{
	name:          "PostgreSQL",
	bun:           func() schema.Dialect { return pgdialect.New() },
	open:          openPostgres,
	tenantTables:  tenantTablesAnd("transcript_index"),
	migrationLock: "SELECT pg_advisory_xact_lock(7163384699)",
	hasMigrations: "SELECT COUNT(to_regclass('schema_migrations'))",
	forUpdate:     true,
	position:      "strpos",
	jsonElements:  "jsonb_array_elements_text(?) AS element(value)",
	localDate:     "to_char(? AT TIME ZONE ?, 'YYYY-MM-DD')",
	matchTurns:    matchTSVector,
	tagsOfCall: "(SELECT COALESCE(jsonb_agg(tagged.tag), '[]') FROM call_tags AS tagged" +
		" WHERE tagged.tenant_id = call.tenant_id AND tagged.call_id = call.id)",
	columnTypes: columnTypes{
		Text: `TEXT COLLATE "C"`, Time: "TIMESTAMPTZ", Int: "INTEGER", Long: "BIGINT", Bool: "BOOLEAN", JSON: "JSONB",
		DescNullsLast: "DESC NULLS LAST", IsPostgres: true,
	},
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
