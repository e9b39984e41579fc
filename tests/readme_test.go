package tests

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// readmeBlocks returns the blocks of README.md in a language.
func readmeBlocks(t *testing.T, language string) (blocks []string) {
	t.Helper()
	fence := regexp.MustCompile("(?s)```" + language + "\n(.*?)```")
	for _, block := range fence.FindAllStringSubmatch(harness.ReadFile(t, "../README.md"), -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// TestReadme runs the operations of README.md on the sample.
func TestReadme(t *testing.T) {
	operations := readmeBlocks(t, "graphql")
	if len(operations) < 4 {
		t.Fatalf("operations in README.md: got %d, want 4 or more", len(operations))
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for _, operation := range operations {
			if strings.HasPrefix(operation, "subscription") {
				continue // it answers when something happens: see TestSubscription
			}
			checkAnswersSomething(t, server, operation, nil)
		}
	})
}

// checkAnswersSomething runs an operation with its variables and checks that all its root fields return something.
func checkAnswersSomething(t *testing.T, server *harness.Server, operation string, variables any) {
	t.Helper()
	response := server.Post(operation, variables)
	if response["errors"] != nil {
		t.Errorf("%s\ngot %v, want no errors", operation, response)
	}
	for name, field := range response["data"].(map[string]any) {
		if field == nil || harness.At(field, "totalCount") == 0.0 {
			t.Errorf("%s\n%s: got %v, want something", operation, name, field)
		}
		if nodes, ok := harness.At(field, "nodes").([]any); ok && len(nodes) == 0 {
			t.Errorf("%s\n%s: got no nodes, want some", operation, name)
		}
	}
}

// readmeShell runs the commands of README.md in this process, one after the other, on a database of its own.
type readmeShell struct {
	*testing.T
	server *harness.Server // the last that was started
	key    string          // the last that was created
}

// readmeCommands are the commands of README.md by how they begin, the longest first, and how they are run.
var readmeCommands = []struct {
	begins string
	run    func(sh *readmeShell, rest string)
}{
	{"go run . load --preview ", (*readmeShell).preview},
	{"go run . load ", (*readmeShell).load},
	{"go run .", (*readmeShell).serve},
	{"./callbook serve", (*readmeShell).serve},
	{"KEY=$(./callbook key create ", (*readmeShell).createKey},
	{"curl -s http://127.0.0.1:8080/graphql ", (*readmeShell).curl},
	{"go build -o callbook .", func(*readmeShell, string) {}}, // whoever runs this test has built all but main
	{"go test ./...", func(*readmeShell, string) {}},          // this is one of them
}

// TestReadmeCommands runs every command of README.md, in its order.
func TestReadmeCommands(t *testing.T) {
	t.Setenv("DATABASE_URL", "sqlite:"+t.TempDir()+"/callbook.db")
	sh := &readmeShell{T: t}
	commands := 0
	for _, block := range readmeBlocks(t, "sh") {
		for command := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
			commands++
			sh.run(strings.TrimSpace(command))
		}
	}
	if commands < 9 {
		t.Errorf("commands in README.md: got %d, want 9 or more", commands)
	}
}

// run runs a command.
func (sh *readmeShell) run(command string) {
	for _, known := range readmeCommands {
		if rest, isIt := strings.CutPrefix(command, known.begins); isIt {
			known.run(sh, strings.TrimSpace(rest))
			return
		}
	}
	sh.Errorf("the command %q: got no test that runs it, want one", command)
}

// preview looks at a table, and prints its mapping. Rows may be bad under the columns that it guesses.
func (sh *readmeShell) preview(rest string) {
	file, _, _ := strings.Cut(rest, " ")
	code, out, messages := harness.Run(nil, "load", "--preview", "../"+file)
	if code > 1 || !json.Valid([]byte(out)) || !strings.Contains(messages, "checked, nothing written") {
		sh.Errorf("load --preview %s: got %d %q %q, want 0 or 1 and a mapping", rest, code, out, messages)
	}
}

// load loads files, which must all go in as they are, twice: then nothing changes.
func (sh *readmeShell) load(rest string) {
	args := []string{"load"}
	for name := range strings.FieldsSeq(rest) {
		if !strings.HasPrefix(name, "--") {
			name = "../" + name
		}
		args = append(args, name)
	}
	for _, want := range []string{`^loaded: \d+ calls(, \d+ call records, \d+ turns)? \(\d+ created, 0 updated, ` +
		`0 restored, 0 unchanged\); 0 bad rows, 0 warnings;`, `\(0 created, 0 updated, 0 restored, \d+ unchanged\)`} {
		code, out, messages := harness.Run(nil, args...)
		if code != 0 || messages != "" || !regexp.MustCompile(want).MatchString(out) {
			sh.Errorf("load %s: got %d %q %q, want 0 and %s", rest, code, out, messages, want)
		}
	}
}

// postgresURL is the address of a database in a command, which stands for the reader's own.
var postgresURL = regexp.MustCompile(`--db 'postgres://\S+'`)

