package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// CorrectPrelude makes what gqlparser declares in every schema as the specification of September 2025 and this server
// have it: flags of introspection and the reason of @deprecated take no null, and there is no @defer, which no
// transport serves. Upstream, the prelude would say so.
func CorrectPrelude(schema *ast.Schema) {
	delete(schema.Directives, "defer")
	for name, definition := range schema.Types {
		if !strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range definition.Fields {
			if flag := field.Arguments.ForName("includeDeprecated"); flag != nil {
				flag.Type = ast.NonNullNamedType("Boolean", flag.Type.Position)
			}
		}
	}
	if reason := schema.Directives["deprecated"].Arguments.ForName("reason"); reason != nil {
		reason.Type = ast.NonNullNamedType("String", reason.Type.Position)
	}
}
