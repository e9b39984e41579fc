package load

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/files"
	"callbook/model"
)

// newEnv returns a database of its own.
func newEnv(t *testing.T) *dbtest.Env {
	t.Helper()
	return dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/load.db")
}

// report is what a loader tells of.
type report struct {
	errors   []string // "line[index] key: error", or the error alone where it is about the whole file
	warnings []string
	batches  int
}

// newLoader returns a loader into a database, and what it tells.
func newLoader(env *dbtest.Env, dryRun bool) (*Loader, *report) {
	r := &report{}
	o := Options{
		DB: env.DB, Files: files.Options{Location: dbtest.Start.Location(), TenantID: env.Actor.TenantID},
		OnError:   func(row *files.Row, errs model.Errors) { r.errors = append(r.errors, describe(row, errs)...) },
		OnWarning: func(row *files.Row, errs model.Errors) { r.warnings = append(r.warnings, describe(row, errs)...) },
		OnBatch:   func() { r.batches++ },
	}
	if dryRun {
		o.DB = nil
	}
	return New(o), r
}

// describe returns errors of a row as a report has them.
func describe(row *files.Row, errs model.Errors) (texts []string) {
	where := ""
	if row != nil {
		where = fmt.Sprintf("%d[%d] %s: ", row.Line, row.Index, row.ID)
	}
	for _, err := range errs {
		texts = append(texts, where+err.Error())
	}
	return texts
}

// call returns a call in the wire form.
func call(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"call_type":"Inbound","call_duration_in_seconds":60}`, id, name)
}

// record returns a call record in the wire form, with so many turns.
func record(id, turns int) string {
	details := make([]string, turns)
	for i := range details {
		details[i] = fmt.Sprintf(`{"type":"ROBOT","text":"turn %d"}`, i)
	}
	return fmt.Sprintf(`{"callRecordId":%d,"callDetailList":[%s]}`, id, strings.Join(details, ","))
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, file string
		lines      []string
		want       Summary
		errors     []string
		warnings   []string
	}{
		{name: "nothing", file: "a.json"},
		{
			name: "calls and records in a list", file: "a.json",
			lines: []string{"[" + call("a", "A") + ",", record(1, 2) + "]"},
			want: Summary{Calls: 1, Records: 1, Turns: 2, Outcomes: map[model.RowOutcome]int{
				model.RowOutcomeCreated: 2,
			}},
		},
		{
			name: "a key that comes again", file: "a.jsonl",
			lines: []string{call("a", "A"), call("b", "B"), call("a", "A2"), call("a", "A2")},
			want: Summary{Calls: 4, Outcomes: map[model.RowOutcome]int{
				model.RowOutcomeCreated: 2, model.RowOutcomeUpdated: 1, model.RowOutcomeUnchanged: 1,
			}},
		},
		{
			name: "a key of a call and a record", file: "a.jsonl", lines: []string{call("1", "A"), record(1, 0)},
			want: Summary{Calls: 1, Records: 1, Outcomes: map[model.RowOutcome]int{model.RowOutcomeCreated: 2}},
		},
		{
			name: "bad rows", file: "a.NDJSON",
			lines: []string{`{"call_type":"Inbound"}`, call("a", "A"), "{", record(2, 0)},
			want:  Summary{Calls: 1, Records: 1, Failed: 2, Outcomes: map[model.RowOutcome]int{model.RowOutcomeCreated: 2}},
			errors: []string{
				"1[0] : id: is missing; without it, loading twice would double the call",
				"3[2] : the text ends in the middle of a JSON value",
			},
		},
		{
			name: "text after which nothing can be read", file: "a.json", lines: []string{"[", call("a", "A") + ",", "]]"},
			want: Summary{Calls: 1, Failed: 1, Outcomes: map[model.RowOutcome]int{model.RowOutcomeCreated: 1}},
			errors: []string{
				"line 3: not JSON: invalid character ']' looking for beginning of value; what follows was not read",
			},
		},
		{
			name: "fields that mean nothing here", file: "a.jsonl",
			lines: []string{
				strings.Replace(call("a", "A"), `"name"`, `"colour":1,"size":2,"name"`, 1),
				strings.Replace(call("b", "B"), `"name"`, `"colour":1,"name"`, 1),
			},
			want: Summary{
				Calls: 2, Outcomes: map[model.RowOutcome]int{model.RowOutcomeCreated: 2},
				Ignored: map[string]int{"colour": 2, "size": 1},
			},
		},
		{
			name: "values that are left out", file: "a.json",
			lines: []string{`[{"id":"a","voice_recording_s":"x"},`,
				`{"callRecordId":1,"fullAudioUrl":"x","customerAudioUrl":"y"},`,
				`{"id":"b","voice_recording_s":"x","cti_entry":"x"},{"id":"c","voice_recording_s":"x","name":"` +
					strings.Repeat("x", 201) + `"}]`},
			want: Summary{
				Calls: 1, Records: 1, Failed: 2, Warned: 2, Outcomes: map[model.RowOutcome]int{model.RowOutcomeCreated: 2},
			},
			errors: []string{
				`3[2] b: cti_entry: must be True or False, 1 or 0, 是 or 否, not "x"`,
				"3[3] c: name: has 201 characters; at most 200",
			},
			warnings: []string{
				"1[0] a: voice_recording_s: is left out: it must be an absolute http or https address",
				"2[1] 1: fullAudioUrl: is left out: it must be an absolute http or https address",
				"2[1] 1: customerAudioUrl: is left out: it must be an absolute http or https address",
			},
		},
	} {
		if c.want.Outcomes == nil {
			c.want.Outcomes = map[model.RowOutcome]int{}
		}
		if c.want.Ignored == nil {
			c.want.Ignored = map[string]int{}
		}
		env := newEnv(t)
		loader, told := newLoader(env, false)
		if err := loader.Read(env.Ctx, c.file, strings.NewReader(strings.Join(c.lines, "\n"))); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !reflect.DeepEqual(loader.Summary, c.want) {
			t.Errorf("%s: the summary is %+v, want %+v", c.name, loader.Summary, c.want)
		}
		if !reflect.DeepEqual(told.errors, c.errors) {
			t.Errorf("%s: the errors are %q, want %q", c.name, told.errors, c.errors)
		}
		if !reflect.DeepEqual(told.warnings, c.warnings) {
			t.Errorf("%s: the warnings are %q, want %q", c.name, told.warnings, c.warnings)
		}
	}
}

