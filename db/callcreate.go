package db

import (
	"cmp"
	"context"
	"database/sql"
	"reflect"
	"slices"

	"callbook/model"
)

// On PostgreSQL a new call, its tags, its event and what it changes in the summaries are written by one statement,
// which writes nothing where the key is taken. It needs no lock and no transaction.

// createCall creates the call of a batch with its tags, and reports whether it is written: not where its key is taken.
func (s scope) createCall(ctx context.Context, b *callBatch) (isWritten bool, err error) {
	c := &callCreation{row: b.created[0], tags: b.addedTags}
	c.summary.counts, s.summary.counts = s.summary.counts, nil
	event, _, after := s.events.one(s)
	c.operation, c.after = event.operation, *after
	if s.isGuarded {
		return s.creates.create(ctx, s, c)
	}
	isWritten, err = s.createOneCall(ctx, c)
	s.summary.appended += c.summary.appended
	return isWritten, err
}

// createOneCall creates one call by itself, in one statement.
func (s scope) createOneCall(ctx context.Context, c *callCreation) (isWritten bool, err error) {
	table := s.ready.rowTable(reflect.TypeFor[model.Call]())
	c.row.InTenant(s.actor.TenantID)
	set := s.ready.createdColumns(table, []reflect.Value{reflect.ValueOf(c.row).Elem()})
	args := table.arguments(set, c.row)
	sh := writeShape{name: "create", row: reflect.TypeFor[model.Call](), columns: set}
	if len(c.tags) > 0 {
		sh.name = "create with tags"
		args = append(args, tagArrays(c.tags)...)
	}
	written, err := s.execReady(ctx, sh, func() string {
		p := &parameters{used: 1}
		text := `WITH written AS (INSERT INTO "calls" ("tenant_id", ` + columnNames(table.in(set)) + ") VALUES ($1, " +
			p.values(table.in(set)) + ") ON CONFLICT (tenant_id, id) DO NOTHING RETURNING " + writtenCall + ")"
		if len(c.tags) > 0 {
			text += ", added AS (" + insertTagsOfWritten(p) + ")"
		}
		text += ", counted AS (" + insertDeltaOfWritten(p) + ")"
		return text + " " + insertEventOfWritten(p)
	}, append(args, model.NewID(), c.summary.take(), string(model.ChangeKindCreated), c.operation, nil, c.after)...)
	return written > 0, err
}

// createdColumns returns the columns that new calls write: those that have a value, for empty ones cost time, or all
// where maxCreateShapes other sets have been written, for each has statements of its own on every connection.
func (r *readyTexts) createdColumns(table *rowTable, rows []reflect.Value) columnSet {
	set := table.filled(rows)
	if _, isKnown := r.created.Load(set); isKnown {
		return set
	}
	if r.createdSize.Add(1) > maxCreateShapes {
		return table.all
	}
	r.created.Store(set, true)
	return set
}

// maxCreateShapes is how many sets of columns of new calls have statements.
const maxCreateShapes = 16

// createTogether creates calls of different keys in one statement, says of each whether it is written, and returns how
// many changes of the summaries it has appended: those of the calls that are written, as one delta.
func (s scope) createTogether(ctx context.Context, group []*callCreation) (appended int, err error) {
	sorted := slices.Clone(group) // in one order, so that groups do not wait for each other
	slices.SortFunc(sorted, func(a, b *callCreation) int { return cmp.Compare(a.row.ID, b.row.ID) })
	rows, tags := make([]*model.Call, len(sorted)), []*model.CallTag(nil)
	var all summaryDelta
	var each arrayText // what each call changes, without brackets
	var operations, after arrayText
	for i, c := range sorted {
		c.row.InTenant(s.actor.TenantID)
		rows[i], tags = c.row, append(tags, c.tags...)
		all.counts = append(all.counts, c.summary.counts...)
		text := c.summary.text()
		each.begin()
		each.addText(text[1 : len(text)-1])
		operations.add(c.operation)
		after.add(c.after)
	}
	table := s.ready.rowTable(reflect.TypeFor[model.Call]())
	set := s.ready.createdColumns(table, reflectRows(rows))
	columns := table.in(set)
	sh := writeShape{name: "create together", row: reflect.TypeFor[model.Call](), columns: set}
	args := arrays(rows, columns)
	if len(tags) > 0 {
		sh.name = "create together with tags"
		args = append(args, tagArrays(tags)...)
		args = append(args, arrayOf(callsOfTags(tags)))
	}
	args = append(args, int64(len(rows)), model.NewID(), all.take(), each.text(), operations.text(), after.text())
	written := make(map[string]bool, len(rows))
	err = s.queryReady(ctx, sh, func() string {
		return createTogetherText(s.dialect, table, columns, len(tags) > 0)
	}, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		written[id] = true
		return err
	}, args...)
	if err != nil {
		return 0, err
	}
	for _, c := range group {
		countStatement(c.ctx)
		c.isWritten, c.err = written[c.row.ID], nil
	}
	return all.appended, nil
}

