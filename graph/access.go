package graph

import (
	"context"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/auth"
	"callbook/model"
)

// permission is the directive @permission: it refuses a field to callers who lack what it takes.
func permission(ctx context.Context, _ any, next graphql.Resolver, allOf, anyOf []model.Permission) (any, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return nil, model.Unauthenticated("nobody is signed in")
	}
	if missing := lacking(actor, allOf, anyOf); missing != "" {
		field := graphql.GetFieldContext(ctx).Field.Name
		return nil, model.Forbidden("", "%s takes the permission %s, which you lack", field, missing)
	}
	return next(ctx)
}

// lacking is what the actor lacks of what a field takes, empty where nothing.
func lacking(actor model.Actor, allOf, anyOf []model.Permission) string {
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

// readingOf is the permission that reading objects of a type takes.
func readingOf(typeName string) model.Permission {
	switch typeName {
	case "CallRecord":
		return model.PermissionCallRecordRead
	case "CustomerPerson":
		return model.PermissionCustomerPersonRead
	}
	return model.PermissionCallRead
}

// describePermissions writes into the descriptions of a schema what @permission says, since introspection does not show directives.
func describePermissions(schema *ast.Schema) {
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			d := field.Directives.ForName("permission")
			if d == nil || strings.Contains(field.Description, "Permission: ") {
				continue
			}
			var parts []string
			for _, argument := range d.Arguments {
				var names []string
				for _, child := range argument.Value.Children {
					names = append(names, child.Value.Raw)
				}
				parts = append(parts, strings.Join(names, map[string]string{"allOf": " and ", "anyOf": " or "}[argument.Name]))
			}
			field.Description = strings.TrimSpace(field.Description + " Permission: " + strings.Join(parts, ", and ") + ".")
		}
	}
}

// Viewer says who is calling.
func (r query) Viewer(ctx context.Context) (*model.Viewer, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return nil, model.Unauthenticated("nobody is signed in")
	}
	return &model.Viewer{Name: actor.Name, TenantID: strconv.FormatInt(actor.TenantID, 10), Credential: actor.Kind, Roles: actor.Roles,
		Permissions: actor.Permissions, Scope: actor.Scope(), Masks: actor.Visibility.Masks(), ExpiresAt: actor.ExpiresAt}, nil
}

func (r query) APIKeys(ctx context.Context) ([]*model.APIKey, error) { return r.db.APIKeys(ctx) }

func (r mutation) CreateAPIKey(ctx context.Context, input model.CreateAPIKeyInput) (*model.CreateAPIKeyPayload, error) {
	key, text, err := r.db.CreateAPIKey(ctx, input)
	if err != nil {
		return nil, each(ctx, err)
	}
	auditKey(ctx, "key created", key)
	return &model.CreateAPIKeyPayload{APIKey: key, Key: text}, nil
}

func (r mutation) RevokeAPIKey(ctx context.Context, id string) (*model.RevokeAPIKeyPayload, error) {
	key, err := r.db.RevokeAPIKey(ctx, id)
	if err != nil {
		return nil, err
	}
	auditKey(ctx, "key revoked", key)
	return &model.RevokeAPIKeyPayload{APIKey: key}, nil
}

func auditKey(ctx context.Context, event string, key *model.APIKey) {
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, event, actor, "key", key.ID, "name", key.Name, "roles", key.Roles(), "requestId", RequestID(ctx))
}
