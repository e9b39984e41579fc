package tests

import (
	"fmt"
	"slices"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// ownRole says what one role lets its holder do with calls.
type ownRole struct{ seesAll, seesClear, mayUpdate, mayCreate bool }

// roleRights are the built-in roles, as the schema describes them.
var roleRights = map[model.Role]ownRole{
	model.RoleAdmin:       {true, true, true, true},
	model.RoleManager:     {true, true, true, true},
	model.RoleAgent:       {false, true, true, true},
	model.RoleAnalyst:     {true, false, false, false},
	model.RoleIntegration: {true, true, true, true},
}

// TestPairsOfRoles has holders of every pair of roles read, filter, order and change a call of their own and one of
// somebody else. They may do what one of the roles lets them do, on the rows and with the masks of that role.
func TestPairsOfRoles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for i, one := range model.AllRole {
			for _, other := range model.AllRole[i:] {
				name := fmt.Sprint(one, other)
				own := "own of " + name
				server.AsRoles(name, model.RoleIntegration).Post(`mutation($id: ID!) { createCall(input: {id: $id,
					callerId: "13800138000", subject: "own"}) { call { id } } }`, vars{"id": own})
				foreign := "foreign to " + name
				server.Post(`mutation($id: ID!) { createCall(input: {id: $id, callerId: "13800138000", subject: "foreign"})
					{ call { id } } }`, vars{"id": foreign})
				holder := server.AsRoles(name, one, other)
				pair := []ownRole{roleRights[one], roleRights[other]}
				allClear := true
				for id, isOwn := range map[string]bool{own: true, foreign: false} {
					may := func(right func(ownRole) bool) bool {
						return slices.ContainsFunc(pair, func(r ownRole) bool { return (r.seesAll || isOwn) && right(r) })
					}
					sees, isClear := may(func(ownRole) bool { return true }), may(func(r ownRole) bool { return r.seesClear })
					mayUpdate := may(func(r ownRole) bool { return r.mayUpdate })
					allClear = allClear && (isClear || !sees)
					checkCall(t, holder, name, id, sees, isClear, mayUpdate)
				}
				ordered := holder.Post(`{ calls(orderBy: [{field: CALLER_ID}]) { nodes { id } } }`, nil)
				if code, _ := ordered.FirstError(); (code == nil) != allClear {
					t.Errorf("%s: an order by a number: got %.200v, want it refused: %v", name, ordered, !allClear)
				}
			}
		}
	})
}

// checkCall reads a call in several ways and changes it, and compares with what its caller may do.
func checkCall(t *testing.T, holder *harness.Server, name, id string, sees, isClear, mayUpdate bool) {
	t.Helper()
	masked := "138******00"
	want := map[bool]any{true: "13800138000", false: masked}[isClear]
	if !sees {
		want = nil
	}
	one := holder.Post(`query($id: ID!) { call(id: $id) { callerId
		history(first: 5) { nodes { changes { from to } } } } }`,
		vars{"id": id})
	byNode := holder.Post(`query($id: ID!) { node(nodeId: $id) { ... on Call { callerId } } }`,
		vars{"id": model.NodeID("Call", id)})
	listed := holder.Post(`query($id: ID!) { calls(filter: {id: {eq: $id}}) { totalCount nodes { callerId } } }`,
		vars{"id": id})
	got := []any{one.At("data", "call", "callerId"), byNode.At("data", "node", "callerId"),
		listed.At("data", "calls", "nodes", 0, "callerId")}
	if !slices.Equal(got, []any{want, want, want}) {
		t.Errorf("%s reads %s: got %v, want %v", name, id, got, want)
	}
	found := holder.Post(`query($id: ID!) { calls(filter: {id: {eq: $id}, callerId: {contains: "0013"}}) { totalCount } }`,
		vars{"id": id})
	count := map[bool]any{true: 1.0, false: 0.0}[isClear]
	if code, _ := found.FirstError(); code == nil && found.At("data", "calls", "totalCount") != count ||
		code != nil && isClear {
		t.Errorf("%s finds %s by its number: got %v, want %v", name, id, found, count)
	}
	updated := holder.Post(`mutation($id: ID!) { updateCall(id: $id, input: {subject: "changed"}) { call { callerId } } }`,
		vars{"id": id})
	code, _ := updated.FirstError()
	if (code == nil) != mayUpdate || code == nil && updated.At("data", "updateCall", "call", "callerId") != "13800138000" {
		t.Errorf("%s changes %s: got %v, want it changed: %v", name, id, updated, mayUpdate)
	}
	batch := holder.Post(`mutation($id: ID!) { updateCalls(select: {where: {filter: {id: {eq: $id}}, limit: 5}},
		input: {subject: "changed again"}, dryRun: true) { written } }`, vars{"id": id})
	if got := batch.At("data", "updateCalls", "written") == 1.0; got != mayUpdate {
		t.Errorf("%s changes %s by filter: got %v, want it changed: %v", name, id, batch, mayUpdate)
	}
}
