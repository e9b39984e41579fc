package auth

import (
	"testing"
	"time"
)

func TestNewTokensRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*TokenOptions)
		want string
	}{
		"no keys": {func(o *TokenOptions) { o.Secret = "" },
			"tokens need keys to be checked with: name a JWKS URL, or a secret"},
		"short secret": {func(o *TokenOptions) { o.Secret = secret[:31] },
			"the secret of tokens has 31 bytes; HS256 needs 32 or more"},
		"no issuer": {func(o *TokenOptions) { o.Issuer = "" }, "tokens need an issuer: what their claim iss must be"},
		"no audience": {func(o *TokenOptions) { o.Audience = "" },
			"tokens need an audience: what their claim aud must contain"},
		"no tenant": {func(o *TokenOptions) { o.TenantClaim = "" },
			"tokens need a tenant: name the claim that holds its number"},
		"no user": {func(o *TokenOptions) { o.UserClaim = "" },
			"tokens need a user: name the claim that holds who it is, such as sub"},
		"negative skew": {func(o *TokenOptions) { o.Skew = -1 },
			"clocks cannot be allowed to differ by -1ns; name 0s to 10m0s"},
		"great skew": {func(o *TokenOptions) { o.Skew = time.Hour },
			"clocks cannot be allowed to differ by 1h0m0s; name 0s to 10m0s"},
	} {
		t.Run(name, func(t *testing.T) { expectRefused(t, c.edit, c.want) })
	}
}

// expectRefused checks the error of NewTokens for options that are edited.
func expectRefused(t *testing.T, edit func(*TokenOptions), want string) {
	t.Helper()
	o := options("")
	o.Secret = secret
	edit(&o)
	if _, err := NewTokens(t.Context(), o); err == nil || err.Error() != want {
		t.Errorf("answers %v, not %s", err, want)
	}
}

func TestJWKSURLs(t *testing.T) {
	for want, addresses := range map[string][]string{
		"the JWKS URL is no URL, such as https://id.example.com/.well-known/jwks.json": {
			"id.example.com", "https://[", "https:///jwks"},
		"the JWKS URL must be https; http is for loopback alone": {
			"http://id.example.com/jwks", "http://127.0.0.1.example.com/jwks", "ftp://localhost/jwks"},
		"the JWKS URL must not hold a user and password; keys are public": {"https://a:b@id.example.com/jwks"},
	} {
		for _, address := range addresses {
			t.Run(address, func(t *testing.T) { expectRefused(t, func(o *TokenOptions) { o.JWKSURL = address }, want) })
		}
	}
	for _, address := range []string{"https://id.example.com/jwks?a=b", "http://localhost:1/jwks",
		"http://127.0.0.2/jwks", "http://[::1]:1/jwks"} {
		if err := checkJWKSURL(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
