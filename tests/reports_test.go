package tests

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/thedatashed/xlsxreader"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// pathOf returns the names and the places of a path with slashes.
func pathOf(text string) (path []any) {
	for name := range strings.SplitSeq(text, "/") {
		if place, err := strconv.Atoi(name); err == nil {
			path = append(path, place)
		} else {
			path = append(path, name)
		}
	}
	return path
}

// TestReportFormats reads reports on the sample in every format and language.
func TestReportFormats(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, c := range []struct{ kind, locale, count string }{
			{"calls", "zh", "总通话时长"}, {"calls", "en", "Talk time"}, {"call-records", "zh", "意向漏斗"},
			{"call-records", "en", "From call to intent"},
		} {
			address := "/report/" + c.kind + ".%s?locale=" + c.locale
			n := server.Do("GET", fmt.Sprintf(address, "json"), "").JSON().At("headlines", 0, "value")
			if count, isNumber := n.(float64); !isNumber || count < 10 {
				t.Fatalf("%s: got %v rows, want those of the sample", c.kind, n)
			}
			page := server.Do("GET", fmt.Sprintf(address, "html"), "")
			if page.Status != 200 || page.Header.Get("Content-Type") != htmlType || !strings.Contains(page.Body, c.count) ||
				!strings.Contains(page.Body, fmt.Sprint(n)) {
				t.Errorf("%s as HTML: got %d %.300s, want %q and %v", c.kind, page.Status, page.Body, c.count, n)
			}
			text := pdfText(t, server.Do("GET", fmt.Sprintf(address, "pdf"), "").Body, "report-"+c.kind+"-"+c.locale)
			if !strings.Contains(text, c.count) || !strings.Contains(text, fmt.Sprint(n)) {
				t.Errorf("%s as PDF: got %.300q, want %q and %v", c.kind, text, c.count, n)
			}
			checkReportBook(t, server.Do("GET", fmt.Sprintf(address, "xlsx"), "").Body, c.count, fmt.Sprint(n))
		}
	})
}

// checkReportBook reads a workbook with another library than wrote it: a text and a number stand in it, and charts.
func checkReportBook(t *testing.T, file, text, number string) {
	t.Helper()
	book, err := xlsxreader.NewReader([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, sheet := range book.Sheets {
		for row := range book.ReadRows(sheet) {
			for _, cell := range row.Cells {
				fmt.Fprintf(&all, "|%s", cell.Value)
			}
		}
	}
	if !strings.Contains(all.String(), "|"+text) || !strings.Contains(all.String(), "|"+number+"|") {
		t.Errorf("the workbook: got %.600s, want %q and %q", all.String(), text, number)
	}
	if !strings.Contains(file, "xl/charts/chart1.xml") {
		t.Error("the workbook: got no chart, want some")
	}
}

// TestReportRights reads reports as others: own rows, masks, permissions and tenants hold.
func TestReportRights(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCalls(inputs: [{callType: INBOUND, callStartTime: "`+e.Clock.Now().Format("2006-01-02")+
			`T01:00:00Z", callerId: "13812345678"}]) { written } }`, nil)
		const address = "/report/calls.json"
		count := func(server *harness.Server) any {
			return server.Do("GET", address, "").JSON().At("headlines", 0, "value")
		}
		_, stranger := dbtest.NewTenant(context.Background())
		for what, c := range map[string]struct {
			as   *harness.Server
			want float64
		}{
			"an administrator": {server, 1}, "an analyst": {server.AsRoles("analyst", model.RoleAnalyst), 1},
			"an agent": {server.AsRoles("agent", model.RoleAgent), 0}, "another tenant": {server.As(stranger), 0},
		} {
			if got := count(c.as); got != c.want {
				t.Errorf("%s: got %v calls, want %v", what, got, c.want)
			}
		}
		masked := url.QueryEscape(`{"callerId":{"eq":"13812345678"}}`)
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		if got := analyst.Do("GET", address+"?filter="+masked, ""); got.Status == 200 &&
			got.JSON().At("headlines", 0, "value") != 0.0 {
			t.Errorf("a masked filter: got %s, want no match", got.Body)
		}
		reader := server.Actor("reader", model.RoleAdmin)
		reader.Permissions = []model.Permission{model.PermissionCallRead}
		got := server.As(reader).Do("GET", "/report/call-records.json", "")
		if got.Status != 403 || got.Code() != "FORBIDDEN" {
			t.Errorf("without CALL_RECORD_READ: got %d %s, want 403", got.Status, got.Body)
		}
	})
}

// TestReportRequests sends addresses and inputs at fault.
func TestReportRequests(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, c := range []struct {
			address, code, field string
			status               int
		}{
			{"calls.pdf?timeZone=Mars/Base", "BAD_USER_INPUT", "timeZone", 400},
			{"calls.pdf?timeZone=Local", "BAD_USER_INPUT", "timeZone", 400},
			{"calls.pdf?from=2026-11-02&to=2026-11-01", "BAD_USER_INPUT", "from", 400},
			{"calls.pdf?from=yesterday", "BAD_USER_INPUT", "from", 400},
			{"calls.pdf?to=2026-02-30", "BAD_USER_INPUT", "to", 400},
			{"calls.pdf?from=0001-01-01&to=0001-01-02", "BAD_USER_INPUT", "to", 400},
			{"calls.pdf?from=2020-01-01&to=2026-01-01", "LIMIT_EXCEEDED", "groupBy", 413},
			{"calls.pdf?groupBy=YEAR", "BAD_USER_INPUT", "groupBy", 400},
			{"calls.pdf?filter={", "BAD_USER_INPUT", "filter", 400},
			{"calls.pdf?filter=[1]", "BAD_USER_INPUT", "filter", 400},
			{`calls.pdf?filter={"nme":{"eq":"x"}}`, "BAD_USER_INPUT", "filter.nme", 400},
			{"calls.pdf?dataset=OPEN", "BAD_USER_INPUT", "dataset", 400},
			{"calls.pdf?locale=fr", "BAD_USER_INPUT", "locale", 400},
			{"calls.pdf?locale=zh&locale=en", "BAD_USER_INPUT", "locale", 400},
			{"calls.pdf?format=HTML", "BAD_USER_INPUT", "format", 400},
			{"call-records.pdf?dataset=CLOSED", "BAD_USER_INPUT", "dataset", 400},
			{"call-records.pdf?from=2026-11-02&to=2026-11-01", "BAD_USER_INPUT", "from", 400},
			{"calls.pdf?link=x", "FORBIDDEN", "link", 403},
			{"calls.doc", "NOT_FOUND", "", 404}, {"calls.PDF", "NOT_FOUND", "", 404}, {"notes.pdf", "NOT_FOUND", "", 404},
		} {
			path, query, _ := strings.Cut("/report/"+c.address, "?")
			answer := server.Do("GET", path+"?"+strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(query), "")
			code, field := answer.JSON().FirstError()
			if field == nil {
				field = ""
			}
			if answer.Status != c.status || code != c.code || field != c.field {
				t.Errorf("%s: got %d %v on %v, want %d %s on %s: %s", c.address, answer.Status, code, field, c.status, c.code,
					c.field, answer.Body)
			}
		}
		for operation, want := range map[string]string{
			`callReport(input: {from: "2026-11-02", to: "2026-11-01"})`:                        "BAD_USER_INPUT",
			`callReport(input: {timeZone: "Mars/Base"})`:                                       "BAD_USER_INPUT",
			`callReport(input: {}, validFor: 0)`:                                               "BAD_USER_INPUT",
			`callRecordReport(input: {}, validFor: 604801)`:                                    "BAD_USER_INPUT",
			`callRecordReport(input: {from: "1990-01-01"})`:                                    "LIMIT_EXCEEDED",
			`printCalls(input: {})`:                                                            "BAD_USER_INPUT",
			`printCalls(input: {ids: ["a"], dataset: DEFAULT})`:                                "BAD_USER_INPUT",
			`printCalls(input: {ids: ["a"], timeZone: "x"})`:                                   "BAD_USER_INPUT",
			`printCalls(input: {ids: ["` + strings.Repeat(`x", "`, 200) + `x"]})`:              "LIMIT_EXCEEDED",
			`printCalls(input: {filter: {name: {eq: "` + strings.Repeat("x", 20_000) + `"}}})`: "LIMIT_EXCEEDED",
		} {
			response := server.Post("{ "+operation+" { url } }", nil)
			if code, _ := response.FirstError(); code != want {
				t.Errorf("%.80s: got %v, want %s", operation, code, want)
			}
		}
	})
}

