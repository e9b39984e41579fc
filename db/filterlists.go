package db

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// listOperators are the operators of TagsFilter, ListFilter and EmptyFilter.
type listOperators struct {
	field    string
	Has      *string
	HasAny   []string // nil where absent
	HasAll   []string
	Contains *string
	IsEmpty  *bool
}

// listColumn translates the operators on a list.
func (t *filterer) listColumn(c filterColumn, field string, operators reflect.Value) cond {
	var o listOperators
	o.field = field
	for i := range operators.NumField() {
		operand, name := operators.Field(i), operators.Type().Field(i).Name
		if operand.IsNil() || isSearch(name) && isBlank(operand) {
			continue
		}
		t.conditions++
		reflect.ValueOf(&o).Elem().FieldByName(name).Set(operand)
	}
	t.values += len(o.HasAny) + len(o.HasAll)
	if t.lists++; t.lists > maxListConditions {
		return never // refused at the end
	}
	return c.list(t, o)
}

// listConds combines the operators on a list from three conditions: it has one of the values, it has all of them, it
// is empty.
func listConds(o listOperators, hasAny, hasAll func(values []string) cond, empty cond) cond {
	var all []cond
	if o.Has != nil {
		all = append(all, hasAny([]string{*o.Has}))
	}
	if o.HasAny != nil && len(o.HasAny) == 0 {
		return never
	}
	if len(o.HasAny) > 0 {
		all = append(all, hasAny(o.HasAny))
	}
	if len(o.HasAll) > 0 {
		all = append(all, hasAll(slices.Compact(slices.Sorted(slices.Values(o.HasAll)))))
	}
	if o.IsEmpty != nil {
		if *o.IsEmpty {
			all = append(all, empty)
		} else {
			all = append(all, not(empty))
		}
	}
	return allOf(all...)
}

// jsonList returns a column that stores a list of texts as JSON.
func jsonList(column string) filterColumn {
	return filterColumn{expr: column, list: func(t *filterer, o listOperators) cond {
		elements := strings.Replace(t.scope.dialect.jsonElements, "?", column, 1)
		hasAny := func(values []string) cond {
			return expr("EXISTS (SELECT 1 FROM "+elements+" WHERE element.value IN (?))", bun.List(values))
		}
		hasAll := func(values []string) cond {
			return expr("((SELECT COUNT(DISTINCT element.value) FROM "+elements+" WHERE element.value IN (?)) = ?)",
				bun.List(values), len(values))
		}
		return listConds(o, hasAny, hasAll, expr("("+column+" = '[]')"))
	}}
}

// listTable is a table of the values of rows' lists, a row each.
type listTable struct {
	row   string      // the key of the row, where it is filtered
	from  string      // the table, as listed
	key   string      // its column with the key of the row
	value string      // its column with the value
	kind  summaryKind // the summary that counts rows by the value; empty for none
}

// maxRareValue is how many rows have a value of a list at the most, for SQLite to look these rows up and sort them; to
// find those of frequent values it walks along the order of the list, and looks which have the value.
const maxRareValue = 2000

// in returns the condition that the row's key is among those of its list's values that meet a condition.
func (l listTable) in(tenant int64, rest string, args ...any) cond {
	return expr(l.row+" IN (SELECT "+l.key+" FROM "+l.from+" WHERE listed.tenant_id = ?"+rest+")",
		append([]any{tenant}, args...)...)
}

// hasAny returns the condition that a row's list has one of values.
func (l listTable) hasAny(s scope, values []string) cond {
	rest := " AND " + l.value + " IN (?)"
	in := l.in(s.actor.TenantID, rest, bun.List(values))
	if l.kind != "" && len(values) == 1 {
		in.fact = &fact{l.kind, values[0]}
	}
	if s.dialect.hasStatistics {
		return in
	}
	where := " FROM " + l.from + " WHERE listed.tenant_id = ?" + rest
	walk := expr("((SELECT 1"+where+" AND "+l.key+" = "+l.row+" LIMIT 1) IS NOT NULL)", s.actor.TenantID, bun.List(values))
	isRare := func(comparison string) cond {
		return expr("(SELECT COUNT(*) FROM (SELECT 1"+where+" LIMIT ?)) "+comparison+" ?", s.actor.TenantID,
			bun.List(values), maxRareValue+1, maxRareValue)
	}
	return in.splitBy(split{parts: []splitPart{{cond: in, only: isRare("<=")}, {cond: walk, only: isRare(">")}}})
}

// concerns returns the condition on records by the customer's concerns.
func concerns(t *filterer, o listOperators) cond {
	return t.scope.dialect.concerns(t, o)
}

// jsonbConcerns is concerns on PostgreSQL, where an index of the column finds values.
func jsonbConcerns(t *filterer, o listOperators) cond {
	const column = "call_record.customer_concern"
	hasAll := func(values []string) cond {
		list, _ := json.Marshal(values) // texts are always JSON
		return expr("("+column+" @> CAST(? AS jsonb))", string(list))
	}
	hasAny := func(values []string) cond {
		if len(values) == 1 {
			return hasAll(values).countedBy(&fact{byConcern, values[0]})
		}
		// One containment after the other would compare every row with every value.
		elements := strings.Replace(t.scope.dialect.jsonElements, "?", column, 1)
		return expr("EXISTS (SELECT 1 FROM "+elements+" WHERE element.value IN (?))", bun.List(values))
	}
	return listConds(o, hasAny, hasAll, expr("("+column+" = '[]')"))
}

// listedConcerns is concerns on SQLite, where triggers keep a table of them.
func listedConcerns(t *filterer, o listOperators) cond {
	table := listTable{row: "call_record.id", from: "call_record_concerns AS listed", key: "listed.call_record_id",
		value: "listed.concern", kind: byConcern}
	hasAny := func(values []string) cond { return table.hasAny(t.scope, values) }
	hasAll := func(values []string) cond {
		if len(values) == 1 {
			return hasAny(values)
		}
		return table.in(t.scope.actor.TenantID, " AND listed.concern IN (?) GROUP BY "+table.key+
			" HAVING COUNT(DISTINCT listed.concern) = ?", bun.List(values), len(values))
	}
	return listConds(o, hasAny, hasAll, expr("(call_record.customer_concern = '[]')"))
}

// tagged returns the condition on rows whose tags are in a table of their own.
func (t *filterer) tagged(o listOperators, tags listTable) cond {
	tenant := t.scope.actor.TenantID
	hasAny := func(values []string) cond { return tags.hasAny(t.scope, values) }
	hasAll := func(values []string) cond {
		if len(values) == 1 {
			return hasAny(values)
		}
		return tags.in(tenant, " AND listed.tag IN (?) GROUP BY "+tags.key+" HAVING COUNT(*) = ?",
			bun.List(values), len(values))
	}
	c := listConds(o, hasAny, hasAll, not(tags.in(tenant, "")))
	if o.Contains == nil {
		return c
	}
	column := filterColumn{expr: "listed.tag", fold: "listed.tag_fold", isShort: true}
	contains := t.contains(column, o.field+".contains", *o.Contains)
	if contains.never || contains.always() {
		return allOf(c, contains)
	}
	return allOf(c, tags.in(tenant, " AND "+contains.sql, contains.args...))
}
