package randomops

import (
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/tests/harness"
)

const pooled = 30 // values kept of each field

// pool keeps what responses have shown, so that operations name rows that exist.
type pool struct {
	*rand.Rand
	entities   []string        // the types of rows
	fieldNames map[string]bool // of all objects
	values     map[string][]string
	pages      map[string][]seenPage
}

// seenPage is a cursor, and the arguments of the page it was on.
type seenPage struct {
	cursor    string
	arguments vars
}

func newPool(random *rand.Rand) *pool {
	p := &pool{Rand: random, fieldNames: map[string]bool{}, values: map[string][]string{}, pages: map[string][]seenPage{}}
	for _, name := range sortedKeys(harness.ParsedSchema().Types) {
		d := harness.ParsedSchema().Types[name]
		if d.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		if len(d.Interfaces) > 0 {
			p.entities = append(p.entities, name)
		}
		for _, f := range d.Fields {
			p.fieldNames[f.Name] = true
		}
	}
	return p
}

// entity is the type of rows that a name speaks of: the longest that is in it, or "".
func (p *pool) entity(name string) (best string) {
	for _, entity := range p.entities {
		if len(entity) > len(best) && strings.Contains(strings.ToLower(name), strings.ToLower(entity)) {
			best = entity
		}
	}
	return best
}

func keep[T any](p *pool, into map[string][]T, key string, v T) {
	if len(into[key]) < pooled {
		into[key] = append(into[key], v)
	} else {
		into[key][p.IntN(pooled)] = v
	}
}

// see keeps a value of a field.
func (p *pool) see(typeName, field, value string) {
	if len(value) < 300 {
		keep(p, p.values, typeName+"."+field, value)
		keep(p, p.values, field, value)
	}
}

// about is a value that was seen in the field of a row, or in a field of a similar name, or "".
func (p *pool) about(entity, topic string) string {
	if owner, ok := strings.CutSuffix(topic, "Id"); ok {
		for _, e := range p.entities {
			if strings.EqualFold(e, owner) {
				entity, topic = e, "id"
			}
		}
	}
	for _, key := range []string{entity + "." + topic, topic} {
		if list := p.values[key]; len(list) > 0 {
			return list[p.IntN(len(list))]
		}
	}
	return ""
}

func (p *pool) page(coordinate string) (seenPage, bool) {
	list := p.pages[coordinate]
	if len(list) == 0 {
		return seenPage{}, false
	}
	return list[p.IntN(len(list))], true
}

// pagedField is a field with pages, and the arguments it was selected with.
type pagedField struct {
	coordinate string
	arguments  vars
}

// learn keeps a value that a response has shown.
func (p *pool) learn(typeName, field, text string, of *pagedField) {
	if of != nil && (field == "cursor" || field == "endCursor" || field == "startCursor") {
		keep(p, p.pages, of.coordinate, seenPage{text, of.arguments})
	}
	p.see(typeName, field, text)
}

// argumentsOf are a field's arguments with the values of its variables; those without a value are left out.
func (c *responseCheck) argumentsOf(f *ast.Field) vars {
	out := vars{}
	for _, a := range f.Arguments {
		if _, given := c.variables[a.Value.Raw]; a.Value.Kind == ast.Variable && !given {
			continue
		}
		if v, err := a.Value.Value(c.variables); err == nil {
			out[a.Name] = v
		}
	}
	return out
}
