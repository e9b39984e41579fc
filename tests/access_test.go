package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"callbook/tests/harness"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/model"
)

// TestEveryRootFieldDeclaresItsPermission, and every field that leads from one entity to another.
func TestEveryRootFieldDeclaresItsPermission(t *testing.T) {
	schema := harness.ParsedSchema()
	entities := []string{"Call", "CallRecord", "CustomerPerson"}
	for name, definition := range schema.Types {
		isRoot := definition == schema.Query || definition == schema.Mutation || definition == schema.Subscription
		for _, field := range definition.Fields {
			crosses := definition.Kind == ast.Object && !isRoot && (slices.Contains(entities, name) || name == "Task") && slices.Contains(entities, field.Type.Name())
			if (isRoot || crosses) && !strings.HasPrefix(field.Name, "__") && field.Directives.ForName("permission") == nil {
				t.Errorf("%s.%s declares no @permission", name, field.Name)
			}
		}
	}
}

// TestRoles tries what each role may.
func TestRoles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c"}) { call { id } } saveCallRecords(inputs: [{id: "1", customerPersonId: "2"}]) { results { id } } }`, nil)
		const (
			read   = `{ calls { totalCount } }`
			write  = `mutation { updateCall(id: "c", input: {name: "%s"}) { call { id } } }`
			remove = `mutation { deleteCalls(select: {ids: ["none"]}, policy: VALID_ROWS) { matched } }`
			ingest = `mutation { saveCallRecords(inputs: []) { results { id } } }`
			keys   = `{ apiKeys { id } }`
		)
		for role, may := range map[model.Role][]string{
			model.RoleAdmin:       {read, write, remove, ingest, keys},
			model.RoleManager:     {read, write, remove, ingest},
			model.RoleAgent:       {read, write},
			model.RoleAnalyst:     {read},
			model.RoleIntegration: {read, write, ingest},
		} {
			as := server.As(server.Actor("tester", role))
			for _, operation := range []string{read, write, remove, ingest, keys} {
				query := operation
				if operation == write {
					query = fmt.Sprintf(write, role)
				}
				code, _ := as.Post(query, nil).FirstError()
				if allowed := slices.Contains(may, operation); allowed && code != nil || !allowed && code != "FORBIDDEN" {
					t.Errorf("%s, %s: %v", role, query, code)
				}
			}
		}
	})
}

// TestNarrowed gives credentials single permissions: what leads to another entity is refused, what writes may not reach further.
func TestNarrowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c"}) { call { id } } saveCallRecords(inputs: [{id: "1", customerPerson: {id: "2", name: "Wang"}}]) { results { id } } createCallFromRecord(callRecordId: "1") { call { id } } }`, nil)
		narrowed := func(permissions ...model.Permission) *harness.Server {
			return server.As(model.NewActor(e.Actor.TenantID, "narrow", []model.Role{model.RoleAdmin}, append([]model.Permission{}, permissions...)))
		}
		for _, c := range []struct {
			as    *harness.Server
			query string
			code  any
		}{
			{narrowed(model.PermissionCallRead), `{ calls { nodes { callRecord { id } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRead), `{ picklists { type } }`, nil},
			{narrowed(model.PermissionCallRecordRead), `{ callRecords { nodes { customerPerson { name } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ callRecords(filter: {customerPerson: {name: {eq: "Wang"}}}) { totalCount } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ jobStats(filter: {customerPerson: {name: {eq: "Wang"}}}) { total } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ callRecords { nodes { id } } }`, nil},
			{narrowed(model.PermissionCallRecordRead), `{ node(nodeId: "` + (&model.Call{ID: "c"}).NodeID() + `") { nodeId } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCustomerPersonRead), `{ customerPersons { nodes { callRecords { id } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallCreate), `mutation { saveCall(input: {id: "c", name: "x"}) { created } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallCreate), `mutation { saveCall(input: {name: "x"}) { created } }`, nil},
			{narrowed(), `{ viewer { name permissions } }`, nil},
			{narrowed(), `{ calls { totalCount } }`, "FORBIDDEN"},
		} {
			if code, _ := c.as.Post(c.query, nil).FirstError(); code != c.code {
				t.Errorf("%s: %v, not %v", c.query, code, c.code)
			}
		}
		found := narrowed(model.PermissionCallRecordRead).Post(`{ callRecords(filter: {searchWords: "Wang"}) { totalCount } }`, nil)
		if found.At("data", "callRecords", "totalCount") != 0.0 {
			t.Errorf("a customer's name is found without the right to read customers: %v", found)
		}
		for typeName := range map[string]bool{"CallRecord": true, "CustomerPerson": true} {
			for _, p := range narrowed(model.PermissionCallRead).Post(`{ picklists { type } }`, nil).At("data", "picklists").([]any) {
				if harness.At(p, "type") == typeName {
					t.Errorf("the picklists of %s are shown", typeName)
				}
			}
		}
	})
}

