package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// On PostgreSQL ready statements that read outside a transaction run past database/sql: several in one round trip, and
// their values are scanned in the binary format. So they do only where statements are prepared by connection.

// readyRead is a ready statement that reads, with its arguments.
type readyRead struct {
	text *readyText
	args []any
	dest any // a pointer to the slice of its rows
	err  error
}

// preparedRead is a ready statement as a connection has it prepared.
type preparedRead struct {
	*pgconn.StatementDescription
	formats []int16      // of its columns
	columns []columnScan // to be copied
}

// readingConn is a connection with the statements that are prepared on it.
type readingConn struct {
	*pgx.Conn
	prepared *simplelru.LRU[*readyText, *preparedRead]
	values   pgx.ExtendedQueryBuilder
}

// readingConnKey is where a connection keeps its readingConn.
const readingConnKey = "callbook reads"

// columnOIDs are PostgreSQL's types of the columns that rows have, by how they are stored.
var columnOIDs = map[uint32]valueKind{
	pgtype.TextOID: textValue, pgtype.VarcharOID: textValue, pgtype.Int8OID: wholeValue, pgtype.Int4OID: wholeValue,
	pgtype.Int2OID: wholeValue, pgtype.BoolOID: boolValue, pgtype.TimestamptzOID: timeValue, pgtype.JSONBOID: otherValue,
}

// maxReadAttempts is how often reads are sent where the connection turns out to be lost, before they are sent or after,
// or where statements have to be prepared anew.
const maxReadAttempts = 3

// runNative runs reads in one round trip, and one more for each that the connection has not prepared yet. Each of them
// has its error: where one fails, so do those after it.
func (r *readyTexts) runNative(ctx context.Context, reads []*readyRead) {
	for range maxReadAttempts {
		runAgain := false
		err := r.withConn(ctx, func(conn *readingConn) error {
			err := conn.run(ctx, r, reads)
			runAgain = err != nil
			return err
		})
		if err == nil {
			return
		}
		failAll(reads, err)
		isLost := errors.Is(err, driver.ErrBadConn) // of all that the pool had
		if !runAgain && !isLost || ctx.Err() != nil {
			return
		}
	}
}

// withConn calls fn with a connection of the pool.
func (r *readyTexts) withConn(ctx context.Context, fn func(*readingConn) error) error {
	pooled, err := r.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = pooled.Close() }() // it goes back to the pool
	return pooled.Raw(func(pooled any) error {
		conn, err := readingConnOf(pooled.(countedConn).Conn.Conn())
		if err != nil {
			return err
		}
		return fn(conn)
	})
}

func readingConnOf(conn *pgx.Conn) (*readingConn, error) {
	data := conn.PgConn().CustomData()
	if known, ok := data[readingConnKey].(*readingConn); ok {
		return known, nil
	}
	prepared, err := simplelru.NewLRU[*readyText, *preparedRead](maxPrepared, nil)
	known := &readingConn{Conn: conn, prepared: prepared}
	data[readingConnKey] = known
	return known, err
}

// run runs reads in one round trip. It returns an error where all are to run anew, or nothing was sent.
func (c *readingConn) run(ctx context.Context, r *readyTexts, reads []*readyRead) error {
	batch := &pgconn.Batch{}
	sent, statements := make([]*readyRead, 0, len(reads)), make([]*preparedRead, 0, len(reads))
	for _, read := range reads {
		statement, err := c.prepare(ctx, r, read)
		if err == nil {
			err = c.values.Build(c.TypeMap(), statement.StatementDescription, read.args)
		}
		if c.IsClosed() {
			return err
		}
		if read.err = err; err == nil {
			batch.ExecStatement(statement.StatementDescription, c.values.ParamValues, c.values.ParamFormats, statement.formats)
			sent, statements = append(sent, read), append(statements, statement)
		}
	}
	if len(sent) == 0 {
		return nil
	}
	account := accountOf(ctx)
	if err := account.begin(); err != nil {
		failAll(sent, err)
		return nil
	}
	results := c.PgConn().ExecBatch(ctx, batch)
	for i, read := range sent {
		read.err = statements[i].scan(r, results, read.dest, account)
	}
	err := results.Close()
	if late := account.finish(); late != nil {
		failAll(sent, late)
	}
	return c.finish(ctx, err, sent)
}

