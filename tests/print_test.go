package tests

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

const htmlType = "text/html; charset=utf-8"

// printedCall creates a call with a transcript, a note and tasks, and returns its id.
func printedCall(server *harness.Server) string {
	answer := server.Post(`mutation {
		saveCallRecords(inputs: [{id: "7", calledPhoneNumber: "13812345678", resultStatus: ANSWERED, chatDuration: 75,
			details: [{callDetailId: "1", type: ROBOT, text: "您好，请问现在方便吗？"},
				{callDetailId: "2", type: PERSON, text: "不方便 <b>& 再说</b>吧。"}]}]) { results { errors { message } } }
		createCallFromRecord(callRecordId: "7") { call { id } } }`, nil)
	id, _ := answer.At("data", "createCallFromRecord", "call", "id").(string)
	server.Post(`mutation ($id: ID!, $description: String!) {
		updateCall(id: $id, input: {name: "续签合同回访", description: $description, callPurpose: "Negotiation"}) {
			call { id } }
		addNote(callId: $id, text: "下周二之前发报价单") { note { id } }
		createCallTasks(select: {ids: [$id]}, tasks: [{subject: "发送报价单", assignee: "li.wei"}]) { tasks { id } }
	}`, map[string]any{"id": id, "description": "合同 😀 𠀀 " + strings.Repeat("很长的描述。", 400)})
	return id
}

// TestPrint prints a call in both formats and both languages: all that hangs on it is there.
func TestPrint(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		id := printedCall(server)
		for locale, captions := range map[string][]string{
			"zh": {"通话目的", "协商", "任务", "未启动", "备注", "对话内容", "机器人", "已接听"},
			"en": {"Call purpose", "Negotiation", "Tasks", "Not started", "Notes", "Transcript", "Robot", "Answered"},
		} {
			address := "/print/calls?locale=" + locale + "&ids=" + url.QueryEscape(id)
			page := server.Do("GET", address+"&format=html", "")
			text := pdfText(t, server.Do("GET", address, "").Body, "call-"+locale)
			if page.Status != 200 || page.Header.Get("Content-Type") != htmlType {
				t.Fatalf("%s: got %d %s, want 200 and HTML", address, page.Status, page.Header.Get("Content-Type"))
			}
			for _, want := range append(captions, "续签合同回访", "下周二之前发报价单", "发送报价单", "01:15", "13812345678") {
				if !strings.Contains(page.Body, want) {
					t.Errorf("%s: got no %q in the HTML", locale, want)
				}
				if text != "" && !strings.Contains(text, want) {
					t.Errorf("%s: got no %q in the PDF's text %.400q", locale, want, text)
				}
			}
			if !strings.Contains(page.Body, "不方便 &lt;b&gt;&amp; 再说&lt;/b&gt;吧。") {
				t.Errorf("%s: got no escaped text in %.300q", locale, page.Body)
			}
		}
	})
}

// pdfText checks a PDF and returns its text, without the breaks of lines; empty where the tools are not installed. It
// writes pictures of the pages into the folder CALLBOOK_SCREENSHOTS.
func pdfText(t *testing.T, file, name string) string {
	t.Helper()
	if !strings.HasPrefix(file, "%PDF-") {
		t.Fatalf("got %.200q, want a PDF", file)
	}
	harness.FindTool(t, "qpdf", "pdftotext", "pdftoppm")
	path := harness.WriteFile(t, t.TempDir(), name+".pdf", file)
	if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil {
		t.Errorf("qpdf --check: got %v: %s", err, out)
	}
	out, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("CALLBOOK_SCREENSHOTS"); folder != "" {
		picture := filepath.Join(folder, name)
		if err := exec.Command("pdftoppm", "-r", "80", "-png", path, picture).Run(); err != nil {
			t.Error(err)
		}
	}
	return strings.NewReplacer("\n", "", "\f", "").Replace(string(out))
}

