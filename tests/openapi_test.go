package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestOpenAPI compares the description of addresses with what they answer: each exists, takes each of its parameters
// and no other, and answers with a media type that is described.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := savedServer(t, e)
		described := server.Do("GET", "/openapi.json", "").JSON()
		if described.At("openapi") != "3.1.0" || described.At("info", "title") != "Callbook" {
			t.Errorf("got %v, want OpenAPI 3.1", described)
		}
		paths, _ := described.At("paths").(map[string]any)
		ids := map[any]bool{}
		for path, item := range paths {
			get := harness.At(item, "get")
			if id := harness.At(get, "operationId"); id == nil || ids[id] {
				t.Errorf("%s: got the operationId %v, want one of its own", path, id)
			}
			ids[harness.At(get, "operationId")] = true
			if got := server.Do("GET", path+"?no+parameter=1", ""); got.Status != 400 ||
				!strings.Contains(got.Body, "no parameter") {
				t.Errorf("%s with an unknown parameter: got %d %s, want 400", path, got.Status, got.Body)
			}
			for _, parameter := range harness.List(get, "parameters") {
				name := fmt.Sprint(harness.At(parameter, "name"))
				if harness.At(parameter, "in") != "query" ||
					(harness.At(parameter, "schema") == nil) == (harness.At(parameter, "content") == nil) {
					t.Errorf("%s: got the parameter %v, want one in the query, with a schema or a content", path, parameter)
				}
				got := server.Do("GET", path+"?"+url.Values{name: {"\x01"}}.Encode(), "")
				isNamed := strings.HasPrefix(path, "/print/") || name == "columnSet" // nothing has the name
				if got.Status == 404 && !isNamed ||
					strings.Contains(got.Body, "is no parameter") || strings.Contains(got.Body, "there is no parameter") {
					t.Errorf("%s with %s: got %d %s, want the parameter known", path, name, got.Status, got.Body)
				}
			}
			target := path
			if strings.HasPrefix(path, "/print/") {
				target += "?ids=a"
			}
			got := server.Do("GET", target, "")
			mediaType, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
			if got.Status == 200 && harness.At(get, "responses", "200", "content", mediaType) == nil ||
				got.Status != 200 && target == path {
				t.Errorf("%s: got %d as %s, want what is described: %v", path, got.Status, mediaType, get)
			}
		}
		for _, path := range []string{"/q/calls.json", "/q/calls.csv", "/q/calls.ndjson", "/export/calls.csv",
			"/export/calls.xlsx", "/export/call-records.ndjson", "/print/calls",
			"/report/calls.pdf", "/report/call-records.json"} {
			if paths[path] == nil {
				t.Errorf("got no %s, want it described", path)
			}
		}
		if paths["/q/who.csv"] != nil {
			t.Error("got /q/who.csv, which has no rows, want it not described")
		}
		enum := harness.At(paths["/q/calls.json"], "get", "parameters", 7, "schema", "enum")
		if fmt.Sprint(enum) != "[ASC DESC]" {
			t.Errorf("an enum: got %v, want its values", enum)
		}
		_, other := dbtest.NewTenant(e.Ctx)
		if got := server.As(other).Do("GET", "/openapi.json", ""); strings.Contains(got.Body, "/q/") {
			t.Errorf("another tenant: got %s, want no saved queries", got.Body)
		}
		if got := server.AsRoles("agent", model.RoleAgent).Do("GET", "/openapi.json", ""); got.Status != 200 {
			t.Errorf("as an agent: got %d, want 200", got.Status)
		}
	})
}
