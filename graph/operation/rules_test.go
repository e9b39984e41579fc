package operation

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"callbook/graph"
	"callbook/tests/cputime"
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
		began := cputime.Used()
		d := newDocuments(graph.Schema(), Options{Limits: limits})
		if _, errs := d.load(t.Context(), source); errs != nil {
			t.Errorf("%s: %.300v", name, errs)
		}
		if took := cputime.Used() - began; took > 3*time.Second {
			t.Errorf("%s took %s of processor time, want a moment", name, took)
		}
	}
}

func TestSingleRootField(t *testing.T) {
	for source, want := range map[string]int{
		"subscription{changed{name}}":                                                                  0,
		"subscription{a:changed{name}}":                                                                0,
		"subscription{changed{name} changed{parent{name}}}":                                            0,
		"subscription{...F} fragment F on Subscription{changed{name}}":                                 0,
		"subscription{...{changed{name}}}":                                                             0,
		"{name dear}":                                                                                  0,
		"subscription{a:changed{name} b:changed{name}}":                                                1,
		"subscription{changed{name} ...{b:changed{name}}}":                                             1,
		"subscription{changed@skip(if:false){name}}":                                                   1,
		"subscription{changed@include(if:true){name}}":                                                 1,
		"subscription{...@include(if:true){changed{name}}}":                                            1,
		"subscription{...F@skip(if:false)} fragment F on Subscription{changed{name}}":                  1,
		"subscription A{a:changed{name} b:changed{name}} subscription B{changed@skip(if:false){name}}": 2,
	} {
		if errs := validator.ValidateWithRules(smallSchema, valid(t, source), ownRules); len(errs) != want {
			t.Errorf("%s has the errors %v, want %d", source, errs, want)
		}
	}
}

func TestLiterals(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits(), Introspection: true, Suggestions: true})
	for _, c := range []struct{ source, want string }{
		{`{calls(first:3){totalCount}}`, ""},
		{`{calls(first:2147483647){totalCount}}`, ""},
		{`{calls(first:2147483648){totalCount}}`, "first: must be a whole number of 32 bits"},
		{`{calls(first:{}){totalCount}}`, "first: must be a whole number"},
		{`{calls(dataset:{}){totalCount}}`, "dataset: must be one of DEFAULT, CLOSED, NOT_CLOSED"},
		{`{viewer @skip(if:{}){name}}`, "if: must be true or false"},
		{`{viewer @skip(if:[true]){name}}`, "if: must be true or false"},
		{`query($p:ID={}){call(id:$p){id}}`, "id: must be text"},
		{`query($p:ID="x"){call(id:$p){id} callRecord(id:$p){id}}`, "id: must be a whole number from 0"},
		{`query($p:Int=99999999999){calls(first:$p){totalCount}}`, "first: must be a whole number of 32 bits"},
		{`query($p:Int=99999999999){calls(filter:{or:[{},{callDurationInSeconds:{in:[1,$p]}}]}){totalCount}}`,
			"filter.or.1.callDurationInSeconds.in.1: must be a whole number of 32 bits"},
		{`{calls(first:"3"){totalCount}}`, "first: must be a whole number"},
		{`{calls(first:3.0){totalCount}}`, "first: must be a whole number of 32 bits, written without fraction"},
		{`{calls(first:null){totalCount}}`, ""},
		{`{calls(dataset:null){totalCount}}`, "dataset: must not be null"},
		{`{calls(filter:[{}]){totalCount}}`, "filter: must be an object with the fields of CallFilter"},
		{`{calls(filter:"x"){totalCount}}`, "filter: must be an object with the fields of CallFilter"},
		{`{calls(orderBy:{direction:ASC}){totalCount}}`, "orderBy.field: must be given"},
		{`{calls(orderBy:[{field:NAME},null]){totalCount}}`, "orderBy.1: must not be null"},
		{`{calls(orderBy:{field:Name}){totalCount}}`, `Did you mean "NAME"`},
		{`{calls(filter:{callType:{eq:inbound}}){totalCount}}`,
			"filter.callType.eq: must be one of INBOUND, OUTBOUND, MISSED; captions such as 呼入 are for files"},
		{`{calls(filter:{callType:{eq:"INBOUND"}}){totalCount}}`, "filter.callType.eq: must be one of INBOUND"},
		{`{calls(filter:{callType:{eq:1}}){totalCount}}`, "filter.callType.eq: must be one of INBOUND"},
		{`mutation{deleteCalls(select:{}){written}}`, "select: has 0 of the fields of CallSelector"},
		{`mutation{deleteCalls(select:{ids:[],versions:[]}){written}}`, "select: has 2 of the fields of CallSelector"},
		{`mutation{deleteCalls(select:{ids:null}){written}}`, "select.ids: must not be null"},
		{`{calls(filter:{naem:{eq:"x"}}){totalCount}}`, `filter.naem: is not a field of CallFilter. Did you mean "name"`},
		{`{calls(filter:{callStartTime:{gte:"2024-02-30T00:00:00Z"}}){totalCount}}`, "filter.callStartTime.gte: must be"},
		{`{calls(filter:{callStartTime:{gte:"2024-02-28t00:00:00z"}}){totalCount}}`, ""},
		{
			`{calls(filter:{callStartTime:{in:["2024-02-28T00:00:00Z","x"]}}){totalCount}}`,
			"filter.callStartTime.in.1: must be",
		},
		{`{calls(filter:{callType:{in:INBOUND}}){totalCount}}`, ""},
		{`{callRecord(id:"9223372036854775807"){id}}`, ""},
		{`{callRecord(id:9223372036854775808){id}}`, "id: must be text, or a whole number of 64 bits"},
		{`{callRecord(id:"٣"){id}}`, "id: must be a whole number"},
		{`{callRecord(id:""){id}}`, "id: must be a whole number"},
		{`{callRecord(id:" 7"){id}}`, "id: must be a whole number"},
		{`{call(id:" 7"){id}}`, ""},
		{`mutation{createCall(input:{id:"x"}){call{id}} updateCall(id:"x",expectedVersion:2147483648,input:{}){call{id}}}`,
			"expectedVersion: must be a whole number of 32 bits"},
		{`mutation{saveCallRecords(inputs:[{id:1},{id:2,chatRound:3000000000}]){results{outcome}}}`,
			"inputs.1.chatRound: must be a whole number of 32 bits"},
	} {
		checkDocument(t, d, c.source, c.want)
	}
}

