package db

import (
	"context"
	"log/slog"
	"time"

	"callbook/model"
)

const (
	maxSweptEvents = 1000 // in one transaction: others write between two of them
	// eventGrace is for how much longer events are kept than cursors: a transaction writes the time when it began.
	eventGrace = time.Hour
)

// sweepEvents deletes the events of all tenants that are too old, and logs where it cannot.
func (d *DB) sweepEvents(ctx context.Context) {
	oldest := model.Canonical(d.now()).Add(-d.eventAge - eventGrace)
	tenants, err := d.tenantsWithOldEvents(ctx, oldest)
	for _, tenantID := range tenants {
		if err == nil {
			err = d.sweepEventsOf(model.WithActor(ctx, model.Actor{TenantID: tenantID, Name: "sweeper"}), oldest)
		}
	}
	if err != nil && ctx.Err() == nil {
		slog.Warn("old events are not deleted; the next sweep tries again", "error", err)
	}
}

// sweepEventsOf deletes the events of the actor's tenant from before an instant: one statement for every maxSweptEvents
// of them. On SQLite the last event of the tenant stays, without its rows, so that no position is given twice.
func (d *DB) sweepEventsOf(ctx context.Context, oldest time.Time) error {
	for isMore := true; isMore; {
		err := d.write(ctx, func(ctx context.Context, s scope) error {
			n, err := s.sweepEvents(ctx, oldest)
			isMore = n == maxSweptEvents
			if isMore || s.dialect.forUpdate || err != nil {
				return err
			}
			earliest := s.selectAny((*model.Event)(nil)).ColumnExpr("MIN(position)")
			_, err = s.update((*model.Event)(nil)).Set("before_row = NULL, after_row = NULL").
				Where("position = (?) AND at <= ?", earliest, oldest).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// What deletes, of the ?2 earliest events of the tenant ?0, those from before ?1.
const (
	sweepEventsPostgres = "DELETE FROM events WHERE tenant_id = ?0 AND (xid, position) IN (SELECT old.xid, old.position" +
		" FROM (SELECT xid, position, at FROM events WHERE tenant_id = ?0 ORDER BY xid, position LIMIT ?2) AS old" +
		" WHERE old.at <= ?1)"
	sweepEventsSQLite = "DELETE FROM events WHERE tenant_id = ?0 AND position IN (SELECT old.position" +
		" FROM (SELECT position, at FROM events WHERE tenant_id = ?0 ORDER BY position LIMIT ?2) AS old" +
		" WHERE old.at <= ?1) AND position < (SELECT MAX(position) FROM events WHERE tenant_id = ?0)"
)
