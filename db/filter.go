package db

import (
	"fmt"
	"reflect"
	"strings"

	"callbook/model"
)

// Limits of a filter. The depth and the number of conditions stay below SQLite's limit on the depth of an expression.
const (
	maxFilterConditions = 500
	maxFilterValues     = 10000
	maxFilterDepth      = 20
	maxSearchLength     = 1000
	maxFilterErrors     = 20
	maxPhoneDigits      = 30
	maxSearches         = 50 // each reads whole texts
	maxListConditions   = 20 // planning that many semi-joins takes milliseconds, 200 of them minutes
)

// filterColumn says how the conditions of one filter field become SQL.
type filterColumn struct {
	expr     string                               // the value; ? stands for now, or the tenant
	ofTenant bool                                 // ? stands for the tenant
	fold     string                               // its folded companion, of columns that are searched
	convert  func(text string) (any, error)       // operand to stored value, where they differ
	counted  summaryKind                          // the summary that counts rows by it; empty for none
	lines    summaryKind                          // the kind of text blocks that have it; empty for none
	isShort  bool                                 // texts of a few hundred characters at the most
	is       func(scope, string) cond             // that it has a value, over stored columns; nil for expr = value
	plan     steadiness                           // of the condition that it has a value
	isPhone  bool                                 // digits of telephone numbers
	list     func(*filterer, listOperators) cond  // of a list
	text     func(*filterer, string, string) cond // of a field that is text itself: its path, and the text
	nested   map[string]filterColumn              // of a filter on the customer
	customer string                               // of a record's field that is its customer's: its name there
}

// filterer translates a GraphQL filter into a condition, and counts and collects what is wrong with it.
type filterer struct {
	scope      scope
	columns    map[string]filterColumn // by Go name of the filter's field
	conditions int
	values     int
	lists      int
	searches   int
	errs       model.Errors
}

// filter translates f, a pointer to one of the schema's filter inputs, which is the argument filter. It returns
// BAD_USER_INPUT, LIMIT_EXCEEDED, and FORBIDDEN for what is masked for the actor and for customers whom the actor may
// not read.
func (s scope) filter(f any, columns map[string]filterColumn) (cond, error) {
	return s.filterAt("filter", f, columns)
}

// filterAt is filter for an input at another place in the arguments.
func (s scope) filterAt(path string, f any, columns map[string]filterColumn) (cond, error) {
	t := &filterer{scope: s, columns: columns}
	c := t.translate(reflect.ValueOf(f), path, 0)
	if t.conditions > maxFilterConditions {
		return never, model.LimitExceeded(path, "has %d conditions; at most %d", t.conditions, maxFilterConditions)
	}
	if t.values > maxFilterValues {
		return never, model.LimitExceeded(path, "has %d list values; at most %d", t.values, maxFilterValues)
	}
	if t.searches > maxSearches {
		return never, model.LimitExceeded(path, "has more than %d searches (contains, startsWith)", maxSearches)
	}
	if t.lists > maxListConditions {
		return never, model.LimitExceeded(path,
			"has more than %d conditions on lists; hasAny and hasAll take many values in one", maxListConditions)
	}
	return c, t.errs.Err()
}

// fail adds an error, of the first twenty, and returns a condition that holds for no row.
func (t *filterer) fail(err *model.Error) cond {
	if len(t.errs) < maxFilterErrors {
		t.errs = append(t.errs, err)
	}
	return never
}

func (t *filterer) translate(f reflect.Value, path string, depth int) cond {
	if f.IsNil() {
		return cond{}
	}
	if depth > maxFilterDepth {
		return t.fail(model.LimitExceeded("filter", "is nested more than %d deep", maxFilterDepth))
	}
	var all []cond
	f = f.Elem()
	for i := range f.NumField() {
		value := f.Field(i)
		if value.IsNil() {
			continue
		}
		name := f.Type().Field(i).Name
		inSchema, _, _ := strings.Cut(f.Type().Field(i).Tag.Get("json"), ",")
		field := path + "." + inSchema
		switch name {
		case "And":
			all = append(all, allOf(t.translateAll(value, field, depth)...))
		case "Or":
			all = append(all, anyOf(t.translateAll(value, field, depth)...))
		case "Not":
			all = append(all, not(t.translate(value, field, depth+1)))
		default:
			typeName := strings.TrimSuffix(f.Type().Name(), "Filter")
			all = append(all, t.field(t.columns[name], field, value, t.seen(typeName, inSchema), depth))
		}
	}
	return allOf(all...)
}

