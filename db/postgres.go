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
	joinTexts:     "string_agg",
	quoteJSON:     "to_json",
	position:      "strpos",
	shortPosition: "strpos",
	hasStatistics: true,
	jsonValues:    "jsonb_array_elements(?) AS change(value)",
	jsonOfTags:    "jsonb_agg(jsonb_build_array(CAST(? AS text), tag, difference))",
	concerns:      jsonbConcerns,
	changedValue:  `((change.value->>1) COLLATE "C")`,
	jsonElements:  "jsonb_array_elements_text(?) AS element(value)",
	localDate:     "to_char(? AT TIME ZONE ?, 'YYYY-MM-DD')",
	localParts:    postgresParts,
	percentiles:   "percentile_cont(CAST(ARRAY[{fractions}] AS double precision[])) WITHIN GROUP (ORDER BY {value})",
	listText:      "CAST(array_to_json({percentiles}) AS text)",
	listElement:   "({percentiles})[{place} + 1]",
	concernsJoin: "LEFT JOIN LATERAL (SELECT listed.value COLLATE \"C\" AS value FROM " +
		"jsonb_array_elements_text(call_record.customer_concern) AS listed(value)) AS concerned ON TRUE",
	indexEntries: tsvectorEntries,
	indexedKey:   "(call_detail.call_record_id, call_detail.position)",
	linesOfBlock: "LATERAL (SELECT row_key AS value FROM unnest(string_to_array(text_block.texts, chr(10))," +
		" string_to_array(text_block.row_keys, chr(10))) AS lines (text, row_key) WHERE strpos(text, ?) > 0) AS line",
	linesWith: "CASE WHEN strpos(text_block.texts, ?0) > 0 THEN (SELECT COUNT(*)" +
		" FROM unnest(string_to_array(text_block.texts, chr(10))) AS line WHERE strpos(line, ?0) > 0) END",
	hasLines:    "strpos(text_block.texts, ?) > 0",
	deltaSize:   "(pg_column_size(changes) * 4)", // long ones are compressed, and not read to be measured
	changedKey:  `(split_part(change.value->>1, chr(10), 1) COLLATE "C")`,
	changedText: `(split_part(change.value->>1, chr(10), 2) COLLATE "C")`,
	amongFound:  " = ANY(ARRAY(SELECT id FROM " + found + "))",
	turnHas:     turnHasPostgres,
	countInTurn: countInTurnPostgres,
	tagsOfCall: "(SELECT string_agg(tagged.tag, ',') FROM call_tags AS tagged" +
		" WHERE tagged.tenant_id = call.tenant_id AND tagged.call_id = call.id)",
	insertTags: "INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) SELECT $1::bigint, c.id, t.tag, t.fold" +
		" FROM unnest($2::text[]) AS c (id), unnest($3::text[], $4::text[]) AS t (tag, fold) ORDER BY c.id, t.tag" +
		" ON CONFLICT DO NOTHING RETURNING call_id, tag",
	columnTypes: columnTypes{
		Text: `TEXT COLLATE "C"`, Time: "TIMESTAMPTZ", Int: "INTEGER", Long: "BIGINT", Bool: "BOOLEAN", JSON: "JSONB",
		Bytes: "BYTEA",
		Char:  "chr", DescNullsLast: "DESC NULLS LAST", IsPostgres: true,
	},
	eventXid:      "CAST(event.xid AS text)",
	eventOrder:    "xid, position",
	rowsOfJSON:    postgresRowsOfJSON,
	jsonTime:      time.RFC3339Nano,
	sweepEvents:   sweepEventsPostgres,
	timeArgument:  func(at time.Time) any { return at },
	listArgument:  func(keys any) any { return keys },
	amongList:     " = ANY(?)",
	readyOptions:  postgresReadyOptions,
	retryable:     isPostgresRetryable,
	isUnavailable: isPostgresUnavailable,
	isDuplicate:   func(err error) bool { return postgresCode(err) == "23505" },
	cannotWrite:   cannotWritePostgres,
	isUndone:      isPostgresUndone,
	isReadOnly:    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'",
	waitForLocks:  "SET LOCAL lock_timeout = 0",
}

