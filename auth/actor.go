package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"callbook/model"
	"callbook/text"
)

// Actor is who a token stands for, with the rights of its roles. A token that names a role or a permission that there is none of
// is refused: its issuer means something else by it.
func (t *Tokens) Actor(ctx context.Context, token string) (model.Actor, error) {
	claims, err := t.Verify(ctx, token)
	if err != nil {
		return model.Actor{}, err
	}
	roles, unknown := known(claims.Roles, model.AllRole)
	if unknown != "" {
		return model.Actor{}, model.Unauthenticated("the token has the role %s; there are %v", text.Quote(unknown), model.AllRole)
	}
	if len(roles) == 0 {
		return model.Actor{}, model.Unauthenticated("the token has no role")
	}
	var narrowed []model.Permission
	if claims.HasPermissions {
		if narrowed, unknown = known(claims.Permissions, model.AllPermission); unknown != "" {
			return model.Actor{}, model.Unauthenticated("the token has the permission %s; there are %v", text.Quote(unknown), model.AllPermission)
		}
	}
	actor := model.NewActor(claims.TenantID, claims.Name, roles, narrowed)
	actor.Kind, actor.Credential = model.CredentialKindToken, "token of "+claims.Name
	actor.ExpiresAt = new(claims.ExpiresAt.Add(t.options.Skew).UTC().Truncate(time.Second))
	return actor, nil
}

// known are the values that names stand for, whatever their case, and the first name that stands for none.
func known[T ~string](names []string, all []T) (values []T, unknown string) {
	values = []T{}
	for _, name := range names {
		i := slices.IndexFunc(all, func(v T) bool { return strings.EqualFold(string(v), name) })
		if i < 0 {
			return nil, name
		}
		values = append(values, all[i])
	}
	return values, ""
}
