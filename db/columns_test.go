package db

import (
	"reflect"
	"slices"
	"testing"

	"callbook/model"
)

// TestEveryFilterFieldHasColumn goes through the schema's filters: each field has its line in the table of columns.
func TestEveryFilterFieldHasColumn(t *testing.T) {
	for _, c := range []struct {
		filter  any
		columns map[string]filterColumn
		table   string
	}{
		{model.CallFilter{}, callFilterColumns, "callFilterColumns"},
		{model.CallRecordFilter{}, recordFilterColumns, "recordFilterColumns"},
		{model.CustomerPersonFilter{}, customerFilterColumns, "customerFilterColumns"},
		{model.TaskFilter{}, taskFilterColumns, "taskFilterColumns"},
	} {
		for field := range reflect.TypeOf(c.filter).Fields() {
			_, exists := c.columns[field.Name]
			if !exists && !slices.Contains([]string{"And", "Or", "Not"}, field.Name) {
				t.Errorf("%s has no line for %s", c.table, field.Name)
			}
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
