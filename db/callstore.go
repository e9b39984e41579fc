package db

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"callbook/model"
)

// storeCalls writes what a batch has collected. All calls that are created or changed pass here, and b has them as
// they were before and as they are after. It takes one statement where there is one call, otherwise at most five. It
// returns errRace where a key is taken, or where a call that is not locked has changed meanwhile.
func (s scope) storeCalls(ctx context.Context, b *callBatch) error {
	if s.isDryRun {
		return nil
	}
	s.summary.countCalls(b)
	if len(b.created)+len(b.changed) == 1 {
		return s.storeOneCall(ctx, b)
	}
	return s.storeManyCalls(ctx, b)
}

// storeManyCalls writes each kind of rows in a statement of its own.
func (s scope) storeManyCalls(ctx context.Context, b *callBatch) error {
	if err := insertRows(ctx, s, callEntity.sorted(b.created)); err != nil {
		return err
	}
	slices.SortFunc(b.changed, func(x, y callChange) int { return cmp.Compare(x.after.ID, y.after.ID) })
	var set columnSet
	changed := make([]*model.Call, len(b.changed))
	for i, change := range b.changed {
		changed[i] = change.after
		set |= differingColumns(s, change.before, change.after)
	}
	if err := updateRows(ctx, s, changed, set); err != nil {
		return err
	}
	if err := deleteRows(ctx, s, sortedTags(b.goneTags)); err != nil {
		return err
	}
	if err := insertRows(ctx, s, sortedTags(b.addedTags)); err != nil {
		return err
	}
	return s.storeHistory(ctx, b.history)
}

func sortedTags(tags []*model.CallTag) []*model.CallTag {
	slices.SortFunc(tags, func(a, b *model.CallTag) int {
		return cmp.Or(cmp.Compare(a.CallID, b.CallID), cmp.Compare(a.Tag, b.Tag))
	})
	return tags
}

// storeOneCall writes one call with its tags, its history, its event and what it changes in the summaries. On
// PostgreSQL that is one statement, which writes nothing where the key is taken or the version is another one: it
// needs no lock and no transaction. On SQLite, which writes one transaction at a time, the parts run one after the
// other and count as one statement.
func (s scope) storeOneCall(ctx context.Context, b *callBatch) error {
	if !s.dialect.forUpdate {
		countStatement(ctx)
		if err := s.storeManyCalls(uncounted(ctx), b); err != nil {
			return err
		}
		if err := s.storeSummaryDelta(uncounted(ctx)); err != nil {
			return err
		}
		return s.storeEvents(uncounted(ctx))
	}
	store := s.changeOneCall
	if len(b.created) == 1 {
		store = s.createCall
	}
	isWritten, err := store(ctx, b)
	if err == nil && !isWritten {
		return errRace
	}
	return err
}

// changeOneCall changes the call of a batch with its tags and adds its history entry, and reports whether it is
// written: not where it has another version than before.
func (s scope) changeOneCall(ctx context.Context, b *callBatch) (isWritten bool, err error) {
	table := s.ready.rowTable(reflect.TypeFor[model.Call]())
	history := s.ready.rowTable(reflect.TypeFor[model.CallHistoryEntry]())
	change := b.changed[0]
	set := differingColumns(s, change.before, change.after)
	args := append([]any{change.after.ID, int64(change.before.Version)}, table.arguments(set, change.after)...)
	args = append(args, history.arguments(history.all, b.history[0])...)
	isCounted := !s.summary.isEmpty()
	event, before, after := s.events.one(s)
	sh := writeShape{name: "change", row: reflect.TypeFor[model.Call](), columns: set}
	hasTags := len(b.addedTags)+len(b.goneTags) > 0
	if hasTags {
		sh.name = "change with tags"
		args = append(append(args, tagArrays(b.goneTags)[0]), tagArrays(b.addedTags)...)
	}
	if isCounted {
		sh.name += ", counted"
		args = append(args, model.NewID(), s.summary.take())
	}
	args = append(args, string(event.kind), event.operation, before, after)
	written, err := s.execReady(ctx, sh, func() string {
		p := &parameters{used: 3}
		text := `WITH written AS (UPDATE "calls" SET ` + eachColumn(table.in(set), ", ", func(_ int, c *rowColumn) string {
			return quoted(c) + " = " + p.value(c)
		}) + " WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING " + writtenCall + ")"
		entry := `INSERT INTO "call_history" ("tenant_id", ` + columnNames(history.in(history.all)) +
			") SELECT $1::bigint, " + p.values(history.in(history.all)) + " FROM written"
		if hasTags {
			text += ", gone AS (DELETE FROM call_tags USING written WHERE call_tags.tenant_id = $1" +
				" AND call_tags.call_id = written.id AND call_tags.tag = ANY(" + p.next() + "::text[]))," +
				" added AS (" + insertTagsOfWritten(p) + ")"
		}
		if isCounted {
			text += ", counted AS (" + insertDeltaOfWritten(p) + ")"
		}
		return text + ", told AS (" + insertEventOfWritten(p) + ") " + entry
	}, args...)
	return written > 0, err
}
