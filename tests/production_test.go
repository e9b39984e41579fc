package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/web"
)

// TestProduction serves without explorer, introspection and suggestions.
func TestProduction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := openFreeDoor(t, e, func(s *web.Options) { s.Introspection, s.Suggestions, s.Explorer = false, false, false })
		for _, path := range []string{"/", "/explorer/start.js", "/schema.graphqls"} {
			if got := d.send("GET", path, ""); got.status != 404 {
				t.Errorf("%s: %d", path, got.status)
			}
		}
		for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "Call") { name } }`} {
			if got := d.post(query); strings.Contains(got.body, `"Call"`) || strings.Contains(got.body, `"types"`) || got.json(t)["errors"] == nil {
				t.Errorf("%s: %s", query, got.body)
			}
		}
		typos := []string{`{ cals { totalCount } }`, `{ calls { totalCont } }`, `{ calls(frist: 1) { totalCount } }`, `{ calls(filter: {nam: {eq: "x"}}) { totalCount } }`, `{ calls(dataset: CLOSE) { totalCount } }`,
			`{ ... on Cal { id } }`, `query($f: CallFiler) { calls(filter: $f) { totalCount } }`, `{ calls { totalCount @skp(if: true) } }`}
		for _, typo := range typos {
			if got := d.post(typo); strings.Contains(got.body, "Did you mean") || got.code(t) != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: %s", typo, got.body)
			}
		}
		if got := openFreeDoor(t, e, nil).post(typos[0]); !strings.Contains(got.body, `Did you mean`) {
			t.Errorf("%s", got.body)
		}
		if got := d.post(`{ __typename calls { __typename } }`); got.json(t)["errors"] != nil {
			t.Errorf("%s", got.body)
		}
	})
}
