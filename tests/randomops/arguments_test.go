package randomops

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/graph"
)

// place is where a value goes: what tells which values may hit rows that exist.
type place struct {
	entity      string // the type of the rows, such as Call
	topic       string // the field of them, such as callerId
	description string
	hasDefault  bool
	ofOneOf     bool
	isNumeric   bool // of a key that is a whole number
}

// within is the place of an argument or an input field. A name that is no field of any object, such as eq or contains,
// is about what it stands in.
func (o *operations) within(p place, typeName, name string, hasDefault bool, description string) place {
	if entity := o.pool.entity(typeName); entity != "" {
		p.entity = entity
	}
	if o.pool.fieldNames[name] || strings.HasSuffix(name, "Id") {
		p.topic = name
	}
	if field, ok := sameAs[name]; ok {
		p.topic = field
	}
	p.hasDefault, p.description, p.ofOneOf = hasDefault, description, false
	return p
}

// sameAs are the fields whose values suit what has another name.
var sameAs = map[string]string{"phone": "phoneNumber", "searchWords": "calledPhoneNumber", "query": "text",
	"prefix": "tag", "ids": "id", "fields": "field"}

// paging are the arguments that exclude each other.
var paging = []string{"first", "after", "last", "before", "offset"}

// arguments makes a field's arguments, in any order.
func (o *operations) arguments(on *ast.Definition, f *ast.FieldDefinition) string {
	coordinate := on.Name + "." + f.Name
	here := o.within(place{}, f.Type.Name(), "", false, "")
	if here.entity == "" {
		here.entity = o.pool.entity(f.Name)
	}
	fixed, pages := o.page(coordinate, f)
	var parts []string
	for _, a := range f.Arguments {
		value, isFixed := fixed[a.Name]
		p := o.within(here, a.Type.Name(), a.Name, a.DefaultValue != nil, a.Description)
		p.isNumeric = graph.NumericKeys()[graph.InputPlace{Owner: coordinate, Name: a.Name}]
		var text string
		switch {
		case isFixed:
			text = o.write(o.typed(a.Type, value))
		case pages != nil && slices.Contains(paging, a.Name) && !slices.Contains(pages, a.Name):
			continue
		case fixed != nil && !slices.Contains(paging, a.Name):
			continue
		case a.Type.NonNull && a.DefaultValue == nil || slices.Contains(pages, a.Name) || o.chance(45):
			text = o.write(o.given(a.Type, p))
		default:
			continue
		}
		o.used[coordinate+"("+a.Name+")"]++
		parts = append(parts, a.Name+": "+text)
	}
	if len(parts) == 0 {
		return ""
	}
	o.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "(" + o.join(parts) + ")"
}

// page chooses which of the paging arguments go together, mostly as the contract has it. A cursor comes with the
// arguments of the page it was on.
func (o *operations) page(coordinate string, f *ast.FieldDefinition) (fixed vars, names []string) {
	if f.Arguments.ForName("after") == nil || o.chance(5) {
		return nil, nil
	}
	names = [][]string{{}, {"first"}, {"last"}, {"offset"}, {"first", "offset"}, {"first", "after"},
		{"last", "before"}}[o.IntN(7)]
	if len(names) < 2 || names[0] == "offset" || names[1] == "offset" {
		return nil, names
	}
	known, ok := o.pool.page(coordinate)
	if !ok {
		return nil, names[:1]
	}
	fixed = vars{names[1]: known.cursor}
	for name, value := range known.arguments {
		if !slices.Contains(paging, name) {
			fixed[name] = value
		}
	}
	return fixed, names
}

// given is a value, now and then by a variable.
func (o *operations) given(t *ast.Type, p place) any {
	if !o.chance(25) {
		return o.value(t, p, true)
	}
	isKey := t.Name() == "ID" // some places take numeric keys alone
	if name := o.declaredBefore(t); name != "" && !isKey && o.chance(15) {
		return variable(name)
	}
	return o.variable(t, p)
}

type variable string

// declaredBefore is a variable that may stand where a type is wanted, or "".
func (o *operations) declaredBefore(t *ast.Type) string {
	for _, d := range o.declared {
		if t.NonNull && d.canBe == t.String() || d.canBe == t.String()+"!" {
			return "$" + strings.Fields(d.text)[0][1:]
		}
	}
	return ""
}

// declare declares a variable and gives it.
func (o *operations) declare(typeAndDefault, canBe string, value any) string {
	name := fmt.Sprintf("v%d", len(o.declared)+1)
	o.declared = append(o.declared, declaration{name, "$" + name + " : " + typeAndDefault, canBe})
	o.variables[name] = value
	return "$" + name
}

// variable declares a variable for a place: as strict as it or stricter, or with a default; given, null or absent.
func (o *operations) variable(t *ast.Type, p place) any {
	strict := *t
	strict.NonNull = true
	lax := *t
	lax.NonNull = false
	if t.NonNull || p.ofOneOf || o.chance(30) {
		return o.strictVariable(&strict, &lax, p)
	}
	name := fmt.Sprintf("v%d", len(o.declared)+1)
	text := "$" + name + ": " + lax.String()
	o.declared = append(o.declared, declaration{name: name})
	at := len(o.declared) - 1
	if o.chance(30) {
		text += " = " + o.write(o.value(&lax, p, false))
	}
	o.declared[at].text = text
	switch o.IntN(5) {
	case 0: // absent
	case 1:
		o.variables[name] = nil
	default:
		o.variables[name] = plain(o.value(&lax, p, false))
	}
	return variable("$" + name)
}

// strictVariable is never null.
func (o *operations) strictVariable(strict, lax *ast.Type, p place) any {
	name := fmt.Sprintf("v%d", len(o.declared)+1)
	o.declared = append(o.declared, declaration{name: name})
	at := len(o.declared) - 1
	value := func() any { return o.value(strict, p, false) }
	text := "$" + name + ": " + lax.String() + " "
	switch {
	case o.chance(60):
		o.declared[at].text, o.declared[at].canBe = "$"+name+" : "+strict.String(), strict.String()
		o.variables[name] = plain(value())
		return variable("$" + name)
	case p.hasDefault && !p.ofOneOf && o.chance(50): // the place's own default stands in for an absent one
	case p.ofOneOf || o.chance(50):
		text = "$" + name + ": " + strict.String() + " = " + o.write(value())
	default:
		text += "= " + o.write(value())
	}
	o.declared[at].text = text
	switch n := o.IntN(20); {
	case n == 0 && strings.HasPrefix(text, "$"+name+": "+lax.String()+" ") && !p.ofOneOf:
		o.refusable = true
		o.variables[name] = nil
	case n < 10:
		o.variables[name] = plain(value())
	}
	return variable("$" + name)
}