// TestDocumentLinks uses signed links of prints and reports where they are good, and where they are not.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		authorization := "Bearer " + server.Key("reader", model.RoleAdmin)
		server.Send(`mutation { createCalls(inputs: [{id: "a", name: "Anna, \"b\""}]) { written } }`,
			"Authorization", authorization)
		response := server.Send(`{ printCalls(input: {ids: ["a"], format: HTML, locale: EN}) { url endsAt }
			chosen: printCalls(input: {filter: {id: {eq: "a"}}, orderBy: [{field: ID}], timeZone: "Europe/Berlin"}) { url }
			callReport(input: {format: JSON, from: "2024-01-01", to: "2024-01-31", filter: {id: {in: ["a", "b"]}},
				dataset: CLOSED, groupBy: WEEK, timeZone: "Europe/Berlin"}, validFor: 60) { url }
			callRecordReport(input: {format: HTML, locale: EN}) { url } }`, "Authorization", authorization).JSON()
		link := func(name string) string {
			address, _ := response.At("data", name, "url").(string)
			return address
		}
		check := func(target string, status int, says string) {
			t.Helper()
			if got := server.Do("GET", target, ""); got.Status != status || !strings.Contains(got.Body, says) {
				t.Errorf("%.120s: got %d %.300s, want %d with %q: %s", target, got.Status, got.Body, status, says,
					harness.JSON(response))
			}
		}
		check(link("printCalls"), 200, "Anna, &#34;b&#34;")
		check(link("chosen"), 200, "%PDF-")
		check(link("callReport"), 200, `"groupBy":"WEEK"`)
		check(link("callRecordReport"), 200, "Robot call report")
		check(strings.Replace(link("printCalls"), "id=a", "id=b", 1), 403, "not signed")
		check(strings.Replace(link("callReport"), "calls.json", "calls.html", 1), 403, "not signed")
		check(strings.Replace(link("callReport"), "calls.json", "call-records.json", 1), 403, "not signed")
		check(link("callReport")+"&locale=EN", 403, "not signed")
		check("/report/calls.json", 401, "")

		_, other := dbtest.NewTenant(e.Ctx)
		parsed, err := url.Parse(link("callReport"))
		if err != nil {
			t.Fatal(err)
		}
		parameters := parsed.Query()
		claims, sum, _ := strings.Cut(parameters.Get("link"), ".")
		parameters.Set("link", forTenant(t, claims, other.TenantID)+"."+sum)
		check(parsed.Path+"?"+parameters.Encode(), 403, "not signed")
		e.Clock.Set(e.Clock.Now().Add(61e9))
		check(link("callReport"), 403, "has ended")
		check(link("printCalls"), 200, "Anna")
		keys, err := e.DB.APIKeys(e.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.RevokeAPIKey(e.Ctx, keys[0].ID); err != nil {
			t.Fatal(err)
		}
		check(link("printCalls"), 403, "credential")
	})
}
