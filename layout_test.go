package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestImportsRunOneWay holds the house's order: model ← db, files, auth ← graph ← main.
func TestImportsRunOneWay(t *testing.T) {
	allowed := map[string][]string{
		"callbook/text":               {},
		"callbook/limiter":            {},
		"callbook/model":              {"callbook/text"},
		"callbook/auth":               {"callbook/model", "callbook/text"},
		"callbook/db":                 {"callbook/limiter", "callbook/model", "callbook/text"},
		"callbook/db/dbtest":          {"callbook/db", "callbook/model"},
		"callbook/files":              {"callbook/model", "callbook/text"},
		"callbook/graph/internal/gen": {"callbook/model"},
		"callbook/graph/explorer":     {},
		"callbook/graph":              {"callbook/auth", "callbook/db", "callbook/files", "callbook/graph/internal/gen", "callbook/model", "callbook/text"},
		"callbook":                    {"callbook/auth", "callbook/db", "callbook/files", "callbook/graph", "callbook/graph/explorer", "callbook/model", "callbook/text"},
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for decoder.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		may, known := allowed[p.ImportPath]
		if !known {
			t.Errorf("%s is a new package: say here what it may import", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "callbook/") && !slices.Contains(may, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
			if p.ImportPath != "callbook/db" && p.ImportPath != "callbook/db/dbtest" && strings.Contains(imported, "/pgx/") {
				t.Errorf("%s imports %s; drivers are db's", p.ImportPath, imported)
			}
		}
	}
}
