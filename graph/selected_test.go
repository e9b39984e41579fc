package graph_test

import (
	"strings"
	"testing"

	"callbook/db"
	"callbook/graph"
)

// TestEveryFieldHasColumns goes through the fields of the types that rows are of: each says which columns it needs,
// else it would read all of them.
func TestEveryFieldHasColumns(t *testing.T) {
	for _, rows := range []*db.RowColumns{
		db.CallColumns, db.RecordColumns, db.CustomerColumns, db.DetailColumns, db.TaskColumns, db.NoteColumns,
		db.HistoryColumns,
	} {
		for _, field := range graph.Schema().Types[rows.Type].Fields {
			if !strings.HasPrefix(field.Name, "__") && rows.Of(field.Name) == rows.Of("a field that is not there") {
				t.Errorf("the columns of %s have no line for %s", rows.Type, field.Name)
			}
		}
	}
}
