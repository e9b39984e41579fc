package tests

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// exportRows are rows with texts that are hard to write.
const exportRows = `mutation {
	a: createCalls(inputs: [
		{id: "a", name: "=1+1", subject: "line\nbreak, \"quotes\"", callType: OUTBOUND, callDurationInSeconds: 61,
			callStartTime: "2024-05-17T08:00:00.5Z", tags: ["x", "y"], dialledNumber: "13987651234", description: "",
			voiceRecording: "https://example.com/tape.wav", scheduledInCrm: true,
			attachments: [{id: "f", name: "发票.pdf"}]},
		{id: "b", name: "张三", callStartTime: "2024-05-16T08:00:00Z"},
		{id: "c", name: " spaced "}, {id: "gone", name: "deleted"}]) { written }
	b: deleteCalls(select: {ids: ["gone"]}) { written }
	c: saveCallRecords(inputs: [{id: "9007199254740993", calledPhoneNumber: "13987651234", resultStatus: ANSWERED,
		customerConcern: ["price"], startTime: "2024-05-17T08:00:00Z", chatDuration: 7}]) { results { outcome } } }`

func exportAddress(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + values.Encode()
}

// TestExportOfCalls exports calls as CSV and as NDJSON, as different callers.
func TestExportOfCalls(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		if got := server.Post(exportRows, nil); got["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", got)
		}
		const columns = "id,name,subject,callType,callStatus,callStartTime,callDuration,scheduledInCrm,dialledNumber," +
			"voiceRecording,tags,description"
		got := server.Do("GET", exportAddress("/export/calls.csv", "columns", columns, "timeZone", "Asia/Shanghai"), "")
		want := strings.ReplaceAll(columns+"\n"+
			"a,\"'=1+1\",\"line\nbreak, \"\"quotes\"\"\",OUTBOUND,ATTENDED_DIALLED,2024-05-17T16:00:00.5+08:00,01:01,true,"+
			"13987651234,https://example.com/tape.wav,\"x,y\",\"\"\n"+
			"b,张三,,,,2024-05-16T16:00:00+08:00,,,,,,\n"+
			"c,\" spaced \",,,,,,,,,,\n", "\r", "")
		sum := sha256.Sum256([]byte(want))
		digest := hex.EncodeToString(sum[:])
		if got.Status != 200 || got.Body != want || got.Header.Get("X-Row-Count") != "3" ||
			got.Header.Get("X-Content-Sha256") != digest || got.Header.Get("ETag") != `"`+digest+`"` ||
			!strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("CSV: got %d %v\n%s\nwant\n%s", got.Status, got.Header, got.Body, want)
		}
		byDefault := server.Do("GET", exportAddress("/export/calls.csv", "columns", columns, "dataset", "default"), "")
		if byDefault.Body != want {
			t.Errorf("in no zone: got\n%s\nwant that of Shanghai\n%s", byDefault.Body, want)
		}
		asAnalyst := server.AsRoles("analyst", model.RoleAnalyst)
		got = asAnalyst.Do("GET", exportAddress("/export/calls.csv", "columns", "dialledNumber,voiceRecording", "first", "1",
			"locale", "zh", "spreadsheetSafe", "false"), "")
		if want := "\ufeff拨打的号码,语音录音\n139******34,\n"; got.Body != want {
			t.Errorf("as an analyst, in Chinese: got %q, want %q", got.Body, want)
		}
		got = server.Do("GET", exportAddress("/export/calls.ndjson", "columns", "id,tags,callStartTime,version,attachments",
			"filter", `{"id":{"in":["a","b"]}}`, "orderBy", `[{"field":"ID","direction":"DESC"}]`, "offset", "1"), "")
		var line map[string]any
		if err := json.Unmarshal([]byte(got.Body), &line); err != nil || line["id"] != "a" ||
			fmt.Sprint(line["tags"]) != "[x y]" || line["version"] != 1.0 ||
			harness.At(line["attachments"], 0) != nil && fmt.Sprint(line["attachments"]) == "" {
			t.Errorf("NDJSON: got %q, %v, want a line about a", got.Body, err)
		}
		whole := server.Do("GET", "/export/calls.csv", "")
		rows, err := csv.NewReader(strings.NewReader(whole.Body)).ReadAll()
		if err != nil || len(rows) != 4 || len(rows[0]) < 28 {
			t.Errorf("all columns: got %d rows, %v, want 4 of all columns", len(rows), err)
		}
		records := server.Do("GET", "/export/call-records.ndjson", "")
		line = nil
		if err := json.Unmarshal([]byte(records.Body), &line); err != nil || line["id"] != "9007199254740993" ||
			line["chatDuration"] != 7.0 || fmt.Sprint(line["customerConcern"]) != "[price]" {
			t.Errorf("records: got %q, %v, want the one record", records.Body, err)
		}
		none := server.Do("GET", exportAddress("/export/calls.ndjson", "filter", `{"id":{"in":[]}}`), "")
		if none.Body != "" || none.Header.Get("X-Row-Count") != "0" {
			t.Errorf("in: []: got %q, want no rows", none.Body)
		}
		if own := server.AsRoles("new agent", model.RoleAgent).Do("GET", "/export/calls.csv", ""); own.Status != 403 ||
			own.Code() != "FORBIDDEN" {
			t.Errorf("as an agent: got %d %v, want 403 FORBIDDEN", own.Status, own.Body)
		}
	})
}