// serve starts a server, and reads calls from it.
func (sh *readmeShell) serve(rest string) {
	args := strings.Fields(postgresURL.ReplaceAllString(rest, ""))
	server, stop := harness.Serve(sh.T, args...)
	response := server.Post(`{ calls { totalCount } }`, nil)
	if n, _ := response.At("data", "calls", "totalCount").(float64); n == 0 {
		sh.Errorf("serve %s: got %v, want calls", rest, response)
	}
	if strings.Contains(rest, "--demo") {
		sh.checkDemo(server)
		sh.server = server // until a key is created
		return
	}
	if code := stop(); code != 0 {
		sh.Errorf("serve %s: got the exit code %d, want 0", rest, code)
	}
}

// checkDemo checks that the sample is what README.md says.
func (sh *readmeShell) checkDemo(server *harness.Server) {
	response := server.Post(`{ calls { totalCount } callRecords { totalCount } customerPersons { totalCount }
		first: call(id: "call-0001") { id } last: call(id: "call-0300") { id } callRecord(id: 1060) { id }
		customerPerson(id: 540) { id } answered: callRecords(filter: {resultStatus: {eq: ANSWERED}}) { totalCount }
		jobs: callRecords(filter: {robotCallJobId: {in: [50, 51, 52]}, hasTranscript: {eq: true}}) { totalCount } }`, nil)
	for field, want := range map[string]float64{"calls": 300, "callRecords": 60, "customerPersons": 40, "answered": 48,
		"jobs": 48} {
		if n := response.At("data", field, "totalCount"); n != want {
			sh.Errorf("--demo: got %v %s, want %v", n, field, want)
		}
	}
	for _, field := range []string{"first", "last", "callRecord", "customerPerson"} {
		if response.At("data", field) == nil {
			sh.Errorf("--demo: got no %s, want one of the keys in README.md", field)
		}
	}
}

// createKey creates an API key, and starts the server that it is for.
func (sh *readmeShell) createKey(rest string) {
	args := append([]string{"key", "create"}, strings.Fields(strings.TrimSuffix(rest, ")"))...)
	code, out, messages := harness.Run(nil, args...)
	sh.key = strings.TrimSpace(out)
	if code != 0 || sh.key == "" {
		sh.Fatalf("key create: got %d %q %q, want 0 and a key", code, out, messages)
	}
	sh.server, _ = harness.Serve(sh.T)
}

var (
	curlHeader = regexp.MustCompile(`-H ['"](\S+): ([^'"]+)['"]`)
	curlBody   = regexp.MustCompile(`-d '([^']+)'`)
)

// curl sends a request to the last server.
func (sh *readmeShell) curl(rest string) {
	var headers []string
	for _, header := range curlHeader.FindAllStringSubmatch(rest, -1) {
		headers = append(headers, header[1], strings.ReplaceAll(header[2], "$KEY", sh.key))
	}
	body := curlBody.FindStringSubmatch(rest)
	if body == nil {
		sh.Fatalf("curl %s: got no body, want one", rest)
	}
	answer := sh.server.Do("POST", "/graphql", body[1], headers...)
	if response := answer.JSON(); answer.Status != 200 || response["errors"] != nil || response["data"] == nil {
		sh.Errorf("curl %s: got %d %s, want data alone", rest, answer.Status, answer.Body)
	}
}

// TestExamples loads the examples, and checks that they show each kind of row: planned, made, received and missed
// calls, and records with and without a transcript.
func TestExamples(t *testing.T) {
	dsn := "sqlite:" + t.TempDir() + "/x.db"
	for _, name := range []string{"calls.json", "records.jsonl"} {
		file := "../examples/" + name
		if code, out, messages := harness.Run(nil, "load", "--db", dsn, file); code != 0 {
			t.Fatalf("%s: got %d %q %q, want 0", name, code, out, messages)
		}
	}
	server, _ := harness.Serve(t, "--db", dsn)
	response := server.Post(`{
		calls(filter: {callStatus: {in: [SCHEDULED, ATTENDED_DIALLED, RECEIVED, MISSED]}}) { totalCount }
		sparse: calls(filter: {callStatus: {isNull: true}}) { totalCount }
		callRecords(filter: {hasTranscript: {eq: true}}) { totalCount } all: callRecords { totalCount }
		customerPersons { totalCount } searchTranscripts(query: "价格") { totalCount nodes { turn { position } } } }`, nil)
	for field, want := range map[string]float64{"calls": 4, "sparse": 1, "callRecords": 2, "all": 3, "customerPersons": 3,
		"searchTranscripts": 2} {
		if n := response.At("data", field, "totalCount"); n != want {
			t.Errorf("%s: got %v, want %v in %v", field, n, want, response)
		}
	}
	if position := response.At("data", "searchTranscripts", "nodes", 0, "turn", "position"); position != 2.0 {
		t.Errorf("the turn 1002: got the position %v, want 2", position)
	}
}