func failAll(reads []*readyRead, err error) {
	for _, read := range reads {
		read.err = err
	}
}

// prepare returns a read's statement, which it prepares where the connection does not have it.
func (c *readingConn) prepare(ctx context.Context, r *readyTexts, read *readyRead) (*preparedRead, error) {
	if known, ok := c.prepared.Get(read.text); ok {
		return known, nil
	}
	if c.prepared.Len() == maxPrepared {
		oldest, _, _ := c.prepared.GetOldest()
		if err := c.forget(ctx, oldest); err != nil {
			return nil, err
		}
	}
	described, err := c.PgConn().Prepare(ctx, read.text.name, read.text.sql, nil)
	if postgresCode(err) == "42P05" { // it is prepared, but was not described
		if err := c.PgConn().Deallocate(ctx, read.text.name); err != nil {
			return nil, err
		}
		described, err = c.PgConn().Prepare(ctx, read.text.name, read.text.sql, nil)
	}
	if err != nil {
		return nil, err
	}
	statement, err := r.newPreparedRead(described, read.dest)
	if err == nil {
		c.prepared.Add(read.text, statement)
	}
	return statement, err
}

// forget takes a statement from the connection. Where it cannot, the connection has it still, or is closed.
func (c *readingConn) forget(ctx context.Context, text *readyText) error {
	err := c.PgConn().Deallocate(ctx, text.name)
	if err == nil {
		c.prepared.Remove(text)
	}
	return err
}

// newPreparedRead returns a statement whose rows are scanned into dest. It returns an error for columns that rows do
// not have, or of other types.
func (r *readyTexts) newPreparedRead(described *pgconn.StatementDescription, dest any) (*preparedRead, error) {
	columns, err := r.columnsOf(rowTypeOf(dest), len(described.Fields),
		func(i int) string { return described.Fields[i].Name })
	if err != nil {
		return nil, err
	}
	formats := make([]int16, len(columns))
	for i, field := range described.Fields {
		kind, isKnown := columnOIDs[field.DataTypeOID]
		if !isKnown || kind != columns[i].kind {
			return nil, fmt.Errorf("db: %s has a type that is not read", field.Name)
		}
		if formats[i] = pgtype.BinaryFormatCode; kind == otherValue {
			formats[i] = pgtype.TextFormatCode
		}
	}
	return &preparedRead{StatementDescription: described, formats: formats, columns: columns}, nil
}

var errNoResult = errors.New("db: a statement before it failed")

// scan scans the rows of the next result into dest, and counts them in an account.
func (p *preparedRead) scan(r *readyTexts, results *pgconn.MultiResultReader, dest any, account *Account) error {
	scan := r.newRowScan(dest, slices.Clone(p.columns))
	if !results.NextResult() {
		return errNoResult
	}
	rows := results.ResultReader()
	var err error
	for err == nil && rows.NextRow() {
		values := rows.Values()
		if err = account.read(sizeOfAll(values)); err == nil {
			err = scan.add(values)
		}
	}
	_, closeErr := rows.Close()
	return errors.Join(err, closeErr)
}

func sizeOfAll(values [][]byte) (bytes int64) {
	for _, value := range values {
		bytes += int64(len(value))
	}
	return bytes
}

// finish gives reads that have no result the error with which their batch ended, and forgets their statements where it
// failed. It returns the error where all reads are to run anew: the plan of a statement is of another schema, or
// the connection was lost.
func (c *readingConn) finish(ctx context.Context, err error, sent []*readyRead) error {
	if err == nil {
		return nil
	}
	for _, read := range sent {
		if errors.Is(read.err, errNoResult) {
			read.err = err
		}
	}
	code := postgresCode(err)
	if code == "" {
		if isConnectionLost(err) {
			return err
		}
		return nil
	}
	for _, read := range sent {
		if c.prepared.Contains(read.text) {
			_ = c.forget(ctx, read.text) // the next read has the error
		}
	}
	if code == "0A000" || code == "26000" {
		return err
	}
	return nil
}
