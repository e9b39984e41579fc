package tests

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestMasks reads personal data as an analyst by ways that lead around the masks: histories, rows behind rows, filters
// within filters, searches and statistics. TestMaskedFields has each field on its own.
func TestMasks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const secret1, secret2, secret3 = "13812345678", "13987654321", "13700001111"
		server.Post(`mutation {
			createCall(input: {id: "c", callerId: "`+secret1+`", dialledNumber: "`+secret2+`",
				voiceRecording: "https://example.com/secret.wav"}) { call { id } }
			updateCall(id: "c", input: {callerId: "`+secret2+`", dialledNumber: "`+secret1+`",
				voiceRecording: "https://example.com/secret2.wav"}) { call { id } }
			saveCallRecords(inputs: [{id: "1",
				calledPhoneNumber: "`+secret1+`", fullAudioUrl: "https://example.com/secret.wav",
				customerAudioUrl: "https://example.com/secret.wav",
				customerPerson: {id: "2", name: "Wang", phoneNumber: "`+secret3+`", wechatNumber: "`+secret3+`"}
			}]) { results { callRecordId } } }`, nil)
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		response := analyst.Post(
			`{ calls { nodes { callerId dialledNumber voiceRecording history { nodes { changes { field from to } } } } }
			callRecords { nodes { calledPhoneNumber fullAudioUrl customerAudioUrl endsBeforeStart
				customerPerson { phoneNumber wechatNumber
					callRecords { nodes { calledPhoneNumber fullAudioUrl } } } } }
			node(nodeId: "`+(&model.Call{ID: "c"}).NodeID()+`") { ... on Call { callerId } }
			customerPerson(id: "2") { phoneNumber } }`, nil)
		text := fmt.Sprint(response)
		for _, secret := range []string{secret1, secret2, secret3, "secret"} {
			if strings.Contains(text, secret) {
				t.Errorf("an analyst's answer: got %s in %s, want it masked", secret, text)
			}
		}
		if response.At("data", "calls", "nodes", 0, "callerId") != "139******21" ||
			response.At("data", "customerPerson", "phoneNumber") != "137******11" {
			t.Errorf("got %v, want the numbers 139******21 and 137******11", response)
		}
		for _, query := range []string{
			`{ calls(filter: {not: {dialledNumber: {eq: "x"}}}) { totalCount } }`,
			`{ calls(orderBy: [{field: NAME}, {field: DIALLED_NUMBER}]) { totalCount } }`,
			`{ callRecords(filter: {or: [{calledPhoneNumber: {in: ["138"]}}]}) { totalCount } }`,
			`{ callRecords(filter: {customerPerson: {phoneNumber: {startsWith: "1"}}}) { totalCount } }`,
			`{ searchTranscripts(query: "x", filter: {phone: {eq: "1"}}) { totalCount } }`,
			`{ jobStats(filter: {phone: {eq: "1"}}) { total } }`,
		} {
			if code, _ := analyst.Post(query, nil).FirstError(); code != "FORBIDDEN" {
				t.Errorf("an analyst's %s: got the code %v, want FORBIDDEN", query, code)
			}
		}
		for query, want := range map[string]any{
			`{ x: callRecords(filter: {searchWords: "138"}) { totalCount } }`:               0.0,
			`{ x: callRecords(filter: {searchWords: "wang"}) { totalCount } }`:              1.0,
			`{ x: calls(filter: {callerId: {isNull: false}}) { totalCount } }`:              1.0,
			`{ x: callRecords(filter: {hasRecording: {eq: true}}) { totalCount } }`:         1.0,
			`{ x: customerPersons(filter: {phoneNumber: {isNull: false}}) { totalCount } }`: 1.0,
		} {
			if response := analyst.Post(query, nil); response.At("data", "x", "totalCount") != want {
				t.Errorf("an analyst's %s: got %v, want %v", query, response, want)
			}
		}
	})
}

// personalData is a row of each type with the same number, or an address, in every masked field; calls have had others
// before, which their histories keep.
const personalData = `mutation {
	createCall(input: {id: "c", callerId: "13987654321", dialledNumber: "13987654321",
		voiceRecording: "https://example.com/tape.wav"}) { call { id } }
	updateCall(id: "c", input: {callerId: "13912345621", dialledNumber: "13912345621",
		voiceRecording: "https://example.com/tape2.wav"}) { call { id } }
	saveCallRecords(inputs: [{id: 1, calledPhoneNumber: "13987654321",
		fullAudioUrl: "https://example.com/tape.wav", customerAudioUrl: "https://example.com/tape.wav",
		customerPerson: {id: 2, phoneNumber: "13987654321", wechatNumber: "13987654321"}}]) { results { callRecordId } }
}`

// maskedValue is what personalData reads as where it is masked.
var maskedValue = map[model.Mask]any{model.MaskPhoneNumbers: "139******21", model.MaskRecordings: nil}

// listsOf are the root fields that list each type, each with the one that reads one row of it, and the row's key.
var listsOf = map[string]struct{ list, one, id string }{
	"Call":           {"calls", "call", "c"},
	"CallRecord":     {"callRecords", "callRecord", "1"},
	"CustomerPerson": {"customerPersons", "customerPerson", "2"},
}

