package operation

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"callbook/graph"
	"callbook/model"
	"callbook/tests/quiet"
)

func TestMain(m *testing.M) { quiet.Main(m) }

// smallSchema has one case of everything that is priced or checked, with small numbers.
var smallSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	directive @cost(weight: String!, once: Boolean) on FIELD_DEFINITION | ARGUMENT_DEFINITION
	directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
	type Query {
		name: String
		dear: String @cost(weight: "7")
		item(patch: Patch, by: By, on: Boolean! = true): Item @cost(weight: "2")
		plainList: [Item!]
		assumed: [Item!] @listSize(assumedSize: 3)
		sliced(first: Int = 4, last: Int): [Item!] @listSize(assumedSize: 3, slicingArguments: ["first", "last"])
		byKeys(by: By, keys: [ID!]): [Item!] @listSize(assumedSize: 3, slicingArguments: ["keys", "by.keys", "by.none"])
		page(first: Int): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])
		pages(first: Int): [Page!] @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
		int(n: Int = 1, must: Int! = 1, list: [Int!] = []): String
	}
	type Page { nodes: [Item!] edges: [Edge!] count: Int @cost(weight: "5") }
	type Edge { node: Item }
	type Item { once(filter: String @cost(weight: "20")): String @cost(weight: "4", once: true)
		priced(by: String @cost(weight: "6")): String
		name: String dear: String @cost(weight: "3") parent: Item tags: [String!] }
	input Patch { name: String note: String inner: Patch list: [String] by: By all: [By!] }
	input By @oneOf { key: ID keys: [ID!] patch: Patch }
	type Mutation { change(patch: Patch!): Item createApiKey: Item }
	type Subscription { changed: Item other: Item }
`})

// parsed returns a document that has not been validated.
func parsed(t *testing.T, source string) *ast.QueryDocument {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: source})
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return document
}

// valid returns a document of the small schema that gqlparser has validated.
func valid(t *testing.T, source string) *ast.QueryDocument {
	t.Helper()
	document := parsed(t, source)
	if errs := validator.ValidateWithRules(smallSchema, document, validationRules(true)); len(errs) > 0 {
		t.Fatalf("%s: %v", source, errs)
	}
	return document
}

// checkError compares an error with its code and field; an empty code wants none.
func checkError(t *testing.T, what string, err *model.Error, code model.ErrorCode, field string) {
	t.Helper()
	switch {
	case err == nil && code != "":
		t.Errorf("%s: no error, want %s at %q", what, code, field)
	case err != nil && code == "":
		t.Errorf("%s: %s at %q (%v), want no error", what, err.Code, err.Field, err)
	case err != nil && (err.Code != code || err.Field != field):
		t.Errorf("%s: %s at %q (%v), want %s at %q", what, err.Code, err.Field, err, code, field)
	}
}

// checkDocument loads a document, and checks that it is refused with an error that contains want, or not at all where
// want is empty.
func checkDocument(t *testing.T, d *documents, source, want string) {
	t.Helper()
	_, errs := d.load(t.Context(), source)
	switch {
	case want == "" && errs != nil:
		t.Errorf("%s\nis refused: %v", source, errs)
	case want != "" && (errs == nil || !strings.Contains(errs.Error(), want)):
		t.Errorf("%s\nanswers %v, want an error with: %s", source, errs, want)
	}
}

// inputPathOf returns where in the arguments an error is.
func inputPathOf(err *gqlerror.Error) ast.Path {
	path, _ := err.Extensions[graph.InputPathExtension].(ast.Path)
	return path
}