// TestExportOfOddValues exports one column whose cells are null, times of zones whose offsets had seconds, and texts
// that are telephone numbers, formulas, or such after a semicolon.
func TestExportOfOddValues(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		if got := server.Post(`mutation { createCalls(inputs: [{id: "a"}, {id: "b", callStartTime: "1890-01-01T00:00:00Z",
			callerId: "+86 138-00", name: "x;=cmd", subject: "＝1"}]) { written } }`, nil); got["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", got)
		}
		const order = `[{"field":"ID","direction":"ASC"}]`
		for _, c := range []struct{ columns, want string }{
			{"callResult", "callResult\n\"\"\n\"\"\n"},
			{"callResult,id", "callResult,id\n,a\n,b\n"},
			{"id,callStartTime", "id,callStartTime\na,\nb,1890-01-01T00:00:00Z\n"},
			{"callerId,name,subject", "callerId,name,subject\n,,\n+86 138-00,\"x;=cmd\",\"'＝1\"\n"},
		} {
			got := server.Do("GET", exportAddress("/export/calls.csv", "columns", c.columns, "orderBy", order,
				"timeZone", "Asia/Shanghai"), "")
			if got.Body != c.want {
				t.Errorf("%s: got %q, want %q", c.columns, got.Body, c.want)
			}
		}
	})
}