// TestMaskedFields goes through model.MaskedFields as an analyst: nothing filters or orders by a masked field, and
// wherever it is read, in lists, alone, as a node and in histories, it is masked. An administrator may do all of it.
func TestMaskedFields(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		admin := harness.NewServer(t, e)
		if made := admin.Post(personalData, nil); made["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", made["errors"])
		}
		analyst := admin.AsRoles("analyst", model.RoleAnalyst)
		for typeName, fields := range model.MaskedFields() {
			for field, mask := range fields {
				filterByMasked(t, admin, analyst, typeName, field)
				orderByMasked(t, admin, analyst, typeName, field)
				if harness.ParsedSchema().Types[typeName].Fields.ForName(field) != nil {
					readMasked(t, admin, analyst, typeName, field, maskedValue[mask])
				}
			}
		}
		histories(t, admin, analyst)
	})
}

// filterByMasked tries every operator of a field in the filter of its type.
func filterByMasked(t *testing.T, admin, analyst *harness.Server, typeName, field string) {
	t.Helper()
	schema := harness.ParsedSchema()
	filtered := schema.Types[typeName+"Filter"].Fields.ForName(field)
	if filtered == nil {
		return
	}
	for _, operator := range schema.Types[filtered.Type.Name()].Fields {
		operand := `"138"`
		switch {
		case operator.Type.Elem != nil:
			operand = `["138"]`
		case operator.Type.Name() == "Boolean":
			operand = "true"
		case operator.Type.Name() == "URL":
			operand = `"https://example.com/x"`
		}
		query := fmt.Sprintf("{ %s(filter: {%s: {%s: %s}}) { totalCount } }",
			listsOf[typeName].list, field, operator.Name, operand)
		want := any("FORBIDDEN")
		if operator.Name == "isNull" {
			want = nil
		}
		if code, _ := analyst.Post(query, nil).FirstError(); code != want {
			t.Errorf("an analyst's %s: got the code %v, want %v", query, code, want)
		}
		if response := admin.Post(query, nil); response["errors"] != nil {
			t.Errorf("an administrator's %s: got %v, want no errors", query, response["errors"])
		}
	}
}

var upperCase = regexp.MustCompile(`[A-Z]`)

// orderByMasked orders by a field, if the order of its type has it.
func orderByMasked(t *testing.T, admin, analyst *harness.Server, typeName, field string) {
	t.Helper()
	name := strings.ToUpper(upperCase.ReplaceAllString(field, "_$0"))
	fields := harness.ParsedSchema().Types[typeName+"OrderField"].EnumValues
	if fields.ForName(name) == nil {
		return
	}
	second := "{field: " + fields[1].Name + "}, {field: " + name +
		", direction: DESC}" // what follows the key is not looked at
	for _, order := range []string{"{field: " + name + "}", second} {
		query := "{ " + listsOf[typeName].list + "(orderBy: [" + order + "]) { totalCount } }"
		if code, _ := analyst.Post(query, nil).FirstError(); code != "FORBIDDEN" {
			t.Errorf("an analyst's %s: got the code %v, want FORBIDDEN", query, code)
		}
		if response := admin.Post(query, nil); response["errors"] != nil {
			t.Errorf("an administrator's %s: got %v, want no errors", query, response["errors"])
		}
	}
}

// readMasked reads a field of a row by every way to it.
func readMasked(t *testing.T, admin, analyst *harness.Server, typeName, field string, want any) {
	t.Helper()
	of := listsOf[typeName]
	nodeID := admin.Post(fmt.Sprintf(`{ %s(id: %q) { nodeId } }`, of.one, of.id), nil).At("data", of.one, "nodeId")
	query := fmt.Sprintf(`query($nodeId: ID!) {
		%[1]s { nodes { %[3]s } edges { node { %[3]s } } }
		%[2]s(id: %[5]q) { %[3]s }
		node(nodeId: $nodeId) { ... on %[4]s { %[3]s } }
	}`, of.list, of.one, field, typeName, of.id)
	masked, whole := analyst.Post(query, vars{"nodeId": nodeID}), admin.Post(query, vars{"nodeId": nodeID})
	for _, path := range [][]any{
		{of.list, "nodes", 0, field}, {of.list, "edges", 0, "node", field}, {of.one, field}, {"node", field},
	} {
		path = append([]any{"data"}, path...)
		if got := masked.At(path...); got != want {
			t.Errorf("an analyst's %s.%s at %v: got %v, want %v", typeName, field, path, got, want)
		}
		if got, _ := whole.At(path...).(string); got == "" || strings.Contains(got, "*") {
			t.Errorf("an administrator's %s.%s at %v: got %q, want it unmasked", typeName, field, path, got)
		}
	}
}

// histories reads what the history of a call keeps of its masked fields.
func histories(t *testing.T, admin, analyst *harness.Server) {
	t.Helper()
	const query = `{ call(id: "c") { history { nodes { changes { field from to } } } } }`
	for name, server := range map[string]*harness.Server{"administrator": admin, "analyst": analyst} {
		seen := map[string]bool{}
		for _, change := range harness.List(server.Post(query, nil), "data", "call", "history", "nodes", 0, "changes") {
			field, _ := harness.At(change, "field").(string)
			mask, isMasked := model.MaskedFields()["Call"][field]
			seen[field] = isMasked
			for _, side := range []string{"from", "to"} {
				got := harness.At(change, side)
				if shown := got != maskedValue[mask]; shown != (name == "administrator") {
					t.Errorf("the history for an %s, %s of %s: got %v, want it masked for analysts alone", name, side, field, got)
				}
			}
		}
		for field := range model.MaskedFields()["Call"] {
			if !seen[field] {
				t.Errorf("the history for an %s: got no change of %s, want one", name, field)
			}
		}
	}
}
