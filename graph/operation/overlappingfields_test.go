package operation

import (
	"strings"
	"testing"
	"time"

	"callbook/graph"
)

func TestOverlappingFields(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits(), Introspection: true, Suggestions: true})
	for _, c := range []struct{ source, want string }{
		{`{call(id:"a"){id} call(id:"a"){name}}`, ""},
		{`{call(id:"a"){id} call(id:"b"){id}}`, `Fields "call" conflict because they have differing arguments.`},
		{`{a:call(id:"a"){id} b:call(id:"b"){id}}`, ""},
		{
			`mutation{createCall(input:{id:"a"}){call{id}} createCall(input:{id:"b"}){call{id}}}`,
			`Fields "createCall" conflict because they have differing arguments.`,
		},
		{`{calls(filter:{name:{eq:"a"},id:{eq:"b"}}){totalCount} calls(filter:{id:{eq:"b"},name:{eq:"a"}}){totalCount}}`, ""},
		{
			`{calls(filter:{id:{in:["a","b"]}}){totalCount} calls(filter:{id:{in:["b","a"]}}){totalCount}}`,
			`differing arguments`,
		},
		{
			`query($a:ID,$b:ID){calls(filter:{id:{eq:$a}}){totalCount} calls(filter:{id:{eq:$b}}){totalCount}}`,
			`differing arguments`,
		},
		{`query($a:ID){calls(filter:{id:{eq:$a}}){totalCount} ...F} ` +
			`fragment F on Query{calls(filter:{id:{eq:$a}}){nodes{id}}}`, ""},
		{`{...F ...G} fragment F on Query{calls(filter:{id:{eq:"a"}}){totalCount}} ` +
			`fragment G on Query{calls(filter:{id:{eq:"b"}}){totalCount}}`, `differing arguments`},
		{`{viewer{name:scope name}}`, `"scope" and "name" are different fields`},
		{`{call(id:"a"){history(first:1){totalCount}} call(id:"a"){history(first:2){totalCount}}}`,
			`Fields "call" conflict because subfields "history" conflict because they have differing arguments.`},
		{`{node(nodeId:"x"){...on Call{x:name} ...on Task{x:subject}}}`, `conflicting types "String" and "String!"`},
		{`{node(nodeId:"x"){...on Call{x:name} ...on CustomerPerson{x:phoneNumber}}}`, ""},
		{`{node(nodeId:"x"){...on Call{x:attachments{name}} ...on CallRecord{x:details{position}}}}`, ""},
		{
			`{node(nodeId:"x"){...on Call{x:attachments{y:attachmentId}} ...on CallRecord{x:details{y:position}}}}`,
			`conflicting types "ID!" and "Int!"`,
		},
		{`{node(nodeId:"x"){...on Call{x:id} ...on Task{x:call{id}}}}`, `conflicting types`},
		{`{node(nodeId:"x"){x:nodeId ...on Call{x:id}}}`, `"id" and "nodeId" are different fields`},
		{`{node(nodeId:"x"){nodeId ...on Call{nodeId}}}`, ""},
	} {
		checkDocument(t, d, c.source, c.want)
	}
}

// TestOverlappingFieldsOfAnySize validates the largest documents that pass the limits in a moment.
func TestOverlappingFieldsOfAnySize(t *testing.T) {
	limits := DefaultLimits()
	for name, source := range map[string]string{
		"one field again and again": "{viewer{" + strings.Repeat("name ", limits.Fields-2) + "}}",
		"nested, again and again":   "{" + strings.Repeat(`call(id:"a"){callRecord{call{callRecord{call{id}}}}} `, 49) + "}",
		"objects and interfaces":    `{node(nodeId:"x"){` + strings.Repeat("...on Call{id} nodeId ", 900) + "}}",
	} {
		began := time.Now()
		d := newDocuments(graph.Schema(), Options{Limits: limits})
		if _, errs := d.load(t.Context(), source); errs != nil {
			t.Errorf("%s: %.300v", name, errs)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %s, want a moment", name, took)
		}
	}
}