// translateAll translates the filters of a list, of and or or.
func (t *filterer) translateAll(list reflect.Value, path string, depth int) []cond {
	if t.conditions += list.Len(); t.conditions > maxFilterConditions {
		return []cond{never} // refused at the end
	}
	conds := make([]cond, list.Len())
	for i := range conds {
		conds[i] = t.translate(list.Index(i), fmt.Sprintf("%s.%d", path, i), depth+1)
	}
	return conds
}

// seenRows is in which rows the actor sees a field clear, so that it may filter by it: those for which the condition
// holds. Of none it is never.
type seenRows struct{ cond }

// seen returns in which rows of a type the actor sees a field of the schema clear.
func (t *filterer) seen(typeName, field string) seenRows {
	switch actor := t.scope.actor; {
	case !actor.Visibility.Hides(typeName, field):
		return seenRows{}
	case actor.OwnVisibility.Hides(typeName, field):
		return seenRows{never}
	default:
		return seenRows{t.scope.isCreator(rowAliases[typeName])}
	}
}

// rowAliases are the names of tables in queries, of rows that say who created them, by type of the schema.
var rowAliases = map[string]string{"Call": "call", "CallRecord": "call_record", "CustomerPerson": "customer_person",
	"Task": "task"}

// field translates one field of a filter.
func (t *filterer) field(c filterColumn, path string, value reflect.Value, seen seenRows, depth int) cond {
	switch {
	case c.text != nil:
		t.conditions++
		return c.text(t, path, value.Elem().String())
	case c.nested == nil && c.customer == "":
		return t.column(c, path, value.Elem(), seen)
	}
	if t.lists++; t.lists > maxListConditions {
		return never // refused at the end
	}
	if !t.scope.actor.May(model.PermissionCustomerPersonRead) {
		return t.fail(model.Forbidden(path, "to filter by customers takes the permission %s",
			model.PermissionCustomerPersonRead))
	}
	if c.customer != "" {
		return t.customerColumn(customerFilterColumns[c.customer], path, value.Elem())
	}
	outer := t.columns
	t.columns = c.nested
	inner := t.translate(value, path, depth+1)
	t.columns = outer
	if inner.always() || inner.never {
		return inner
	}
	return t.ofCustomer(inner)
}

// customerColumn translates the operators on a field of records that is their customer's. Negative operators hold for
// records without a customer, too.
func (t *filterer) customerColumn(c filterColumn, path string, operators reflect.Value) cond {
	var all []cond
	for i := range operators.NumField() {
		operand := operators.Field(i)
		if operand.IsNil() {
			continue
		}
		t.conditions++
		name := operators.Type().Field(i).Name
		field := path + "." + strings.ToLower(name[:1]) + name[1:]
		switch {
		case name == "Ne":
			all = append(all, not(t.ofCustomer(t.operator(c, "Eq", field, operand))))
		case name == "NotIn":
			all = append(all, not(t.inCustomer(c, field, operand)))
		case name == "In":
			all = append(all, t.inCustomer(c, field, operand))
		case name == "IsNull" && operand.Elem().Bool():
			all = append(all, not(t.ofCustomer(t.compare(c, "IS NOT NULL"))))
		default:
			all = append(all, t.ofCustomer(t.operator(c, name, field, operand)))
		}
	}
	return allOf(all...)
}

// inCustomer returns the condition on records that their customer's column has one of the values of a list.
func (t *filterer) inCustomer(c filterColumn, field string, list reflect.Value) cond {
	in := t.in(c, field, list)
	if in.never {
		return never
	}
	return t.ofCustomer(in)
}

// ofCustomer returns the condition on records that their customer meets a condition.
func (t *filterer) ofCustomer(c cond) cond {
	customers := where(t.scope.selectFrom((*model.CustomerPerson)(nil)).Column("id"), c)
	return expr("call_record.customer_person_id IN (?)", customers)
}

// column translates the operators on a column. Where the actor does not see it clear in all rows, only rows in which it
// does match, but for isNull.
func (t *filterer) column(c filterColumn, field string, operators reflect.Value, seen seenRows) cond {
	if c.list != nil {
		return t.listColumn(c, field, operators)
	}
	var all []cond
	for i := range operators.NumField() {
		operand := operators.Field(i)
		if operand.IsNil() {
			continue
		}
		name := operators.Type().Field(i).Name
		if local, isLocal := reflect.TypeAssert[*model.LocalTimeFilter](operand); isLocal {
			all = append(all, t.local(c, field+".local", local))
			continue
		}
		if isSearch(name) && isBlank(operand) {
			continue
		}
		t.conditions++
		if name != "IsNull" {
			if seen.never {
				return t.fail(model.Forbidden(field, "is masked for you, so no filter goes by it"))
			}
			all = append(all, seen.cond)
		}
		all = append(all, t.operator(c, name, field+"."+strings.ToLower(name[:1])+name[1:], operand))
	}
	return allOf(all...)
}
