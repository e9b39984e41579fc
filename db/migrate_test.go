package db_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
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

// TestTurnOrderMigration brings a database up to date whose turns have positions with gaps, and delivers to its record.
func TestTurnOrderMigration(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		statements := []string{`INSERT INTO call_records (tenant_id, id, version, customer_concern, attributes, read_status,
			created_by, created_at, updated_by, updated_at) VALUES (7, 1, 1, '[]', '[]', 'NOT_READ', 'a',
			'2024-01-01 00:00:00+00:00', 'a', '2024-01-01 00:00:00+00:00')`}
		for i, position := range []int{1, 1001, 1002, 2147483647} {
			statements = append(statements, fmt.Sprintf(`INSERT INTO call_details (tenant_id, call_record_id, position,
				call_detail_id, type, text, turn_id) VALUES (7, 1, %d, '%[1]d', 'ROBOT', 'turn %d', %[2]d)`, position, i))
			if engine == "postgres" {
				statements = append(statements, fmt.Sprintf(`INSERT INTO transcript_index (tenant_id, call_record_id, position,
					tokens) VALUES (7, 1, %d, '')`, position))
			}
		}
		options := db.Options{DSN: dsn}
		if err := db.MigrateTo(t.Context(), options, 5, statements...); err != nil {
			t.Fatal(err)
		}
		e := dbtest.NewEnv(t, engine, dsn)
		ctx := model.WithActor(t.Context(), model.NewActor(7, "a", []model.Role{model.RoleAdmin}, nil))
		transcript := func() (turns []string) {
			details, err := e.DB.CallDetails(ctx, []int64{1})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range details[1] {
				turns = append(turns, fmt.Sprint(d.Position, " ", d.CallDetailID, " ", d.Text))
			}
			return turns
		}
		want := []string{"1 1 turn 0", "2 1001 turn 1", "3 1002 turn 2", "4 2147483647 turn 3"}
		if got := transcript(); !slices.Equal(got, want) {
			t.Errorf("the transcript: got %q, want %q", got, want)
		}
		late := &model.SaveCallRecordInput{ID: 1, Details: []*model.CallDetailInput{
			{CallDetailID: new("1000"), Type: model.CallDetailTypePerson, Text: "late"},
			{CallDetailID: new("1001"), Type: model.CallDetailTypePerson, Text: "of a shorter list"},
		}}
		if out, err := e.DB.SaveCallRecords(ctx, []*model.SaveCallRecordInput{late}); err != nil || out[0].Errors != nil {
			t.Fatalf("SaveCallRecords: got %v, %v, want it saved", out, err)
		}
		want = []string{"1 1 turn 0", "2 1000 late", "3 1001 turn 1", "4 1002 turn 2", "5 2147483647 turn 3"}
		if got := transcript(); !slices.Equal(got, want) {
			t.Errorf("the transcript with a late turn: got %q, want %q", got, want)
		}
		if engine == "postgres" {
			indexed, err := e.DB.Texts(ctx, `SELECT position::text FROM transcript_index WHERE tenant_id = 7 ORDER BY position`)
			if err != nil || !slices.Equal(indexed, []string{"1", "2", "3", "4", "5"}) {
				t.Errorf("the index: got %v, %v, want the positions 1 to 5", indexed, err)
			}
		}
	})
}

// TestNoPasswordIsShown gives addresses in every form; neither description nor error may show the password.
func TestNoPasswordIsShown(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://user:SECRET@127.0.0.1:1/name?sslmode=disable": "PostgreSQL, name on 127.0.0.1",
		"postgres://user:SE?SECRET@127.0.0.1:1/name":              "",
		"postgres:///n?password=SECRET&host=127.0.0.1&port=1":     "PostgreSQL, n on 127.0.0.1",
		"host=127.0.0.1 user=u password=SECRET dbname=x":          "",
		"sqlite:postgres://u:SECRET@h/db":                         "",
		"SECRET":                                                  "",
	} {
		if got := db.Describe(dsn); want != "" && got != want {
			t.Errorf("Describe(%q) = %q, want %q", dsn, got, want)
		}
		d, err := db.Open(context.Background(), db.Options{DSN: dsn})
		if err == nil {
			d.Close()
			t.Errorf("Open(%q): got no error, want one", dsn)
			continue
		}
		if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("Open(%q): got %v, want no password in it", dsn, err)
		}
		if !strings.HasPrefix(dsn, "sqlite:") && strings.Contains(db.Describe(dsn), "SECRET") {
			t.Errorf("Describe(%q) = %q, want no password in it", dsn, db.Describe(dsn))
		}
	}
}

// TestReindex brings databases up to date whose turns are indexed without their tenant, more of them than are indexed
// at once, with several processes that open them: each tenant finds its own.
func TestReindex(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		if engine != "sqlite" {
			t.Skip("PostgreSQL's index has the tenant in a column")
		}
		const turns = 45000
		var statements []string
		for _, tenant := range []int{7, 8} {
			statements = append(statements, fmt.Sprintf(`INSERT INTO call_records (tenant_id, id, version,
				customer_concern, attributes, read_status, created_by, created_at, updated_by, updated_at) VALUES (%d, 1, 1,
				'[]', '[]', 'NOT_READ', 'a', '2024-01-01 00:00:00+00:00', 'a', '2024-01-01 00:00:00+00:00')`, tenant))
		}
		statements = append(statements, fmt.Sprintf(`WITH RECURSIVE turns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turns
			WHERE n < %d) INSERT INTO call_details (tenant_id, call_record_id, position, call_detail_id, type, text, turn_id)
			SELECT 7 + n %% 2, 1, n, n, 'ROBOT', 'turn number ' || n, n FROM turns`, turns))
		options := db.Options{DSN: dsn}
		expectNoError(t, db.MigrateTo(t.Context(), options, 13, statements...))
		expectNoError(t, db.MigrateTo(t.Context(), options, 14)) // by a process that ends before it has indexed any
		var opening sync.WaitGroup
		for range 4 {
			opening.Go(func() { dbtest.NewEnv(t, engine, dsn) })
		}
		opening.Wait()
		d := dbtest.NewEnv(t, engine, dsn).DB
		for tenant, want := range map[int64]int{7: turns / 2, 8: turns / 2} {
			ctx := model.WithActor(t.Context(), model.NewActor(tenant, "a", []model.Role{model.RoleAdmin}, nil))
			found, err := d.SearchTranscripts(ctx, db.TranscriptSearch{Query: "number", OrderBy: model.TranscriptOrderNewest})
			expectNoError(t, err)
			total, err := found.TotalCount(ctx)
			if err != nil || total != want {
				t.Errorf("tenant %d: got %d turns, %v, want %d", tenant, total, err, want)
			}
		}
	})
}
