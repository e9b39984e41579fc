package files_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/files"
	"callbook/model"
)

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// withoutWireForm are the fields that no source document has.
var withoutWireForm = map[string]bool{
	"CallDetailInput.position": true, // follows from callDetailId, or the place in the list
}

// wireNames are the nested names that differ from the schema's. Others of calls follow from Row.WireErrors.
var wireNames = map[string]string{
	"SaveCallRecordInput.id":      "callRecordId",
	"SaveCallRecordInput.details": "callDetailList",
	"CustomerPersonInput.id":      "customerPersonId",
}

// wireSample builds an object in wire form with a value for every field of an input.
type wireSample struct {
	schema *ast.Schema
}

func (s wireSample) object(inputName string) map[string]any {
	object := map[string]any{}
	for _, field := range s.schema.Types[inputName].Fields {
		key := inputName + "." + field.Name
		if withoutWireForm[key] {
			continue
		}
		name := field.Name
		if other, ok := wireNames[key]; ok {
			name = other
		} else if inputName == "CreateCallInput" {
			name = callWireName(field.Name)
		}
		object[name] = s.value(field)
	}
	return object
}

func (s wireSample) value(field *ast.FieldDefinition) any {
	if field.Name == "callDuration" {
		return "00:07"
	}
	if field.Name == "properties" { // of a customer: an object with names of any kind
		return map[string]any{"city": "杭州"}
	}
	def := s.schema.Types[field.Type.Name()]
	var value any
	switch {
	case def.Kind == ast.InputObject:
		value = s.object(def.Name)
	case def.Kind == ast.Enum:
		value = def.EnumValues[0].Name
	default:
		value = map[string]any{"ID": "7", "String": "text", "Int": 7, "Boolean": true,
			"DateTime": "2018-08-04 11:57:33", "URL": "https://example.com/"}[def.Name]
	}
	if field.Type.Elem != nil {
		return []any{value}
	}
	return value
}

// callWireName returns the wire name under which errors about a field of a call are reported.
func callWireName(field string) string {
	errs := files.Row{Call: &model.CallImport{}}.WireErrors(model.Errors{model.BadInput(field, "")})
	return errs[0].Field
}

// readOne reads one row in wire form.
func readOne(t *testing.T, object map[string]any, kind files.Kind) files.Row {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var rows []files.Row
	options := files.Options{Kind: kind, Location: time.UTC, TenantID: 1}
	err = files.ReadJSON(bytes.NewReader(text), options, func(row files.Row) error {
		rows = append(rows, row)
		return nil
	})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s is read as %d rows, %v, want one", text, len(rows), err)
	}
	return rows[0]
}

// expectSet checks that reading set every field of an input, and of inputs in it.
func expectSet(t *testing.T, schema *ast.Schema, inputName string, input reflect.Value) {
	t.Helper()
	for _, field := range schema.Types[inputName].Fields {
		key := inputName + "." + field.Name
		if withoutWireForm[key] {
			continue
		}
		value := reflect.Indirect(input).FieldByNameFunc(func(name string) bool {
			return strings.EqualFold(name,
				field.Name)
		})
		if !value.IsValid() {
			t.Errorf("%s is not in %s", key, input.Type())
			continue
		}
		if method := value.MethodByName("Value"); method.IsValid() { // an Omittable
			value = method.Call(nil)[0]
		}
		if value.IsZero() {
			t.Errorf("%s has no wire form: files/wire.go does not set it", key)
			continue
		}
		if value.Kind() == reflect.Slice {
			value = value.Index(0)
		}
		if def := schema.Types[field.Type.Name()]; def.Kind == ast.InputObject {
			expectSet(t, schema, def.Name, value)
		}
	}
}

// TestEveryFieldHasWireForm reads a file with all writable fields of calls and of call records, as the schema lists
// them.
func TestEveryFieldHasWireForm(t *testing.T) {
	schema := loadSchema(t)
	sample := wireSample{schema}

	row := readOne(t, sample.object("CreateCallInput"), files.CallKind)
	if row.Errors != nil || row.Ignored != nil {
		t.Errorf("the call has errors %v and ignores %v, want neither", row.Errors, row.Ignored)
	}
	expectSet(t, schema, "CreateCallInput", reflect.ValueOf(row.Call))

	row = readOne(t, sample.object("SaveCallRecordInput"), files.RecordKind)
	if row.Errors != nil || row.Ignored != nil {
		t.Errorf("the record has errors %v and ignores %v, want neither", row.Errors, row.Ignored)
	}
	expectSet(t, schema, "SaveCallRecordInput", reflect.ValueOf(row.Record))
}

// TestReportedFields checks that errors of fields name them as the file does.
func TestReportedFields(t *testing.T) {
	for _, c := range []struct {
		row   files.Row
		field string
		want  string
	}{
		{files.Row{Call: &model.CallImport{}}, "callDurationInSeconds", "call_duration_in_seconds"},
		{files.Row{Call: &model.CallImport{}}, "tags", "tag"},
		{files.Row{Call: &model.CallImport{}}, "voiceRecording", "voice_recording_s"},
		{files.Row{Call: &model.CallImport{}}, "attachments.0.fileId", "attachments.0.fileId"},
		{files.Row{Call: &model.CallImport{}}, "createMan", "create_man"},
		{files.Row{Record: &model.SaveCallRecordInput{}}, "details.3.text", "callDetailList.3.text"},
		{files.Row{Record: &model.SaveCallRecordInput{}}, "customerPerson.id", "customerPerson.customerPersonId"},
		{files.Row{Record: &model.SaveCallRecordInput{}}, "chatDuration", "chatDuration"},
	} {
		errs := c.row.WireErrors(model.Errors{model.BadInput(c.field, "is wrong")})
		if errs[0].Field != c.want {
			t.Errorf("an error of %s is reported of %s, want %s", c.field, errs[0].Field, c.want)
		}
	}
}
