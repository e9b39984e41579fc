package dbtest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"callbook/db"
)

// EachOwn runs a test on every engine, on a database of its own that has the tables and no rows: a copy of one that was
// migrated once, which takes a tenth of the time of a migration. See EachEmpty for those that test migrations.
func EachOwn(t *testing.T, test func(t *testing.T, engine, dsn string)) {
	each(t, func(t *testing.T, engine string) {
		if engine == "sqlite" {
			test(t, engine, OwnSQLite(t))
			return
		}
		test(t, engine, shared.postgres.copyOfTemplate(t))
	})
}

// OwnSQLite returns the DSN of a SQLite database in a folder of the test's own, which has the tables and no rows.
func OwnSQLite(t testing.TB) string {
	t.Helper()
	file, err := sqliteTemplate()
	path := filepath.Join(t.TempDir(), "own.db")
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteTemplate returns the bytes of a SQLite database that was migrated and closed.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp(temp, "callbook-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	if _, err := db.Migrate(context.Background(), db.Options{DSN: "sqlite:" + path}); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return nil, fmt.Errorf("%s was not closed: %w", path, fs.ErrExist)
	}
	return os.ReadFile(path)
})

// templateName is the name of the PostgreSQL database that others are copies of.
const templateName = "template"

// copyOfTemplate creates a database with the tables and returns its DSN. Where databases are a Citus cluster, whose
// tables are no files to be copied, it is empty.
func (p *postgres) copyOfTemplate(t testing.TB) string {
	name := fmt.Sprintf("own%d", lastDatabase.Add(1))
	if p.isCitus {
		return p.database(t, name)
	}
	dsn := p.database(t, templateName)
	p.migrated.Do(func() { _, p.migrateErr = db.Migrate(context.Background(), db.Options{DSN: dsn}) })
	if p.migrateErr != nil {
		t.Fatal(p.migrateErr)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.create(t, name, p.prefix+templateName)
}
