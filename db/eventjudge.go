package db

import (
	"reflect"
	"strconv"
	"strings"
)

// candidatesText returns candidates as a JSON list of their rows, with all columns, their tenant and their number, as
// dialect.rowsOfJSON takes it.
func (s scope) candidatesText(table *rowTable, candidates []candidate) string {
	form := rowForm{withNulls: true, timeLayout: s.dialect.jsonTime}
	text := []byte{'['}
	for i, c := range candidates {
		if i > 0 {
			text = append(text, ',')
		}
		row := table.appendRow(nil, table.all, reflect.ValueOf(c.row).Elem(), form)
		text = append(append(text, row[:len(row)-1]...), `,"tenant_id":`...)
		text = strconv.AppendInt(text, s.actor.TenantID, 10)
		text = strconv.AppendInt(append(text, `,"candidate_number":`...), int64(c.number), 10)
		text = append(text, '}')
	}
	return string(append(text, ']'))
}

// postgresRowsOfJSON returns the subquery of the rows of a JSON list (the first ?) that are a tenant's (the second),
// with the columns of a table and candidate_number.
func postgresRowsOfJSON(t *rowTable) string {
	return "(SELECT CAST(e.value->>'candidate_number' AS bigint) AS candidate_number, r.*" +
		" FROM jsonb_array_elements(CAST(? AS jsonb)) AS e (value)," +
		` LATERAL jsonb_populate_record(CAST(NULL AS "` + t.name + `"), e.value) AS r WHERE r.tenant_id = ?)`
}

// sqliteRowsOfJSON is postgresRowsOfJSON for SQLite.
func sqliteRowsOfJSON(t *rowTable) string {
	columns := []string{"e.value ->> 'candidate_number' AS candidate_number", "e.value ->> 'tenant_id' AS tenant_id"}
	for i := range t.columns {
		name := t.columns[i].name
		columns = append(columns, "e.value ->> '"+name+"' AS "+quoted(&t.columns[i]))
	}
	return "(SELECT " + strings.Join(columns, ", ") + " FROM json_each(?) AS e WHERE e.value ->> 'tenant_id' = ?)"
}
