package db

import (
	"reflect"
	"slices"
	"testing"

	"callbook/model"
)

// TestEveryFilterFieldHasColumn goes through the schema's filters: each field has its line in the table of columns.
func TestEveryFilterFieldHasColumn(t *testing.T) {
	expectColumns(t, "callFilterColumns", callFilterColumns, model.CallFilter{})
	expectColumns(t, "recordFilterColumns", recordFilterColumns, model.CallRecordFilter{})
	expectColumns(t, "customerFilterColumns", customerFilterColumns, model.CustomerPersonFilter{})
	expectColumns(t, "taskFilterColumns", taskFilterColumns, model.TaskFilter{})
}

func expectColumns(t *testing.T, table string, columns map[string]filterColumn, filter any) {
	t.Helper()
	for field := range reflect.TypeOf(filter).Fields() {
		_, exists := columns[field.Name]
		if !exists && !slices.Contains([]string{"And", "Or", "Not"}, field.Name) {
			t.Errorf("%s has no line for %s", table, field.Name)
		}
	}
}

// TestEveryOrderFieldHasKey goes through the schema's orders: each field has its line in the table of sort keys.
func TestEveryOrderFieldHasKey(t *testing.T) {
	expectKeys(t, "callKeys", callKeys, model.AllCallOrderField)
	expectKeys(t, "recordKeys", recordKeys, model.AllCallRecordOrderField)
	expectKeys(t, "customerKeys", customerKeys, model.AllCustomerPersonOrderField)
	expectKeys(t, "taskKeys", taskKeys, model.AllTaskOrderField)
}

func expectKeys[F ~string, T any](t *testing.T, table string, keys map[F]sortKey[T], fields []F) {
	t.Helper()
	for _, field := range fields {
		if _, exists := keys[field]; !exists {
			t.Errorf("%s has no line for %s", table, field)
		}
	}
}
