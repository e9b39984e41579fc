package tests

import (
	"fmt"
	"slices"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestRoles runs one operation of each kind as each role.
func TestRoles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c"}) { call { id } }
			saveCallRecords(inputs: [{id: "1", customerPersonId: "2"}]) { results { callRecordId } } }`, nil)
		const (
			read   = `{ calls { totalCount } }`
			write  = `mutation { updateCall(id: "c", input: {name: "%s"}) { call { id } } }`
			remove = `mutation { deleteCalls(select: {ids: ["none"]}, policy: VALID_ROWS) { matched } }`
			ingest = `mutation { saveCallRecords(inputs: []) { results { callRecordId } } }`
			keys   = `{ apiKeys { apiKeyId } }`
		)
		for role, may := range map[model.Role][]string{
			model.RoleAdmin:       {read, write, remove, ingest, keys},
			model.RoleManager:     {read, write, remove, ingest},
			model.RoleAgent:       {read, write},
			model.RoleAnalyst:     {read},
			model.RoleIntegration: {read, write, ingest},
		} {
			as := server.AsRoles("tester", role)
			for _, operation := range []string{read, write, remove, ingest, keys} {
				query := operation
				if operation == write {
					query = fmt.Sprintf(write, role)
				}
				code, _ := as.Post(query, nil).FirstError()
				if allowed := slices.Contains(may, operation); allowed && code != nil || !allowed && code != "FORBIDDEN" {
					t.Errorf("%s, %s: got the code %v, want it allowed: %v", role, query, code, allowed)
				}
			}
		}
	})
}

// TestNarrowedPermissions gives credentials single permissions, and checks that fields that lead to another entity are
// refused, and that mutations which may create or update need both permissions.
func TestNarrowedPermissions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "c"}) { call { id } }
			saveCallRecords(inputs: [{id: "1", customerPerson: {id: "2", name: "Wang"}}]) { results { callRecordId } }
			createCallFromRecord(callRecordId: "1") { call { id } } }`, nil)
		narrowed := func(permissions ...model.Permission) *harness.Server {
			return server.As(model.NewActor(e.Actor.TenantID, "narrow", []model.Role{model.RoleAdmin},
				append([]model.Permission{}, permissions...)))
		}
		for _, c := range []struct {
			as    *harness.Server
			query string
			code  any
		}{
			{narrowed(model.PermissionCallRead), `{ calls { nodes { callRecord { id } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRead), `{ picklists { type } }`, nil},
			{narrowed(model.PermissionCallRead), `{ nodes(nodeIds: ["Q2FsbDp4"]) { nodeId } }`, nil},
			{narrowed(model.PermissionCallRead), `{ nodes(nodeIds: ["Q2FsbDp4", "Q2FsbFJlY29yZDox"]) { nodeId } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRead), `{ node(nodeId: "Q2FsbFJlY29yZDox") { nodeId } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ callRecords { nodes { customerPerson { name } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead),
				`{ callRecords(filter: {customerPerson: {name: {eq: "Wang"}}}) { totalCount } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ jobStats(filter: {customerPerson: {name: {eq: "Wang"}}}) { total } }`,
				"FORBIDDEN"},
			{narrowed(model.PermissionCallRecordRead), `{ callRecords { nodes { id } } }`, nil},
			{narrowed(model.PermissionCallRecordRead), `{ node(nodeId: "` + (&model.Call{ID: "c"}).NodeID() + `") { nodeId } }`,
				"FORBIDDEN"},
			{narrowed(model.PermissionCustomerPersonRead),
				`{ customerPersons { nodes { callRecords { nodes { id } } } } }`, "FORBIDDEN"},
			{narrowed(model.PermissionCallCreate), `mutation { saveCall(input: {id: "c", name: "x"}) { created } }`,
				"FORBIDDEN"},
			{narrowed(model.PermissionCallCreate), `mutation { saveCall(input: {name: "x"}) { created } }`, nil},
			{narrowed(), `{ viewer { name permissions } }`, nil},
			{narrowed(), `{ calls { totalCount } }`, "FORBIDDEN"},
		} {
			if code, _ := c.as.Post(c.query, nil).FirstError(); code != c.code {
				t.Errorf("%s: got the code %v, want %v", c.query, code, c.code)
			}
		}
		found := narrowed(model.PermissionCallRecordRead).Post(
			`{ callRecords(filter: {searchWords: "Wang"}) { totalCount } }`, nil)
		if found.At("data", "callRecords", "totalCount") != 0.0 {
			t.Errorf("a search for a customer's name without the right to read customers: got %v, want nothing", found)
		}
		picklists := narrowed(model.PermissionCallRead).Post(`{ picklists { type } }`, nil)
		for _, p := range harness.List(picklists, "data", "picklists") {
			if typeName := harness.At(p, "type"); typeName == "CALL_RECORD" || typeName == "CUSTOMER_PERSON" {
				t.Errorf("the picklists: got those of %s, want those of calls alone", typeName)
			}
		}
	})
}
