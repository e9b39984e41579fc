package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteConnector opens connections that keep prepared statements. modernc's driver prepares every text anew, which
// takes longer than most statements run.
type sqliteConnector struct {
	uri       string
	file      *databaseFile // that the connections are to be with
	committed func()        // called after each commit; nil for connections that do not write
}

// Driver returns modernc's driver, with the functions that are registered with it.
func (c sqliteConnector) Driver() driver.Driver {
	pool, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err) // the driver is registered by its import
	}
	defer func() { _ = pool.Close() }() // it has no connections
	return pool.Driver()
}

// Connect opens a connection. It returns errFileReplaced where that would be with another file than the others.
func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	if err := c.file.check(); err != nil { // SQLite would make a new file
		return nil, err
	}
	opened, err := c.Driver().Open(c.uri)
	if err != nil {
		return nil, err
	}
	if err := c.file.check(); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	conn := &sqliteConn{moderncConn: opened.(moderncConn), file: c.file, committed: c.committed}
	conn.prepared, err = simplelru.NewLRU(maxPrepared, func(_ string, s *sqliteStatement) { s.evict() })
	return conn, err
}

// moderncConn is what modernc's connections can do.
type moderncConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteConn is a connection that keeps statements with arguments prepared. bun's statements have their arguments in
// the text, and are not kept.
type sqliteConn struct {
	moderncConn
	file      *databaseFile
	committed func()                                   // called after each commit; nil where nothing is written
	prepared  *simplelru.LRU[string, *sqliteStatement] // by text
}

// BeginTx begins a transaction. It returns errFileReplaced where what it would write were lost.
func (c *sqliteConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if c.committed == nil {
		return c.moderncConn.BeginTx(ctx, options)
	}
	if err := c.file.check(); err != nil {
		return nil, err
	}
	tx, err := c.moderncConn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return sqliteTx{tx, c}, nil
}

// sqliteTx is a transaction that does not count as committed where its file is not the database any more.
type sqliteTx struct {
	driver.Tx
	conn *sqliteConn
}

// Commit commits the transaction. It returns errFileReplaced where the file was deleted or replaced: then nothing is
// written, or, where that happened meanwhile, the error is of unknown fate. So is a failure of the disk: what has been
// written to the log may be found when the database is opened next.
func (t sqliteTx) Commit() error {
	if err := t.conn.file.check(); err != nil {
		return errors.Join(err, t.Rollback())
	}
	if err := t.Tx.Commit(); err != nil {
		if sqliteCode(err)&0xff == sqlite3.SQLITE_IOERR {
			return ofUnknownFate(err)
		}
		return err
	}
	if err := t.conn.file.check(); err != nil {
		return ofUnknownFate(err)
	}
	t.conn.committed()
	return nil
}

// sqliteStatement is a statement that is prepared. While its rows are read nobody else can run it.
type sqliteStatement struct {
	stmt      driver.Stmt
	isRunning bool
	isEvicted bool // it is closed when it has run
}

// evict closes the statement, or has it closed when it has run.
func (s *sqliteStatement) evict() {
	s.isEvicted = true
	if !s.isRunning {
		_ = s.stmt.Close() // nothing depends on it
	}
}

func (s *sqliteStatement) finish() {
	s.isRunning = false
	if s.isEvicted {
		_ = s.stmt.Close() // nothing depends on it
	}
}

// prepare returns the prepared statement of a text; nil where it is not to be kept, or its rows are being read.
func (c *sqliteConn) prepare(ctx context.Context, query string, keep bool) (*sqliteStatement, error) {
	if !keep {
		return nil, nil
	}
	if s, ok := c.prepared.Get(query); ok {
		if s.isRunning {
			return nil, nil
		}
		s.isRunning = true
		return s, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &sqliteStatement{stmt: stmt, isRunning: true}
	c.prepared.Add(query, s)
	return s, nil
}

// QueryContext runs a statement that returns rows, and counts it in the account of ctx.
func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	account := accountOf(ctx)
	if err := account.begin(); err != nil {
		return nil, err
	}
	rows, err := c.query(ctx, query, args)
	if err != nil {
		_ = account.finish() // the statement's error is there
		return nil, err
	}
	rows.account = account
	return rows, nil
}

func (c *sqliteConn) query(ctx context.Context, query string, args []driver.NamedValue) (*sqliteRows, error) {
	s, err := c.prepare(ctx, query, len(args) > 0)
	if err != nil {
		return nil, err
	}
	if s == nil {
		rows, err := c.moderncConn.QueryContext(ctx, query, args)
		return &sqliteRows{Rows: rows}, err
	}
	rows, err := s.stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		s.finish()
		return nil, err
	}
	return &sqliteRows{Rows: rows, statement: s}, nil
}

// ExecContext runs a statement that returns no rows, and counts it in the account of ctx.
func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	account := accountOf(ctx)
	if err := account.begin(); err != nil {
		return nil, err
	}
	result, err := c.exec(ctx, query, args)
	if late := account.finish(); err == nil {
		err = late
	}
	return result, err
}

func (c *sqliteConn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepare(ctx, query, len(args) > 0 || isSavepoint(query))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.moderncConn.ExecContext(ctx, query, args)
	}
	defer s.finish()
	return s.stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// isSavepoint reports whether a statement is one of those around the transactions that share a commit.
func isSavepoint(query string) bool {
	return query == savepoint || query == releaseSavepoint || query == rollbackSavepoint
}

// Close closes the connection and its statements.
func (c *sqliteConn) Close() error {
	c.prepared.Purge()
	return c.moderncConn.Close()
}

// sqliteRows are the rows of a statement, which its account counts as they are read.
type sqliteRows struct {
	driver.Rows
	statement *sqliteStatement // nil where it is not kept
	account   *Account         // nil where there is none
	isClosed  bool
}

// Next reads a row.
func (r *sqliteRows) Next(dest []driver.Value) error {
	if err := r.Rows.Next(dest); err != nil || r.account == nil {
		return err
	}
	return r.account.read(rowSize(dest))
}

// Close ends the statement and its time.
func (r *sqliteRows) Close() error {
	err := r.Rows.Close()
	if r.isClosed {
		return err
	}
	r.isClosed = true
	if r.statement != nil {
		r.statement.finish()
	}
	if late := r.account.finish(); err == nil {
		err = late
	}
	return err
}
