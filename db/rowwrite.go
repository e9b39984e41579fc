package db

import (
	"context"
	"reflect"
	"strings"

	"callbook/model"
)

// maxWritten is how many bytes of rows one statement writes, and those of one row more.
const maxWritten = 4 << 20

// writeRows runs a statement for many rows, which are sorted by key. On PostgreSQL its arguments are an array for each
// column, and text is of one statement with them all, or one for each maxWritten bytes or writeChunk rows. On SQLite,
// where a round trip costs nothing and long lists of arguments cost much, it is prepared and run for each row. Both
// count as one statement; it takes none for no rows, or in a dry run. It returns errRace where a key is taken,
// errLockTime where a batch has held locks for too long, and LIMIT_EXCEEDED where the transaction writes more bytes
// than the operation may.
func writeRows[T any](ctx context.Context, s scope, name string, rows []*T, set columnSet,
	text func(t *rowTable, columns []*rowColumn) string,
) error {
	if len(rows) == 0 || s.isDryRun {
		return nil
	}
	table := s.ready.rowTable(reflect.TypeFor[T]())
	columns := table.in(set)
	for _, row := range rows {
		if t, ok := any(row).(tenanted); ok {
			t.InTenant(s.actor.TenantID)
		}
	}
	sh := writeShape{name: name, row: reflect.TypeFor[T](), columns: set}
	build := func() string { return text(table, columns) }
	parts, err := partsBySize(ctx, s, rows, columns)
	if err != nil {
		return err
	}
	if s.dialect.forUpdate {
		for len(parts) > 0 && err == nil {
			_, err = s.execReady(ctx, sh, build, arrays(rows[:parts[0]], columns)...)
			rows, parts, ctx = rows[parts[0]:], parts[1:], uncounted(ctx)
		}
		return err
	}
	ready, err := s.ready.writeText(sh, build)
	if err != nil {
		return err
	}
	defer s.admitReady(ctx)()
	args := make([]any, len(columns))
	for _, row := range rows {
		if err := s.locks.check(); err != nil {
			return err
		}
		for i, value := 0, reflect.ValueOf(row).Elem(); i < len(columns); i++ {
			args[i] = columns[i].value(value)
		}
		if _, err := s.runReady(ctx, ready, s.writeArguments(args)); err != nil {
			return err
		}
		s.locks.wrote(1)
	}
	return nil
}

// partsBySize returns how many rows each of the statements writes that write rows on PostgreSQL. It returns
// LIMIT_EXCEEDED where the transaction writes more bytes than the operation may.
func partsBySize[T any](ctx context.Context, s scope, rows []*T, columns []*rowColumn) (parts []int, err error) {
	size, count := int64(0), 0
	account := accountOf(ctx)
	for _, row := range rows {
		own := textSize(reflect.ValueOf(row).Elem(), columns)
		if entry, isHistory := any(row).(*model.CallHistoryEntry); isHistory {
			own += entry.TextSize()
		}
		if _, isEvent := any(row).(*model.Event); !isEvent { // it says again what is written already
			*s.written += own
		}
		if err := account.checkWritten(*s.written); err != nil {
			return nil, err
		}
		count++
		if size += own; size >= maxWritten || count == writeChunk {
			parts, size, count = append(parts, count), 0, 0
		}
	}
	if count > 0 {
		parts = append(parts, count)
	}
	return parts, nil
}

// textSize returns the length of the texts in columns of a row.
func textSize(row reflect.Value, columns []*rowColumn) (bytes int64) {
	for _, c := range columns {
		v := c.of(row)
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				continue
			}
			v = v.Elem()
		}
		if v.Kind() == reflect.String {
			bytes += int64(v.Len())
		}
	}
	return bytes
}

// insertRows inserts rows. It returns errRace where a key is taken.
func insertRows[T any](ctx context.Context, s scope, rows []*T) error {
	table := s.ready.rowTable(reflect.TypeFor[T]())
	set := table.all
	if s.dialect.forUpdate { // columns that are empty in all rows cost time there
		set = table.filled(reflectRows(rows))
	}
	return writeRows(ctx, s, "insert", rows, set, func(t *rowTable, columns []*rowColumn) string {
		return t.insertText(s.dialect, columns)
	})
}

// upsertRows inserts rows, and writes whole rows over those with their keys.
func upsertRows[T any](ctx context.Context, s scope, rows []*T) error {
	table := s.ready.rowTable(reflect.TypeFor[T]())
	return writeRows(ctx, s, "upsert", rows, table.all, func(t *rowTable, columns []*rowColumn) string {
		keys := eachColumn(t.in(t.keys), ", ", func(_ int, c *rowColumn) string { return quoted(c) })
		return t.insertText(s.dialect, columns) + " ON CONFLICT (tenant_id, " + keys + ") DO UPDATE SET " +
			eachColumn(t.in(t.all&^t.keys), ", ", func(_ int, c *rowColumn) string {
				return quoted(c) + " = EXCLUDED." + quoted(c)
			})
	})
}

