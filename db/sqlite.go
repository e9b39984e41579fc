package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var sqliteDialect = &dialect{
	name:          "SQLite",
	bun:           func() schema.Dialect { return sqlitedialect.New() },
	open:          openSQLite,
	tenantTables:  tenantTablesAnd("call_record_concerns"),
	hasMigrations: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
	joinTexts:     "group_concat",
	quoteJSON:     "json_quote",
	position:      position,
	shortPosition: "instr",
	jsonValues:    "json_each(?) AS change",
	jsonOfTags:    "json_group_array(json_array(?, tag, difference))",
	concerns:      listedConcerns,
	changedValue:  "(change.value->>1)",
	jsonElements:  "json_each(?) AS element",
	localDate:     localDate + "(?, ?)",
	localParts:    sqliteParts,
	percentiles:   percentiles + "({value}, {list})",
	listText:      "{percentiles}",
	listElement:   "({percentiles} ->> {place})",
	concernsJoin:  "LEFT JOIN json_each(call_record.customer_concern) AS concerned ON TRUE",
	indexEntries:  fts5Entries,
	indexedKey:    "call_detail.turn_id",
	linesOfBlock: "json_each(" + rowKeysWith + "(CAST(text_block.texts AS BLOB), CAST(text_block.row_keys AS BLOB), ?))" +
		" AS line",
	linesWith:   linesWith + "(CAST(text_block.texts AS BLOB), ?0)",
	hasLines:    linesWith + "(CAST(text_block.texts AS BLOB), ?) > 0",
	deltaSize:   "octet_length(changes)",
	changedKey:  "substr(change.value->>1, 1, instr(change.value->>1, char(10)) - 1)",
	changedText: "substr(change.value->>1, instr(change.value->>1, char(10)) + 1)",
	amongFound:  " IN (SELECT DISTINCT id FROM " + found + ")",
	turnHas:     func(term string) cond { return expr("("+position+"("+foldedTurn+", ?) > 0)", term) },
	countInTurn: func(term string) cond { return expr(occurrences+"("+foldedTurn+", ?)", term) },
	tagsOfCall: "(SELECT group_concat(tagged.tag, ',') FROM call_tags AS tagged" +
		" WHERE tagged.tenant_id = calls.tenant_id AND tagged.call_id = calls.id)",
	insertTags: "INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) SELECT $1, c.value, t.value, f.value" +
		" FROM json_each($2) AS c, json_each($3) AS t, json_each($4) AS f WHERE f.key = t.key" +
		" ON CONFLICT DO NOTHING RETURNING call_id, tag",
	columnTypes: columnTypes{
		Text: "TEXT", Time: "TEXT", Int: "INTEGER", Long: "INTEGER", Bool: "INTEGER", JSON: "TEXT", Bytes: "BLOB",
		Strict: " STRICT", Char: "char", DescNullsLast: "DESC", // nulls are last in SQLite's descending order anyway
	},
	eventXid:      "event.position",
	eventOrder:    "position",
	rowsOfJSON:    sqliteRowsOfJSON,
	jsonTime:      sqliteTime,
	sweepEvents:   sweepEventsSQLite,
	timeArgument:  func(at time.Time) any { return at.UTC().Format(sqliteTime) },
	listArgument:  jsonArgument,
	amongList:     " IN (SELECT value FROM json_each(?))",
	readyOptions:  func(string) []any { return nil },
	retryable:     func(error) bool { return false }, // SQLite itself waits for its lock
	isUnavailable: isSQLiteUnavailable,
	isDuplicate:   isSQLiteDuplicate,
	cannotWrite:   func(err error) bool { return isSQLiteUnavailable(err) && !isSQLiteBusy(err) },
	isUndone:      func(error) bool { return true }, // sqliteTx says where it is not so
	isReadOnly:    "SELECT COUNT(*) < 0 FROM sqlite_master",
}

// isSQLiteUnavailable reports whether SQLite cannot do now what it is asked for: others write for too long, the disk is
// full, fails or has become read-only, or the file is gone. A database that is damaged stays so, and is not among them.
func isSQLiteUnavailable(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return isSQLiteBusy(err) || errors.Is(err, errFileReplaced)
}

