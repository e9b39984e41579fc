package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestImportTemplates fetches the workbooks to fill in where the schema says they are, in both languages.
func TestImportTemplates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		seen := map[string]bool{}
		for _, field := range []string{"callImportTemplate", "callRecordImportTemplate"} {
			for _, locale := range model.AllLocale {
				answer := server.Post(`{ `+field+`(locale: `+string(locale)+`) { name contentType bytes sha256 url } }`, nil)
				file := func(name string) string { text, _ := answer.At("data", field, name).(string); return text }
				got := server.Do("GET", file("url"), "")
				sum := sha256.Sum256([]byte(got.Body))
				if got.Status != 200 || got.Header.Get("Content-Type") != file("contentType") ||
					float64(len(got.Body)) != answer.At("data", field, "bytes") || hex.EncodeToString(sum[:]) != file("sha256") ||
					!strings.Contains(got.Header.Get("Content-Disposition"), file("name")) {
					t.Errorf("%s in %s: got %d, %v and %d bytes, want what %v says", field, locale, got.Status, got.Header,
						len(got.Body), answer)
				}
				if seen[got.Body] {
					t.Errorf("%s in %s: got a workbook that another kind or language has, want one of its own", field, locale)
				}
				seen[got.Body] = true
				tag := got.Header.Get("ETag")
				if again := server.Do("GET", file("url"), "", "If-None-Match", tag); tag == "" || again.Status != 304 {
					t.Errorf("%s with the tag %q: got %d, want 304", field, tag, again.Status)
				}
			}
		}
		for target, want := range map[string]int{
			"/files/call-import-template.xlsx":           200,
			"/files/call-import-template.xlsx?locale=zh": 200,
			"/files/call-import-template.xlsx?locale=XX": 400,
		} {
			if got := server.Do("GET", target, ""); got.Status != want {
				t.Errorf("%s: got %d, want %d", target, got.Status, want)
			}
		}
	})
}

// TestImportTemplatesTakeAPermission asks for templates as roles that may import and as those that may not.
func TestImportTemplatesTakeAPermission(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		for role, isAllowed := range map[model.Role]bool{model.RoleManager: true, model.RoleIntegration: true,
			model.RoleAgent: false, model.RoleAnalyst: false} {
			status, code := 403, any("FORBIDDEN")
			if isAllowed {
				status, code = 200, nil
			}
			key := server.Key(string(role), role)
			got := server.Do("GET", "/files/call-import-template.xlsx", "", "Authorization", "Bearer "+key)
			if got.Status != status {
				t.Errorf("%s: got %d %.200s, want %d", role, got.Status, got.Body, status)
			}
			if got, _ := harness.NewServer(t, e).AsRoles("tester", role).Post(
				`{ callImportTemplate(locale: ZH) { url } }`, nil).FirstError(); got != code {
				t.Errorf("%s: got the code %v, want %v", role, got, code)
			}
		}
		if got := server.Do("GET", "/files/call-import-template.xlsx", ""); got.Status != 401 {
			t.Errorf("without a credential: got %d, want 401", got.Status)
		}
	})
}