// TestBatches counts the batches of files: rows are written when there are enough of them, or of their turns.
func TestBatches(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines func() []string
		want  int
	}{
		{"no row", func() []string { return nil }, 1},
		{"a full batch", func() []string { return many(maxBatchRows) }, 1},
		{"a row more", func() []string { return many(maxBatchRows + 1) }, 2},
		{"a key that comes again", func() []string { return []string{call("a", ""), call("b", ""), call("a", "")} }, 2},
		{"many turns", func() []string {
			lines := []string{}
			for i := range 15 {
				lines = append(lines, record(i+1, 1000))
			}
			return lines
		}, 2},
		{"long texts", func() []string { return withTexts(maxBatchBytes/maxLongText, maxLongText) }, 1},
		{"a long text more", func() []string { return withTexts(maxBatchBytes/maxLongText+1, maxLongText) }, 2},
	} {
		env := newEnv(t)
		loader, told := newLoader(env, true)
		if err := loader.Read(env.Ctx, "a.jsonl", strings.NewReader(strings.Join(c.lines(), "\n"))); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if told.batches != c.want || len(told.errors) > 0 {
			t.Errorf("%s: %d batches and %d errors, want %d and none", c.name, told.batches, len(told.errors), c.want)
		}
	}
}

const maxLongText = 32000

// withTexts returns calls with a description of so many characters.
func withTexts(n, length int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":"long-%d","call_type":"Outbound","description":%q}`, i, strings.Repeat("x", length))
	}
	return lines
}

// many returns calls with different keys.
func many(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = call(fmt.Sprint("call-", i), "name")
	}
	return lines
}

