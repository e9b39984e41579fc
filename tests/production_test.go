package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
	"callbook/web"
)

// TestProduction serves without explorer, introspection and suggestions.
func TestProduction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, func(o *web.Options) {
			o.Introspection, o.Suggestions, o.Explorer = false, false,
				false
		})
		for _, path := range []string{"/", "/explorer/examples.json", "/schema.graphqls"} {
			if got := server.Do("GET", path, ""); got.Status != 404 {
				t.Errorf("%s: got %d, want 404", path, got.Status)
			}
		}
		for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "Call") { name } }`} {
			if got := server.Send(query); strings.Contains(got.Body, `"Call"`) || strings.Contains(got.Body, `"types"`) ||
				got.JSON()["errors"] == nil {
				t.Errorf("%s: got %s, want an error and nothing of the schema", query, got.Body)
			}
		}
		typos := []string{`{ cals { totalCount } }`, `{ calls { totalCont } }`, `{ calls(frist: 1) { totalCount } }`,
			`{ calls(filter: {nam: {eq: "x"}}) { totalCount } }`, `{ calls(dataset: CLOSE) { totalCount } }`,
			`{ ... on Cal { id } }`, `query($f: CallFiler) { calls(filter: $f) { totalCount } }`,
			`{ calls { totalCount @skp(if: true) } }`}
		for _, typo := range typos {
			if got := server.Send(typo); strings.Contains(got.Body, "Did you mean") ||
				got.Code() != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s: got %s, want GRAPHQL_VALIDATION_FAILED without a suggestion", typo, got.Body)
			}
		}
		if got := harness.ListenAnonymous(t, e, nil).Send(typos[0]); !strings.Contains(got.Body, `Did you mean`) {
			t.Errorf("%s outside of production: got %s, want a suggestion", typos[0], got.Body)
		}
		if got := server.Send(`{ __typename calls { __typename } }`); got.JSON()["errors"] != nil {
			t.Errorf("__typename: got %s, want no errors", got.Body)
		}
	})
}
