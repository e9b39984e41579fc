package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
)

// permission is the directive @permission. It refuses a field with FORBIDDEN to callers who lack one of allOf, or all
// of anyOf, and with UNAUTHENTICATED where the context has no actor. A caller with several roles acts in the field by
// those that have the permission.
func permission(
	ctx context.Context, _ any, next graphql.Resolver, allOf, anyOf []model.Permission,
) (any, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return nil, model.Unauthenticated("nobody is signed in")
	}
	if missing := missingPermission(actor, allOf, anyOf); missing != "" {
		field := graphql.GetFieldContext(ctx).Field.Name
		return nil, model.Forbidden("", "%s takes the permission %s, which you lack", field, missing)
	}
	if len(actor.Roles) > 1 {
		ctx = model.WithActor(ctx, actor.For(allOf, anyOf))
	}
	return next(ctx)
}

// missingPermission returns the first permission of allOf that the actor lacks, else the names of anyOf where it has
// none of them; empty where it lacks nothing.
func missingPermission(actor model.Actor, allOf, anyOf []model.Permission) string {
	for _, p := range allOf {
		if !actor.May(p) {
			return string(p)
		}
	}
	names := make([]string, len(anyOf))
	for i, p := range anyOf {
		if actor.May(p) {
			return ""
		}
		names[i] = string(p)
	}
	return strings.Join(names, " or ")
}

// readPermission returns the permission that reading objects of a type takes.
func readPermission(typeName string) model.Permission {
	switch typeName {
	case "CallRecord":
		return model.PermissionCallRecordRead
	case "CustomerPerson":
		return model.PermissionCustomerPersonRead
	}
	return model.PermissionCallRead
}

// describePermissions adds what @permission says to the descriptions of fields, since introspection does not show
// directives. Fields that take no permission say so in the schema.
func describePermissions(schema *ast.Schema) {
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			if needed := permissionText(field.Directives.ForName("permission")); needed != "" {
				field.Description = strings.TrimSpace(field.Description + " Permission: " + needed + ".")
			}
		}
	}
}

// permissionText returns the arguments of a @permission in words: "A and B, and C or D". It returns nothing for a nil
// directive, and for one that names no permission.
func permissionText(d *ast.Directive) string {
	if d == nil {
		return ""
	}
	between := map[string]string{"allOf": " and ", "anyOf": " or "}
	var parts []string
	for _, argument := range d.Arguments {
		var names []string
		for _, child := range argument.Value.Children {
			names = append(names, child.Value.Raw)
		}
		parts = append(parts, strings.Join(names, between[argument.Name]))
	}
	return strings.Join(parts, ", and ")
}
