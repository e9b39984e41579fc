package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// TokenOptions say which JWT bearer tokens are accepted.
type TokenOptions struct {
	JWKSURL  string        // of the keys of RS256, ES256 and EdDSA tokens (RFC 7517); https, or http on loopback
	Secret   string        // the key of HS256 tokens; at least 32 bytes
	Issuer   string        // iss must be this
	Audience string        // aud must contain this
	Skew     time.Duration // by how much clocks may differ

	// Names of claims. Dots walk into objects, as in realm_access.roles; a claim with the whole name wins.
	TenantClaim      string
	UserClaim        string
	RolesClaim       string // roles are not read where empty
	PermissionsClaim string // permissions are not read where empty

	Now func() time.Time // the clock; time.Now where nil
}

const (
	minSecret = 32 // as long as the hash of HS256 (RFC 7518, 3.2)
	maxSkew   = 10 * time.Minute
)

// check returns what is wrong with the options, nil where nothing is.
func (o TokenOptions) check() error {
	if o.JWKSURL == "" && o.Secret == "" {
		return errors.New("tokens need keys to be checked with: name a JWKS URL, or a secret")
	}
	if o.JWKSURL != "" {
		if err := checkJWKSURL(o.JWKSURL); err != nil {
			return err
		}
	}
	if o.Secret != "" && len(o.Secret) < minSecret {
		return fmt.Errorf("the secret of tokens has %d bytes; HS256 needs %d or more", len(o.Secret), minSecret)
	}
	for _, required := range []struct{ value, message string }{
		{o.Issuer, "tokens need an issuer: what their claim iss must be"},
		{o.Audience, "tokens need an audience: what their claim aud must contain"},
		{o.TenantClaim, "tokens need a tenant: name the claim that holds its number"},
		{o.UserClaim, "tokens need a user: name the claim that holds who it is, such as sub"},
	} {
		if required.value == "" {
			return errors.New(required.message)
		}
	}
	if o.Skew < 0 || o.Skew > maxSkew {
		return fmt.Errorf("clocks cannot be allowed to differ by %s; name 0s to %s", o.Skew, maxSkew)
	}
	return nil
}

// checkJWKSURL rejects URLs whose responses others on the network could replace.
func checkJWKSURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return errors.New("the JWKS URL is no URL, such as https://id.example.com/.well-known/jwks.json")
	}
	if u.User != nil {
		return errors.New("the JWKS URL must not hold a user and password; keys are public")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())) {
		return errors.New("the JWKS URL must be https; http is for loopback alone")
	}
	return nil
}

// IsLoopback reports whether a host is this machine: the name localhost, or a loopback address with or without
// brackets.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