// TestExportsBadInput asks for exports that are none.
func TestExportsBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		narrowed := server.As(model.NewActor(e.Actor.TenantID, "narrow", []model.Role{model.RoleAdmin},
			[]model.Permission{model.PermissionExport}))
		for _, c := range []struct {
			as     *harness.Server
			target string
			status int
			code   string
			says   string
		}{
			{server, exportAddress("/export/calls.csv", "filter", `{"id":`), 400, "BAD_USER_INPUT", "at character 7"},
			{server, exportAddress("/export/calls.csv", "filter", `{"id" 7}`), 400, "BAD_USER_INPUT", "at character 7"},
			{server, exportAddress("/export/calls.csv", "filter", `{} {}`), 400, "BAD_USER_INPUT", "behind its end"},
			{server, exportAddress("/export/calls.csv", "filter", `{"nonsense":{}}`), 400, "BAD_USER_INPUT",
				`"field":"filter.nonsense"`},
			{server, exportAddress("/export/call-records.csv", "orderBy", `[7]`), 400, "BAD_USER_INPUT", `"field":"orderBy.0"`},
			{server, exportAddress("/export/calls.csv", "locale", "fr"), 400, "BAD_USER_INPUT", "locale: must be one of EN, ZH"},
			{server, exportAddress("/export/calls.csv", "dataset", "OPEN"), 400, "BAD_USER_INPUT", "dataset: must be one of"},
			{server, exportAddress("/export/calls.csv", "filter", `{"callDuration":{"gt":"x"}}`), 400, "BAD_USER_INPUT",
				"callDuration"},
			{server, exportAddress("/export/calls.csv", "columns", "id,nonsense"), 400, "BAD_USER_INPUT", "column 2"},
			{server, exportAddress("/export/calls.csv", "columns", "id,id"), 400, "BAD_USER_INPUT", "twice"},
			{server, exportAddress("/export/calls.csv", "first", "many"), 400, "BAD_USER_INPUT", "whole number"},
			{server, exportAddress("/export/calls.csv", "timeZone", "Mars/Base"), 400, "BAD_USER_INPUT", "zone"},
			{server, exportAddress("/export/calls.csv", "sheets", "TASKS"), 400, "BAD_USER_INPUT", "sheets: is for XLSX"},
			{server, exportAddress("/export/calls.xlsx", "sheets", "TASKS,notes,TASKS"), 400, "BAD_USER_INPUT", "named twice"},
			{server, exportAddress("/export/calls.xlsx", "sheets", "TASKS,"), 400, "BAD_USER_INPUT", "TAGS, TASKS, NOTES"},
			{server, exportAddress("/export/call-records.xlsx", "sheets", "TAGS"), 400, "BAD_USER_INPUT", "is for calls"},
			{server, exportAddress("/export/calls.csv", "transcript", "ROWS"), 400, "BAD_USER_INPUT", "is for call records"},
			{server, exportAddress("/export/call-records.csv", "transcript", "no"), 400, "BAD_USER_INPUT", "ROWS, CELL"},
			{server, exportAddress("/export/calls.csv", "nonsense", "1"), 400, "BAD_USER_INPUT", "nonsense"},
			{server, exportAddress("/export/call-records.csv", "dataset", "CLOSED"), 400, "BAD_USER_INPUT", "dataset"},
			{server, "/export/calls.csv?first=1&first=2", 400, "BAD_USER_INPUT", "twice"},
			{server, "/export/calls.pdf", 404, "NOT_FOUND", "no such export"},
			{analyst, exportAddress("/export/calls.csv", "filter", `{"callerId":{"eq":"1"}}`), 403, "FORBIDDEN", "masked"},
			{analyst, exportAddress("/export/calls.csv", "orderBy", `[{"field":"CALLER_ID"}]`), 403, "FORBIDDEN", "masked"},
			{narrowed, "/export/calls.csv", 403, "FORBIDDEN", "CALL_READ"},
		} {
			got := c.as.Do("GET", c.target, "")
			if got.Status != c.status || got.Code() != c.code || !strings.Contains(got.Body, c.says) {
				t.Errorf("%s: got %d %s, want %d %s with %q", c.target, got.Status, got.Body, c.status, c.code, c.says)
			}
		}
	})
}

