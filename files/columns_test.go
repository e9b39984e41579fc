package files

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/model"
)

// noColumns are the fields that files have no columns of, each with the reason.
var noColumns = map[string]string{
	"Call.deletedAt":            "files have no deleted calls",
	"Call.relatedCounts":        "counted from what hangs on calls",
	"Call.tasks":                "rows of their own",
	"Call.notes":                "rows of their own",
	"Call.history":              "rows of their own",
	"Call.callRecord":           "a row of its own",
	"CallRecord.customerPerson": "its fields are columns",
	"CallRecord.call":           "a row of its own",
	"CallRecord.transcript":     "details in pages",
}

// TestEveryFieldHasAColumn compares the columns with the fields that have captions.
func TestEveryFieldHasAColumn(t *testing.T) {
	kinds := map[model.PicklistType]Kind{model.PicklistTypeCall: CallKind, model.PicklistTypeCallRecord: RecordKind}
	for _, field := range model.PicklistFields() {
		kind, isOfFiles := kinds[field.Type]
		if !isOfFiles {
			continue
		}
		has := slices.ContainsFunc(Columns(kind), func(c Column) bool { return c.Field == field.Field })
		if _, isNone := noColumns[field.Key()]; has == isNone {
			t.Errorf("%s: got a column %v, want one, or the field in noColumns", field.Key(), has)
		}
	}
}

// TestColumnsAreRead reads each column that is no output by its name in the wire form, and finds it by its captions.
func TestColumnsAreRead(t *testing.T) {
	for _, kind := range []Kind{CallKind, RecordKind} {
		for _, c := range Columns(kind) {
			for _, header := range []string{c.Caption.En, c.Caption.Zh, c.Field, c.Wire, " " + strings.ToUpper(c.Caption.En)} {
				if found, ok := FindColumn(kind, header); !ok || found.Field != c.Field {
					t.Errorf("%s, the header %q: got the column %q, want %q", kind, header, found.Field, c.Field)
				}
			}
			if c.IsOutput {
				continue
			}
			value := map[ColumnType]string{
				CountColumn: "7", BoolColumn: "true", TimeColumn: `"2024-05-17 08:00:00"`, DurationColumn: `"01:05"`,
				KeyColumn: `"77"`, URLColumn: `"https://example.com/x"`, ListColumn: `["x"]`, JSONColumn: `[]`,
			}[c.Type]
			if value == "" {
				value = `"x"`
			}
			if c.IsClosed {
				value = `"` + c.Values[0].Caption.Zh + `"`
			}
			row := readWire(t, kind, c.Wire, value)
			if len(row.Ignored) > 0 || len(row.Errors) > 0 || len(row.Warnings) > 0 {
				t.Errorf("%s, %s = %s: got %v, %v and ignored %v, want it read", kind, c.Wire, value, row.Errors, row.Warnings,
					row.Ignored)
			}
		}
	}
}

// TestColumnsKnowTheirLengths checks that a text as long as a column may have goes in, and that a longer one does not.
func TestColumnsKnowTheirLengths(t *testing.T) {
	for _, kind := range []Kind{CallKind, RecordKind} {
		for _, c := range Columns(kind) {
			if c.MaxLength == 0 || c.IsOutput || c.Type != TextColumn && c.Type != ListColumn || c.Field == "createdBy" {
				continue
			}
			for _, more := range []int{0, 1} {
				text, _ := json.Marshal(strings.Repeat("好", c.MaxLength+more))
				value := string(text)
				if c.Type == ListColumn {
					value = "[" + value + "]"
				}
				row := readWire(t, kind, c.Wire, value)
				if errs := row.Check(); (len(errs) > 0) != (more > 0) {
					t.Errorf("%s, %s with %d characters: got %v, want at most %d", kind, c.Wire, c.MaxLength+more, errs,
						c.MaxLength)
				}
			}
		}
	}
}

// readWire reads a row with a key and one member, whose name may have a dot.
func readWire(t *testing.T, kind Kind, name, value string) (row Row) {
	t.Helper()
	key := map[Kind]string{CallKind: `"id":"c"`, RecordKind: `"callRecordId":"1"`}[kind]
	member := `"` + name + `":` + value
	if outer, inner, isNested := strings.Cut(name, "."); isNested {
		member = `"` + outer + `":{"customerPersonId":"2","` + inner + `":` + value + `}`
	}
	object := "{" + key + "," + member + "}"
	if strings.HasPrefix(key, `"`+name+`"`) {
		object = "{" + member + "}"
	}
	err := ReadJSON(strings.NewReader(object), Options{Kind: kind, Location: time.UTC}, func(r Row) error {
		row = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}
