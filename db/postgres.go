package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	minPostgresVersion     = 140000 // server_version_num of PostgreSQL 14
	postgresConnectTimeout = 10 * time.Second
	postgresMaxIdleTime    = 15 * time.Minute
)

// openPostgres opens one pool for both reads and writes. Statements run unprepared: bun inlines its arguments, so a
// cache of prepared statements would only fill up, and would break behind pgbouncer.
func openPostgres(ctx context.Context, dsn string) (writer, reader *sql.DB, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, errors.New("the database address is not of the form postgres://USER:PASSWORD@HOST:PORT/NAME")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
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
