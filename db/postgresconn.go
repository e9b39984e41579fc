package db

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5/stdlib"
)

// countedConnector opens connections to PostgreSQL whose statements are counted in the account of their context.
type countedConnector struct{ driver.Connector }

func (c countedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countedConn{conn.(*stdlib.Conn)}, nil
}

// countedConn is a connection whose statements are counted. It can do what pgx's connections can, Conn included; what
// is run by that, the caller counts: accountOf(ctx).begin, read and finish.
type countedConn struct{ *stdlib.Conn }

// QueryContext runs a statement that returns rows.
func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	account := accountOf(ctx)
	if err := account.begin(); err != nil {
		return nil, err
	}
	rows, err := c.Conn.QueryContext(ctx, query, args)
	switch {
	case account == nil:
		return rows, err
	case err != nil:
		_ = account.finish() // the statement's error is there
		return nil, err
	}
	return &countedRows{Rows: rows.(*stdlib.Rows), account: account}, nil
}

// ExecContext runs a statement that returns no rows.
func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	account := accountOf(ctx)
	if err := account.begin(); err != nil {
		return nil, err
	}
	result, err := c.Conn.ExecContext(ctx, query, args)
	_ = account.finish() // what it says comes with the next statement: this one is done
	return result, err
}

// countedRows are rows that an account counts as they are read.
type countedRows struct {
	*stdlib.Rows
	account *Account // nil when they are closed
}

// Next reads a row.
func (r *countedRows) Next(dest []driver.Value) error {
	if err := r.Rows.Next(dest); err != nil {
		return err
	}
	return r.account.read(rowSize(dest))
}

// Close ends the statement and its time.
func (r *countedRows) Close() error {
	err := r.Rows.Close()
	if account := r.account; account != nil {
		r.account = nil
		if late := account.finish(); err == nil {
			err = late
		}
	}
	return err
}
