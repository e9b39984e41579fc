package db_test

import (
	"testing"

	"callbook/db"
	"callbook/model"
)

// TestPicklistColumns finds fields with a list of values that no filter compares, so that the values in use cannot be
// counted.
func TestPicklistColumns(t *testing.T) {
	for _, field := range model.PicklistFields() {
		if field.Kind != nil && db.PicklistColumn(field) == "" {
			t.Errorf("%s: got no column, want one of its type's filter columns", field.Key())
		}
	}
}
