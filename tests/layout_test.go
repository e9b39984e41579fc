package tests

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// rooms are the packages of the house, each with the packages that it may import.
var rooms = map[string][]string{
	"text":                    {},
	"limiter":                 {},
	"model":                   {"text"},
	"db":                      {"limiter", "model", "text"},
	"db/dbtest":               {"db", "db/dbtest/cluster", "model"},
	"db/dbtest/cluster":       {},
	"files":                   {"files/sheet", "model", "text"},
	"files/sheet":             {"model"},
	"files/template":          {"files", "files/sheet", "model"},
	"auth":                    {"limiter", "model", "text"},
	"load":                    {"db", "files", "files/sheet", "model"},
	"demo":                    {"db", "model"},
	"jobs":                    {"auth", "db", "files", "files/sheet", "load", "model", "text"},
	"graph/internal/jsondata": {},
	"graph/internal/gen":      {"graph/internal/jsondata", "model"},
	"graph/internal/generate": {},
	"graph": {"auth", "db", "files", "files/sheet", "files/template", "graph/internal/gen", "jobs", "limiter",
		"load", "model", "text"},
	"graph/operation": {"auth", "db", "graph", "graph/internal/jsondata", "limiter", "model", "text"},
	"graph/transport": {"auth", "graph", "graph/operation", "limiter", "model", "text"},
	"graph/explorer":  {"web/page"},
	"report":          {"model", "report/pdf"},
	"report/pdf":      {},
	"web": {"auth", "db", "files", "files/template", "graph", "graph/explorer", "graph/operation", "graph/transport",
		"jobs", "limiter", "model", "report", "report/pdf", "text", "web/dashboard", "web/filespage",
		"web/page"},
	"cli":   {"auth", "db", "demo", "files", "files/sheet", "graph/operation", "jobs", "load", "model", "text", "web"},
	"tests": {},
	"tests/harness": {"auth", "cli", "db", "db/dbtest", "demo", "graph", "graph/operation", "model", "tests/cputime",
		"web"},
	"tests/randomops": {},
	"tests/quiet":     {"auth"},
	"tests/cputime":   {},
	"bench":           {"bench/fill", "bench/hand", "bench/prices", "cli", "db", "db/dbtest/cluster", "model"},
	"bench/fill":      {"db", "text"},
	"bench/hand":      {"model", "text"},
	"bench/prices":    {"bench/fill"},
	"":                {"cli"},

	"web/dashboard":     {"web/page"},
	"web/filespage":     {"web/page"},
	"web/page":          {},
	"web/page/pagetest": {},
}

// rootNames are what stands at the top: the names that the project was ordered with, the rooms, and documents.
var rootNames = []string{
	"schema.graphqls", "gqlgen.yml", "server.go", "go.mod", "go.sum", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
	"SECURITY.md", "Makefile", "LICENSE",
	"auth", "bench", "cli", "db", "demo", "docs", "examples", "files", "graph", "jobs", "limiter", "load", "model",
	"report", "tests", "text", "web",
}

// goPackage is a package of the module as go list describes it.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// listPackages returns the packages of the module, by their path below it, each with its imports of the standard
// library and of modules as they are, and of this module without its name.
func listPackages(t *testing.T) map[string][]string {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for decoder.More() {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "callbook"), "/")] = p.Imports
	}
	return packages
}

// TestImportsRunOneWay compares the imports of every package with what the table of rooms allows.
func TestImportsRunOneWay(t *testing.T) {
	packages := listPackages(t)
	for name, imports := range packages {
		allowed, known := rooms[name]
		if !known {
			t.Errorf("the package %q: got none in the table of rooms, want what it may import", name)
		}
		for _, imported := range imports {
			room, isOurs := strings.CutPrefix(imported, "callbook/")
			if isOurs && !slices.Contains(allowed, room) {
				t.Errorf("%s imports %s, want only %v", name, room, allowed)
			}
			if !strings.HasPrefix(name, "db") && !strings.HasPrefix(name, "bench") && strings.Contains(imported, "/pgx/") {
				t.Errorf("%s imports %s, want database drivers in db and bench alone", name, imported)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if _, exists := packages[name]; !exists {
			t.Errorf("the table of rooms has %q, want a package of that name", name)
		}
	}
}

// TestRoot compares the top folder with the names that belong there. Hidden files, and what Git ignores, are left out.
func TestRoot(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(rootNames, name) || isIgnored(name) {
			continue
		}
		t.Errorf("%s is at the top, want only %v", name, rootNames)
	}
}

// isIgnored reports whether Git ignores a file at the top.
func isIgnored(name string) bool {
	command := exec.Command("git", "check-ignore", "--quiet", name)
	command.Dir = ".."
	return command.Run() == nil
}

// TestPicture compares the picture of the rooms in docs/architecture.md with the imports: an arrow for each import that
// does not follow from others.
func TestPicture(t *testing.T) {
	page := harness.ReadFile(t, "../docs/architecture.md")
	_, rest, _ := strings.Cut(page, "```mermaid\n")
	got, _, found := strings.Cut(rest, "```")
	if want := drawRooms(listPackages(t)); !found || got != want {
		t.Errorf("the picture in docs/architecture.md is\n%s\nwant\n%s", got, want)
	}
}

// drawRooms returns the imports among the rooms as a Mermaid graph, without those that follow from others.
func drawRooms(packages map[string][]string) string {
	imports := map[string]map[string]bool{}
	for name, all := range packages {
		if strings.HasPrefix(name, "tests") || strings.HasPrefix(name, "db/dbtest") || strings.HasPrefix(name, "bench") {
			continue
		}
		imports[name] = map[string]bool{}
		for _, imported := range all {
			if room, isOurs := strings.CutPrefix(imported, "callbook/"); isOurs {
				imports[name][room] = true
			}
		}
	}
	var lines []string
	for name, direct := range imports {
		for room := range direct {
			if !reachesAround(imports, name, room) {
				lines = append(lines, "  "+mermaidNode(name)+" --> "+mermaidNode(room)+"\n")
			}
		}
	}
	slices.Sort(lines)
	return "graph TD\n" + strings.Join(lines, "")
}

// reachesAround reports whether a room is reached from another by more than one step.
func reachesAround(imports map[string]map[string]bool, from, to string) bool {
	var reaches func(name string) bool
	reaches = func(name string) bool {
		for next := range imports[name] {
			if next == to || reaches(next) {
				return true
			}
		}
		return false
	}
	for next := range imports[from] {
		if next != to && reaches(next) {
			return true
		}
	}
	return false
}

// mermaidNode returns a room as a node: an identifier, and its name where that is no identifier.
func mermaidNode(name string) string {
	switch {
	case name == "":
		return "server.go"
	case strings.Contains(name, "/"):
		return strings.NewReplacer("/", "_").Replace(name) + "[" + name + "]"
	}
	return name
}

// TestReproductions checks that every test that reproductions.md names is there.
func TestReproductions(t *testing.T) {
	table := harness.ReadFile(t, "reproductions.md")
	known := knownTests(t)
	rows := 0
	for row := range strings.Lines(table) {
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
