package db

import (
	"database/sql/driver"
	"math/bits"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// columnSet is a set of a table's columns, by their places.
type columnSet uint64

func (c columnSet) has(place int) bool { return c&(1<<place) != 0 }

// rowTable describes a table to the statements that write its rows.
type rowTable struct {
	name    string
	columns []rowColumn // all but tenant_id
	keys    columnSet   // the rest of the primary key
	all     columnSet
	derived columnSet // that are computed from others
}

// rowColumn is a column of a table, and where its value is in the struct of a row.
type rowColumn struct {
	name    string
	place   int
	index   []int  // of the field, from the struct through those that it embeds
	sqlType string // on PostgreSQL
	isLong  bool   // it has whole numbers of 64 bits, which GraphQL has as texts
}

// sqlTypes are PostgreSQL's types of what the fields of rows point to or are.
var sqlTypes = map[reflect.Kind]string{
	reflect.String: "text", reflect.Int: "integer", reflect.Int64: "bigint", reflect.Bool: "boolean",
}

// rowTable returns the table of a struct.
func (r *readyTexts) rowTable(row reflect.Type) *rowTable {
	if known, ok := r.tables.Load(row); ok {
		return known.(*rowTable)
	}
	described := r.bun.Table(row)
	t := &rowTable{name: described.Name}
	for _, f := range described.Fields {
		if f.Name == "tenant_id" {
			continue
		}
		c := newRowColumn(f, len(t.columns))
		t.columns = append(t.columns, c)
		t.all |= 1 << c.place
		if isDerived(c.name) {
			t.derived |= 1 << c.place
		}
		if f.IsPK {
			t.keys |= 1 << c.place
		}
	}
	known, _ := r.tables.LoadOrStore(row, t)
	return known.(*rowTable)
}

func newRowColumn(f *schema.Field, place int) rowColumn {
	kind := f.IndirectType.Kind()
	c := rowColumn{name: f.Name, place: place, index: f.Index, sqlType: sqlTypes[kind], isLong: kind == reflect.Int64}
	switch {
	case f.UserSQLType != "":
		c.sqlType = f.UserSQLType
	case f.IndirectType == reflect.TypeFor[time.Time]():
		c.sqlType = "timestamptz"
	case reflect.PointerTo(f.IndirectType).Implements(reflect.TypeFor[driver.Valuer]()):
		c.sqlType = "jsonb"
	}
	return c
}

// of returns the field of a row that has the column's value.
func (c *rowColumn) of(row reflect.Value) reflect.Value {
	for _, i := range c.index {
		row = row.Field(i)
	}
	return row
}

// value returns a row's value of the column: nil, a text, an int64, a bool or a time.
func (c *rowColumn) value(row reflect.Value) any {
	v := c.of(row)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return c.valueOf(v)
}

// valueOf returns a field's value, which is no pointer.
func (c *rowColumn) valueOf(v reflect.Value) any {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int64:
		return v.Int()
	case reflect.Bool:
		return v.Bool()
	}
	if at, isTime := reflect.TypeAssert[time.Time](v); isTime {
		return at
	}
	return jsonText(v.Interface().(driver.Valuer))
}

// jsonText returns a list as JSON text.
func jsonText(list driver.Valuer) any {
	text, err := list.Value()
	if err != nil {
		panic(err) // lists of texts and numbers are always JSON
	}
	return text
}

// isNull reports whether a row has no value of the column.
func (c *rowColumn) isNull(row reflect.Value) bool {
	v := c.of(row)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// differs reports whether two rows have different values of the column.
func (c *rowColumn) differs(a, b reflect.Value) bool {
	x, y := c.of(a), c.of(b)
	if x.Kind() == reflect.Pointer {
		if x.IsNil() || y.IsNil() {
			return x.IsNil() != y.IsNil()
		}
		if x.Pointer() == y.Pointer() {
			return false
		}
		x, y = x.Elem(), y.Elem()
	}
	switch x.Kind() {
	case reflect.String:
		return x.String() != y.String()
	case reflect.Int, reflect.Int64:
		return x.Int() != y.Int()
	case reflect.Bool:
		return x.Bool() != y.Bool()
	}
	if at, isTime := reflect.TypeAssert[time.Time](x); isTime {
		other, _ := reflect.TypeAssert[time.Time](y)
		return !at.Equal(other)
	}
	return !reflect.DeepEqual(x.Interface(), y.Interface())
}

// differing returns the columns of which two rows have different values.
func (t *rowTable) differing(a, b reflect.Value) (set columnSet) {
	for i := range t.columns {
		if t.columns[i].differs(a, b) {
			set |= 1 << i
		}
	}
	return set
}

// in returns the columns of a set.
func (t *rowTable) in(set columnSet) []*rowColumn {
	columns := make([]*rowColumn, 0, bits.OnesCount64(uint64(set)))
	for i := range t.columns {
		if set.has(i) {
			columns = append(columns, &t.columns[i])
		}
	}
	return columns
}

// eachColumn returns what write says of each column, with the separator between.
func eachColumn(columns []*rowColumn, separator string, write func(n int, c *rowColumn) string) string {
	parts := make([]string, len(columns))
	for n, c := range columns {
		parts[n] = write(n, c)
	}
	return strings.Join(parts, separator)
}

func quoted(c *rowColumn) string { return `"` + c.name + `"` }

// parameter returns the n-th parameter of a text, counted from 1.
func parameter(n int) string { return "$" + strconv.Itoa(n) }

// arguments returns a row's values of a set of columns. row is a pointer to its struct.
func (t *rowTable) arguments(set columnSet, row any) []any {
	value := reflect.ValueOf(row).Elem()
	args := make([]any, 0, len(t.columns))
	for i := range t.columns {
		if set.has(i) {
			args = append(args, t.columns[i].value(value))
		}
	}
	return args
}

// columnNames returns the names of columns, with commas between.
func columnNames(columns []*rowColumn) string {
	return eachColumn(columns, ", ", func(_ int, c *rowColumn) string { return quoted(c) })
}

// parameters numbers the parameters of a text.
type parameters struct{ used int }

func (p *parameters) next() string {
	p.used++
	return parameter(p.used)
}

// value returns the next parameter, for a value of a column.
func (p *parameters) value(c *rowColumn) string { return p.next() + "::" + c.sqlType }

// values returns the next parameters, for values of columns.
func (p *parameters) values(columns []*rowColumn) string {
	return eachColumn(columns, ", ", func(_ int, c *rowColumn) string { return p.value(c) })
}
