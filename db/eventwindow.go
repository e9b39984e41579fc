package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// Events are read in windows: those that one snapshot of the database has and an earlier one has not, in the order of
// their positions. Positions alone would not do: of two transactions the one with the lower position may commit later,
// and who has read beyond it would miss it. A window that was closed always has the same events, whoever reads it, and
// nobody waits for transactions that are still open. A transaction that changes a row after another one has committed
// its change is in the same window with a higher position, or in a later window: events of a row come in the order of
// its changes.

// eventSnapshot is which transactions have ended: on PostgreSQL those below max that are not among open. On SQLite,
// which has one writer, positions stand for transactions.
type eventSnapshot struct {
	max  int64
	open []int64
}

// has reports whether the snapshot has the events of a transaction.
func (s eventSnapshot) has(xid int64) bool { return xid < s.max && !slices.Contains(s.open, xid) }

// eventPlace is a place in the events of a tenant: behind those that seen has, and behind those of the window up to
// until whose position is not beyond position. Without a window under way until is nil.
type eventPlace struct {
	seen     eventSnapshot
	until    *eventSnapshot
	position int64
}

// parsePostgresSnapshot parses the text of a pg_snapshot: xmin:xmax:open,….
func parsePostgresSnapshot(text string) (s eventSnapshot, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return s, fmt.Errorf("%q is no snapshot", text)
	}
	if s.max, err = strconv.ParseInt(parts[1], 10, 64); err != nil || parts[2] == "" {
		return s, err
	}
	for xid := range strings.SplitSeq(parts[2], ",") {
		n, err := strconv.ParseInt(xid, 10, 64)
		if err != nil {
			return s, err
		}
		s.open = append(s.open, n)
	}
	return s, nil
}

// eventSnapshot returns what has been committed, in one statement.
func (s scope) eventSnapshot(ctx context.Context) (eventSnapshot, error) {
	if s.dialect.forUpdate {
		text, err := s.postgresSnapshot(ctx)
		if err != nil {
			return eventSnapshot{}, err
		}
		return parsePostgresSnapshot(text)
	}
	var last int64
	err := s.selectAny((*model.Event)(nil)).ColumnExpr("COALESCE(MAX(position), 0)").Scan(ctx, &last)
	return eventSnapshot{max: last + 1}, err
}

// eventWindow is a part of a tenant's events: those that until has and seen has not, beyond a position.
type eventWindow struct {
	seen, until eventSnapshot
	position    int64
	which       cond
	limit       int
}

// eventReadColumns are the columns of events that readEvents reads.
const eventReadColumns = "position, at, entity, kind, subject, row_id, operation, actor, creator, creator_kind," +
	" before_row, after_row"

// readEvents returns the events of a window, in the order of their positions, in one statement.
func (s scope) readEvents(ctx context.Context, w eventWindow) (events []*model.Event, err error) {
	column, value := "event.position", func(xid int64) any { return xid }
	if s.dialect.forUpdate {
		column, value = "event.xid", func(xid int64) any { return bun.Safe("'" + strconv.FormatInt(xid, 10) + "'::xid8") }
	}
	list := func(xids []int64) any {
		values := make([]any, len(xids))
		for i, xid := range xids {
			values[i] = value(xid)
		}
		return bun.List(values)
	}
	q := s.selectAny(&events).ColumnExpr(eventReadColumns+", CAST("+s.dialect.eventXid+" AS bigint) AS xid").
		Where("event.position > ?", w.position).Where(column+" < ?", value(w.until.max)).
		Order("position").Limit(int64(w.limit))
	if len(w.seen.open) > 0 {
		q.Where("("+column+" >= ? OR "+column+" IN (?))", value(w.seen.max), list(w.seen.open))
	} else {
		q.Where(column+" >= ?", value(w.seen.max))
	}
	if len(w.until.open) > 0 {
		q.Where(column+" NOT IN (?)", list(w.until.open))
	}
	return events, where(q, w.which).Scan(ctx)
}

// next returns the place behind an event of a window, or behind the whole window where event is nil.
func (w eventWindow) next(event *model.Event) eventPlace {
	if event == nil {
		return eventPlace{seen: w.until}
	}
	return eventPlace{seen: w.seen, until: &w.until, position: event.Position}
}