// updateRows writes the columns of a set in rows that are there; of no columns it writes nothing.
func updateRows[T any](ctx context.Context, s scope, rows []*T, set columnSet) error {
	table := s.ready.rowTable(reflect.TypeFor[T]())
	if set&^table.keys == 0 {
		return nil
	}
	return writeRows(ctx, s, "update", rows, table.keys|set, func(t *rowTable, columns []*rowColumn) string {
		return t.updateText(s.dialect, columns)
	})
}

// differingColumns returns the columns of which two rows have different values.
func differingColumns[T any](s scope, a, b *T) columnSet {
	table := s.ready.rowTable(reflect.TypeFor[T]())
	return table.differing(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
}

// deleteRows deletes rows by their keys.
func deleteRows[T any](ctx context.Context, s scope, rows []*T) error {
	table := s.ready.rowTable(reflect.TypeFor[T]())
	return writeRows(ctx, s, "delete", rows, table.keys, func(t *rowTable, columns []*rowColumn) string {
		return t.deleteText(s.dialect, columns)
	})
}

// reflectRows returns the structs of rows.
func reflectRows[T any](rows []*T) []reflect.Value {
	values := make([]reflect.Value, len(rows))
	for i, row := range rows {
		values[i] = reflect.ValueOf(row).Elem()
	}
	return values
}

// filled returns the columns that have a value in any row.
func (t *rowTable) filled(rows []reflect.Value) (set columnSet) {
	for i := range t.columns {
		for _, row := range rows {
			if !t.columns[i].isNull(row) {
				set |= 1 << i
				break
			}
		}
	}
	return set
}

// insertText returns the INSERT of the columns of many rows, or on SQLite of one.
func (t *rowTable) insertText(d *dialect, columns []*rowColumn) string {
	into := `INSERT INTO "` + t.name + `" ("tenant_id", ` +
		eachColumn(columns, ", ", func(_ int, c *rowColumn) string { return quoted(c) }) + ")"
	if d.forUpdate {
		return into + " SELECT $1::bigint, * FROM " + unnest(columns) + " AS v"
	}
	// Parameters without numbers: the driver finds them sooner.
	return into + " VALUES (?" + strings.Repeat(", ?", len(columns)) + ")"
}

// updateText returns the UPDATE of the columns of many rows, or on SQLite of one.
func (t *rowTable) updateText(d *dialect, columns []*rowColumn) string {
	var set, keys []string
	for n, c := range columns {
		value := parameter(n + 2)
		if d.forUpdate {
			value = "v." + quoted(c)
		}
		if t.keys.has(c.place) {
			keys = append(keys, `"`+t.name+`".`+quoted(c)+" = "+value)
		} else {
			set = append(set, quoted(c)+" = "+value)
		}
	}
	from := ""
	if d.forUpdate {
		from = " FROM " + unnestAs(columns)
	}
	return `UPDATE "` + t.name + `" SET ` + strings.Join(set, ", ") + from +
		` WHERE "` + t.name + `".tenant_id = $1 AND ` + strings.Join(keys, " AND ")
}

// deleteText returns the DELETE of many rows by the columns of their keys, or on SQLite of one.
func (t *rowTable) deleteText(d *dialect, keys []*rowColumn) string {
	from, value := "", func(n int, _ *rowColumn) string { return parameter(n + 2) }
	if d.forUpdate {
		from, value = " USING "+unnestAs(keys), func(_ int, c *rowColumn) string { return "v." + quoted(c) }
	}
	return `DELETE FROM "` + t.name + `"` + from + ` WHERE "` + t.name + `".tenant_id = $1 AND ` +
		eachColumn(keys, " AND ", func(n int, c *rowColumn) string {
			return `"` + t.name + `".` + quoted(c) + " = " + value(n, c)
		})
}

// unnest returns PostgreSQL's table of parameters from $2 on, an array for each column.
func unnest(columns []*rowColumn) string {
	return "unnest(" + eachColumn(columns, ", ", func(n int, c *rowColumn) string {
		return parameter(n+2) + "::" + c.sqlType + "[]"
	}) + ")"
}

// unnestAs is unnest under the name v, with the names of the columns.
func unnestAs(columns []*rowColumn) string {
	return unnest(columns) + " AS v (" +
		eachColumn(columns, ", ", func(_ int, c *rowColumn) string { return quoted(c) }) + ")"
}