// PostgreSQL's SQLSTATEs that the code tells apart.
const (
	readOnlyTransaction = "25006"
	queryCanceled       = "57014"
	lockNotAvailable    = "55P03"
	diskFull            = "53100"
	ioError             = "58030"
)

// isPostgresRetryable reports whether a transaction failed for reasons that are gone when it runs again:
// serialization_failure, deadlock_detected, or a connection that was lost before anything was sent.
func isPostgresRetryable(err error) bool {
	code := postgresCode(err)
	return code == "40001" || code == "40P01" || pgconn.SafeToRetry(err)
}

// isPostgresUnavailable reports whether the server cannot be reached, refuses clients, or cannot do now what it is
// asked for: connection exceptions (08), insufficient resources such as connections and disk (53), shutdown and
// recovery (57P), a failing disk, a server that is read-only, a lock or a statement that took too long, and
// transactions that lost every race.
func isPostgresUnavailable(err error) bool {
	if isConnectionLost(err) {
		return true
	}
	code := postgresCode(err)
	switch code {
	case readOnlyTransaction, queryCanceled, lockNotAvailable, ioError, "40001", "40P01":
		return true
	}
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}

// isConnectionLost reports whether an error is of the connection, not of the server.
func isConnectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err)
}

// cannotWritePostgres reports whether an error says that the server takes no writes until somebody acts.
func cannotWritePostgres(err error) bool {
	switch postgresCode(err) {
	case readOnlyTransaction, diskFull, ioError:
		return true
	}
	return false
}

// isPostgresUndone reports whether the error of a COMMIT, or of a statement outside a transaction, says that nothing
// was written: it was never sent, or the server refused it. A server that shuts down may have done it. It does not ask
// pgconn.SafeToRetry, which is true of a COMMIT that was sent, where the connection is lost before the answer: pgx's
// MultiResultReader drops the error of peeking, and finds the connection closed.
func isPostgresUndone(err error) bool {
	if code := postgresCode(err); code != "" {
		return !strings.HasPrefix(code, "08") && !strings.HasPrefix(code, "57P")
	}
	//nolint:errorlint // database/sql has rolled back where it returns these as they are; pgx wraps them
	if err == context.Canceled || err == context.DeadlineExceeded {
		return true
	}
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, errRace)
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

// openPostgres opens the pools. bun's statements run unprepared: it inlines its arguments, so a cache of prepared
// statements would only fill up. Ready statements are prepared by connection, unless the address says otherwise
// (postgresReadyOptions).
func openPostgres(ctx context.Context, o Options) (*pools, error) {
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, errors.New("the database address is not of the form postgres://USER:PASSWORD@HOST:PORT/NAME")
	}
	if config.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errSimpleProtocol
	}
	sharesSessions := config.DefaultQueryExecMode == pgx.QueryExecModeExec // which needs nothing of the session
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity = min(config.StatementCacheCapacity, maxPrepared)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnectTimeout
	}
	reads := orDefault(o.ReadConnections, DefaultReadConnections)
	writes := orDefault(o.WriteConnections, DefaultWriteConnections)
	s := newSessions(config, sharesSessions)
	p := &pools{
		sessions:   s,
		writer:     s.pool(writes, writeLockTimeout),
		reader:     s.pool(reads, readLockTimeout),
		reserved:   s.pool(reservedConnections, reservedLockTimeout),
		readShare:  shareToRead(reads),
		writeShare: shareToWrite(writes),
	}
	if err := verifyPostgres(ctx, p.writer); err != nil {
		return nil, errors.Join(explainPostgres(config, err), p.close())
	}
	return p, nil
}

// errSimpleProtocol: by the simple protocol a statement whose answer is lost looks like one that was never sent, and is
// sent again.
var errSimpleProtocol = errors.New("the database address has default_query_exec_mode=simple_protocol, by which a" +
	" write might be done twice; use exec")

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
