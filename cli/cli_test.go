package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callbook/load"
	"callbook/model"
)

// run runs a command line and returns its exit code, its results and its messages.
func run(t *testing.T, stdin string, args ...string) (code int, out, messages string) {
	t.Helper()
	var outBuffer, errBuffer bytes.Buffer
	console := Console{In: strings.NewReader(stdin), Out: &outBuffer, Err: &errBuffer}
	code = Run(t.Context(), "the schema", args, console)
	return code, outBuffer.String(), errBuffer.String()
}

func TestExitCodes(t *testing.T) {
	clearEnvironment(t)
	folder := t.TempDir()
	dsn := "sqlite:" + filepath.Join(folder, "exit.db")
	for _, c := range []struct {
		name     string
		stdin    string
		args     string
		code     int
		out      string // a part of the results, as a regular expression
		messages string // a part of the messages
	}{
		{"the version", "", "version", 0, `^callbook \d+\.\d+\.\d+\n$`, ""},
		{"help", "", "--help", 0, `Usage: callbook`, ""},
		{"an unknown command", "", "nope", 2, "^$", "see callbook --help"},
		{"an unknown flag", "", "version --nope", 2, "^$", "unknown flag --nope"},
		{"a number that is none", "", "serve --limit-cost x", 2, "^$", "--limit-cost"},
		{"a tenant below 1", "", "key list --tenant 0", 2, "^$", "must be a number from 1 to 999999999999999999"},
		{"a permission that is none", "", "key create --name a --role admin --permission x", 2, "^$",
			"there is no permission"},
		{"an address that is none", "", "serve --addr x", 1, "^$", "--addr: x is not of the form HOST:PORT"},
		{"an origin that is none", "", "serve --allowed-origin x", 1, "^$", "--allowed-origin: \"x\" is no origin"},
		{"a zone that is none", "", "load --time-zone x", 1, "^$", "--time-zone: \"x\" is no zone"},
		{"a database that is none", "", "migrate --db nope:x", 1, "^$", "callbook: "},
		{"migrations that are missing", "", "migrate status --db " + dsn, 0, `0001_\S+ +to be applied`, ""},
		{"migrations", "", "migrate --db " + dsn, 0, `^applied 0001_`, ""},
		{"migrations again", "", "migrate --db " + dsn, 0, `^up to date\n$`, ""},
		{"migrations that are applied", "", "migrate status --db " + dsn, 0, `0001_\S+ +20\d\d-`, ""},
		{"a row", `{"id":"a","call_type":"Inbound"}`, "load --db " + dsn, 0,
			`^loaded: 1 call \(1 created, 0 updated, 0 restored, 0 unchanged\); 0 bad rows`, ""},
		{"a dry run", `{"id":"b","call_type":"Inbound"}`, "load --dry-run", 0,
			`^checked, nothing written: 1 call; 0 bad rows`, ""},
		{"a bad row", `{"name":"x","call_type":"Inbound"}`, "load --dry-run", 1, `nothing; 1 bad row, 0 warnings;`,
			"standard input:1: row 0: id: is missing"},
		{"a row without its recording", `{"id":"a","voice_recording_s":"x"}`, "load --dry-run", 3,
			`1 call; 0 bad rows, 1 warning;`,
			"standard input:1: warning: row 0, id \"a\": voice_recording_s: is left out: it must be an absolute http or https"},
		{"a bad row, and one without its recording", `[{"id":"a","voice_recording_s":"x"},{"id":"b","cti_entry":"x"}]`,
			"load --dry-run", 1, `1 call; 1 bad row, 1 warning;`, "standard input:1: row 1, id \"b\": cti_entry: must be"},
		{"a field that is not read", `{"id":"a","call_type":"Inbound","colour":1}`, "load --dry-run", 0, `1 call`,
			"note: field colour means nothing here"},
		{"a missing file", "", "load --dry-run " + filepath.Join(folder, "missing.json"), 1, "^$", "no such file"},
		{"a folder", "", "load --dry-run " + folder, 1, "^$", "is a folder, not a file"},
		{"a role that is none", "", "key create --name a --role x --db " + dsn, 1, "^$", "--role: there is no role \"x\""},
		{"a key", "", "key create --name ann --role agent --db " + dsn, 0, `^\S+\n$`, "acts as ann with agent"},
		{"keys", "", "key list --db " + dsn, 0, `ann +agent +.*valid`, ""},
		{"no key to revoke", "", "key revoke none --db " + dsn, 1, "^$", "callbook: "},
	} {
		code, out, messages := run(t, c.stdin, strings.Fields(c.args)...)
		if code != c.code || !regexp.MustCompile(c.out).MatchString(out) || !strings.Contains(messages, c.messages) {
			t.Errorf("%s: callbook %s exits with %d, %q and %q, want %d, %q and %q",
				c.name, c.args, code, out, messages, c.code, c.out, c.messages)
		}
	}
}

