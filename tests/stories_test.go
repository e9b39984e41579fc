package tests

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

var updateStories = flag.Bool("update", false, "write what the stories answer into their files")

// TestStories runs testdata/stories: each file is a sequence of steps through the real handler, on every engine.
//
//	-- name.graphql --         the operation; begins a step
//	-- name.variables.json --  its variables
//	-- name.clock --           moves the clock first
//	-- name.tenant --          acts for another tenant
//	-- name.json --            the expected response; "<any>" stands for any value
//	-- name.sql --             the expected number of SQL statements
//
// Locations, request ids and costs are left out of responses.
func TestStories(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("got the stories %v and the error %v, want some", paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, e *dbtest.Env) { runStory(t, e, path) })
		})
	}
}

// runStory runs the steps of one file.
func runStory(t *testing.T, e *dbtest.Env, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	server := harness.NewServer(t, e)
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	answers := map[string]string{}
	for _, f := range archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".graphql"); ok {
			runStep(t, e, server, name, files, answers)
		}
	}
	if *updateStories && e.Engine == "sqlite" {
		archive.Files = withAnswers(archive.Files, answers)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// withAnswers returns a story's files with the answers of its steps, but for those that hold "<any>". Where a step has
// no file for one, it gets one.
func withAnswers(files []txtar.File, answers map[string]string) (filled []txtar.File) {
	for _, f := range files {
		if answer, ok := answers[f.Name]; ok && !strings.Contains(string(f.Data), "<any>") {
			f.Data = []byte(answer)
		}
		filled = append(filled, f)
		step, ok := strings.CutSuffix(f.Name, ".graphql")
		if !ok {
			continue
		}
		for _, name := range []string{step + ".json", step + ".sql"} {
			isThere := slices.ContainsFunc(files, func(f txtar.File) bool { return f.Name == name })
			if !isThere {
				filled = append(filled, txtar.File{Name: name, Data: []byte(answers[name])})
			}
		}
	}
	return filled
}

// runStep runs one step, and compares its response and number of SQL statements with those in the file.
func runStep(t *testing.T, e *dbtest.Env, server *harness.Server, name string, files, answers map[string]string) {
	if clock, ok := files[name+".clock"]; ok {
		now, err := time.Parse(time.RFC3339, strings.TrimSpace(clock))
		if err != nil {
			t.Fatal(err)
		}
		e.Clock.Set(now)
	}
	if _, ok := files[name+".tenant"]; ok {
		_, other := dbtest.NewTenant(e.Ctx)
		server = server.As(other)
	}
	var variables json.RawMessage
	if text, ok := files[name+".variables.json"]; ok {
		variables = json.RawMessage(text)
	}
	before := server.Statements()
	got := server.Post(files[name+".graphql"], variables)
	statements := strconv.FormatInt(server.Statements()-before, 10)
	tidyResponse(got)
	var pretty bytes.Buffer
	encoder := json.NewEncoder(&pretty)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	answers[name+".json"], answers[name+".sql"] = pretty.String(), statements+"\n"
	if *updateStories && e.Engine == "sqlite" {
		return
	}
	var want any
	if err := json.Unmarshal([]byte(files[name+".json"]), &want); err != nil {
		t.Fatalf("%s.json: got %v, want JSON", name, err)
	}
	if !harness.Matches(want, any(got)) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, pretty.String(), files[name+".json"])
	}
	if want, ok := files[name+".sql"]; ok && strings.TrimSpace(want) != statements {
		t.Errorf("%s: got %s SQL statements, want %s", name, statements, strings.TrimSpace(want))
	}
}

// tidyResponse removes what differs from run to run, and the cost, which has tests of its own.
func tidyResponse(response map[string]any) {
	delete(response, "extensions")
	errs, _ := response["errors"].([]any)
	for _, e := range errs {
		e := e.(map[string]any)
		delete(e, "locations")
		delete(e["extensions"].(map[string]any), "requestId")
	}
}
