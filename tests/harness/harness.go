// Package harness drives the program from outside, for tests: a client of the site in its process or behind a listener,
// event streams and websockets, the command line, a server in a process of its own, and what was logged meanwhile.
// Databases on both engines come from db/dbtest.
//
// A package that uses it calls Main from its TestMain.
package harness

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/cli"
	"callbook/db/dbtest"
	"callbook/graph"
	"callbook/model"
)

// Vars are the variables of an operation, or any other object of generic JSON.
type Vars = map[string]any

// LocalAdministrator is the actor of the command line, and of servers that need no credential.
var LocalAdministrator = model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)

// Main runs a package's tests. What the program logs meanwhile is kept from the output; see CaptureLog for how tests
// read it, and what of it a test that fails shows. Call it from TestMain.
func Main(m *testing.M) {
	flag.Parse()
	if args := os.Getenv(processArguments); args != "" {
		runProcess(args)
	}
	logToHarness()
	dbtest.Main(m, closeBrowser)
}

// Root returns the folder of the module: the nearest one above the working directory with go.mod. It panics where there
// is none.
func Root() string {
	folder, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if filepath.Dir(folder) == folder {
			break
		}
		folder = filepath.Dir(folder)
	}
	panic(fmt.Sprint("no go.mod above the working directory: ", err))
}

// Schema returns the text of schema.graphqls.
var Schema = sync.OnceValue(func() cli.Schema {
	text, err := os.ReadFile(filepath.Join(Root(), "schema.graphqls"))
	if err != nil {
		panic(err)
	}
	return cli.Schema(text)
})

// ParsedSchema returns schema.graphqls as gqlparser reads it, with the server's corrections. Tests must not change it.
var ParsedSchema = sync.OnceValue(func() *ast.Schema {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(Schema())})
	graph.CorrectPrelude(schema)
	return schema
})

// JSON returns a value as JSON. It panics where the value has none.
func JSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Body returns the JSON body of a request: an operation and its variables.
func Body(query string, variables any) string {
	return JSON(Vars{"query": query, "variables": variables})
}
