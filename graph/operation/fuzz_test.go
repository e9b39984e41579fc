package operation

import (
	"testing"

	"callbook/graph"
)

// FuzzDocument measures, validates and prices documents of any kind.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"{__typename}",
		"{...F} fragment F on Query {...F}",
		"query($n:Int=3){calls(first:$n){nodes{id ...@include(if:true){tags}}}}",
		"subscription{...F}fragment F on Subscription{callChanged{callId}}",
		`{calls(filter:{name:{eq:"\u{1F600}"}}){totalCount}}`,
		`{markCallRecords(ids:7,readStatus:HAS_READ){written}}`,
		"{a:__schema{types{fields{type{name}}}}}",
		"mutation{createCalls(inputs:[{},{}]){results{callId}}}",
		`{calls(first:99999999999){nodes{id}}}`,
	} {
		f.Add(seed)
	}
	schema := graph.Schema()
	f.Fuzz(func(t *testing.T, source string) {
		d := newDocuments(schema, Options{Limits: DefaultLimits(), Introspection: true, Suggestions: true})
		document, errs := d.load(t.Context(), source)
		if errs != nil {
			return
		}
		for _, operation := range document.prepared {
			p := operation.priceWith(&pricing{}, map[string]any{})
			if p.total < 0 || p.fixed < 0 || p.total > maxCount {
				t.Fatalf("%q has the price %+v, want it from 0 to %d", source, p, maxCount)
			}
			_ = operation.checkVariableTypes(map[string]any{"n": nil})
		}
	})
}
