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

// operations makes random valid operations from a schema: the same ones by the same seed, as long as the server answers alike.
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
	o := &operations{Rand: random, schema: schema, pool: newPool(random), used: map[string]int{}, others: overlapping(schema)}
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

// selections makes a set of selections of a type, each with its share of the fields there may be. level is how deep it stands,
// lists how many lists are open, for introspection.
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

// leaf is a field that ends here, where there is one.
func (o *operations) leaf(on *ast.Definition) string {
	for range 4 {
		f := oneOf(o, on.Fields...)
		if !isComposite(o.schema, f.Type) && len(f.Arguments) == 0 {
			return o.fieldText(on, f, maxDepth, 0)
		}
	}
	return ""
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

// field selects one of a type's fields, those seldom used first.
func (o *operations) field(on *ast.Definition, level, lists int) string {
	best := (*ast.FieldDefinition)(nil)
	for range 3 {
		f := oneOf(o, on.Fields...)
		if o.isAllowed(f, level, lists) && (best == nil || o.used[on.Name+"."+f.Name] < o.used[on.Name+"."+best.Name]) {
			best = f
		}
	}
	if best == nil {
		return o.leaf(on)
	}
	return o.fieldText(on, best, level, lists)
}

func (o *operations) isAllowed(f *ast.FieldDefinition, level, lists int) bool {
	switch {
	case !isComposite(o.schema, f.Type):
		return true
	case strings.HasPrefix(f.Type.Name(), "__"): // of introspection: little, and no more than two lists deep
		return level < maxDepth && (lists < 2 || f.Type.Elem == nil) && (level > 1 || o.chance(20))
	}
	return level < maxDepth
}

func (o *operations) fieldText(on *ast.Definition, f *ast.FieldDefinition, level, lists int) string {
	o.fields++
	shape, composite := f.Type.String(), isComposite(o.schema, f.Type)
	if composite {
		shape = strings.ReplaceAll(shape, f.Type.Name(), "*")
	}
	m := meaning{field: f.Name, shape: shape}
	if len(f.Arguments) > 0 {
		m.on = on.Name
		m.arguments = o.argumentsOrSame(on, f)
	}
	o.used[on.Name+"."+f.Name]++
	text := o.keyed(f.Name, m) + m.arguments + o.directives(ast.LocationField) + " "
	if !composite {
		return text
	}
	if f.Type.Elem != nil {
		lists++
	}
	return text + " " + o.selections(o.schema.Types[f.Type.Name()], level+1, lists)
}

// argumentsOrSame are new arguments, or those the field was selected with before, so that the two selections merge.
func (o *operations) argumentsOrSame(on *ast.Definition, f *ast.FieldDefinition) string {
	if m, ok := o.keys[f.Name]; ok && m.field == f.Name && m.on == on.Name && o.chance(15) {
		return m.arguments
	}
	return o.arguments(on, f)
}

// keyed is the field under a response key that stands for nothing else in the document.
func (o *operations) keyed(name string, m meaning) string {
	aliases := []string{name}
	if o.chance(12) {
		aliases = append([]string{oneOf(o, "a", "_", "B2", "id", "data", "errors", "name", "on", "type", "nodes", "null_")}, aliases...)
	}
	for i := 1; ; i++ {
		key := aliases[0]
		if known, ok := o.keys[key]; !ok || known == m {
			o.keys[key] = m
			if key == name {
				return name
			}
			return key + oneOf(o, ":", ": ") + name
		}
		if aliases = aliases[1:]; len(aliases) == 0 {
			aliases = []string{fmt.Sprintf("%s_%d", name, i)}
		}
	}
}

// directives are now and then @skip, @include and whatever else the server knows for this location.
func (o *operations) directives(location ast.DirectiveLocation) string {
	text := ""
	for _, i := range o.Perm(len(o.known)) {
		d := o.known[i]
		if !slices.Contains(d.Locations, location) || !o.chance(6) {
			continue
		}
		o.used["@"+d.Name]++
		text += " @" + d.Name
		if d.Name == "skip" || d.Name == "include" {
			text += "(if: " + o.condition(o.chance(25) == (d.Name == "skip")) + ") "
		}
	}
	return text
}

// condition is a truth value, mostly the one that is wanted, as a literal or a variable.
func (o *operations) condition(wanted bool) string {
	strict := ast.NonNullNamedType("Boolean", nil)
	name := o.declaredBefore(strict)
	switch n := o.IntN(20); {
	case n < 10:
		return fmt.Sprint(wanted)
	case n < 16 && name != "":
		return name
	case n < 18:
		return o.declare(strict.String(), strict.String(), wanted)
	}
	name = o.declare("Boolean = "+fmt.Sprint(wanted), "", nil)
	switch n := o.IntN(20); {
	case n == 0: // allowed, and an error when it is executed
		o.refusable = true
	case n < 10:
		delete(o.variables, name[1:])
	default:
		o.variables[name[1:]] = wanted
	}
	return name
}

func isComposite(schema *ast.Schema, t *ast.Type) bool {
	return schema.Types[t.Name()].IsCompositeType()
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// everything is a query for whatever can be read without being asked for by name: the pool begins with what it shows.
func (o *operations) everything() request {
	var parts []string
	for _, f := range o.schema.Query.Fields {
		arguments := ""
		if f.Arguments.ForName("first") != nil {
			arguments = "(first: 25)"
		}
		if !strings.HasPrefix(f.Name, "__") && !needsArguments(f) {
			parts = append(parts, f.Name+arguments+o.allOf(f, 5))
		}
	}
	return request{root: ast.Query, document: "{" + strings.Join(parts, "\n") + "}"}
}

func needsArguments(f *ast.FieldDefinition) bool {
	return slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
}

// allOf selects all leaves of a field's type, and of what is below it.
func (o *operations) allOf(f *ast.FieldDefinition, levels int) string {
	if !isComposite(o.schema, f.Type) {
		return ""
	}
	parts := []string{"__typename"}
	for _, below := range o.schema.Types[f.Type.Name()].Fields {
		isLeaf := !isComposite(o.schema, below.Type)
		if isLeaf || levels > 1 && !needsArguments(below) && o.schema.Types[below.Type.Name()].Kind == ast.Object {
			parts = append(parts, below.Name+o.allOf(below, levels-1))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}
