package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"callbook/bench/fill"
	"callbook/db"
	"callbook/db/dbtest/cluster"
)

// settings are what the PostgreSQL server is started with; all else is as PostgreSQL has it by default: fsync and
// synchronous_commit are on. Autovacuum is off, and the command vacuums between the rounds, so that no server pays for
// what another left behind.
var settings = map[string]string{
	"shared_buffers": "512MB", "max_wal_size": "4GB", "autovacuum": "off",
	"logging_collector": "off", "log_min_duration_statement": "-1",
}

// filled is the name of the database that is filled and kept; what is measured is a copy.
const (
	filled   = "filled"
	measured = "measured"
)

// database is a filled database of an engine on which servers are measured.
type database struct {
	engine  string
	dsn     string
	cluster *cluster.Cluster // nil on SQLite
	pid     int              // of the cluster
	bytes   int64            // its size
	remove  func()
}

// marker says how a folder's database was filled.
type marker struct {
	Size fill.Size
	At   time.Time
	Took time.Duration
}

// openPostgres starts a cluster in a folder, fills its database unless it is, and makes a copy. more are settings
// beside the usual ones.
func openPostgres(ctx context.Context, folder string, size fill.Size, more map[string]string, progress fill.Progress,
) (d *database, err error) {
	data := filepath.Join(folder, "postgres")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	of := maps.Clone(settings)
	maps.Copy(of, more)
	c, err := cluster.Start(cluster.Options{Data: data, Settings: of})
	if err != nil {
		return nil, err
	}
	d = &database{engine: "postgres", dsn: c.DSN(measured), cluster: c, remove: func() { stopPostgres(c) }}
	defer func() {
		if err != nil {
			c.Stop()
		}
	}()
	if d.pid, err = c.PID(); err != nil {
		return nil, err
	}
	admin, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	defer admin.Close(context.Background())
	isFilled, err := checkMarker(filepath.Join(folder, "postgres.json"), size)
	if err != nil {
		return nil, err
	}
	if !isFilled {
		if err := execAll(ctx, admin, "DROP DATABASE IF EXISTS "+filled,
			"CREATE DATABASE "+filled+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
			return nil, err
		}
		if err := fillAndMark(ctx, filepath.Join(folder, "postgres.json"), c.DSN(filled), size, progress); err != nil {
			return nil, err
		}
	}
	if err := upgrade(ctx, c.DSN(filled)); err != nil {
		return nil, err
	}
	progress("a copy to measure on", 0, 0)
	if err := copyDatabase(ctx, admin); err != nil {
		return nil, err
	}
	err = admin.QueryRow(ctx, "SELECT pg_database_size($1)", measured).Scan(&d.bytes)
	return d, err
}

// copyDatabase makes the copy on which is measured: file by file, where the server has another way, too.
func copyDatabase(ctx context.Context, admin *pgx.Conn) error {
	var isNew bool
	err := admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int >= 150000").Scan(&isNew)
	if err != nil {
		return err
	}
	how := ""
	if isNew {
		how = " STRATEGY FILE_COPY"
	}
	return execAll(ctx, admin, "DROP DATABASE IF EXISTS "+measured, "CREATE DATABASE "+measured+" TEMPLATE "+filled+how,
		"CHECKPOINT")
}

// stopPostgres removes the copy and ends the server.
func stopPostgres(c *cluster.Cluster) {
	ctx := context.Background()
	if admin, err := pgx.Connect(ctx, c.DSN("postgres")); err == nil {
		_ = execAll(ctx, admin, "DROP DATABASE IF EXISTS "+measured+" WITH (FORCE)")
		_ = admin.Close(ctx)
	}
	c.Stop()
}

func execAll(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// openSQLite fills a file of a folder unless it is filled, and makes a copy.
func openSQLite(ctx context.Context, folder string, size fill.Size, progress fill.Progress) (*database, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	kept := filepath.Join(folder, filled+".db")
	copied := filepath.Join(folder, measured+".db")
	isFilled, err := checkMarker(filepath.Join(folder, "sqlite.json"), size)
	if err != nil {
		return nil, err
	}
	if !isFilled {
		removeSQLite(kept)
		if err := fillAndMark(ctx, filepath.Join(folder, "sqlite.json"), "sqlite:"+kept, size, progress); err != nil {
			return nil, err
		}
	}
	if err := upgrade(ctx, "sqlite:"+kept); err != nil {
		return nil, err
	}
	progress("a copy to measure on", 0, 0)
	removeSQLite(copied)
	bytes, err := copyFile(kept, copied)
	if err != nil {
		return nil, err
	}
	return &database{
		engine: "sqlite", dsn: "sqlite:" + copied, bytes: bytes, remove: func() { removeSQLite(copied) },
	}, nil
}

// upgrade applies the migrations that are newer than a kept database; they find its rows.
func upgrade(ctx context.Context, dsn string) error {
	migrations, err := db.MigrationStatus(ctx, db.Options{DSN: dsn})
	isOld := slices.ContainsFunc(migrations, func(m db.Migration) bool { return m.AppliedAt == nil })
	if err != nil || !isOld {
		return err
	}
	return fill.Upgrade(ctx, dsn)
}

func removeSQLite(path string) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(path + suffix)
	}
}

func copyFile(from, to string) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Sync(), out.Close())
}

// checkMarker reports whether a folder's database is filled. It returns an error where it has another size.
func checkMarker(path string, size fill.Size) (bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	var m marker
	if err := json.Unmarshal(text, &m); err != nil {
		return false, err
	}
	if m.Size != size {
		return false, fmt.Errorf("%s says that the database has %+v, not %+v; name another folder with --keep", path, m.Size,
			size)
	}
	return true, nil
}

func fillAndMark(ctx context.Context, path, dsn string, size fill.Size, progress fill.Progress) error {
	start := time.Now()
	if err := fill.Fill(ctx, dsn, size, start, progress); err != nil {
		return err
	}
	text, err := json.Marshal(marker{size, start.UTC(), time.Since(start)})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
