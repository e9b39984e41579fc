package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
)

// TestMain makes this program a server where the benchmark starts it as one.
func TestMain(m *testing.M) {
	if runChild() {
		return
	}
	dbtest.Main(m)
}

// TestBench runs the whole command at a tiny size, without the peers, which need Node.js: every server answers the same
// rows, and the report has all that was measured, and leaves what stands outside its marks.
func TestBench(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	page := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(page, []byte("before\n"+newPage+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	err := bench(t.Context(), []string{"--size", "0.001", "--rounds", "1", "--seconds", "0.02", "--connections", "2",
		"--servers", "hand", "--report", page}, newBar(&log))
	if err != nil {
		t.Fatalf("%v after\n%s", err, log.String())
	}
	engines := []string{"PostgreSQL", "SQLite"}
	if strings.Contains(log.String(), "PostgreSQL is left out") {
		engines = engines[1:]
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"before\n# Performance", endMark + "\nafter", "| overdue with count |"}
	for _, engine := range engines {
		want = append(want, "## "+engine)
	}
	for _, o := range operations {
		want = append(want, "\n| "+o.id+" "+o.title)
	}
	for _, part := range want {
		if !strings.Contains(string(text), part) {
			t.Errorf("the report is\n%s\nwant %q in it", text, part)
		}
	}
	again := []string{"--render", "--report", page}
	if err := bench(t.Context(), again, newBar(io.Discard)); err != nil {
		t.Errorf("rendering again says %v", err)
	}
	if rendered, err := os.ReadFile(page); err != nil || string(rendered) != string(text) {
		t.Errorf("rendered again the report is\n%s%v\nwant\n%s", rendered, err, text)
	}
}

// TestPrices runs the command prices over few rows: every operation is in the table.
func TestPrices(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var out strings.Builder
	small := priceOptions{Rows: 200, Engines: []string{"sqlite"}, Limit: time.Hour}
	if err := small.run(t.Context(), &out, newBar(io.Discard)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"the median is ", "calls(filter: {name: {contains: ",
		"callRecords(orderBy: [{field: CHAT_ROUND", "searchTranscripts(query: \"的\") { facets { jobs "} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the table is\n%.2000s\nwant %q in it", out.String(), part)
		}
	}
}

// TestInterrupted ends the command while it fills: it returns at once and leaves nothing.
func TestInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	progress := &watched{what: "sqlite: call_records", seen: cancel}
	err := bench(ctx, []string{"--size", "0.02", "--engines", "sqlite", "--servers", "hand", "--report",
		filepath.Join(t.TempDir(), "performance.md")}, newBar(progress))
	if !errors.Is(err, context.Canceled) || strings.Contains(progress.String(), "starting") {
		t.Errorf("the command says %v, want that it was cancelled, before it starts a server:\n%s", err, progress)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("the command leaves %v, %v, want nothing", left, err)
	}
}

// watched keeps what is written to it, and calls seen when that has a text in it.
type watched struct {
	strings.Builder
	what string
	seen func()
}

// Write takes what is written.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Builder.Write(p)
	if strings.Contains(w.String(), w.what) {
		w.seen()
	}
	return n, err
}

// TestRefusesAnotherSize names a folder whose databases have another size.
func TestRefusesAnotherSize(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	arguments := []string{"--engines", "sqlite", "--only", "none", "--servers", "none", "--keep", folder, "--report",
		filepath.Join(folder, "performance.md")}
	for _, c := range []struct{ size, want string }{{"0.0004", ""}, {"0.0004", ""}, {"0.001", "name another folder"}} {
		err := bench(t.Context(), append(arguments, "--size", c.size), newBar(io.Discard))
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("with the size %s the command says %v, want %q", c.size, err, c.want)
		}
	}
}
