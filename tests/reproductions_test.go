package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// TestReproductions checks that every test that reproductions.md names is there.
func TestReproductions(t *testing.T) {
	table, err := os.ReadFile("reproductions.md")
	if err != nil {
		t.Fatal(err)
	}
	known := knownTests(t)
	rows := 0
	for row := range strings.Lines(string(table)) {
		cells := strings.Split(row, "|")
		if len(cells) < 5 || !regexp.MustCompile(`^ [A-Z]\d+ $`).MatchString(cells[1]) {
			continue
		}
		rows++
		names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 {
			t.Errorf("%s: got no test, want one", cells[1])
		}
		for _, name := range names {
			if !known[name[1]] {
				t.Errorf("%s: got no test %q, want it", cells[1], name[1])
			}
		}
	}
	if rows == 0 {
		t.Error("reproductions.md: got no rows, want some")
	}
}

// knownTests returns the names of all Go tests, the files of all stories, and the titles of all tests of clients.
func knownTests(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	title := regexp.MustCompile(`(?:func (Test\w+)\(t|test\('([^']+)')`)
	err := filepath.WalkDir(harness.Root(), func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".txtar"):
			known[entry.Name()] = true
		case strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".test.mjs"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, name := range title.FindAllStringSubmatch(string(text), -1) {
				known[name[1]+name[2]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}
