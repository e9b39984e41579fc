package db

import (
	"math/bits"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect/sqlitedialect"

	"callbook/model"
)

// Columns is a set of columns of one table. The zero value stands for those that are read where nobody says which
// fields are selected.
type Columns uint64

// RowColumns are the columns of rows of one type of the schema, and which of them each of its fields needs.
type RowColumns struct {
	Type    string   // of the schema
	types   []string // Type, and the interfaces that it implements
	names   []string
	sqls    []string // the columns as they stand in a query
	byField map[string]Columns
	keys    Columns // read always
	creator Columns // those that say who created the row; empty where there are none
	listed  Columns // read where nobody says which fields are selected
}

// columnTable describes RowColumns beyond the columns whose names are those of fields: call_start_time is the column of
// callStartTime.
type columnTable struct {
	typeName string
	keys     []string            // columns that are read always
	unread   []string            // columns that callers never see: those that only searches use
	onDemand []string            // columns that are read only where they are selected
	computed map[string][]string // the columns of fields that are no column, by field; the keys need not be named
}

// The columns of rows, by type. Fields that are missing here read all columns; a test compares them with the schema.
var (
	CallColumns = newRowColumns[model.Call](columnTable{
		typeName: "Call", keys: []string{"id"}, onDemand: []string{"description"},
		unread: []string{"description_fold", "name_fold", "subject_fold", "call_agenda_fold", "caller_id_fold",
			"dialled_number_fold"},
		computed: map[string][]string{
			"nodeId": nil, "tags": nil, "tasks": nil, "notes": nil, "history": nil,
			"outgoingCallStatus": {"outgoing_call_status", "call_start_time"},
			"callStatus": {"call_type", "outgoing_call_status", "call_start_time",
				"call_duration_in_seconds"},
			"callDuration":  {"call_duration_in_seconds"},
			"callRecord":    {"call_record_id"},
			"relatedCounts": {"attachments"},
		},
	})
	RecordColumns = newRowColumns[model.CallRecord](columnTable{
		typeName: "CallRecord", keys: []string{"id"},
		unread: []string{"called_phone_number_fold", "called_phone_digits"},
		computed: map[string][]string{
			"nodeId": nil, "details": nil, "transcript": nil, "tags": nil, "call": nil,
			"customerPerson":  {"customer_person_id"},
			"endsBeforeStart": {"start_time", "end_time"},
		},
	})
	CustomerColumns = newRowColumns[model.CustomerPerson](columnTable{
		typeName: "CustomerPerson", keys: []string{"id"},
		unread:   []string{"name_fold", "phone_number_fold", "phone_digits"},
		computed: map[string][]string{"nodeId": nil, "callRecords": nil},
	})
	TaskColumns = newRowColumns[model.Task](columnTable{
		typeName: "Task", keys: []string{"id"}, unread: []string{"subject_fold"},
		computed: map[string][]string{"nodeId": nil, "call": {"call_id"}, "statusCode": {"status"}},
	})
	NoteColumns = newRowColumns[model.Note](columnTable{
		typeName: "Note", keys: []string{"id"}, computed: map[string][]string{"nodeId": nil, "call": {"call_id"}},
	})
	HistoryColumns = newRowColumns[model.CallHistoryEntry](columnTable{
		typeName: "CallHistoryEntry", keys: []string{"call_id", "version"},
	})
	DetailColumns = newRowColumns[model.CallDetail](columnTable{
		typeName: "CallDetail", keys: []string{"call_record_id", "position"},
		unread: []string{"text_fold", "turn_id", "sort_key", "list_length"},
	})
)

func newRowColumns[T any](t columnTable) *RowColumns {
	table := sqlitedialect.New().Tables().Get(reflect.TypeFor[T]()) // columns are the same on both engines
	r := &RowColumns{Type: t.typeName, types: []string{t.typeName}, byField: map[string]Columns{"__typename": 0}}
	for _, field := range table.Fields {
		if field.Name == "tenant_id" || slices.Contains(t.unread, field.Name) {
			continue
		}
		column := Columns(1) << len(r.names)
		if !slices.Contains(t.onDemand, field.Name) {
			r.listed |= column
		}
		if field.Name == "created_by" || field.Name == "created_by_kind" {
			r.creator |= column
		}
		r.names = append(r.names, field.Name)
		r.sqls = append(r.sqls, table.Alias+"."+field.Name)
		r.byField[fieldOfColumn(field.Name)] = column
	}
	if reflect.TypeFor[*T]().Implements(reflect.TypeFor[model.Node]()) {
		r.types = append(r.types, "Node")
	}
	r.keys = r.named(t.keys)
	for field, columns := range t.computed {
		r.byField[field] = r.named(columns)
	}
	return r
}

// fieldOfColumn returns the field that has the name of a column: callStartTime for call_start_time.
func fieldOfColumn(column string) string {
	words := strings.Split(column, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// named returns the set of columns with names. It panics for a name that no column has.
func (r *RowColumns) named(names []string) (columns Columns) {
	for _, name := range names {
		i := slices.Index(r.names, name)
		if i < 0 {
			panic("db: " + r.Type + " has no column " + name)
		}
		columns |= 1 << i
	}
	return columns
}

// Of returns the columns that a field of the schema needs, and the keys.
func (r *RowColumns) Of(field string) Columns {
	columns, isKnown := r.byField[field]
	if !isKnown {
		return 1<<len(r.names) - 1
	}
	return r.keys | columns
}

// Keys returns the columns that are always read.
func (r *RowColumns) Keys() Columns { return r.keys }

// Implements returns the type of the rows and its interfaces, by their names in the schema. Callers must not change it.
func (r *RowColumns) Implements() []string { return r.types }

// union returns the columns that a caller asks for, which may be several sets, with the keys; those that are listed
// where it asks for none.
func (r *RowColumns) union(asked []Columns) (columns Columns) {
	for _, c := range asked {
		columns |= c
	}
	if columns == 0 {
		return r.listed
	}
	return columns | r.keys
}

// list returns columns as they stand between SELECT and FROM.
func (r *RowColumns) list(columns Columns) string {
	list := make([]byte, 0, 32*bits.OnesCount64(uint64(columns)))
	for i, sql := range r.sqls {
		if columns&(1<<i) == 0 {
			continue
		}
		if len(list) > 0 {
			list = append(list, ", "...)
		}
		list = append(list, sql...)
	}
	return string(list)
}
