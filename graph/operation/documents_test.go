package operation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph"
	"callbook/model"
)

// codeOf returns the code that an error of a document will have.
func codeOf(t *testing.T, errs gqlerror.List) any {
	t.Helper()
	if len(errs) == 0 {
		return ""
	}
	return presentRequestErrors(t.Context(), errs, true)[0].Extensions["code"]
}

func TestLoadDocument(t *testing.T) {
	limits := DefaultLimits()
	limits.Tokens, limits.Depth = 50, 4
	for _, c := range []struct {
		name, source string
		o            Options
		want         any
	}{
		{"a document", "{viewer{name}}", Options{}, ""},
		{"no document", "", Options{}, model.ErrorCodeGraphqlValidationFailed},
		{"half a document", "{viewer{name}", Options{}, model.ErrorCodeGraphqlParseFailed},
		{"fragments alone", "fragment F on Query{viewer{name}}", Options{}, model.ErrorCodeGraphqlValidationFailed},
		{"as many tokens as may be", "{" + strings.Repeat("__typename ", 47) + "}", Options{}, ""},
		{"too many tokens", "{" + strings.Repeat("__typename ", 60) + "}", Options{}, model.ErrorCodeLimitExceeded},
		{"brackets too deep", strings.Repeat("{a", 101), Options{}, model.ErrorCodeLimitExceeded},
		{"half a surrogate pair", `{call(id:"\ud83d"){id}}`, Options{}, model.ErrorCodeGraphqlParseFailed},
		{"too deep", "{a{a{a{a{a}}}}}", Options{}, model.ErrorCodeLimitExceeded},
		{"an unknown field", "{viewer{nope}}", Options{}, model.ErrorCodeGraphqlValidationFailed},
		{"two root fields of a subscription", "subscription{a:callChanged{callId} b:callChanged{callId}}", Options{},
			model.ErrorCodeGraphqlValidationFailed},
		{"introspection where it is off", "{__schema{description}}", Options{}, model.ErrorCodeGraphqlValidationFailed},
		{"introspection where it is on", "{__schema{description}}", Options{Introspection: true}, ""},
	} {
		c.o.Limits = limits
		d := newDocuments(graph.Schema(), c.o)
		_, errs := d.load(t.Context(), c.source)
		if got := codeOf(t, errs); got != c.want {
			t.Errorf("%s: %v (%v), want %q", c.name, got, errs, c.want)
		}
		if _, ok := d.cached(c.source); ok != (c.want == "") {
			t.Errorf("%s: it is cached: %v, want %v", c.name, ok, c.want == "")
		}
	}
}

// TestErrorsOfSeveralOperations checks that every literal at fault has one error, and so has every operation.
func TestErrorsOfSeveralOperations(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	for source, want := range map[string]string{
		`subscription A{a:callChanged{callId} b:callChanged{callId}}
		subscription B{a:callChanged{callId} b:callChanged{callId}}`: "1:1 2:3 ",
		`query A{...F}
		query B{...F}
		fragment F on Query{a:calls(first:1.5){totalCount} b:calls(first:"2"){totalCount}}`: "3:37 3:69 ",
	} {
		got := ""
		_, errs := d.load(t.Context(), source)
		for _, err := range errs {
			for _, place := range err.Locations {
				got += fmt.Sprintf("%d:%d ", place.Line, place.Column)
			}
		}
		if got != want {
			t.Errorf("%s\nhas errors at %s: %v, want them at %s", source, got, errs, want)
		}
	}
}

func TestLargeDocumentsAreNotCached(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	source := "{viewer{name}} #" + strings.Repeat("x", maxCachedDocument)
	if _, errs := d.load(t.Context(), source); errs != nil {
		t.Fatal(errs)
	}
	if _, ok := d.cached(source); ok {
		t.Errorf("a document of %d bytes is cached, want at most %d", len(source), maxCachedDocument)
	}
}

func TestTooManyNewDocuments(t *testing.T) {
	limits := DefaultLimits()
	limits.Waiting = 0
	d := newDocuments(graph.Schema(), Options{Limits: limits})
	for d.validating.Acquire(t.Context(), 1) == nil {
	}
	_, errs := d.load(t.Context(), "{viewer{name}}")
	if got := codeOf(t, errs); got != model.ErrorCodeUnavailable {
		t.Errorf("with all places taken: %v (%v), want UNAVAILABLE", got, errs)
	}
}

func TestSuggestions(t *testing.T) {
	for suggestions, want := range map[bool]string{
		true:  `Cannot query field "nam" on type "Viewer". Did you mean "name"?`,
		false: `Cannot query field "nam" on type "Viewer".`,
	} {
		d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits(), Suggestions: suggestions})
		_, errs := d.load(t.Context(), "{viewer{nam}}")
		got := presentRequestErrors(t.Context(), errs, suggestions)
		if len(got) != 1 || got[0].Message != want {
			t.Errorf("suggestions %v: %v, want %q", suggestions, got, want)
		}
	}
}

func TestParseErrorsHaveLocations(t *testing.T) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	_, errs := d.parse("{\n  viewer{")
	if len(errs) != 1 || len(errs[0].Locations) == 0 || errs[0].Extensions["code"] != errcode.ParseFailed {
		t.Errorf("the errors are %v, want one with a location and %s", errs, errcode.ParseFailed)
	}
}

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
