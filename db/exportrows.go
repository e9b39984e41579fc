package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"callbook/model"
	"callbook/text"
)

// Rows calls each with every row of every table, in order, all as they are at one instant: in one transaction that only
// reads, a statement a table, on a connection that is held until each has returned the last time. It holds one row at a
// time. On SQLite the write-ahead log cannot be emptied meanwhile, so each must not wait for a client. It returns the
// errors of each.
func (e *Export) Rows(ctx context.Context, each func(*ExportTable, []Cell) error) error {
	tables := append([]*ExportTable{&e.ExportTable}, e.Sheets...)
	rows := make([]*exportRow, len(tables))
	for i, table := range tables {
		rows[i] = &exportRow{ExportTable: table, actor: e.scope.actor, cells: make([]Cell, len(table.Columns)), each: each,
			text: table.query.String()}
		if !isScoped(rows[i].text, e.scope.ready.guard.tables) {
			return errUnscoped
		}
	}
	defer e.scope.admitReady(ctx)()
	if e.db.dialect.forUpdate {
		return e.fromPostgres(ctx, rows)
	}
	return e.fromSQL(ctx, rows)
}

// exportRow is the row of a table that is being read.
type exportRow struct {
	*ExportTable
	actor model.Actor
	text  string // of the query
	cells []Cell
	each  func(*ExportTable, []Cell) error
}

// pass shows the row, with its masks, to whom it is for.
func (r *exportRow) pass(isOwn bool) error {
	seen := r.actor.Visibility
	if isOwn {
		seen = r.actor.OwnVisibility
	}
	for i, column := range r.Columns {
		if cell := &r.cells[i]; column.mask && !cell.IsNull && seen.Hides(r.typeName, column.Field) {
			r.hide(cell, column.Field)
		}
	}
	return r.each(r.ExportTable, r.cells)
}

// hide masks a cell as the field is masked.
func (r *exportRow) hide(cell *Cell, field string) {
	if model.MaskedFields()[r.typeName][field] == model.MaskPhoneNumbers {
		cell.Text = []byte(text.MaskPhone(string(cell.Text)))
		return
	}
	*cell = Cell{IsNull: true}
}

// fromPostgres reads the rows past database/sql, as PostgreSQL sends them: texts are not copied.
func (e *Export) fromPostgres(ctx context.Context, rows []*exportRow) error {
	pooled, err := e.db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = pooled.Close() }() // it goes back to the pool
	account := accountOf(ctx)
	return pooled.Raw(func(driver any) (err error) {
		if err := account.begin(); err != nil {
			return err
		}
		defer func() {
			if late := account.finish(); err == nil {
				err = late
			}
		}()
		conn := driver.(countedConn).Conn.Conn().PgConn()
		if err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").Close(); err != nil {
			return err
		}
		for _, r := range rows {
			if err := r.fromPostgres(ctx, conn); err != nil {
				return err
			}
		}
		return conn.Exec(ctx, "COMMIT").Close()
	})
}

// fromPostgres reads the rows of a table in a transaction, which it ends where it returns an error.
func (r *exportRow) fromPostgres(ctx context.Context, conn *pgconn.PgConn) error {
	formats := make([]int16, len(r.Columns), len(r.Columns)+1)
	for i, column := range r.Columns {
		if column.Kind == TimeValue {
			formats[i] = pgtype.BinaryFormatCode
		}
	}
	if r.owns >= 0 {
		formats = append(formats, pgtype.TextFormatCode)
	}
	account := accountOf(ctx)
	countStatement(ctx)
	rows := conn.ExecParams(ctx, r.text, nil, nil, nil, formats)
	var err error
	for err == nil && rows.NextRow() {
		if err = account.readBytes(rows.Values()); err == nil {
			err = r.decode(rows.Values())
		}
	}
	if err != nil {
		return errors.Join(err, conn.Close(context.WithoutCancel(ctx))) // rather than read the rows that are left
	}
	if _, err := rows.Close(); err != nil {
		_ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK").Close() // the statement's error is there
		return err
	}
	return nil
}

// decode sets the cells to values in PostgreSQL's binary form of times, and its text form of all else.
func (r *exportRow) decode(values [][]byte) error {
	return setCells(r, values, func(value []byte) (micros int64, err error) {
		if len(value) != 8 {
			return 0, fmt.Errorf("db: a time has %d bytes", len(value))
		}
		const year2000 = 946684800 * 1e6
		return int64(binary.BigEndian.Uint64(value)) + year2000, nil
	}, func(value []byte) bool { return value[0] == 't' })
}

// setCells sets the cells to the values of a row, and passes it on.
func setCells[V ~[]byte](r *exportRow, values []V, timeOf func(V) (micros int64, err error), isTrue func(V) bool,
) (err error) {
	for i := range r.cells {
		cell, value := &r.cells[i], values[i]
		*cell = Cell{IsNull: value == nil, Text: value}
		if value == nil {
			continue
		}
		switch r.Columns[i].Kind {
		case TimeValue:
			if cell.Micros, err = timeOf(value); err != nil {
				return fmt.Errorf("the column %s: %w", r.Columns[i].Field, err)
			}
		case BoolValue:
			cell.Text = boolText(isTrue(value))
		}
	}
	return r.pass(r.owns >= 0 && string(values[r.owns]) == "1")
}

var trueText, falseText = []byte("true"), []byte("false")

func boolText(b bool) []byte {
	if b {
		return trueText
	}
	return falseText
}

// fromSQL reads the rows by database/sql, from SQLite.
func (e *Export) fromSQL(ctx context.Context, rows []*exportRow) error {
	if len(rows) == 1 { // a statement by itself sees one instant
		return rows[0].fromSQL(ctx, e.db.reader)
	}
	tx, err := e.db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	for _, r := range rows {
		if err := r.fromSQL(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (r *exportRow) fromSQL(ctx context.Context, from interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
},
) error {
	countStatement(ctx)
	rows, err := from.QueryContext(ctx, r.text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err has its error
	values := make([]sql.RawBytes, len(r.Columns), len(r.Columns)+1)
	if r.owns >= 0 {
		values = append(values, nil)
	}
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := r.convert(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// convert sets the cells to values of SQLite.
func (r *exportRow) convert(values []sql.RawBytes) error {
	return setCells(r, values, func(value sql.RawBytes) (micros int64, err error) {
		at, err := time.Parse(sqliteTime, string(value))
		return at.UnixMicro(), err
	}, func(value sql.RawBytes) bool { return len(value) == 1 && value[0] != '0' })
}