// createTogetherText returns the text of createTogether. Where all calls are written, the delta is the one that all
// make together; otherwise those of the written ones, one after the other.
func createTogetherText(d *dialect, table *rowTable, columns []*rowColumn, hasTags bool) string {
	p := &parameters{used: 1 + len(columns)}
	keys := parameter(2 + slices.IndexFunc(columns, func(c *rowColumn) bool { return c.name == "id" }))
	text := "WITH written AS (" + table.insertText(d, columns) + " ON CONFLICT (tenant_id, id) DO NOTHING RETURNING " +
		writtenCall + ")"
	if hasTags {
		text += ", added AS (INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold)" +
			" SELECT $1::bigint, t.call_id, t.tag, t.fold FROM unnest(" + p.next() + "::text[], " + p.next() + "::text[], " +
			p.next() + "::text[]) AS t (tag, fold, call_id) JOIN written ON written.id = t.call_id)"
	}
	size, key, all, each := p.next(), p.next(), p.next(), p.next()
	return text + ", counted AS (INSERT INTO summary_deltas (tenant_id, id, changes) SELECT $1::bigint, " + key +
		"::bigint, CASE WHEN n = " + size + "::bigint THEN " + all + "::jsonb ELSE" +
		" (SELECT ('[' || coalesce(string_agg(nullif(e.changes, ''), ','), '') || ']')::jsonb" +
		" FROM unnest(" + keys + "::text[], " + each + "::text[]) AS e (id, changes) JOIN written ON written.id = e.id)" +
		" END FROM (SELECT COUNT(*) AS n FROM written) AS w WHERE n > 0), told AS (INSERT INTO events " + eventColumns +
		" SELECT $1::bigint, w.updated_at, 'CALL', 'CREATED', w.id, w.updated_by, w.created_by, w.created_by_kind," +
		" e.operation, NULL, e.after_row FROM written AS w JOIN unnest(" + keys + "::text[], " + p.next() + "::text[], " +
		p.next() + "::text[]) AS e (id, operation, after_row) ON e.id = w.id) SELECT id FROM written"
}

// insertTagsOfWritten returns the INSERT of two arrays, tags and their folded texts, for the call in written.
func insertTagsOfWritten(p *parameters) string {
	return "INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) SELECT $1::bigint, written.id, t.tag, t.fold" +
		" FROM written, unnest(" + p.next() + "::text[], " + p.next() + "::text[]) AS t (tag, fold)"
}

// insertDeltaOfWritten returns the INSERT of a delta of the summaries, its key and its changes, if the call is written.
func insertDeltaOfWritten(p *parameters) string {
	return "INSERT INTO summary_deltas (tenant_id, id, changes) SELECT $1::bigint, " + p.next() + "::bigint, " +
		p.next() + "::jsonb FROM written"
}

// tagArrays returns the texts of tags and their folded texts as PostgreSQL's arrays.
func tagArrays(tags []*model.CallTag) []any {
	var names, folds arrayText
	for _, tag := range sortedTags(tags) {
		names.add(tag.Tag)
		if tag.TagFold == nil {
			folds.add(nil)
		} else {
			folds.add(*tag.TagFold)
		}
	}
	return []any{names.text(), folds.text()}
}

// callsOfTags returns the keys of the calls that tags are of.
func callsOfTags(tags []*model.CallTag) []string {
	keys := make([]string, len(tags))
	for i, tag := range tags {
		keys[i] = tag.CallID
	}
	return keys
}
