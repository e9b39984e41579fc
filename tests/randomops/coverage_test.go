package randomops

import (
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"callbook/tests/harness"
)

// tally is what became of all operations.
type tally struct {
	sync.Mutex
	operations, fields, nulls int
	slow                      int // operations whose costs may hold time
	codes                     map[string]int
	answers                   *sync.Map // of the engine that was first
}

func (s *tally) add(codes map[string]bool, fields, nulls int) {
	s.Lock()
	defer s.Unlock()
	s.operations++
	s.fields += fields
	s.nulls += nulls
	for code := range codes {
		s.codes[code]++
	}
}

func (s *tally) addSlow() {
	s.Lock()
	defer s.Unlock()
	s.slow++
}

// report fails where the operations have become too tame to find anything: refused, or about rows that are not there.
func (s *tally) report(t *testing.T) {
	t.Logf("%d operations; %d of %d root fields null; operations with errors: %v", s.operations, s.nulls, s.fields,
		s.codes)
	if s.codes["LIMIT_EXCEEDED"]*20 > s.operations {
		t.Errorf("operations over limits: got %d of %d, want one in 20 at most", s.codes["LIMIT_EXCEEDED"], s.operations)
	}
	if s.nulls*2 > s.fields {
		t.Errorf("root fields that are null: got %d of %d, want half at most", s.nulls, s.fields)
	}
}

// TestOperationsReachTheSchema makes sure that random operations use all that clients can name.
func TestOperationsReachTheSchema(t *testing.T) {
	used := map[string]int{}
	for seed := range uint64(4000 / runLength) {
		o := newOperations(harness.ParsedSchema(), seed, []string{"skip", "include"})
		o.used = used
		for range runLength {
			made := o.next()
			if _, errs := gqlparser.LoadQueryWithRules(harness.ParsedSchema(), made.parsable(),
				rules.NewDefaultRules()); errs != nil {
				t.Fatalf("got an operation that is not valid, %v, want valid ones\n%s", errs, made.document)
			}
		}
	}
	all, missing := reachable(harness.ParsedSchema()), []string(nil)
	for _, name := range all {
		if used[name] == 0 {
			missing = append(missing, name)
		}
	}
	t.Logf("%d of %d elements are used; not: %v", len(all)-len(missing), len(all), missing)
	if len(missing)*200 > len(all) {
		t.Errorf("elements of the schema never used: got %d of %d, want one in 200 at most: %v", len(missing), len(all),
			missing)
	}
}

// reachable are the fields, arguments, input fields and enum values that operations can name.
func reachable(schema *ast.Schema) (names []string) {
	visited := map[string]bool{}
	var visit func(*ast.Definition)
	visit = func(d *ast.Definition) {
		if visited[d.Name] || strings.HasPrefix(d.Name, "__") {
			return
		}
		visited[d.Name] = true
		for _, possible := range schema.GetPossibleTypes(d) {
			visit(possible)
		}
		for _, f := range d.Fields {
			names = append(names, d.Name+"."+f.Name)
			if d.Kind == ast.InputObject || isComposite(schema, f.Type) {
				visit(schema.Types[f.Type.Name()])
			}
			for _, a := range f.Arguments {
				names = append(names, d.Name+"."+f.Name+"("+a.Name+")")
				visit(schema.Types[a.Type.Name()])
			}
		}
		for _, v := range d.EnumValues {
			names = append(names, d.Name+"."+v.Name)
		}
	}
	visit(schema.Query)
	if schema.Mutation != nil {
		visit(schema.Mutation)
	}
	return names
}
