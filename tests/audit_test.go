package tests

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// auditLines returns the audit lines that a log has of an actor with a name.
func auditLines(log *harness.Log, name string) (lines []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=audit") && strings.Contains(line, "actor="+name+" ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestAuditedOperations sends operations, each as an actor of its own, and compares what the audit log tells of each:
// one line, without values.
func TestAuditedOperations(t *testing.T) {
	log := harness.CaptureLog(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation {
			createCalls(inputs: [{id: "a", name: "Wang (138)"}, {id: "b"}, {id: "c"}, {id: "d"}]) { written }
			addNote(callId: "a", text: "x") { note { id } }
			createCallTasks(select: {ids: ["a"]}, tasks: [{subject: "x"}]) { tasks { id } }
			deleteCalls(select: {ids: ["c", "d"]}) { written }
			saveCallRecords(inputs: [{id: "77", customerPersonId: "78"}]) { results { outcome } } }`, nil)
		note := made.At("data", "addNote", "note", "id").(string)
		task := made.At("data", "createCallTasks", "tasks", 0, "id").(string)
		for i, c := range []struct{ operation, event, acts string }{
			{`{ viewer { name } }`, "", ""},
			{`{ call(id: "a") { name } }`, "", ""},
			{`{ calls(filter: {or: [{name: {contains: "Wang (138)"}}, {not: {callerId: {startsWith: "(138)"}}}]}) {
				nodes { id } } }`, "listed", "listed calls rows=2 filter=callerId.startsWith,name.contains"},
			{`{ a: calls(first: 1) { nodes { id } } b: calls(first: 1) { nodes { id } } customerPersons { totalCount }
				tasks { totalCount } callRecords(filter: {customerPerson: {name: {eq: "Wang (138)"}}}) { totalCount } }`, "listed",
				"listed callRecords rows=0 filter=customerPerson.name.eq; listed calls rows=2; " +
					"listed customerPersons rows=1; listed tasks rows=1"},
			{`{ callStats(groupBy: [CALL_TYPE, CALLER_ID], filter: {callerId: {ne: "(138)"}}) { hasMore groups { count } } }`,
				"listed", "listed callStats by callerId rows=1 filter=callerId.ne"},
			{`{ callRecordStats(groupBy: [CALLED_PHONE_NUMBER]) { groups { count } } }`, "listed",
				"listed callRecordStats by calledPhoneNumber rows=1"},
			{`{ callStats(groupBy: [CALL_TYPE]) { groups { count } } }`, "", ""},
			{`{ searchTranscripts(query: "Wang (138)", filter: {phone: {eq: "(138)"}}) { totalCount } }`, "searched",
				"searched transcripts rows=0 filter=phone.eq"},
			{`mutation { updateCalls(select: {where: {filter: {name: {startsWith: "Wang (138)"}}, limit: 9}},
				input: {subject: "Wang (138)"}) { written } }`, "changed", "changed updateCalls rows=1 filter=name.startsWith"},
			{`mutation { updateCalls(select: {ids: ["a"]}, input: {subject: "z"}, dryRun: true) { written } }`, "tried",
				"tried updateCalls rows=1"},
			{`mutation { markCallRecords(select: {ids: ["77"]}, readStatus: HAS_READ) { written } }`, "changed",
				"changed markCallRecords rows=1"},
			{`mutation { purgeCalls(select: {ids: ["c", "d"]}) { written } deleteNote(id: "` + note + `") { noteId }
				deleteTasks(select: {ids: ["` + task + `"]}) { written } deleteCallRecords(select: {ids: ["77"]}) { written } }`,
				"erased", "erased callRecords rows=1 ids=77; erased calls rows=2 ids=c,d; erased notes rows=1 ids=" + note +
					"; erased tasks rows=1 ids=" + task},
			{`mutation { purgeCalls(select: {ids: ["nowhere"]}) { written } }`, "", ""},
		} {
			name := fmt.Sprintf("auditor-%s-%d", e.Engine, i)
			if got := server.AsRoles(name, model.RoleAdmin).Post(c.operation, nil); got["errors"] != nil {
				t.Fatalf("%s: got %v, want no errors", c.operation, got)
			}
			lines := auditLines(log, name)
			if c.event == "" && len(lines) == 0 {
				continue
			}
			if len(lines) != 1 || !strings.Contains(lines[0], " event="+c.event+" ") ||
				!strings.Contains(lines[0], ` acts="`+c.acts+`" requestId=`) || strings.Contains(lines[0], "(138)") {
				t.Errorf("%s: got the lines %q, want one with the event %q and %q", c.operation, lines, c.event, c.acts)
			}
		}
	})
}

// TestAuditLineIsBounded erases thousands of rows, and is refused dozens of fields, each in one operation.
func TestAuditLineIsBounded(t *testing.T) {
	log := harness.CaptureLog(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		ids := harness.CreateCalls(t, e, 2000, strings.Repeat("x", 80), "x")
		eraser := server.AsRoles("eraser-"+e.Engine, model.RoleAdmin)
		for _, operation := range []string{
			`mutation($ids: [ID!]!) { deleteCalls(select: {ids: $ids}) { written } }`,
			`mutation($ids: [ID!]!) { purgeCalls(select: {ids: $ids}) { written } }`,
		} {
			if got := eraser.Post(operation, vars{"ids": ids}); got["errors"] != nil {
				t.Fatalf("%s: got %v, want no errors", operation, got["errors"])
			}
		}
		lines := auditLines(log, "eraser-"+e.Engine)
		if len(lines) != 2 || !strings.Contains(lines[1], "rows=2000") || !strings.Contains(lines[1], " and 1950 more") ||
			len(lines[1]) > 10_000 {
			t.Errorf("erasing 2,000 calls: got %d lines, the last %.20000q, want two, the last with 50 keys", len(lines), lines)
		}
		var fields strings.Builder
		for i := range 50 {
			fmt.Fprintf(&fields, "f%d: apiKeys { name }\n", i)
		}
		server.AsRoles("refused-"+e.Engine, model.RoleAgent).Post("{"+fields.String()+"}", nil)
		refused := auditLines(log, "refused-"+e.Engine)
		if len(refused) != 1 || !strings.Contains(refused[0], "event=refused") ||
			!strings.Contains(refused[0], "omitted=20") || len(refused[0]) > 10_000 {
			t.Errorf("50 refused fields: got %.20000q, want one line of 30 and the number of others", refused)
		}
	})
}

// TestAuditOfCommands makes and revokes a key and loads files on the command line, and reads the file of --audit-log.
func TestAuditOfCommands(t *testing.T) {
	folder := t.TempDir()
	dsn, path := "sqlite:"+folder+"/a.db", filepath.Join(folder, "audit.jsonl")
	run := func(args ...string) string {
		t.Helper()
		code, out, messages := harness.Run(strings.NewReader(`{"id": "x", "name": "secret"}`), args...)
		if code != 0 {
			t.Fatalf("%v: got %d %s, want 0", args, code, messages)
		}
		return out
	}
	key := run("key", "create", "--db", dsn, "--name", "ops", "--role", "admin", "--audit-log", path)
	id := strings.Split(key, "_")[2]
	run("load", "--db", dsn, "--audit-log", path)
	run("load", "--db", dsn, "--audit-log", path, "--dry-run")
	run("key", "revoke", "--db", dsn, id, "--audit-log", path)
	lines := strings.Split(strings.TrimSpace(harness.ReadFile(t, path)), "\n")
	want := []string{
		`"event":"key created".*"tenant":1,"actor":"local".*"key":"` + id + `","name":"ops","roles":\["ADMIN"\],"by":"the c`,
		`"event":"loaded".*"acts":\[{"event":"loaded","what":"files","times":1,"rows":1}\],"by":"the command line"`,
		`"event":"key revoked".*"key":"` + id + `"`,
	}
	if len(lines) != len(want) {
		t.Fatalf("got the lines %q, want %d", lines, len(want))
	}
	for i, line := range lines {
		if !regexp.MustCompile(want[i]).MatchString(line) || strings.Contains(line, strings.TrimSpace(key)) {
			t.Errorf("line %d: got %s, want %s", i, line, want[i])
		}
	}
}
