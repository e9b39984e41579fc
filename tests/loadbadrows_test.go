package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"callbook/cli"
	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestLoadBadRows loads bad rows among good ones, and checks that each is reported by line, field and reason, and that
// the good ones are stored.
func TestLoadBadRows(t *testing.T) {
	for _, c := range []struct{ name, file, input, counts, message string }{
		{"ctiEntry 7", "x.json", `{"id":"1","call_type":"INBOUND","cti_entry":7}`, "nothing",
			`:1: row 0, id "1": cti_entry: must be True or False`},
		{"unknown enum value", "x.json",
			"[\n{\"id\":\"1\",\"call_type\":\"sideways\"},\n{\"id\":\"2\",\"call_type\":\"Missed\"}]", "1 call",
			`:2: row 0, id "1": call_type: must be one of INBOUND, MISSED, OUTBOUND`},
		{"record id that is no number", "x.jsonl", "{\"callRecordId\":\"x1\"}\n{\"callRecordId\":\"12\"}\n", "1 call record",
			`:1: row 0, id "x1": callRecordId: must be a whole number`},
		{"record id beyond 63 bits", "x.json", `{"callRecordId":9223372036854775808}`, "nothing",
			`callRecordId: must be a whole number`},
		{"record id missing", "x.json", `{"robotCallJobId":1}`, "nothing", `callRecordId: is missing`},
		{"another tenant", "x.json", `{"callRecordId":1,"tenantId":2}`, "nothing",
			`tenantId: is 2, but the data goes to tenant 1`},
		{"name too long", "x.json", `{"id":"1","call_type":null,"name":"` + strings.Repeat("字", 201) + `"}`, "nothing",
			`name: has 201 characters; at most 200`},
		{"wire names", "x.json", `{"id":"1","voice_recording_s":"ftp://x/y","call_duration_in_seconds":-1,"tag":"` +
			strings.Repeat("x", 101) + `"}`, "nothing", `call_duration_in_seconds: must be 0 or more`},
		{"duration conflict", "x.json", `{"id":"1","call_duration":"01:00","call_duration_in_seconds":3}`, "nothing",
			`call_duration: 01:00 is 60 seconds`},
		{"time that is none", "x.json", `{"id":"1","call_start_time":"yesterday"}`, "nothing",
			`call_start_time: must be a time such as`},
		{"time beyond the years", "x.json", `{"id":"1","call_start_time":"0001-01-01 00:00:00"}`, "nothing",
			`call_start_time: must be in the years 1 to 9999`},
		{"neither kind", "x.json", `{"a":1}`, "nothing", `:1: row 0: is neither a call`},
		{"no object", "x.json", "[1,\n{\"callRecordId\":1}]", "1 call record", `:1: row 0: a row must be an object, not "1"`},
		{"turn without text", "x.json", `{"callRecordId":1,"callDetailList":[{"type":"ROBOT"}]}`, "nothing",
			`callDetailList.0.text: is missing`},
		{"turn of unknown type", "x.json", `{"callRecordId":1,"callDetailList":[{"type":"CAT","text":"x"}]}`, "nothing",
			`callDetailList.0.type: must be one of`},
		{"turn twice", "x.json",
			`{"callRecordId":1,"callDetailList":[{"type":"ROBOT","text":"x","callDetailId":2},` +
				`{"type":"ROBOT","text":"x","callDetailId":2}]}`, "nothing",
			`callDetailList.1.callDetailId: "2" is there twice`},
		{"truncated file", "x.json", "[{\"callRecordId\":1},\n{\"callRecordId\":2,", "1 call record",
			`line 2: the text ends in the middle of a JSON value; what follows was not read`},
		{"truncated envelope", "x.json", "{\"code\":200,\"data\":{\"content\":[{\"callRecordId\":1}", "1 call record",
			`the text ends in the middle`},
		{"truncated line", "x.jsonl", "{\"callRecordId\":1}\n{\"callRecordId\":\n{\"callRecordId\":3}\n", "2 call records",
			`:2: row 1: the text ends in the middle`},
		{"no JSON", "x.json", "hello", "nothing", `line 1: not JSON`},
		{"failed envelope", "x.json", `{"code":500,"data":null,"resultMsg":"x"}`, "nothing",
			`data: the envelope holds no rows`},
		{"GBK", "x.json", "{\"id\":\"1\",\"call_type\":null,\"name\":\"\xbf\xcd\xbb\xa7\"}", "nothing",
			`name: is not valid UTF-8`},
		{"half a pair", "x.json", `{"id":"1","name":"a\ud800b"}`, "nothing", `name: has half a surrogate pair`},
		{"a pair", "x.json", `{"id":"1","name":"a\ud83d\ude00 \\ud800"}`, "1 call", ""},
		{"arrays in arrays", "x.json", strings.Repeat("[", 1<<20), "nothing", `arrays are nested more than 16 deep`},
		{"a row of 120 MB", "x.json", "[" + wideRow(12, 10<<20) + "]", "nothing", `a row has more than`},
		{"row and envelope", "x.json", `{"callRecordId":2,"data":{"callRecordId":1}}`, "1 call record",
			`is both a row and an envelope`},
		{"nested unknown", "x.json", `{"callRecordId":2,"customerPerson":{"customerPersonId":1,"nmae":"x"}}`, "1 call record",
			"ok: note: field customerPerson.nmae means nothing here"},
		{"attachments", "x.json",
			`{"id":"1","call_type":null,"attachments":[{"fileId":"` + strings.Repeat("x", 501) + `"}]}`, "nothing",
			`attachments.0.fileId: has 501 characters`},
		{"the document's captions", "x.json",
			`{"callRecordId":2,"intentLevel":"A级(较强)","realIntentLevel":"E级别(需要再次跟进)","resultStatus":"已接听"}`, "1 call record",
			""},
		{"null", "x.json", `[null]`, "nothing", `a row must be an object, not null`},
		{"NUL", "x.json", `{"id":"1","name":"a\u0000","subject":""}`, "nothing", `name: must not contain the character NUL`},
		{"a record twice", "x.jsonl", "{\"callRecordId\":1,\"chatRound\":1}\n{\"callRecordId\":1,\"chatRound\":2}\n",
			"2 call records", ""},
		{"an empty file", "x.json", "", "nothing", ""},
		{"an empty list", "x.json", " [ ] ", "nothing", ""},
		{"byte order mark", "x.jsonl", "\xef\xbb\xbf{\"callRecordId\":1}\r\n\r\n{\"callRecordId\":2}", "2 call records", ""},
		{"the wrong kind", "--kind=call", `{"callRecordId":1,"id":null}`, "nothing", `id: is missing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			args := []string{"load", "--db", dbtest.OwnSQLite(t)}
			name := c.file
			if strings.HasPrefix(c.file, "--") {
				args, name = append(args, c.file), "x.json"
			}
			file := harness.WriteFile(t, folder, name, c.input)
			code, out, messages := harness.Run(nil, append(args, file)...)
			wantCode := 0
			message, isNote := strings.CutPrefix(c.message, "ok: ")
			c.message = message
			if c.message != "" && !isNote {
				wantCode = 1
			}
			if code != wantCode || !strings.Contains(out, "loaded: "+c.counts) || !strings.Contains(messages, c.message) {
				t.Errorf("got %d %q %q, want %d, loaded: %s and %q", code, out, messages, wantCode, c.counts, c.message)
			}
			dryCode, dryOut, _ := harness.Run(nil, append(args, "--dry-run", "--db", "sqlite:"+folder+"/dry.db", file)...)
			if _, err := os.Stat(folder + "/dry.db"); dryCode != wantCode || err == nil || !strings.Contains(dryOut, c.counts) {
				t.Errorf("--dry-run: got %d %q, %v, want %d %s and no database", dryCode, dryOut, err, wantCode, c.counts)
			}
		})
	}
}

// TestLoadHugeLine loads a line of 100 MB between two good ones.
func TestLoadHugeLine(t *testing.T) {
	folder := t.TempDir()
	input := io.MultiReader(strings.NewReader("{\"callRecordId\":1}\n{\"callRecordId\":2,\"analysisBasis\":\""),
		io.LimitReader(endless('x'), 100<<20), strings.NewReader("\"}\n{\"callRecordId\":3}\n"))
	code, out, messages := harness.Run(input, "load", "--db", "sqlite:"+folder+"/x.db")
	if code != 1 || !strings.Contains(out, "2 call records") ||
		!strings.Contains(messages, "standard input:2: row 1: a row has more than") {
		t.Errorf("a huge line: got %d %q %q, want 1, 2 call records and the line at fault", code, out, messages)
	}
	value := io.MultiReader(strings.NewReader("[{\"callRecordId\":4},\n{\"callRecordId\":5,\"analysisBasis\":\""),
		io.LimitReader(endless('x'), 100<<20), strings.NewReader("\"}]"))
	code, out, messages = harness.Run(value, "load", "--db", "sqlite:"+folder+"/x.db")
	if code != 1 || !strings.Contains(out, "1 call record") || !strings.Contains(messages, "line 2: a row has more than") {
		t.Errorf("a huge row: got %d %q %q, want 1, 1 call record and the line at fault", code, out, messages)
	}
}

// endless is a reader that repeats one byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// TestLoadNoFile loads a folder, and a file that does not exist.
func TestLoadNoFile(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{folder, folder + "/nothing.json"} {
		code, _, messages := harness.Run(nil, "load", "--db", "sqlite:"+folder+"/x.db", name)
		if code == 0 || strings.Count(messages, "\n") != 1 {
			t.Errorf("%s: got %d %q, want an error of one line", name, code, messages)
		}
	}
}

// wideRow returns a row of n texts of a size.
func wideRow(n, size int) string {
	var row strings.Builder
	row.Grow(n * (size + 20))
	row.WriteString(`{"callRecordId":1`)
	text := strings.Repeat("x", size)
	for i := range n {
		fmt.Fprintf(&row, `,"x%d":"%s"`, i, text)
	}
	row.WriteString("}")
	return row.String()
}

// TestLoadInterrupted interrupts a load that waits for its standard input.
func TestLoadInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in, w := io.Pipe()
	defer w.Close()
	var out, messages bytes.Buffer
	exit := make(chan int)
	go func() {
		exit <- cli.Run(ctx, harness.Schema(), []string{"load", "--db", "sqlite:" + t.TempDir() + "/x.db"},
			cli.Console{In: in, Out: &out, Err: &messages})
	}()
	if _, err := io.WriteString(w, "{\"callRecordId\":1}\n{\"callRecordId\":2}\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case code := <-exit:
		if code != 1 || !strings.Contains(messages.String(), "interrupted") {
			t.Errorf("got %d %q %q, want 1 interrupted", code, out.String(), messages.String())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("got a load that goes on after 10 s, want it interrupted")
	}
}