// TestMasks reads personal data as an analyst, in every way there is.
func TestMasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const secret1, secret2, secret3 = "13812345678", "13987654321", "13700001111"
		server.Post(`mutation { createCall(input: {id: "c", callerId: "`+secret1+`", dialledNumber: "`+secret2+`", voiceRecording: "https://example.com/secret.wav"}) { call { id } }
			updateCall(id: "c", input: {callerId: "`+secret2+`", dialledNumber: "`+secret1+`", voiceRecording: "https://example.com/secret2.wav"}) { call { id } }
			saveCallRecords(inputs: [{id: "1", calledPhoneNumber: "`+secret1+`", fullAudioUrl: "https://example.com/secret.wav", customerAudioUrl: "https://example.com/secret.wav", customerPerson: {id: "2", name: "Wang", phoneNumber: "`+secret3+`", wechatNumber: "`+secret3+`"}}]) { results { id } } }`, nil)
		analyst := server.As(server.Actor("analyst", model.RoleAnalyst))
		response := analyst.Post(`{ calls { nodes { callerId dialledNumber voiceRecording history { nodes { changes { field from to } } } } }
			callRecords { nodes { calledPhoneNumber fullAudioUrl customerAudioUrl endsBeforeStart customerPerson { phoneNumber wechatNumber callRecords { calledPhoneNumber fullAudioUrl } } } }
			node(nodeId: "`+(&model.Call{ID: "c"}).NodeID()+`") { ... on Call { callerId } } customerPerson(id: "2") { phoneNumber } }`, nil)
		text := fmt.Sprint(response)
		for _, secret := range []string{secret1, secret2, secret3, "secret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is shown: %s", secret, text)
			}
		}
		if response.At("data", "calls", "nodes", 0, "callerId") != "139******21" || response.At("data", "customerPerson", "phoneNumber") != "137******11" {
			t.Errorf("%v", response)
		}
		for _, query := range []string{
			`{ calls(filter: {callerId: {startsWith: "139"}}) { totalCount } }`,
			`{ calls(filter: {not: {dialledNumber: {eq: "x"}}}) { totalCount } }`,
			`{ calls(filter: {voiceRecording: {startsWith: "https"}}) { totalCount } }`,
			`{ calls(orderBy: [{field: CALLER_ID}]) { totalCount } }`,
			`{ calls(orderBy: [{field: NAME}, {field: DIALLED_NUMBER}]) { totalCount } }`,
			`{ callRecords(filter: {phone: {contains: "138"}}) { totalCount } }`,
			`{ callRecords(filter: {or: [{calledPhoneNumber: {in: ["138"]}}]}) { totalCount } }`,
			`{ callRecords(filter: {fullAudioUrl: {contains: "x"}}) { totalCount } }`,
			`{ callRecords(filter: {customerAudioUrl: {eq: "https://example.com"}}) { totalCount } }`,
			`{ callRecords(orderBy: [{field: CALLED_PHONE_NUMBER}]) { totalCount } }`,
			`{ callRecords(filter: {customerPerson: {phoneNumber: {startsWith: "1"}}}) { totalCount } }`,
			`{ customerPersons(filter: {phone: {startsWith: "1"}}) { totalCount } }`,
			`{ customerPersons(filter: {wechatNumber: {gt: "1"}}) { totalCount } }`,
			`{ customerPersons(orderBy: [{field: PHONE_NUMBER}]) { totalCount } }`,
			`{ searchTranscripts(query: "x", filter: {phone: {eq: "1"}}) { totalCount } }`,
			`{ jobStats(filter: {phone: {eq: "1"}}) { total } }`,
			`{ callTags(filter: {callerId: {gt: "1"}}) { tag } }`,
		} {
			if code, _ := analyst.Post(query, nil).FirstError(); code != "FORBIDDEN" && code != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: %v", query, code)
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
				t.Errorf("%s: %v", query, response)
			}
		}
	})
}