// TestMigrateCitus asks for distributed tables where there are none.
func TestMigrateCitus(t *testing.T) {
	code, _, messages := run(t, "", "migrate", "--citus", "--db", "sqlite:"+filepath.Join(t.TempDir(), "callbook.db"))
	const want = "only PostgreSQL with the extension citus distributes tables; this is SQLite"
	if code == 0 || !strings.Contains(messages, want) {
		t.Errorf("got exit code %d and %q, want a failure that says %q", code, messages, want)
	}
}

func TestTenantNumber(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "42": 42, "999999999999999999": 999999999999999999, "+7": 7,
		"0": 0, "-1": 0, "1000000000000000000": 0, "99999999999999999999": 0, "": 0, "x": 0, "1.5": 0, "1e3": 0,
	} {
		var n tenantNumber
		err := n.UnmarshalText([]byte(text))
		if int64(n) != want || (err == nil) != (want != 0) {
			t.Errorf("the tenant %q is %d, %v, want %d (0: an error)", text, n, err, want)
		}
	}
}

func TestIsOrigin(t *testing.T) {
	for origin, want := range map[string]bool{
		"https://app.example.com": true, "http://localhost:3000": true, "https://app.example.com/": true,
		"HTTPS://app.example.com": true, "http://[::1]:8080": true,
		"": false, "app.example.com": false, "https://": false, "ftp://app.example.com": false,
		"https://app.example.com/path": false, "https://app.example.com?x=1": false, "null": false, "*": false,
		"https://%": false,
	} {
		if got := isOrigin(origin); got != want {
			t.Errorf("isOrigin(%q) = %v, want %v", origin, got, want)
		}
	}
}

func TestPermissionNames(t *testing.T) {
	for list, want := range map[string]string{
		"CALL_READ": "call_read", "call_read, Call_Update": "call_read, call_update", "": "", "call_read,": "", "x": "",
	} {
		var p permissions
		err := p.UnmarshalText([]byte(list))
		if err == nil != (want != "") || err == nil && names(p) != want {
			t.Errorf("the permissions %q are %s, %v, want %q", list, names(p), err, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", 1234567: "1,234,567 rows"} {
		if got := count(n, "row"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDemoDatabase(t *testing.T) {
	dsn, remove, err := serveCommand{Demo: true}.database()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(strings.TrimPrefix(dsn, "sqlite:"))
	if _, err := os.Stat(folder); err != nil {
		t.Errorf("the demo's folder: %v", err)
	}
	remove()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("after remove the demo's folder is there: %v", err)
	}
	given := serveCommand{dbFlag: dbFlag{DB: "sqlite:mine.db"}}
	if dsn, _, err := given.database(); dsn != "sqlite:mine.db" || err != nil {
		t.Errorf("without --demo the database is %s, %v, want that of the flag", dsn, err)
	}
}

func TestDemoWithADatabase(t *testing.T) {
	clearEnvironment(t)
	code, _, messages := run(t, "", "serve", "--demo", "--db", "sqlite:mine.db")
	if code != 1 || !strings.Contains(messages, "--demo serves a database of its own; leave out --db") {
		t.Errorf("--demo with --db exits with %d and %q, want 1 and why", code, messages)
	}
}

func TestInterruptedLoad(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for dryRun, want := range map[bool]string{
		true:  "interrupted",
		false: "interrupted; the rows counted above are saved",
	} {
		r := &loadReport{
			Loader: load.New(load.Options{}), dryRun: dryRun,
			console: Console{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
		}
		if err := r.load(ctx, "-"); err == nil || err.Error() != want {
			t.Errorf("dry run %t: got %v, want %s", dryRun, err, want)
		}
	}
}

func TestSummaryCountsRestoredRows(t *testing.T) {
	var out bytes.Buffer
	r := &loadReport{Loader: load.New(load.Options{}), console: Console{Out: &out, Err: io.Discard}}
	r.Calls = 3
	r.Outcomes[model.RowOutcomeUpdated], r.Outcomes[model.RowOutcomeRestored] = 1, 2
	r.summarize()
	if want := "3 calls (0 created, 1 updated, 2 restored, 0 unchanged)"; !strings.Contains(out.String(), want) {
		t.Errorf("the summary is %q, want %q in it", out.String(), want)
	}
}

func TestInterruptibleRead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read := interruptible{ctx, strings.NewReader("text")}
	buffer := make([]byte, 10)
	if n, err := read.Read(buffer); string(buffer[:n]) != "text" || err != nil {
		t.Errorf("Read returns %q, %v, want the text", buffer[:n], err)
	}
	cancel()
	waits, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := (interruptible{ctx, waits}).Read(buffer); n != 0 || err == nil {
		t.Errorf("a read that waits returns %d, %v, want the context's error", n, err)
	}
	_ = waits.Close()
}