// TestPlaceOfBlockString checks that an error in a string of several lines has the place where the string begins.
func TestPlaceOfBlockString(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits(), Introspection: true, Suggestions: true})
	for source, want := range map[string]gqlerror.Location{
		"{call(id: 1){id}\n a: call(id: \"ä\"){id} b: callRecord(id: \"\"\"\n\n  x\"\"\"){id}}": {Line: 2, Column: 41},
		"query($n: Int = \"\"\"x\ny\"\"\") {calls(first: $n) {totalCount}}":                     {Line: 1, Column: 17},
	} {
		_, errs := d.load(t.Context(), source)
		if len(errs) != 1 || !slices.Equal(errs[0].Locations, []gqlerror.Location{want}) {
			t.Errorf("%s\nanswers %+v, want an error at %v", source, errs, want)
		}
	}
}

func TestVariableTypes(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	const list = `query($f:CallFilter,$n:Int){calls(filter:$f,first:$n){totalCount}}`
	const levels = `query($f:IntentLevelFilter){callRecords(filter:{intentLevel:$f}){totalCount}}`
	const deleteThem = `mutation($s:CallSelector!){deleteCalls(select:$s){written}}`
	const tags = `query($n:Int=1,$on:Boolean=true){...F @include(if:$on)} fragment F on Query{callTags(first:$n){tag}}`
	const save = `mutation($in:[SaveCallRecordInput!]!){saveCallRecords(inputs:$in){results{outcome}}}`
	for _, c := range []struct{ source, variables, want string }{
		{list, `{}`, ""},
		{list, `{"n":null,"f":null}`, ""},
		{list, `{"n":1.5}`, "first: must be a whole number of 32 bits, written without fraction and exponent"},
		{list, `{"n":"1"}`, "first: must be a whole number"},
		{list, `{"n":[1]}`, "first: must be a whole number"},
		{list, `{"f":{"callType":{"in":["INBOUND","Inbound"]}}}`,
			`filter.callType.in.1: must be one of INBOUND, OUTBOUND, MISSED; captions such as 呼入 are for files. Did you ` +
				`mean "INBOUND"?`},
		{list, `{"f":{"callType":{"in":"INBOUND"}}}`, ""},
		{list, `{"f":{"callType":{"eq":1}}}`, "filter.callType.eq: must be one of"},
		{levels, `{"f":{"eq":1}}`,
			"filter.intentLevel.eq: must be one of A, B, C, D, E, F; captions such as 较强 are for files"},
		{list, `{"f":{"nam":{"eq":"x"}}}`, "filter.nam: is not a field of CallFilter"},
		{list, `{"f":{"__typename":"CallFilter"}}`, "filter.__typename: is not a field of CallFilter"},
		{list, `{"f":[]}`, "filter: must be an object with the fields of CallFilter"},
		{list, `{"f":{"or":[{"callDurationInSeconds":{"gt":2147483648}}]}}`, "filter.or.0.callDurationInSeconds.gt: must be"},
		{list, `{"f":{"callStartTime":{"gte":"2018-08-04 11:57:33"}}}`, "filter.callStartTime.gte: must be an RFC 3339"},
		{save, `{}`, "inputs: must be given"},
		{save, `{"in":null}`, "inputs: must not be null"},
		{save, `{"in":[null]}`, "inputs.0: must not be null"},
		{save, `{"in":[{"id":1},{}]}`, "inputs.1.id: must be given"},
		{save, `{"in":{"id":"7"}}`, ""},
		{save, `{"in":[{"id":"1e3"}]}`, "inputs.0.id: must be a whole number"},
		{save, `{"in":[{"id":1e3}]}`, "inputs.0.id: must be text, or a whole number"},
		{`query($id:ID!){call(id:$id){id} callRecord(id:$id){id}}`, `{"id":"x"}`, "id: must be a whole number"},
		{`query($id:ID!){call(id:$id){id}}`, `{"id":1.5}`, "id: must be text, or a whole number of 64 bits"},
		{`query($x:String){calls(filter:{or:[{name:{eq:$x}}]}){totalCount}}`, `{"x":1}`, "filter.or.0.name.eq: must be text"},
		{`query($x:Boolean!){viewer @include(if:$x){name}}`, `{"x":"true"}`, "if: must be true or false"},
		{`query($x:Boolean!) @skip(if:$x) {viewer{name}}`, `{"x":true}`, "refused"},
		{deleteThem, `{"s":{"ids":["a"]}}`, ""},
		{deleteThem, `{"s":{}}`, "select: has 0 of the fields of CallSelector; it must have exactly one"},
		{deleteThem, `{"s":{"ids":[],"versions":[]}}`, "select: has 2 of the fields of CallSelector"},
		{deleteThem, `{"s":{"ids":null}}`, "select.ids: must not be null: a CallSelector is exactly one of its fields"},
		{deleteThem, `{"s":{"where":{"filter":{},"limit":1,"dataset":null}}}`, "select.where.dataset: must not be null"},
		{tags, `{}`, ""},
		{tags, `{"n":2,"on":false}`, ""},
		{tags, `{"n":null}`, "first: must not be null where the document uses it"},
		{tags, `{"on":null}`, "if: must not be null where the document uses it"},
		{`query($n:Int=1){calls(filter:{callDurationInSeconds:{in:[1,$n]}}){totalCount}}`, `{"n":null}`,
			"filter.callDurationInSeconds.in.1: must not be null where the document uses it"},
		{`query($n:Int=1){calls(filter:{callDurationInSeconds:{eq:$n}}){totalCount}}`, `{"n":null}`, ""},
	} {
		document, errs := d.load(t.Context(), c.source)
		if errs != nil {
			if c.want != "refused" {
				t.Fatalf("%s\nis refused: %v", c.source, errs)
			}
			continue
		}
		var variables map[string]any
		if err := decodeNumbers(c.variables, &variables); err != nil {
			t.Fatal(err)
		}
		err := document.prepared[0].checkVariableTypes(variables)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s with %s is refused: %v", c.source, c.variables, err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Message, c.want)):
			t.Errorf("%s with %s answers %v, want: %s", c.source, c.variables, err, c.want)
		case strings.HasSuffix(c.want, "files") && err.Message != c.want:
			t.Errorf("%s with %s answers %v, want no more than: %s", c.source, c.variables, err, c.want)
		}
	}
}

func decodeNumbers(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}