// TestPrintRights prints as others: masks, own rows and tenants hold, and transcripts need their permission.
func TestPrintRights(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		id := printedCall(server)
		address := "/print/calls?format=html&ids=" + url.QueryEscape(id)
		analyst := server.AsRoles("analyst", model.RoleAnalyst).Do("GET", address, "")
		if strings.Contains(analyst.Body, "13812345678") || !strings.Contains(analyst.Body, "138") {
			t.Errorf("an analyst's print: got the number, want it masked")
		}
		if agent := server.AsRoles("agent", model.RoleAgent).Do("GET", address, ""); agent.Status != 404 {
			t.Errorf("another's call as an agent: got %d, want 404", agent.Status)
		}
		_, stranger := dbtest.NewTenant(context.Background())
		if other := server.As(stranger).Do("GET", address, ""); other.Status != 404 || other.Code() != "NOT_FOUND" {
			t.Errorf("another tenant's call: got %d %s, want 404", other.Status, other.Body)
		}
		owner := server.Actor("reader", model.RoleAdmin)
		owner.Permissions = []model.Permission{model.PermissionCallRead}
		reader := server.As(owner).Do("GET", address, "")
		if reader.Status != 200 || strings.Contains(reader.Body, "不方便") || !strings.Contains(reader.Body, "发送报价单") {
			t.Errorf("without CALL_RECORD_READ: got %d, want the call without its transcript", reader.Status)
		}
		owner.Permissions = []model.Permission{model.PermissionCallRecordRead}
		if none := server.As(owner).Do("GET", address, ""); none.Status != 403 || none.Code() != "FORBIDDEN" {
			t.Errorf("without CALL_READ: got %d %s, want 403", none.Status, none.Body)
		}
	})
}

// TestPrintRequests sends addresses at fault.
func TestPrintRequests(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		harness.CreateCalls(t, e, 205, "p", "a description")
		for _, c := range []struct {
			address, code, field string
			status               int
		}{
			{"", "BAD_USER_INPUT", "ids", 400},
			{"?ids=", "BAD_USER_INPUT", "ids", 400},
			{"?ids=p0&filter={}", "BAD_USER_INPUT", "ids", 400},
			{"?ids=none", "NOT_FOUND", "ids[0]", 404},
			{"?id=a,b", "NOT_FOUND", "ids[0]", 404},
			{"?ids=" + strings.Repeat("x,", 201), "LIMIT_EXCEEDED", "ids", 413},
			{"?dataset=DEFAULT", "LIMIT_EXCEEDED", "", 413},
			{"?filter={", "BAD_USER_INPUT", "filter", 400},
			{"?filter={}x", "BAD_USER_INPUT", "filter", 400},
			{"?filter=[1]", "BAD_USER_INPUT", "filter", 400},
			{`?filter={"nme":{"eq":"x"}}`, "BAD_USER_INPUT", "filter.nme", 400},
			{"?dataset=OPEN", "BAD_USER_INPUT", "dataset", 400},
			{"?ids=a&format=doc", "BAD_USER_INPUT", "format", 400},
			{"?ids=a&locale=fr", "BAD_USER_INPUT", "locale", 400},
			{"?ids=a&timeZone=Mars/Base", "BAD_USER_INPUT", "timeZone", 400},
			{"?ids=a&timeZone=Local", "BAD_USER_INPUT", "timeZone", 400},
			{"?ids=a&locale=zh&locale=en", "BAD_USER_INPUT", "locale", 400},
			{"?dataset=OPEN&dataset=CLOSED", "BAD_USER_INPUT", "dataset", 400},
			{"?id=none&id=p0", "NOT_FOUND", "ids[0]", 404},
			{"?ids=a&lang=zh", "BAD_USER_INPUT", "lang", 400},
		} {
			path, query, _ := strings.Cut("/print/calls"+c.address, "?")
			answer := server.Do("GET", path+"?"+strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(query), "")
			code, field := answer.JSON().FirstError()
			if field == nil {
				field = ""
			}
			if answer.Status != c.status || code != c.code || field != c.field {
				t.Errorf("%.60s: got %d %v on %v, want %d %s on %s: %s", c.address, answer.Status, code, field, c.status, c.code,
					c.field, answer.Body)
			}
		}
		filter := url.QueryEscape(`{"name":{"eq":"nobody"}}`)
		order := url.QueryEscape(`[{"field":"ID","direction":"ASC"}]`)
		if answer := server.Do("GET", "/print/calls?format=html&filter="+filter+"&orderBy="+order, ""); answer.Status != 200 {
			t.Errorf("a filter without calls: got %d %s, want an empty document", answer.Status, answer.Body)
		}
	})
}
