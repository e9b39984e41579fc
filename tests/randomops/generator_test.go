package randomops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of one operation: ordinary sizes, within the server's limits.
const (
	maxFields    = 60 // with those of fragments wherever they are spread
	maxValues    = 120
	maxDepth     = 9
	maxRootField = 4
)

// operations makes random valid operations from a schema: the same ones by the same seed, as long as the server answers
// alike.
type operations struct {
	*rand.Rand
	schema *ast.Schema
	pool   *pool
	used   map[string]int // how often each element of the schema was put into an operation
	others map[string][]*ast.Definition
	known  []*ast.DirectiveDefinition // that the server has
	draft
}

// draft is the operation that is being made.
type draft struct {
	keys      map[string]meaning // of the whole document, so that fields always merge
	fragments []*namedFragment
	declared  []declaration
	variables vars
	fields    int
	mayHave   int // fields, by the end of the selections that are being made
	values    int
	refusable bool
}

// meaning is what a response key stands for: a field of this type with these arguments, of a type where it takes any.
type meaning struct{ field, shape, arguments, on string }

type namedFragment struct {
	name, on, text string
	fields, height int
}

type declaration struct{ name, text, canBe string }

// request is one operation as it is sent.
type request struct {
	root          ast.Operation
	document      string
	operationName string
	variables     vars
	refusable     bool // valid, but a variable's value is not
}

// newOperations makes operations with those directives, by name, that the server has.
func newOperations(schema *ast.Schema, seed uint64, directives []string) *operations {
	random := rand.New(rand.NewPCG(seed, 2024))
	o := &operations{Rand: random, schema: schema, pool: newPool(random), used: map[string]int{},
		others: overlapping(schema)}
	for _, name := range directives {
		if d := schema.Directives[name]; d != nil {
			o.known = append(o.known, d)
		}
	}
	return o
}

func (o *operations) chance(percent int) bool { return o.IntN(100) < percent }

func oneOf[T any](o *operations, list ...T) T { return list[o.IntN(len(list))] }

// next makes an operation.
func (o *operations) next() request {
	o.draft = draft{keys: map[string]meaning{}, variables: vars{}, mayHave: 4 + o.IntN(maxFields-4)}
	root, keyword := o.schema.Query, ast.Query
	if o.schema.Mutation != nil && o.chance(35) {
		root, keyword = o.schema.Mutation, ast.Mutation
	}
	selections := o.selections(root, 1, 0)
	r := request{root: keyword, variables: o.variables, refusable: o.refusable}
	head := o.head(keyword, &r)
	parts := []string{head + selections}
	for _, f := range o.fragments {
		parts = append(parts, fmt.Sprintf("fragment %s on %s %s", f.name, f.on, f.text))
	}
	if r.operationName != "" && o.chance(25) {
		parts = append(parts, "query Other { __typename }")
	}
	o.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	r.document = strings.Join(parts, oneOf(o, "\n", " ", "\n\n# “…\n"))
	return r
}

// head is what precedes the selections: nothing for the short form of a query.
func (o *operations) head(keyword ast.Operation, r *request) string {
	if keyword == ast.Query && len(o.declared) == 0 && o.chance(50) {
		return ""
	}
	text := string(keyword) + " "
	if o.chance(60) {
		r.operationName = "Op"
		text += "Op"
	}
	if len(o.declared) == 0 {
		return text
	}
	var list []string
	for _, d := range o.declared {
		list = append(list, d.text)
	}
	return text + "(" + o.join(list) + ")"
}

// join puts what may stand between tokens between the parts.
func (o *operations) join(parts []string) string {
	return strings.Join(parts, oneOf(o, " ", " ", ", ", "\n", "\r\n\t", " # {[(\n"))
}

// selections makes a set of selections of a type, each with its share of the fields there may be. level is how deep it
// stands, lists how many lists are open, for introspection.
func (o *operations) selections(on *ast.Definition, level, lists int) string {
	n := 1 + o.IntN(maxRootField)
	if o.chance(35) { // few, so that there is something left for what is deep
		n = 1 + o.IntN(2)
	} else if level > 1 {
		n += o.IntN(5)
	}
	var parts []string
	end := o.mayHave
	defer func() { o.mayHave = end }()
	for i := range n {
		o.mayHave = o.fields + (max(0, end-o.fields)+n-i-1)/(n-i)
		if text := o.selection(on, level, lists); text != "" && (!slices.Contains(parts, text) || o.chance(10)) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "__typename")
	}
	return "{" + o.join(parts) + "}"
}

func (o *operations) selection(on *ast.Definition, level, lists int) string {
	fragments := 20
	if on.IsAbstractType() {
		fragments = 70
	}
	switch p := o.IntN(100); {
	case o.fields >= o.mayHave && level > 1:
		return o.leaf(on)
	case p < fragments/2 && level < maxDepth:
		return o.inline(on, level, lists)
	case p < fragments && level < maxDepth:
		return o.spread(on, level, lists)
	case p < fragments+4:
		return o.keyed("__typename", meaning{field: "__typename", shape: "String!"}) + o.directives(ast.LocationField)
	}
	return o.field(on, level, lists)
}

// inline makes an inline fragment.
func (o *operations) inline(on *ast.Definition, level, lists int) string {
	condition := ""
	target := on
	if on.IsAbstractType() || o.chance(70) {
		target = oneOf(o, o.others[on.Name]...)
		condition = "on " + target.Name + " "
	}
	return "... " + condition + o.directives(ast.LocationInlineFragment) + o.selections(target, level+1, lists)
}

// overlapping are, for each type with fields, the types that its objects can have too.
func overlapping(schema *ast.Schema) map[string][]*ast.Definition {
	all := map[string][]*ast.Definition{}
	for _, a := range sortedKeys(schema.Types) {
		for _, b := range sortedKeys(schema.Types) {
			if overlap(schema, schema.Types[a], schema.Types[b]) {
				all[a] = append(all[a], schema.Types[b])
			}
		}
	}
	return all
}

func overlap(schema *ast.Schema, a, b *ast.Definition) bool {
	for _, possible := range schema.GetPossibleTypes(a) {
		if slices.Contains(schema.GetPossibleTypes(b), possible) {
			return true
		}
	}
	return false
}

// spread makes a named fragment and spreads it, or spreads one that there is.
func (o *operations) spread(on *ast.Definition, level, lists int) string {
	for _, f := range o.fragments {
		fits := slices.Contains(o.others[on.Name], o.schema.Types[f.on]) && level+f.height <= maxDepth+3
		if fits && o.fields+f.fields <= o.mayHave && o.chance(50) {
			o.fields += f.fields
			return "..." + f.name + o.directives(ast.LocationFragmentSpread)
		}
	}
	target := oneOf(o, o.others[on.Name]...)
	before := o.fields
	text := o.selections(target, level+1, lists)
	f := &namedFragment{name: fmt.Sprintf("F%d", len(o.fragments)+1), on: target.Name, text: text, height: heightOf(text)}
	f.fields = o.fields - before
	if strings.HasPrefix(target.Name, "__") || target == o.schema.Query {
		f.height = 1000 // once is enough
	}
	o.fragments = append(o.fragments, f)
	return "... " + f.name + o.directives(ast.LocationFragmentSpread)
}

// heightOf is how deep selections are nested, taken from their braces; those of values make it somewhat too great.
func heightOf(text string) (height int) {
	depth := 0
	for _, c := range text {
		switch c {
		case '{':
			depth++
			height = max(height, depth)
		case '}':
			depth--
		}
	}
	return height
}
