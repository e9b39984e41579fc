package db_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
)

func TestEightOpenAtOnce(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				d, err := db.Open(context.Background(), db.Options{DSN: dsn})
				if err != nil {
					t.Errorf("Open: got %v, want no error", err)
					return
				}
				defer d.Close()
				ctx, _ := dbtest.NewTenant(context.Background())
				if _, err := d.Call(ctx, "x", false); err != nil {
					t.Errorf("Call: got %v, want no error", err)
				}
			})
		}
		wg.Wait()
		steps, err := db.MigrationStatus(context.Background(), db.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if step.AppliedAt == nil {
				t.Errorf("%04d_%s: got no time at which it was applied, want one", step.Version, step.Name)
			}
		}
	})
}

func TestStatusChangesNothing(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		for range 2 {
			steps, err := db.MigrationStatus(context.Background(), db.Options{DSN: dsn})
			if err != nil || len(steps) == 0 || steps[0].AppliedAt != nil {
				t.Fatalf("MigrationStatus: got %v, %v; want steps that are not applied", steps, err)
			}
		}
	})
}

func TestStatusOfAPathAfterTwoSlashes(t *testing.T) {
	t.Chdir(t.TempDir())
	dsn := "sqlite://status.db"
	if _, err := db.Migrate(t.Context(), db.Options{DSN: dsn}); err != nil {
		t.Fatal(err)
	}
	steps, err := db.MigrationStatus(t.Context(), db.Options{DSN: dsn})
	if err != nil || len(steps) == 0 || steps[0].AppliedAt == nil {
		t.Errorf("MigrationStatus: got %v, %v; want steps that are applied", steps, err)
	}
}

func TestUnusableDatabases(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly := filepath.Join(folder, "read-only.db")
	if err := os.WriteFile(readOnly, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"sqlite:" + folder:              "is a folder",
		"sqlite:" + folder + "/no/x.db": "its folder does not exist",
		"sqlite:" + text:                "is not an SQLite database",
		"sqlite::memory:":               "must be a file",
		"sqlite:":                       "must be a file",
		"mysql://localhost/x":           "must be sqlite:PATH or postgres://",
		"postgres://u:secret@127.0.0.1:1/x?connect_timeout=2": "PostgreSQL cannot be reached",
		"postgres://u:secret@[::bad/x":                        "is not of the form",
	}
	if os.Geteuid() != 0 { // root may write whatever the mode says
		cases["sqlite:"+readOnly] = "is read-only"
	}
	for dsn, want := range cases {
		d, err := db.Open(context.Background(), db.Options{DSN: dsn})
		if err == nil {
			d.Close()
			t.Errorf("Open(%q): got no error, want %q", dsn, want)
			continue
		}
		got := err.Error()
		if !strings.Contains(got, want) || strings.Contains(got, "secret") || strings.Contains(got, "\n") {
			t.Errorf("Open(%q): got %q, want one line with %q and no password", dsn, got, want)
		}
	}
}

func TestKilledHalfWay(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		if err := db.KilledMigration(context.Background(), db.Options{DSN: dsn}); err != nil {
			t.Fatal(err)
		}
		dbtest.NewEnv(t, engine, dsn)
	})
}

func TestNewerVersion(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		err := e.DB.Exec(e.Ctx, `INSERT INTO schema_migrations (version, name, applied_at)
 VALUES (9999, 'from_the_future', '2040-01-01 00:00:00+00:00')`)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Open(context.Background(), db.Options{DSN: dsn})
		if err == nil || !strings.Contains(err.Error(), "newer version of Callbook") {
			t.Errorf("Open: got %v, want that the database is from a newer version", err)
		}
	})
}

// TestUnreadableMigrations opens databases whose table of migrations exists, but cannot be read: they do not count as
// empty.
func TestUnreadableMigrations(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		if err := e.DB.Exec(e.Ctx, "ALTER TABLE schema_migrations RENAME COLUMN name TO title"); err != nil {
			t.Fatal(err)
		}
		steps, err := db.MigrationStatus(context.Background(), db.Options{DSN: dsn})
		if err == nil || !strings.Contains(err.Error(), "name") {
			t.Errorf("MigrationStatus: got %v, %v; want that the column name is missing", steps, err)
		}
	})
}
