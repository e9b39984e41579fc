package fill

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"callbook/db"
)

// baseSchema is the migration after which the rows are filled in. Later migrations find the rows there, and derive
// from them what they add, as they do for people who upgrade.
const baseSchema = 6

// table is a table of the schema at baseSchema, with its rows.
type table struct {
	name    string
	columns []string
	count   int // about
	rows    iter.Seq[row]
}

// target is an engine's way of being filled.
type target interface {
	hold(ctx context.Context, later []db.Migration) error // marks migrations as applied that are to wait
	begin(ctx context.Context) error                      // drops the indexes that are quicker made at the end
	load(ctx context.Context, t table, done func(rows int)) error
	transcripts(g rows) []table       // the index of transcripts
	finish(ctx context.Context) error // brings indexes back and removes the marks
	close() error
}

// postponed is what a target does when its tables are full.
type postponed struct {
	later   []db.Migration // whose marks it removes
	indexes []string       // statements that make the indexes that begin dropped
}

// Progress is told how many rows of how many are written, and of which table.
type Progress func(what string, rows, of int)

// Fill fills an empty database by a fixed seed, and upgrades it; now is the time that the rows lie around.
func Fill(ctx context.Context, dsn string, size Size, now time.Time, progress Progress) error {
	later, err := db.MigrationStatus(ctx, db.Options{DSN: dsn})
	if err != nil {
		return err
	}
	into, err := newTarget(ctx, dsn)
	if err != nil {
		return err
	}
	err = fillTables(ctx, dsn, into, later[baseSchema:], rows{size, now.UTC().Truncate(time.Second)}, progress)
	if closed := into.close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	progress("later migrations", 0, 0)
	return Upgrade(ctx, dsn)
}

// Upgrade brings a filled database's schema up to date, and leaves it as a server that has run for a while leaves it:
// with the statistics by which queries are planned, and on PostgreSQL without dead rows.
func Upgrade(ctx context.Context, dsn string) error {
	d, err := db.Open(ctx, db.Options{DSN: dsn})
	if err != nil {
		return err
	}
	err = d.Analyze(ctx)
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil || strings.HasPrefix(dsn, "sqlite:") {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

func fillTables(ctx context.Context, dsn string, into target, later []db.Migration, g rows, progress Progress) error {
	if err := into.hold(ctx, later); err != nil {
		return err
	}
	if _, err := db.Migrate(ctx, db.Options{DSN: dsn}); err != nil {
		return err
	}
	if err := into.begin(ctx); err != nil {
		return err
	}
	for _, t := range slices.Concat([]table{
		{"customer_persons", customerColumns, g.Customers, g.customers()},
		{"call_records", recordColumns, g.Records, numbered(g.Records, g.recordRow)},
		{"call_details", turnColumns, g.Turns(), g.turns()},
	}, into.transcripts(g), []table{
		{"calls", callColumns, g.Calls, numbered(g.Calls, g.callRow)},
		{"call_tags", []string{"tenant_id", "call_id", "tag", "tag_fold"}, g.Calls * 5 / 6, g.callTags()},
		{"call_history", []string{
			"tenant_id", "call_id", "version", "operation", "changed_by", "changed_at", "changes",
		}, g.Calls / 10, g.callHistory()},
	}) {
		progress(t.name, 0, t.count)
		if err := into.load(ctx, t, func(rows int) { progress(t.name, rows, t.count) }); err != nil {
			return fmt.Errorf("filling %s: %w", t.name, err)
		}
	}
	progress("indexes", 0, 0)
	return into.finish(ctx)
}

// newTarget opens a database for being filled.
func newTarget(ctx context.Context, dsn string) (target, error) {
	if path, isSQLite := strings.CutPrefix(dsn, "sqlite:"); isSQLite {
		return openSQLite(ctx, path)
	}
	return openPostgres(ctx, dsn)
}

// held is the text of the table of applied migrations, with the types of its columns to be filled in.
const held = "CREATE TABLE schema_migrations" +
	" (version INTEGER PRIMARY KEY, name TEXT%s NOT NULL, applied_at %s NOT NULL)%s"

// progressStep is after how many rows progress is told.
const progressStep = 5000