// TestExportLinks uses signed links where they are good, and where they are not.
func TestExportLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		key := server.Key("exporter", model.RoleAdmin)
		authorization := "Bearer " + key
		server.Send(exportRows, "Authorization", authorization)
		const ask = `{ exportLink(input: {entity: CALLS, callFilter: {id: {in: ["a", "b"]}}, columns: ["id"]},
			validFor: 60) { url endsAt } }`
		link, _ := server.Send(ask, "Authorization", authorization).JSON().At("data", "exportLink", "url").(string)
		check := func(what, target string, status int, says string) {
			t.Helper()
			got := server.Do("GET", target, "")
			if got.Status != status || !strings.Contains(got.Body, says) {
				t.Errorf("%s: got %d %.300s, want %d with %q", what, got.Status, got.Body, status, says)
			}
			if status != 200 && got.Code() != "FORBIDDEN" {
				t.Errorf("%s: got %v, want FORBIDDEN", what, got.Code())
			}
		}
		check("a link", link, 200, "id\na\nb\n")
		check("another path", strings.Replace(link, "calls.csv", "calls.ndjson", 1), 403, "not signed")
		check("another parameter", link+"&first=1", 403, "not signed")
		check("a changed filter", strings.Replace(link, "%22b%22", "%22c%22", 1), 403, "not signed")
		check("a broken signature", link+"x", 403, "not signed")

		// The claims of this tenant's link with another tenant in them, and another tenant's link.
		_, otherActor := dbtest.NewTenant(e.Ctx)
		parsed, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		parameters := parsed.Query()
		claims, sum, _ := strings.Cut(parameters.Get("link"), ".")
		parameters.Set("link", forTenant(t, claims, otherActor.TenantID)+"."+sum)
		check("another tenant's claims", parsed.Path+"?"+parameters.Encode(), 403, "not signed")

		file := server.Send(`mutation { startUpload(name: "x.csv", bytes: 3) { url } }`, "Authorization", authorization)
		path, _ := file.JSON().At("data", "startUpload", "url").(string)
		if got := server.Do("PUT", path, "abc", "Authorization", authorization); got.Status != 200 {
			t.Fatalf("PUT: got %d %s, want 200", got.Status, got.Body)
		}
		if got := server.Do("GET", path+"?"+parsed.RawQuery, ""); got.Status != 403 {
			t.Errorf("a link of another path: got %d %s, want 403", got.Status, got.Body)
		}
		e.Clock.Set(e.Clock.Now().Add(61 * time.Second))
		check("after its end", link, 403, "has ended")
		e.Clock.Set(dbtest.Start)
		check("before its end again", link, 200, "id\n")
		keys, err := e.DB.APIKeys(e.Ctx)
		if err != nil || len(keys) != 1 {
			t.Fatalf("keys: got %d, %v, want one", len(keys), err)
		}
		if _, err := e.DB.RevokeAPIKey(e.Ctx, keys[0].ID); err != nil {
			t.Fatal(err)
		}
		check("after the key was revoked", link, 403, "revoked")
	})
}

// TestExportToSlowReader reads an export slowly: no connection of the database is held meanwhile.
func TestExportToSlowReader(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		inputs := make([]*model.CreateCallInput, 1000)
		for i := range inputs {
			inputs[i] = &model.CreateCallInput{}
			inputs[i].Description = graphql.OmittableOf(new(strings.Repeat("long ", 2000)))
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		server := harness.ListenAnonymous(t, e, nil)
		for range db.DefaultReadConnections + 1 {
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = fmt.Fprintf(conn, "GET /export/calls.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
			line, err := bufio.NewReaderSize(conn, 16).ReadString('\n') // the answer has begun, and nobody reads on
			if err != nil || !strings.Contains(line, "200") {
				t.Fatalf("got %q, %v, want 200", line, err)
			}
		}
		if got := server.Send(`{ calls(first: 1) { nodes { id } } }`); got.Status != 200 || got.Code() != nil {
			t.Errorf("a query while nobody reads the exports: got %d %.300s, want an answer", got.Status, got.Body)
		}
	})
}

// TestExportToFullDisk exports to a disk that is full. It needs a disk of its own, which only root can mount.
func TestExportToFullDisk(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		folder := t.TempDir()
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"); err != nil {
			t.Skip("no disk of its own: ", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
		server := harness.NewServerOf(t, e, "", func(o *web.Options) { o.SpoolFolder = folder })
		server.Post(exportRows, nil)
		if err := os.WriteFile(filepath.Join(folder, "filler"), make([]byte, 64<<10), 0o600); err != nil {
			t.Fatal(err)
		}
		got := server.Do("GET", "/export/calls.csv", "")
		if got.Status != 503 || got.Code() != "UNAVAILABLE" || !strings.Contains(got.Body, "disk") {
			t.Errorf("a full disk: got %d %s, want 503 UNAVAILABLE about the disk", got.Status, got.Body)
		}
		if err := os.Remove(filepath.Join(folder, "filler")); err != nil {
			t.Fatal(err)
		}
		if got := server.Do("GET", "/export/calls.csv", ""); got.Status != 200 {
			t.Errorf("with space again: got %d %s, want 200", got.Status, got.Body)
		}
	})
}

// forTenant returns the claims of a link with another tenant in them.
func forTenant(t *testing.T, claims string, tenantID int64) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(claims)
	var all map[string]any
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	all["t"] = tenantID
	return base64.RawURLEncoding.EncodeToString([]byte(harness.JSON(all)))
}
