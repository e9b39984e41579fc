package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// startUpload begins an upload and returns its path.
func startUpload(t *testing.T, server *harness.Server, name string, bytes int, sum string) string {
	t.Helper()
	got := server.Post(`mutation ($name: String!, $bytes: Int!, $sum: String) {
		startUpload(name: $name, bytes: $bytes, contentType: "text/csv", sha256: $sum) { url sha256 bytes } }`,
		harness.Vars{"name": name, "bytes": bytes, "sum": orNil(sum)})
	path, ok := got.At("data", "startUpload", "url").(string)
	if !ok {
		t.Fatalf("startUpload: got %v, want a file", got)
	}
	return path
}

// TestResumedUpload sends a file of several chunks in pieces, some of them wrong, and reads it back, also in ranges.
func TestResumedUpload(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		content := strings.Repeat("0123456789abcdef", 3<<16) // 3 MiB
		sum := sha256.Sum256([]byte(content))
		digest := hex.EncodeToString(sum[:])
		path := startUpload(t, server, "通话 记录.csv", len(content), digest)
		put := func(what, piece, offset string, status int, now string) {
			t.Helper()
			got := server.Do("PUT", path, piece, "Upload-Offset", offset)
			if got.Status != status || got.Header.Get("Upload-Offset") != now {
				t.Errorf("%s: got %d, offset %s, %s; want %d, offset %s", what, got.Status, got.Header.Get("Upload-Offset"),
					got.Body, status, now)
			}
		}
		put("a first piece", content[:1<<20+70_000], "0", 204, "1118576")
		put("the same again", content[:1<<20], "0", 409, "1118576")
		put("a tiny piece", content[1118576:1118580], "1118576", 400, "1118576")
		put("more than was announced", content, "1118576", 400, "1118576")
		put("no number", "x", "x", 400, "1118576")
		if head := server.Do("HEAD", path, ""); head.Status != 200 || head.Header.Get("Upload-Offset") != "1118576" {
			t.Errorf("HEAD: got %d %v, want the offset", head.Status, head.Header)
		}
		if early := server.Do("GET", path, ""); early.Status != 409 || early.Code() != "CONFLICT" {
			t.Errorf("GET before the end: got %d %s, want 409 CONFLICT", early.Status, early.Body)
		}
		put("a mebibyte and ten bytes", content[1118576:2167162], "1118576", 204, "2167162")
		put("the rest", content[2167162:], "2167162", 200, fmt.Sprint(len(content)))
		put("after the end", "x", fmt.Sprint(len(content)), 409, fmt.Sprint(len(content)))

		whole := server.Do("GET", path, "")
		if whole.Status != 200 || whole.Body != content || whole.Header.Get("ETag") != `"`+digest+`"` ||
			whole.Header.Get("X-Content-Type-Options") != "nosniff" || whole.Header.Get("Content-Disposition") !=
			"attachment; filename*=utf-8''%E9%80%9A%E8%AF%9D%20%E8%AE%B0%E5%BD%95.csv" {
			t.Errorf("GET: got %d, %d bytes, %v; want the file", whole.Status, len(whole.Body), whole.Header)
		}
		rest := server.Do("GET", path, "", "Range", "bytes=1118570-1118589", "If-Range", `"`+digest+`"`)
		if rest.Status != http.StatusPartialContent || rest.Body != content[1118570:1118590] {
			t.Errorf("a range over two chunks: got %d %q, want %q", rest.Status, rest.Body, content[1118570:1118590])
		}
		if same := server.Do("GET", path, "", "If-None-Match", `"`+digest+`"`); same.Status != http.StatusNotModified {
			t.Errorf("If-None-Match: got %d, want 304", same.Status)
		}
		if far := server.Do("GET", path, "", "Range", "bytes=99999999-"); far.Status != 416 {
			t.Errorf("a range behind the end: got %d, want 416", far.Status)
		}
	})
}

// TestUploadsBadInput uploads what is no file, with another hash, and files of others.
func TestUploadsBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for arguments, code := range map[string]string{
			`name: "../x", bytes: 1`:                                "BAD_USER_INPUT",
			`name: "", bytes: 1`:                                    "BAD_USER_INPUT",
			`name: "a\nb", bytes: 1`:                                "BAD_USER_INPUT",
			`name: "x", bytes: -1`:                                  "BAD_USER_INPUT",
			`name: "x", bytes: 1, contentType: "text/html\r\nX: y"`: "BAD_USER_INPUT",
			`name: "x", bytes: 1, sha256: "12"`:                     "BAD_USER_INPUT",
		} {
			got := server.Post(`mutation { startUpload(`+arguments+`) { url } }`, nil)
			if is, _ := got.FirstError(); is != code {
				t.Errorf("%s: got %v, want %s", arguments, got, code)
			}
		}
		path := startUpload(t, server, "x.csv", 3, strings.Repeat("0", 64))
		if got := server.Do("PUT", path, "abc"); got.Status != 400 || got.Code() != "BAD_USER_INPUT" ||
			got.Header.Get("Upload-Offset") != "0" {
			t.Errorf("another hash: got %d %s, want 400 and the offset 0", got.Status, got.Body)
		}
		_, otherActor := dbtest.NewTenant(e.Ctx)
		for who, as := range map[string]*harness.Server{
			"another tenant": server.As(otherActor), "a colleague": server.AsRoles("colleague", model.RoleManager),
		} {
			for _, method := range []string{"GET", "PUT"} {
				if got := as.Do(method, path, "abc"); got.Status != 404 || got.Code() != "NOT_FOUND" {
					t.Errorf("%s, %s: got %d %s, want 404", who, method, got.Status, got.Body)
				}
			}
		}
		if got := server.AsRoles("agent", model.RoleAgent).Do("GET", path, ""); got.Status != 403 {
			t.Errorf("an agent: got %d %s, want 403", got.Status, got.Body)
		}
		if got := server.Do("DELETE", path, ""); got.Status != 405 {
			t.Errorf("DELETE: got %d, want 405", got.Status)
		}
	})
}

