package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/uptrace/bun"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version   int
	Name      string
	AppliedAt *time.Time // nil where it is still to be applied
}

type appliedMigration struct {
	bun.BaseModel `bun:"table:schema_migrations"`

	Version   int
	Name      string
	AppliedAt time.Time
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations
 (version {{.Int}} PRIMARY KEY, name {{.Text}} NOT NULL, applied_at {{.Time}} NOT NULL){{.Strict}}`

// Migrate opens a database, applies the migrations that are missing, and returns them. It fails where the database is
// from a newer version of Callbook.
func Migrate(ctx context.Context, o Options) (applied []Migration, err error) {
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.migrate(ctx)
}

// migrate applies the migrations that are missing and returns them. Each runs in one transaction together with the
// mark that it was applied, under a lock: several processes may start at once, and one that is killed in the middle
// leaves nothing. It takes one statement where nothing is missing, and that of reindexTurns.
func (d *DB) migrate(ctx context.Context) (applied []Migration, err error) {
	known, err := knownMigrations()
	if err != nil {
		return nil, err
	}
	if done, err := d.appliedMigrations(ctx); err == nil && len(done) == len(known) {
		return nil, errors.Join(checkNotNewer(known, done), d.reindexTurns(ctx))
	}
	for _, m := range known {
		did, err := d.migrateOne(ctx, known, m)
		if err != nil {
			return applied, fmt.Errorf("migration %04d_%s: %w", m.Version, m.Name, err)
		}
		if did {
			applied = append(applied, m)
		}
	}
	return applied, d.reindexTurns(ctx)
}

// migrateOne applies m unless it is applied already, perhaps by another process, and reports whether it did.
func (d *DB) migrateOne(ctx context.Context, known []Migration, m Migration) (did bool, err error) {
	ctx = crossTenant(ctx, definesSchema)
	err = d.inMigration(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := d.lockMigrations(ctx, tx); err != nil {
			return err
		}
		done, err := readAppliedMigrations(ctx, tx)
		if err != nil {
			return err
		}
		if err := checkNotNewer(known, done); err != nil {
			return err
		}
		for _, a := range done {
			if a.Version == m.Version {
				return nil
			}
		}
		did = true
		return d.apply(ctx, tx, m)
	})
	return did, err
}

// inMigration runs fn in a transaction that waits for others' locks as long as they take, and for no share of
// connections.
func (d *DB) inMigration(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	return d.bun.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if d.dialect.waitForLocks != "" {
			if _, err := tx.ExecContext(ctx, d.dialect.waitForLocks); err != nil {
				return err
			}
		}
		return fn(ctx, tx)
	})
}

// lockMigrations makes other migrators wait until the transaction ends, and creates the table of the applied
// migrations.
func (d *DB) lockMigrations(ctx context.Context, tx bun.Tx) error {
	if d.dialect.migrationLock != "" {
		if _, err := tx.ExecContext(ctx, d.dialect.migrationLock); err != nil {
			return err
		}
	}
	return d.execTemplate(ctx, tx, migrationsTable)
}

// apply runs the statements of a migration and marks it as applied.
func (d *DB) apply(ctx context.Context, tx bun.Tx, m Migration) error {
	if err := d.runMigration(ctx, tx, m); err != nil {
		return err
	}
	row := &appliedMigration{Version: m.Version, Name: m.Name, AppliedAt: d.now()}
	_, err := tx.NewInsert().Model(row).Exec(ctx)
	return err
}

// runMigration runs the statements of a migration.
func (d *DB) runMigration(ctx context.Context, tx bun.Tx, m Migration) error {
	text, err := migrationFiles.ReadFile(fmt.Sprintf("migrations/%04d_%s.sql", m.Version, m.Name))
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if err := d.execTemplate(ctx, tx, statement); err != nil {
			return err
		}
	}
	return nil
}

// execTemplate runs a statement with the engine's column types filled in; nothing where it is empty on this engine.
func (d *DB) execTemplate(ctx context.Context, tx bun.Tx, text string) error {
	t, err := template.New("").Parse(text)
	if err != nil {
		return err
	}
	var statement strings.Builder
	if err := t.Execute(&statement, d.dialect.columnTypes); err != nil {
		return err
	}
	if strings.TrimSpace(statement.String()) == "" {
		return nil
	}
	m, _ := maintenanceOf(ctx)
	_, err = tx.ExecContext(ctx, m.mark(statement.String()))
	return err
}

// migrations returns the schema's steps, and when each was applied.
func (d *DB) migrations(ctx context.Context) ([]Migration, error) {
	known, err := knownMigrations()
	if err != nil {
		return nil, err
	}
	done, err := d.appliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range done {
		if a.Version <= len(known) {
			known[a.Version-1].AppliedAt = &a.AppliedAt
		} else {
			known = append(known, Migration{a.Version, a.Name, &a.AppliedAt})
		}
	}
	return known, nil
}

// Recount counts anew what summaries count, for all tenants: for databases that an older version, or another program,
// has written to since migration 0012. Writes wait meanwhile.
func Recount(ctx context.Context, o Options) (err error) {
	d, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.recount(ctx)
}

// recount runs again where a fold or a write of a running server took its locks the other way round.
func (d *DB) recount(ctx context.Context) error {
	ctx = crossTenant(ctx, countsAnew)
	return d.retry(ctx, func(int) error {
		return d.inMigration(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := d.runMigration(ctx, tx, Migration{Version: 9, Name: "summary_backfill"}); err != nil {
				return err
			}
			return d.runMigration(ctx, tx, Migration{Version: 12, Name: "text_backfill"})
		})
	})
}

// MigrationStatus returns the schema's steps, and when each was applied to a database, without changing the database.
func MigrationStatus(ctx context.Context, o Options) ([]Migration, error) {
	if path, isFile := sqlitePath(o.DSN); isFile && checkSQLiteFile(path) == nil {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return knownMigrations()
		}
	}
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.migrations(ctx)
}

// appliedMigrations returns the migrations that were applied; none of a database that is still empty. It takes one
// statement, and another where that fails.
func (d *DB) appliedMigrations(ctx context.Context) ([]appliedMigration, error) {
	done, err := readAppliedMigrations(ctx, d.bun)
	if err == nil {
		return done, nil
	}
	var tables int
	if asked := d.reader.QueryRowContext(ctx, d.dialect.hasMigrations).Scan(&tables); asked == nil && tables == 0 {
		return nil, nil
	}
	return nil, err
}

func readAppliedMigrations(ctx context.Context, idb bun.IDB) (done []appliedMigration, err error) {
	err = idb.NewSelect().Model(&done).Order("version").Scan(ctx)
	return done, err
}

// knownMigrations returns the migrations of this version of Callbook.
func knownMigrations() ([]Migration, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	known := make([]Migration, len(entries))
	for i, entry := range entries {
		number, name, _ := strings.Cut(strings.TrimSuffix(entry.Name(), ".sql"), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("migrations are not numbered one by one: %s", entry.Name())
		}
		known[i] = Migration{Version: i + 1, Name: name}
	}
	return known, nil
}

// checkNotNewer returns an error where the database has a migration that this version of Callbook does not know.
func checkNotNewer(known []Migration, done []appliedMigration) error {
	if n := len(done); n > 0 && done[n-1].Version > len(known) {
		return errors.New("the database is from a newer version of Callbook; this one does not know its migration " +
			fmt.Sprintf("%04d_%s", done[n-1].Version, done[n-1].Name))
	}
	return nil
}
