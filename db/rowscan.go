package db

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// valueKind is how the values of a column are stored in rows.
type valueKind int

const (
	otherValue valueKind = iota // a sql.Scanner, such as a JSON list
	textValue
	wholeValue
	boolValue
	timeValue
)

// kindOf returns how values of a type, which is no pointer, are stored.
func kindOf(t reflect.Type) valueKind {
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()):
		return otherValue
	case t == reflect.TypeFor[time.Time]():
		return timeValue
	}
	switch t.Kind() {
	case reflect.String:
		return textValue
	case reflect.Int, reflect.Int64:
		return wholeValue
	case reflect.Bool:
		return boolValue
	}
	return otherValue
}

const (
	// mostRows is how many rows are allocated at once at the most.
	mostRows = 64
	// mostText is how many bytes are allocated at once for the texts of rows, but for those of a row that has more.
	mostText = 4096
)

// rowScan scans the rows of a ready statement into a slice of structs, or of pointers to them. Rows that are pointed to
// are allocated together with the values that they point to, several at once, and so are texts: a row that is kept
// keeps its neighbours in memory.
type rowScan struct {
	rows     reflect.Value // the slice
	pointers bool
	whole    *wholeRow
	columns  []columnScan
	row      reflect.Value // that is being scanned
	values   reflect.Value // the whole row; not valid where rows are not pointed to
	block    reflect.Value // slice of whole rows
	used     int           // of the block
	texts    strings.Builder
}

// columnScan scans the values of a column. It is a sql.Scanner for the current row.
type columnScan struct {
	scan  *rowScan
	field *schema.Field
	kind  valueKind
	slot  int // the field of the whole row that has the value, where the row's field is a pointer
}

// wholeRow describes a struct of a row and of a value for each of its fields that is a pointer to one.
type wholeRow struct {
	typ   reflect.Type
	slots map[*schema.Field]int
}

// wholeRow returns the whole of rows of a type.
func (r *readyTexts) wholeRow(rowType reflect.Type) *wholeRow {
	if known, ok := r.wholeRows.Load(rowType); ok {
		return known.(*wholeRow)
	}
	w := &wholeRow{slots: map[*schema.Field]int{}}
	fields := []reflect.StructField{{Name: "Row", Type: rowType}}
	for _, field := range r.bun.Table(rowType).Fields {
		if field.IsPtr {
			w.slots[field] = len(fields)
			fields = append(fields, reflect.StructField{Name: "Value" + strconv.Itoa(len(fields)), Type: field.IndirectType})
		}
	}
	w.typ = reflect.StructOf(fields)
	known, _ := r.wholeRows.LoadOrStore(rowType, w)
	return known.(*wholeRow)
}

// columnsOf returns scans of the columns of a result for rows of a type. It returns an error for a column that the rows
// do not have.
func (r *readyTexts) columnsOf(rowType reflect.Type, count int, name func(i int) string) ([]columnScan, error) {
	table, whole, columns := r.bun.Table(rowType), r.wholeRow(rowType), make([]columnScan, count)
	for i := range columns {
		field := table.LookupField(name(i))
		if field == nil {
			return nil, fmt.Errorf("db: %s has no column %s", rowType, name(i))
		}
		columns[i] = columnScan{field: field, kind: kindOf(field.IndirectType), slot: whole.slots[field]}
	}
	return columns, nil
}

// newRowScan returns a scan of columns, which it uses, into dest, a pointer to a slice, whose rows it drops.
func (r *readyTexts) newRowScan(dest any, columns []columnScan) *rowScan {
	s := &rowScan{rows: reflect.ValueOf(dest).Elem(), whole: r.wholeRow(rowTypeOf(dest)), columns: columns}
	s.pointers = s.rows.Type().Elem().Kind() == reflect.Pointer
	s.rows.SetLen(0)
	for i := range columns {
		columns[i].scan = s
	}
	return s
}

// rowTypeOf returns the type of the structs in a slice of them, or of pointers to them, to which dest points.
func rowTypeOf(dest any) reflect.Type {
	element := reflect.TypeOf(dest).Elem().Elem()
	if element.Kind() == reflect.Pointer {
		return element.Elem()
	}
	return element
}

// next begins a row. Every row that a ready statement returns passes here.
func (s *rowScan) next() {
	n := s.rows.Len()
	if n == s.rows.Cap() {
		s.rows.Grow(max(n, 4))
	}
	s.rows.SetLen(n + 1)
	s.row = s.rows.Index(n)
	if !s.pointers {
		s.row.SetZero()
		return
	}
	s.values = s.nextWhole(n)
	row := s.values.Field(0)
	s.row.Set(row.Addr())
	s.row = row
}