// TestPurgeErasesFiles purges a call: files of the tenant are gone, and those of others stay.
func TestPurgeErasesFiles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		_, otherActor := dbtest.NewTenant(e.Ctx)
		other := server.As(otherActor)
		path, others := startUpload(t, server, "x.csv", 3, ""), startUpload(t, other, "x.csv", 3, "")
		open := startUpload(t, server, "open.csv", 3, "")
		server.Do("PUT", path, "abc")
		other.Do("PUT", others, "abc")
		server.Post(`mutation { createCall(input: {id: "c"}) { call { id } } deleteCalls(select: {ids: ["c"]}) { written }
			purgeCalls(select: {ids: ["c"]}) { written } }`, nil)
		if got := server.Do("GET", path, ""); got.Status != 404 {
			t.Errorf("a file after the purge: got %d %s, want 404", got.Status, got.Body)
		}
		if got := server.Do("PUT", open, "abc"); got.Status != 404 {
			t.Errorf("an upload after the purge: got %d %s, want 404", got.Status, got.Body)
		}
		if got := other.Do("GET", others, ""); got.Status != 200 {
			t.Errorf("another tenant's file: got %d %s, want 200", got.Status, got.Body)
		}
	})
}

// orNil returns a text, nil for an empty one.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// TestRightsOfFiles reads an export by its path and by its job as credentials of the same name with fewer rights.
func TestRightsOfFiles(t *testing.T) {
	t.Parallel()
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e)
		token := func(roles ...model.Role) *harness.Server {
			actor := server.Actor("alice", roles...)
			actor.Kind, actor.Credential = model.CredentialKindToken, "token of alice"
			return server.As(actor)
		}
		manager := token(model.RoleManager)
		made := manager.Post(`mutation { createCall(input: {id: "a", callerId: "+8613800138000"}) { call { id } }
			startExport(input: {entity: CALLS, columns: ["callerId"]}) { job { jobId } } }`, nil)
		id, _ := made.At("data", "startExport", "job", "jobId").(string)
		runJobs(t, e.DB)
		query := `{ job(id: "` + id + `") { state file { url } } }`
		harness.Eventually(t, "the job is done", func() bool {
			return manager.Post(query, nil).At("data", "job", "state") == "DONE"
		})
		url, _ := manager.Post(query, nil).At("data", "job", "file", "url").(string)
		path, _, _ := strings.Cut(url, "?")
		for _, target := range []string{path, url} {
			if got := manager.Do("GET", target, ""); got.Status != 200 || !strings.Contains(got.Body, "13800138000") {
				t.Errorf("who made it: got %d %s, want the file", got.Status, got.Body)
			}
		}
		for _, role := range []model.Role{model.RoleAnalyst, model.RoleIntegration} {
			other := token(role)
			if got := other.Post(query, nil); got.At("data", "job", "file") != nil || got.At("data", "job", "state") != "DONE" {
				t.Errorf("%s: got %v, want the job without its file", role, got)
			}
			if got := other.Do("GET", path, ""); got.Status != 404 {
				t.Errorf("%s: got %d %s, want 404", role, got.Status, got.Body)
			}
		}
	})
}

// TestShareOfFiles announces files until a credential has its share: others have theirs, and an upload that does not
// go on frees its bytes.
func TestShareOfFiles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		start := func(who *harness.Server) any {
			code, _ := who.Post(`mutation { startUpload(name: "x.csv", bytes: 2147483647) { url } }`, nil).FirstError()
			return code
		}
		for n, want := range []any{nil, nil, "LIMIT_EXCEEDED"} {
			if got := start(server); got != want {
				t.Errorf("upload %d: got %v, want %v", n+1, got, want)
			}
		}
		if got := start(server.AsRoles("colleague", model.RoleManager)); got != nil {
			t.Errorf("a colleague: got %v, want an upload", got)
		}
		e.Clock.Set(e.Clock.Now().Add(7 * time.Hour))
		if got := start(server); got != nil {
			t.Errorf("after the time of the others: got %v, want an upload", got)
		}
	})
}

// TestForgedLinks sends forged links from one address: after a hundred they are refused without a look.
func TestForgedLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		for n := range 102 {
			want := http.StatusForbidden
			if n >= 100 {
				want = http.StatusTooManyRequests
			}
			if got := server.Do("GET", "/export/calls.csv?link=forged", ""); got.Status != want {
				t.Fatalf("link %d: got %d %s, want %d", n+1, got.Status, got.Body, want)
			}
		}
	})
}

// TestExportHead asks for an export by HEAD, and for a range of it: there are none.
func TestExportHead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		head := server.Do("HEAD", "/export/calls.csv", "")
		if head.Status != 200 || head.Header.Get("Accept-Ranges") != "none" || head.Header.Get("X-Row-Count") != "" ||
			!strings.Contains(head.Header.Get("Content-Disposition"), "calls.csv") {
			t.Errorf("HEAD: got %d %v, want the file's name and no rows", head.Status, head.Header)
		}
		if part := server.Do("GET", "/export/calls.csv", "", "Range", "bytes=0-1"); part.Status != 200 {
			t.Errorf("a range: got %d, want the whole file", part.Status)
		}
	})
}
