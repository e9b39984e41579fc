package dbtest

import "testing"

func TestNamesTenant(t *testing.T) {
	for condition, want := range map[string]bool{
		"(tenant_id = '7'::bigint)":                                                      true,
		`("call".tenant_id = 7)`:                                                         true,
		"(call.tenant_id = $1)":                                                          true,
		"((call.tenant_id = '7'::bigint) AND (call.id = 'x'::text))":                     true,
		"((call.id = ') OR ('::text) AND (call.tenant_id = '7'::bigint))":                true,
		"((task.tenant_id = call.tenant_id) AND (task.call_id = call.id))":               true,
		"((call.deleted_at IS NULL) AND (call.tenant_id = '7'::bigint))":                 true,
		"((a.id = ANY ('{x,y}'::text[])) AND (a.tenant_id = '7'::bigint))":               true,
		"((a.tenant_id = '7'::bigint) AND ((a.id = 'x') OR (a.name = 'y')))":             true,
		"(((a.tenant_id = 7) AND (a.id = 'x')) OR ((a.tenant_id = 7) AND (a.id > 'x')))": true,
		"(((a.tenant_id = 7) AND (a.id = 'x')) OR (a.id > 'x'))":                         false,
		"(deleted_at IS NULL)":                                                           false,
		"((call.tenant_id = '7'::bigint) OR (call.id = 'x'::text))":                      false,
		"(((call.tenant_id = '7'::bigint) OR true) AND (call.id = 'x'))":                 false,
		"(tenant_id <> '7'::bigint)":                                                     false,
		"":                                                                               false,
	} {
		if got := namesTenant(condition); got != want {
			t.Errorf("namesTenant(%s) = %v, want %v", condition, got, want)
		}
	}
}
