package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

// jwtFlags say which JWT bearer tokens are accepted.
type jwtFlags struct {
	JwksURL          string        `name:"jwks-url" env:"CALLBOOK_JWT_JWKS_URL" placeholder:"URL" help:"Accept RS256, ES256 and EdDSA tokens signed by the keys published there."`
	Secret           string        `env:"CALLBOOK_JWT_SECRET" placeholder:"TEXT" help:"Accept HS256 tokens signed with this secret of 32 bytes or more; better given by the environment."`
	Issuer           string        `env:"CALLBOOK_JWT_ISSUER" placeholder:"TEXT" help:"What their claim iss must be."`
	Audience         string        `env:"CALLBOOK_JWT_AUDIENCE" placeholder:"TEXT" help:"What their claim aud must contain."`
	Skew             time.Duration `env:"CALLBOOK_JWT_SKEW" default:"1m" placeholder:"TIME" help:"By how much clocks may differ (default: ${default})."`
	TenantClaim      string        `env:"CALLBOOK_JWT_TENANT_CLAIM" default:"tenant_id" placeholder:"NAME" help:"Claim with the tenant's number; dots walk into objects (default: ${default})."`
	UserClaim        string        `env:"CALLBOOK_JWT_USER_CLAIM" default:"sub" placeholder:"NAME" help:"Claim with the user's name, as it is written to what they create (default: ${default})."`
	RolesClaim       string        `env:"CALLBOOK_JWT_ROLES_CLAIM" default:"roles" placeholder:"NAME" help:"Claim with the roles (default: ${default})."`
	PermissionsClaim string        `env:"CALLBOOK_JWT_PERMISSIONS_CLAIM" placeholder:"NAME" help:"Claim with the permissions the roles are narrowed to; none where left out."`
}

// tokens are the tokens that are accepted; nil where none are.
func (f jwtFlags) tokens(ctx context.Context) (func(context.Context, string) (model.Actor, error), error) {
	if f.JwksURL == "" && f.Secret == "" {
		if f.Issuer != "" || f.Audience != "" {
			return nil, errors.New("--jwt-issuer and --jwt-audience need --jwt-jwks-url or --jwt-secret: keys to check tokens with")
		}
		return nil, nil
	}
	tokens, err := auth.NewTokens(ctx, auth.TokenOptions{JWKSURL: f.JwksURL, Secret: f.Secret, Issuer: f.Issuer, Audience: f.Audience, Skew: f.Skew,
		TenantClaim: f.TenantClaim, UserClaim: f.UserClaim, RolesClaim: f.RolesClaim, PermissionsClaim: f.PermissionsClaim})
	if err != nil {
		return nil, err
	}
	return tokens.Actor, nil
}

var errNoCredentials = errors.New("--addr: without credentials the server listens on loopback alone; create an API key with `callbook key create`, " +
	"name a JWKS URL with --jwt-jwks-url, or let everybody do everything with --insecure-no-auth")

// credentials decide who may come in. Without any credential, everybody on this machine may, as an administrator.
func (s serveCmd) credentials(ctx context.Context, d *db.DB, onLoopback bool) (*auth.Auth, error) {
	options := auth.Options{Key: d.APIKey, NoteUse: d.NoteKeyUse}
	var err error
	if options.Tokens, err = s.Jwt.tokens(ctx); err != nil {
		return nil, err
	}
	hasKeys, err := d.HasAPIKeys(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case s.InsecureNoAuth:
		slog.Warn("--insecure-no-auth: whoever reaches the server may do everything, without a credential")
		options.Anonymous = &local
	case options.Tokens != nil || hasKeys:
	case !onLoopback:
		return nil, errNoCredentials
	default:
		slog.Warn("there are no credentials: whoever is on this machine may do everything, and the server answers to it alone; callbook key create makes the first one")
		options.Anonymous = &local
	}
	return auth.New(options), nil
}

// openAuditLog sends the audit lines to a file, if one is named.
func openAuditLog(path string) (closeLog func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	auth.SetAuditLog(slog.New(slog.NewJSONHandler(f, nil)))
	return f.Close, nil
}
