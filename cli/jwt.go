package cli

import (
	"context"
	"errors"
	"time"

	"github.com/alecthomas/kong"

	"callbook/auth"
	"callbook/model"
)

// jwtFlags say which JWT bearer tokens are accepted.
type jwtFlags struct {
	JwksURL          string        `name:"jwks-url" env:"JWKS_URL" placeholder:"URL" help:"${help_jwks_url}"`
	Secret           string        `env:"SECRET" placeholder:"TEXT" help:"${help_jwt_secret}"`
	Issuer           string        `env:"ISSUER" placeholder:"TEXT" help:"What their claim iss must be."`
	Audience         string        `env:"AUDIENCE" placeholder:"TEXT" help:"${help_jwt_audience}"`
	Skew             time.Duration `env:"SKEW" default:"1m" placeholder:"TIME" help:"${help_jwt_skew}"`
	TenantClaim      string        `env:"TENANT_CLAIM" default:"tenant_id" placeholder:"NAME" help:"${help_jwt_tenant}"`
	UserClaim        string        `env:"USER_CLAIM" default:"sub" placeholder:"NAME" help:"${help_jwt_user}"`
	RolesClaim       string        `env:"ROLES_CLAIM" default:"roles" placeholder:"NAME" help:"${help_jwt_roles}"`
	PermissionsClaim string        `env:"PERMISSIONS_CLAIM" placeholder:"NAME" help:"${help_jwt_permissions}"`
}

var jwtTexts = kong.Vars{
	"help_jwks_url": "Accept RS256, ES256 and EdDSA tokens signed by the keys published there.",
	"help_jwt_secret": "Accept HS256 tokens signed with this secret of 32 bytes or more; better given by the " +
		"environment.",
	"help_jwt_audience":    "What their claim aud must contain.",
	"help_jwt_skew":        "By how much clocks may differ (default: 1m).",
	"help_jwt_tenant":      "Claim with the tenant's number; dots walk into objects (default: tenant_id).",
	"help_jwt_user":        "Claim with the user's name, as it is written to what they create (default: sub).",
	"help_jwt_roles":       "Claim with the roles (default: roles).",
	"help_jwt_permissions": "Claim with the permissions the roles are narrowed to; none where left out.",
}

// tokens returns a function that checks tokens, nil where none are accepted.
func (f jwtFlags) tokens(ctx context.Context) (func(context.Context, string) (model.Actor, error), error) {
	if f.JwksURL == "" && f.Secret == "" {
		if f.Issuer != "" || f.Audience != "" {
			return nil, errors.New("--jwt-issuer and --jwt-audience need --jwt-jwks-url or --jwt-secret: " +
				"keys to check tokens with")
		}
		return nil, nil
	}
	tokens, err := auth.NewTokens(ctx, auth.TokenOptions{
		JWKSURL: f.JwksURL, Secret: f.Secret, Issuer: f.Issuer, Audience: f.Audience, Skew: f.Skew,
		TenantClaim: f.TenantClaim, UserClaim: f.UserClaim, RolesClaim: f.RolesClaim,
		PermissionsClaim: f.PermissionsClaim,
	})
	if err != nil {
		return nil, err
	}
	return tokens.Actor, nil
}
