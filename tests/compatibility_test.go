package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// breakingChange is a difference between two schemas that breaks clients of the first one.
type breakingChange struct{ Coordinate, Description string }

// breakingChanges returns what breaks clients of the schema in one file where it becomes that in another one.
func breakingChanges(t *testing.T, released, next string) (changes []breakingChange) {
	t.Helper()
	command := exec.CommandContext(t.Context(), findNode(t), clientsFolder+"/compatibility.mjs", released, next)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err == nil {
		err = json.Unmarshal(out, &changes)
	}
	if err != nil {
		t.Fatalf("compatibility.mjs: got %v and %q, want a list", err, out)
	}
	return changes
}

var (
	unreleasedChanges = regexp.MustCompile(`(?s)\n## [^\n]*\(unreleased\)\n(.*?)(\n## |$)`)
	quotedName        = regexp.MustCompile("`([^`]*)`")
)

// namedAsBreaking returns the names in backticks in the breaking changes of a changelog's unreleased section.
func namedAsBreaking(changelog string) (names []string) {
	section := unreleasedChanges.FindStringSubmatch(changelog)
	if section == nil {
		return nil
	}
	for entry := range strings.SplitSeq(section[1], "\n- ") {
		if strings.HasPrefix(strings.TrimPrefix(entry, "- "), "**Breaking**") {
			for _, name := range quotedName.FindAllStringSubmatch(entry, -1) {
				names = append(names, strings.Join(strings.Fields(name[1]), " "))
			}
		}
	}
	return names
}

// TestCompatibility compares the schema with the one that was released last: a change that breaks clients must be named
// in CHANGELOG.md, by its coordinate such as `Call.name`, as a breaking one.
func TestCompatibility(t *testing.T) {
	changelog := harness.ReadFile(t, "../CHANGELOG.md")
	named := namedAsBreaking(changelog)
	for _, change := range breakingChanges(t, "../docs/schema-released.graphqls", "../schema.graphqls") {
		if !slices.Contains(named, change.Coordinate) {
			t.Errorf("%s This breaks clients of the released schema: got no entry in CHANGELOG.md, want one that begins with "+
				"**Breaking** and names `%s`", change.Description, change.Coordinate)
		}
	}
}

// TestBreakingChanges compares two small schemas that differ in every way that breaks clients, and some that do not.
func TestBreakingChanges(t *testing.T) {
	folder := t.TempDir()
	released := harness.WriteFile(t, folder, "released.graphqls", `directive @d on FIELD
		type Query { gone: Int kept(gone: Int, kind: Int): Int nullable: Int! list: [Int!] node: I e(e: E, i: In): T }
		interface I { id: ID } type T implements I { id: ID } enum E { A B } input In { a: Int } type Gone { a: Int }`)
	next := harness.WriteFile(t, folder, "next.graphqls", `type Query { kept(kind: String, added: Int!, more: Int): Int
		nullable: Int list: [Int!]! node: I e(e: E, i: In): T new: Int } interface I { id: ID } type T { id: ID }
		type U implements I { id: ID }
		enum E { A C } input In { a: Int b: Int! c: Int }`)
	var got []string
	for _, change := range breakingChanges(t, released, next) {
		got = append(got, change.Coordinate)
	}
	want := []string{"E.B", "Gone", "In.b", "Query.gone", "Query.kept", "Query.kept", "Query.kept", "Query.nullable", "T",
		"d"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got the breaking changes %v, want %v", got, want)
	}
}

func TestNamedAsBreaking(t *testing.T) {
	got := namedAsBreaking("# Changes\n\n## 2 (unreleased)\n\n- **Breaking**: `A.b` and\n  `c\n  d`.\n- `E.f` is new.\n" +
		"- **Breaking**: `G`.\n\n## 1\n\n- **Breaking**: `H.i`.\n")
	if want := []string{"A.b", "c d", "G"}; !slices.Equal(got, want) {
		t.Errorf("got the names %q, want %q", got, want)
	}
}
