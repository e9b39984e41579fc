package db

import (
	"context"
	"log/slog"
	"strings"
)

const (
	// analyzeAfter is how many rows a process changes before it looks for tables without statistics: so many are found
	// quickly enough in any way.
	analyzeAfter = 5000
	// leastAnalyzed is how many bytes a table has at least whose statistics say something.
	leastAnalyzed = 256 << 10
)

// analyzeLater notes how many rows a committed transaction has changed, and calls analyzeNew in the background when it
// is time.
func (d *DB) analyzeLater(rows int) {
	if d.dialect.hasStatistics && d.changed.Add(int64(rows)) >= analyzeAfter {
		d.changed.Store(0)
		d.folder.inBackground(d.analyzeNew)
	}
}

// analyzeNew has PostgreSQL make statistics of the tenants' tables that grow and have none. Autovacuum does so within a
// minute; until then a tenant is taken for a two-hundredth of a table, and rows are looked up by key by reading all of
// the tenant's: an import of that minute becomes slower with each step. It takes one statement, and one for such
// tables.
func (d *DB) analyzeNew(ctx context.Context) {
	ctx = crossTenant(uncounted(ctx), makesStatistics)
	tables, err := d.tablesToAnalyze(ctx)
	if err == nil && len(tables) > 0 {
		_, err = d.bun.ExecContext(ctx, makesStatistics.mark("ANALYZE "+strings.Join(tables, ", ")))
	}
	if err != nil && ctx.Err() == nil {
		slog.Warn("new tables have no statistics until autovacuum makes them", "error", err)
	}
}