// nextWhole returns a whole row that is zero, given how many there are: the first is often the only one.
func (s *rowScan) nextWhole(rows int) reflect.Value {
	if rows == 0 {
		return reflect.New(s.whole.typ).Elem()
	}
	if !s.block.IsValid() || s.used == s.block.Len() {
		size := min(max(rows, 4), mostRows)
		s.block, s.used = reflect.MakeSlice(reflect.SliceOf(s.whole.typ), size, size), 0
	}
	s.used++
	return s.block.Index(s.used - 1)
}

// target returns what a value of the current row is stored in.
func (c *columnScan) target() reflect.Value {
	v := c.scan.row
	for _, i := range c.field.Index {
		v = v.Field(i)
	}
	if !c.field.IsPtr {
		return v
	}
	value := reflect.Value{}
	if c.scan.pointers {
		value = c.scan.values.Field(c.slot)
	} else {
		value = reflect.New(c.field.IndirectType).Elem()
	}
	v.Set(value.Addr())
	return value
}

// Scan stores a value as database/sql has it. What no driver returns for the column is left to bun.
func (c *columnScan) Scan(src any) error {
	switch value := src.(type) {
	case nil:
		return nil // rows are zero
	case string:
		if c.kind == textValue {
			c.target().SetString(value)
			return nil
		}
	case int64:
		if c.kind == wholeValue {
			c.target().SetInt(value)
			return nil
		}
	case bool:
		if c.kind == boolValue {
			c.target().SetBool(value)
			return nil
		}
	case time.Time:
		if c.kind == timeValue {
			*c.target().Addr().Interface().(*time.Time) = value
			return nil
		}
	}
	return c.field.ScanValue(c.scan.row, src)
}

// decode stores a value in PostgreSQL's binary format, JSON as text; nil is NULL.
func (c *columnScan) decode(value []byte) error {
	if value == nil {
		return nil // rows are zero
	}
	target := c.target()
	switch c.kind {
	case textValue:
		target.SetString(c.scan.text(value))
	case wholeValue:
		return c.decodeWhole(target, value)
	case boolValue:
		target.SetBool(len(value) == 1 && value[0] == 1)
	case timeValue:
		if len(value) != 8 {
			return c.unreadable(value)
		}
		*target.Addr().Interface().(*time.Time) = timeOf(value)
	default:
		return target.Addr().Interface().(sql.Scanner).Scan(value)
	}
	return nil
}

func (c *columnScan) decodeWhole(target reflect.Value, value []byte) error {
	switch len(value) {
	case 8:
		target.SetInt(int64(binary.BigEndian.Uint64(value)))
	case 4:
		target.SetInt(int64(int32(binary.BigEndian.Uint32(value))))
	case 2:
		target.SetInt(int64(int16(binary.BigEndian.Uint16(value))))
	default:
		return c.unreadable(value)
	}
	return nil
}

// timeOf returns an instant as PostgreSQL sends it: microseconds since the beginning of 2000.
func timeOf(value []byte) time.Time {
	const year2000 = 946684800 * 1e6
	return time.UnixMicro(int64(binary.BigEndian.Uint64(value)) + year2000)
}

func (c *columnScan) unreadable(value []byte) error {
	return fmt.Errorf("db: a value of %s has %d bytes", c.field.Name, len(value))
}

// makeRoom allocates what the texts of a row need.
func (s *rowScan) makeRoom(values [][]byte) {
	need := 0
	for i := range s.columns {
		if s.columns[i].kind == textValue {
			need += len(values[i])
		}
	}
	if s.texts.Cap()-s.texts.Len() < need {
		s.texts = strings.Builder{}
		s.texts.Grow(max(need, min(mostText, need*(s.rows.Len()-1))))
	}
}

// text returns a copy of a text, for which there is room.
func (s *rowScan) text(value []byte) string {
	start := s.texts.Len()
	s.texts.Write(value)
	return s.texts.String()[start:]
}

// scanSQL scans rows of database/sql into dest, a pointer to a slice.
func (r *readyTexts) scanSQL(rows *sql.Rows, dest any) error {
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	columns, err := r.columnsOf(rowTypeOf(dest), len(names), func(i int) string { return names[i] })
	if err != nil {
		return err
	}
	s := r.newRowScan(dest, columns)
	values := make([]any, len(columns))
	for i := range s.columns {
		values[i] = &s.columns[i]
	}
	for rows.Next() {
		s.next()
		if err := rows.Scan(values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// add scans a row that PostgreSQL sent.
func (s *rowScan) add(values [][]byte) error {
	s.next()
	s.makeRoom(values)
	for i := range s.columns {
		if err := s.columns[i].decode(values[i]); err != nil {
			return err
		}
	}
	return nil
}
