package operation

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// printed returns a document's text on one line.
func printed(document *ast.QueryDocument) string {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(document)
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestAbsentVariables(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"query($a:String){item(patch:{name:$a,note:\"x\"}){name}}", `{note:"x"}`},
		{"query($given:String){item(patch:{name:$given}){name}}", `{name:$given}`},
		{"query($a:String){item(patch:{inner:{name:$a},note:\"x\"}){name}}", `{inner:{},note:"x"}`},
		{"query($a:String){item(patch:{list:[$a,\"x\"]}){name}}", `{list:[$a,"x"]}`},
		{"query($a:Patch){item(patch:$a){name}}", `$a`},
		{"query($a:String){...{item(patch:{name:$a}){name}}}", `{}`},
		{"query($a:String){...F} fragment F on Query{item(patch:{name:$a}){name}}", `{}`},
		{"query($a:String){item(patch:{name:null,note:$a}){name}}", `{name:null}`},
	} {
		document := valid(t, c.source)
		before := printed(document)
		op := &graphql.OperationContext{
			Doc: document, Operation: document.Operations[0], Variables: map[string]any{"given": "g"},
		}
		omitAbsent(op, omittableIn(op.Operation))
		after := printed(&ast.QueryDocument{
			Operations: ast.OperationList{op.Operation}, Fragments: op.Doc.Fragments,
		})
		if want := "item(patch: " + c.want + ")"; !strings.Contains(after, want) {
			t.Errorf("%s becomes %s, want it to contain %s", c.source, after, want)
		}
		if printed(document) != before {
			t.Errorf("%s: the shared document became %s", c.source, printed(document))
		}
	}
}

func TestNoAbsentVariables(t *testing.T) {
	document := valid(t, "query($a:String){item(patch:{name:$a}){name}}")
	op := &graphql.OperationContext{
		Doc: document, Operation: document.Operations[0], Variables: map[string]any{"a": nil},
	}
	omitAbsent(op, omittableIn(op.Operation))
	if op.Doc != document || op.Operation != document.Operations[0] {
		t.Error("the document was copied although all its variables are given")
	}
}
