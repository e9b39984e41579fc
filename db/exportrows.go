package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"callbook/model"
	"callbook/text"
)

// Rows calls each with every row, in order, all as they are at one instant: in one statement of a transaction that only
// reads, on a connection that is held until each has returned the last time. It holds one row at a time. On SQLite the
// write-ahead log cannot be emptied meanwhile, so each must not wait for a client. It returns the errors of each.
func (e *Export) Rows(ctx context.Context, each func([]Cell) error) error {
	text := e.query.String()
	if !isScoped(text, e.scope.ready.guard.tables) {
		return errUnscoped
	}
	defer e.scope.admitReady(ctx)()
	r := &exportRow{Export: e, cells: make([]Cell, len(e.Columns)), each: each}
	if e.db.dialect.forUpdate {
		return r.fromPostgres(ctx, text)
	}
	return r.fromSQL(ctx, text)
}

// exportRow is the row of an export that is being read.
type exportRow struct {
	*Export
	cells []Cell
	each  func([]Cell) error
}

// pass shows the row, with its masks, to whom it is for.
func (r *exportRow) pass(isOwn bool) error {
	seen := r.scope.actor.Visibility
	if isOwn {
		seen = r.scope.actor.OwnVisibility
	}
	for i, column := range r.Columns {
		if cell := &r.cells[i]; column.mask && !cell.IsNull && seen.Hides(r.typeName, column.Field) {
			r.hide(cell, column.Field)
		}
	}
	return r.each(r.cells)
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
func (r *exportRow) fromPostgres(ctx context.Context, query string) error {
	pooled, err := r.db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = pooled.Close() }() // it goes back to the pool
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
		rows := conn.ExecParams(ctx, query, nil, nil, nil, formats)
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
		return conn.Exec(ctx, "COMMIT").Close()
	})
}

func (r *exportRow) decode(values [][]byte) error {
	for i := range r.cells {
		value := values[i]
		r.cells[i] = Cell{IsNull: value == nil, Text: value}
		if value == nil {
			continue
		}
		switch r.Columns[i].Kind {
		case TimeValue:
			if len(value) != 8 {
				return fmt.Errorf("db: a time of %s has %d bytes", r.Columns[i].Field, len(value))
			}
			const year2000 = 946684800 * 1e6
			r.cells[i].Micros = int64(binary.BigEndian.Uint64(value)) + year2000
		case BoolValue:
			r.cells[i].Text = boolText(value[0] == 't')
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
func (r *exportRow) fromSQL(ctx context.Context, query string) error {
	countStatement(ctx)
	rows, err := r.db.reader.QueryContext(ctx, query)
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

func (r *exportRow) convert(values []sql.RawBytes) error {
	for i := range r.cells {
		value := values[i]
		r.cells[i] = Cell{IsNull: value == nil, Text: value}
		if value == nil {
			continue
		}
		switch r.Columns[i].Kind {
		case TimeValue:
			at, err := time.Parse(sqliteTime, string(value))
			if err != nil {
				return err
			}
			r.cells[i].Micros = at.UnixMicro()
		case BoolValue:
			r.cells[i].Text = boolText(len(value) == 1 && value[0] != '0')
		}
	}
	return r.pass(r.owns >= 0 && string(values[r.owns]) == "1")
}