// isSQLiteBusy reports whether others have held a lock for too long.
func isSQLiteBusy(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// sqliteBusyTimeout is how long statements wait for the locks of others, such as another process that writes.
const sqliteBusyTimeout = 10 * time.Second

var busyTimeout = strconv.FormatInt(sqliteBusyTimeout.Milliseconds(), 10)

// sqliteTime is how times are stored, which is how bun writes them.
const sqliteTime = "2006-01-02 15:04:05.999999-07:00"

// jsonArgument returns keys as a JSON list, for json_each.
func jsonArgument(keys any) any {
	list, err := json.Marshal(keys)
	if err != nil {
		panic(err) // keys are texts or numbers
	}
	return string(list)
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

// openSQLite opens the pools: one connection that writes, and several that only read. With them, and transactions that
// take the write lock when they begin, clients never find the database busy.
func openSQLite(ctx context.Context, o Options) (*pools, error) {
	path, _ := sqlitePath(o.DSN)
	if err := checkSQLiteFile(path); err != nil {
		return nil, err
	}
	if err := makeDatabaseFile(path); err != nil {
		return nil, fmt.Errorf("the database cannot be made: %w", err)
	}
	file, err := openDatabaseFile(path)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w", err)
	}
	file.warnOfReaders()
	reads := orDefault(o.ReadConnections, DefaultReadConnections)
	toRead := sqliteConnector{uri: sqliteURI(path) + "&_pragma=query_only(1)", file: file}
	p := &pools{
		file:      file,
		wal:       newWALKeeper(path),
		reader:    sqlitePool(toRead, reads),
		reserved:  sqlitePool(toRead, reservedConnections),
		readShare: shareToRead(reads),
	}
	toWrite := sqliteConnector{uri: sqliteURI(path) + "&_txlock=immediate", file: file, committed: p.wal.committed}
	p.writer = sqlitePool(toWrite, 1)
	p.wal.start(p.writer)
	err = verifySQLite(ctx, p.writer, "0")
	if err == nil {
		err = verifySQLite(ctx, p.reader, "1")
	}
	if err != nil {
		return nil, errors.Join(explainSQLite(path, err), p.close())
	}
	return p, nil
}

func sqlitePool(c sqliteConnector, connections int) *sql.DB {
	pool := sql.OpenDB(c)
	setSize(pool, connections)
	return pool
}

// sqlitePath returns the path of sqlite:PATH or sqlite://PATH, and reports whether a DSN is of SQLite.
func sqlitePath(dsn string) (path string, isSQLite bool) {
	path, isSQLite = strings.CutPrefix(dsn, "sqlite:")
	return strings.TrimPrefix(path, "//"), isSQLite
}

// sqliteURI returns the driver's address of a file, with the settings of every connection.
func sqliteURI(path string) string {
	uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return uri.String() + "?_pragma=busy_timeout(" + busyTimeout + ")&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=journal_size_limit(" + strconv.Itoa(maxWAL) + ")"
}

// checkSQLiteFile returns an error for a path that cannot be a database, where SQLite's own error does not say why.
func checkSQLiteFile(path string) error {
	if path == "" || path == ":memory:" || strings.ContainsAny(path, "?@") {
		return errors.New("the database must be a file, as in sqlite:callbook.db; --demo serves a throwaway one")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("the database %s cannot be made: its folder does not exist", path)
		}
		return nil
	case err != nil:
		return fmt.Errorf("the database cannot be opened: %w", err)
	case info.IsDir():
		return fmt.Errorf("the database %s is a folder; name a file in it", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("the database %s is read-only for this user", path)
	} else if err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	return f.Close()
}

// verifySQLite reads the settings back, because SQLite ignores misspelt ones.
func verifySQLite(ctx context.Context, pool *sql.DB, queryOnly string) error {
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": busyTimeout, "query_only": queryOnly,
	}
	for pragma, value := range want {
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return err
		}
		if got != value {
			return fmt.Errorf("SQLite did not take the setting %s: it is %s, not %s", pragma, got, value)
		}
	}
	return nil
}

// explainSQLite returns an error that says in one line what is wrong.
func explainSQLite(path string, err error) error {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s is not an SQLite database", path)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the database %s cannot be written: the disk is full", path)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the database %s cannot be written: it or its folder is read-only", path)
	}
	return fmt.Errorf("the database %s cannot be opened: %w", path, err)
}