func TestDryRun(t *testing.T) {
	env := newEnv(t)
	loader, told := newLoader(env, true)
	lines := []string{call("a", "A"), record(1, 3), `{"call_type":"Inbound"}`}
	if err := loader.Read(env.Ctx, "a.jsonl", strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	if loader.Calls != 1 || loader.Records != 1 || loader.Turns != 3 || loader.Failed != 1 || len(told.errors) != 1 {
		t.Errorf("the summary is %+v with the errors %q, want a call, a record of three turns, and a bad row",
			loader.Summary, told.errors)
	}
	if loader.Written() != 0 {
		t.Errorf("Written = %d, want 0", loader.Written())
	}
	if c, err := env.DB.Call(env.Ctx, "a", false); c != nil || err != nil {
		t.Errorf("the database has %+v, %v, want no call", c, err)
	}
}

func TestSeveralFiles(t *testing.T) {
	env := newEnv(t)
	loader, _ := newLoader(env, false)
	for _, text := range []string{call("a", "A"), call("a", "A2") + "\n" + call("b", "B")} {
		if err := loader.Read(env.Ctx, "a.jsonl", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if loader.Calls != 3 || loader.Written() != 3 || loader.Outcomes[model.RowOutcomeUpdated] != 1 {
		t.Errorf("the summary of two files is %+v, want two calls created and one updated", loader.Summary)
	}
}

func TestRestoredCallsAreWritten(t *testing.T) {
	env := newEnv(t)
	loader, _ := newLoader(env, false)
	if err := loader.Read(env.Ctx, "a.json", strings.NewReader(call("a", "A"))); err != nil {
		t.Fatal(err)
	}
	if _, err := env.DB.DeleteCalls(env.Ctx, model.CallSelector{Ids: []string{"a"}}, db.Batch{}); err != nil {
		t.Fatal(err)
	}
	again, _ := newLoader(env, false)
	if err := again.Read(env.Ctx, "a.json", strings.NewReader(call("a", "A"))); err != nil {
		t.Fatal(err)
	}
	if again.Outcomes[model.RowOutcomeRestored] != 1 || len(again.Outcomes) != 1 || again.Written() != 1 {
		t.Errorf("the summary is %+v, Written = %d; want one call restored and written", again.Summary, again.Written())
	}
}

// TestStatusCorrections loads every status over every other one: a load is a correction.
func TestStatusCorrections(t *testing.T) {
	env := newEnv(t)
	statuses := []string{"Scheduled", "Overdue", "Completed", "Cancelled", ""}
	status := func(s string) string { return fmt.Sprintf(`{"id":"a","outgoing_call_status":%q}`, s) }
	for _, from := range statuses {
		for _, to := range statuses {
			loader, told := newLoader(env, false)
			text := strings.Join([]string{status(""), status(from), status(to)}, "\n")
			if err := loader.Read(env.Ctx, "a.jsonl", strings.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(strings.ToUpper(to), "OVERDUE", "SCHEDULED", 1)
			c, err := env.DB.Call(env.Ctx, "a", false)
			if err != nil || len(told.errors) > 0 {
				t.Fatalf("from %q to %q: %v, %q, want it loaded", from, to, err, told.errors)
			}
			got := ""
			if c.StoredStatus != nil {
				got = string(*c.StoredStatus)
			}
			if got != want {
				t.Errorf("from %q to %q: got %q, want %q", from, to, got, want)
			}
		}
	}
}

// brokenReader fails after its text.
type brokenReader struct{ text *strings.Reader }

var errBroken = errors.New("broken")

func (b brokenReader) Read(p []byte) (int, error) {
	if b.text.Len() == 0 {
		return 0, errBroken
	}
	return b.text.Read(p)
}

func TestReadFails(t *testing.T) {
	env := newEnv(t)
	loader, told := newLoader(env, false)
	if err := loader.Read(env.Ctx, "a.jsonl", brokenReader{strings.NewReader(call("a", "A") + "\n")}); err != nil {
		t.Errorf("a file that breaks off: %v, want what came before to be loaded", err)
	}
	if loader.Calls != 1 || len(told.errors) != 1 || !strings.Contains(told.errors[0], "what follows was not read") {
		t.Errorf("a file that breaks off: %+v, %q, want a call and an error", loader.Summary, told.errors)
	}
	ended, cancel := context.WithCancel(env.Ctx)
	cancel()
	loader, told = newLoader(env, false)
	err := loader.Read(ended, "a.jsonl", strings.NewReader(call("b", "B")))
	if !errors.Is(err, context.Canceled) || loader.Calls != 0 || told.batches != 0 {
		t.Errorf("with an ended context: %v, %+v, want its error and nothing loaded", err, loader.Summary)
	}
	loader, _ = newLoader(env, false)
	if err := env.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if err := loader.Read(env.Ctx, "a.jsonl", strings.NewReader(call("c", "C"))); err == nil {
		t.Error("with a closed database: no error")
	}
}
