package db

import (
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

// tagged returns the condition on rows whose tags are in a table of their own. in selects the keys of the rows that
// have a tag, and lacks its closing bracket; key is the column that it selects.
func (t *filterer) tagged(o listOperators, in, key string) cond {
	tenant := t.scope.actor.TenantID
	hasAny := func(tags []string) cond { return expr(in+" AND tagged.tag IN (?))", tenant, bun.List(tags)) }
	hasAll := func(tags []string) cond {
		return expr(in+" AND tagged.tag IN (?) GROUP BY "+key+" HAVING COUNT(*) = ?)", tenant, bun.List(tags), len(tags))
	}
	c := listConds(o, hasAny, hasAll, not(expr(in+")", tenant)))
	if o.Contains == nil {
		return c
	}
	contains := t.contains(filterColumn{expr: "tagged.tag", fold: "tagged.tag_fold"}, o.field+".contains", *o.Contains)
	if contains.never || contains.always() {
		return allOf(c, contains)
	}
	return allOf(c, expr(in+" AND "+contains.sql+")", append([]any{tenant}, contains.args...)...))
}
