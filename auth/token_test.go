package auth

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

func TestVerify(t *testing.T) {
	want := Claims{ID: "t1", TenantID: 7, Name: "ann", ExpiresAt: start.Add(time.Hour)}
	roles := want
	roles.Roles = []string{"agent", "lead"}
	none := want
	none.HasPermissions = true
	some := none
	some.Permissions = []string{"calls:read", "calls:write"}
	named := func(name string) Claims { c := want; c.Name = name; return c }
	nested := func(value any) map[string]any { return map[string]any{"realm_access": map[string]any{"roles": value}} }
	expiring := func(at time.Time) Claims { c := want; c.ExpiresAt = at; return c }
	anonymous := want
	anonymous.ID = ""
	both := options(newIssuer(t).URL)
	both.Secret = secret
	tokens := newTokens(t, both)
	for name, c := range map[string]struct {
		draft *draft
		edit  func(*draft)
		want  Claims
	}{
		"RS256": {newDraft(), nil, want},
		"ES256": {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodES256, "ec", ecKey()) }, want},
		"EdDSA": {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodEdDSA, "ed", edKey()) }, want},
		"HS256": {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "any", []byte(secret)) },
			want},
		"one of a name":     {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodES256, "twin", ecKey()) }, want},
		"no kid":            {newDraft(), func(d *draft) { delete(d.header, "kid") }, want},
		"null kid":          {newDraft(), func(d *draft) { d.header["kid"] = nil }, want},
		"several audiences": {edited(map[string]any{"aud": []string{"other", "callbook"}}), nil, want},
		"expired within skew": {edited(map[string]any{"exp": start.Unix() - 59}), nil,
			expiring(start.Add(-59 * time.Second))},
		"early within skew":   {edited(map[string]any{"nbf": start.Unix() + 60, "iat": start.Unix() + 60}), nil, want},
		"neither nbf nor iat": {edited(map[string]any{"nbf": nil, "iat": nil}), nil, want},
		"fraction": {edited(map[string]any{"exp": float64(start.Unix()) + 0.25}),
			func(d *draft) { d.claims["nbf"] = 0.5 }, expiring(start.Add(250 * time.Millisecond))},
		"no jti":         {edited(map[string]any{"jti": nil}), nil, anonymous},
		"tenant as text": {edited(map[string]any{"tenant": "7"}), nil, want},
		"long name": {edited(map[string]any{"sub": strings.Repeat("é", 100)}), nil,
			named(strings.Repeat("é", 100))},
		"list of roles":       {edited(nested([]string{"agent", "lead"})), nil, roles},
		"roles with spaces":   {edited(nested(" agent  lead ")), nil, roles},
		"roles with commas":   {edited(nested("agent, lead")), nil, roles},
		"roles by whole name": {edited(map[string]any{"realm_access.roles": []string{"agent", "lead"}}), nil, roles},
		"whole name wins": {edited(map[string]any{"realm_access.roles": "agent lead",
			"realm_access": map[string]any{"roles": "admin"}}),
			nil, roles},
		"no object to walk":   {edited(map[string]any{"realm_access": "roles"}), nil, want},
		"null roles":          {edited(map[string]any{"realm_access": map[string]any{"roles": nil}}), nil, want},
		"some permissions":    {edited(map[string]any{"permissions": "calls:read calls:write"}), nil, some},
		"no permissions":      {edited(map[string]any{"permissions": []string{}}), nil, none},
		"blank permissions":   {edited(map[string]any{"permissions": ""}), nil, none},
		"null permissions":    {newDraft(), func(d *draft) { d.claims["permissions"] = nil }, none},
		"as long as they get": {newDraft(), func(d *draft) { d.pad(8192) }, want},
	} {
		t.Run(name, func(t *testing.T) {
			if c.edit != nil {
				c.edit(c.draft)
			}
			got, err := tokens.Verify(t.Context(), c.draft.sign())
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Permissions) == 0 {
				got.Permissions = nil
			}
			if len(got.Roles) == 0 {
				got.Roles = nil
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("claims %+v, not %+v", got, c.want)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	issuer := newIssuer(t)
	tokens := newTokens(t, options(issuer.URL))
	pkix := must(x509.MarshalPKIXPublicKey(rsaKey().Public()))
	good := newDraft().sign()
	parts := strings.Split(good, ".")
	const algorithm = "the token must be signed by RS256, ES256, EdDSA"
	for name, c := range map[string]struct {
		token string
		want  string
	}{
		"empty":           {"", "the token is no JWT"},
		"two parts":       {parts[0] + "." + parts[1], "the token is no JWT"},
		"four parts":      {good + ".x", "the token is no JWT"},
		"no base64":       {parts[0] + ".%." + parts[2], "the token is no JWT"},
		"loose base64":    {good[:len(good)-1] + "_", "the token is no JWT"},
		"no JSON":         {encode([]byte("RS256")) + "." + parts[1] + "." + parts[2], "the token is no JWT"},
		"list of claims":  {parts[0] + "." + encode([]byte("[]")) + "." + parts[2], "the token is no JWT"},
		"null header":     {encode([]byte("null")) + "." + parts[1] + "." + parts[2], algorithm},
		"no signature":    {parts[0] + "." + parts[1] + ".", "the token's signature is wrong"},
		"other signature": {parts[0] + "." + parts[1] + "." + encode(make([]byte, 256)), "the token's signature is wrong"},
		"other claims": {parts[0] + "." + strings.Split(edited(map[string]any{"tenant": 8}).sign(),
			".")[1] + "." + parts[2], "the token's signature is wrong"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, tokens, c.token, model.ErrorCodeUnauthenticated, c.want) })
	}
	for name, c := range map[string]struct {
		edit func(*draft)
		want string
	}{
		"too long": {func(d *draft) { d.pad(8193) }, "the token is longer than 8192 bytes"},
		"none": {func(d *draft) {
			d.signedBy(jwt.SigningMethodNone, "rsa",
				jwt.UnsafeAllowNoneSignatureType)
		}, algorithm},
		"None":                {func(d *draft) { d.header["alg"] = "None" }, algorithm},
		"no algorithm":        {func(d *draft) { delete(d.header, "alg") }, algorithm},
		"list of algorithms":  {func(d *draft) { d.header["alg"] = []string{"RS256"} }, algorithm},
		"unknown algorithm":   {func(d *draft) { d.header["alg"] = "XS256" }, algorithm},
		"another RSA hash":    {func(d *draft) { d.signedBy(jwt.SigningMethodRS512, "rsa", rsaKey()) }, algorithm},
		"PS256":               {func(d *draft) { d.signedBy(jwt.SigningMethodPS256, "rsa", rsaKey()) }, algorithm},
		"HMAC by modulus":     {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", rsaKey().N.Bytes()) }, algorithm},
		"HMAC by PKIX":        {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", pkix) }, algorithm},
		"HMAC by JWKS secret": {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "secret", []byte(secret)) }, algorithm},
		"HMAC by nothing":     {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", []byte{}) }, algorithm},
		"crit": {func(d *draft) { d.header["crit"] = []string{"exp"} },
			"the token has headers that must be understood (crit), and are not"},
		"null crit": {func(d *draft) { d.header["crit"] = nil },
			"the token has headers that must be understood (crit), and are not"},
		"unknown kid":     {func(d *draft) { d.header["kid"] = "other" }, "the token is signed by an unknown key"},
		"kid is a number": {func(d *draft) { d.header["kid"] = 1 }, "the token's header kid is no text"},
		"RSA kid, EC token": {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "rsa", ecKey()) },
			"the token's algorithm is not the one of its key"},
		"EC kid, RSA token": {func(d *draft) { d.header["kid"] = "ec" },
			"the token's algorithm is not the one of its key"},
		"RSA kid, EdDSA token": {func(d *draft) { d.signedBy(jwt.SigningMethodEdDSA, "rsa", edKey()) },
			"the token's algorithm is not the one of its key"},
		"key of 2040 bits": {func(d *draft) { d.signedBy(jwt.SigningMethodRS256, "weak", weakKey()) },
			"the token is signed by an unknown key"},
		"key to encrypt": {func(d *draft) { d.header["kid"] = "enc" }, "the token is signed by an unknown key"},
		"key of RS512":   {func(d *draft) { d.header["kid"] = "rs512" }, "the token is signed by an unknown key"},
		"key of ES384":   {func(d *draft) { d.signedBy(jwt.SigningMethodES384, "ec384", ec384Key()) }, algorithm},
		"key of P-384": {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "ec384", ecKey()) },
			"the token is signed by an unknown key"},
		"published private": {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "private", ecKey()) },
			"the token is signed by an unknown key"},
		"two keys of a kid": {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "triplet", ecKey()) },
			"the token does not tell which key signed it; it needs a kid of one key"},
		"no kid, two keys": {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "", ecKey()); delete(d.header, "kid") },
			"the token does not tell which key signed it; it needs a kid of one key"},
		"key in the header": {func(d *draft) {
			d.header["jwk"] = jose.JSONWebKey{Key: edKey().Public()}
			d.signedBy(jwt.SigningMethodEdDSA, "mine", edKey())
		}, "the token is signed by an unknown key"},
		"not UTF-8": {func(d *draft) {
			d.payload = strings.Replace(string(must(json.Marshal(d.claims))), `"ann"`, "\"ann\xff\"", 1)
		}, "the token's user is no text, or none that can be stored"},
		"exp beyond numbers": {func(d *draft) {
			d.payload = strings.Replace(string(must(json.Marshal(d.claims))), `"exp":`, `"exp":1e400,"old":`, 1)
		}, "the token's exp is no time in seconds since 1970"},
		"claims are null": {func(d *draft) { d.payload = "null" }, "the token never expires; it needs an exp"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDraft()
			c.edit(d)
			expect(t, tokens, d.sign(), model.ErrorCodeUnauthenticated, c.want)
		})
	}
	for name, c := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"no exp":               {map[string]any{"exp": nil}, "the token never expires; it needs an exp"},
		"exp as text":          {map[string]any{"exp": "4102444800"}, "the token's exp is no time in seconds since 1970"},
		"exp of 10000":         {map[string]any{"exp": 253402300800}, "the token's exp is no time in seconds since 1970"},
		"negative exp":         {map[string]any{"exp": -1}, "the token's exp is no time in seconds since 1970"},
		"expired":              {map[string]any{"exp": start.Unix() - 60}, "the token has expired"},
		"expired long ago":     {map[string]any{"exp": 0}, "the token has expired"},
		"early":                {map[string]any{"nbf": start.Unix() + 61}, "the token is not valid yet"},
		"nbf as text":          {map[string]any{"nbf": "soon"}, "the token's nbf is no time in seconds since 1970"},
		"nbf beyond integers":  {map[string]any{"nbf": 1e30}, "the token's nbf is no time in seconds since 1970"},
		"issued in the future": {map[string]any{"iat": start.Unix() + 61}, "the token was issued in the future"},
		"iat is a list":        {map[string]any{"iat": []int{1}}, "the token's iat is no time in seconds since 1970"},
		"no issuer":            {map[string]any{"iss": nil}, "the token is from another issuer"},
		"another issuer":       {map[string]any{"iss": "https://id.example.com/"}, "the token is from another issuer"},
		"issuer is a list": {map[string]any{"iss": []string{"https://id.example.com"}},
			"the token is from another issuer"},
		"no audience":      {map[string]any{"aud": nil}, "the token is for another audience"},
		"another audience": {map[string]any{"aud": "callbook2"}, "the token is for another audience"},
		"other audiences":  {map[string]any{"aud": []string{"a", "b"}}, "the token is for another audience"},
		"audience is an object": {map[string]any{"aud": map[string]any{"callbook": true}},
			"the token is for another audience"},
		"no tenant":  {map[string]any{"tenant": nil}, "the token has no tenant"},
		"tenant 0":   {map[string]any{"tenant": 0}, "the token's tenant is no positive whole number"},
		"tenant -1":  {map[string]any{"tenant": -1}, "the token's tenant is no positive whole number"},
		"tenant 1.5": {map[string]any{"tenant": 1.5}, "the token's tenant is no positive whole number"},
		"tenant 2^63": {map[string]any{"tenant": uint64(1 << 63)},
			"the token's tenant is no positive whole number"},
		"tenant by name":   {map[string]any{"tenant": "acme"}, "the token's tenant is no positive whole number"},
		"tenant is true":   {map[string]any{"tenant": true}, "the token's tenant is no positive whole number"},
		"no user":          {map[string]any{"sub": nil}, "the token has no user"},
		"empty user":       {map[string]any{"sub": ""}, "the token has no user"},
		"blank user":       {map[string]any{"sub": " "}, "the token has no user"},
		"user is a number": {map[string]any{"sub": 1}, "the token's user is no text, or none that can be stored"},
		"user with NUL":    {map[string]any{"sub": "a\x00"}, "the token's user is no text, or none that can be stored"},
		"user of two lines": {map[string]any{"sub": "bob\nroot"},
			"the token's user has line breaks, control or direction marks"},
		"user with a direction mark": {map[string]any{"sub": "bob\u202e"},
			"the token's user has line breaks, control or direction marks"},
		"user of 101": {map[string]any{"sub": strings.Repeat("é", 101)},
			"the token's user has more than 100 characters"},
		"roles are a number": {map[string]any{"realm_access.roles": 1}, "the token's roles are no list of text"},
		"roles hold a number": {map[string]any{"realm_access.roles": []any{"a", 1}},
			"the token's roles are no list of text"},
		"role with NUL": {map[string]any{"realm_access.roles": []any{"a\x00"}},
			"the token's roles are no list of text"},
		"permissions by name": {map[string]any{"permissions": map[string]any{"a": true}},
			"the token's permissions are no list of text"},
		"jti is a number": {map[string]any{"jti": 1}, "the token's jti is no text"},
		"jti with NUL":    {map[string]any{"jti": "\x00"}, "the token's jti is no text"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, tokens, edited(c.claims).sign(), model.ErrorCodeUnauthenticated, c.want)
		})
	}
	expect(t, tokens, good, "", "") // nothing of that has kept good tokens out
}

func TestVerifyBySecret(t *testing.T) {
	o := options("")
	o.Secret = secret
	tokens := newTokens(t, o)
	for name, c := range map[string]struct {
		method jwt.SigningMethod
		key    any
		want   string
	}{
		"HS256":         {jwt.SigningMethodHS256, []byte(secret), ""},
		"HS512":         {jwt.SigningMethodHS512, []byte(secret), "the token must be signed by HS256"},
		"RS256":         {jwt.SigningMethodRS256, rsaKey(), "the token must be signed by HS256"},
		"EdDSA":         {jwt.SigningMethodEdDSA, edKey(), "the token must be signed by HS256"},
		"none":          {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "the token must be signed by HS256"},
		"other secret":  {jwt.SigningMethodHS256, []byte(secret + "0"), "the token's signature is wrong"},
		"empty secret":  {jwt.SigningMethodHS256, []byte{}, "the token's signature is wrong"},
		"shared prefix": {jwt.SigningMethodHS256, []byte(secret[:31]), "the token's signature is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDraft()
			d.signedBy(c.method, "rsa", c.key)
			expect(t, tokens, d.sign(), model.ErrorCodeUnauthenticated, c.want)
		})
	}
}

func TestRealClock(t *testing.T) {
	o := options("")
	o.Secret, o.Now = secret, nil
	tokens := newTokens(t, o)
	for _, c := range []struct {
		exp  time.Duration
		want string
	}{{time.Hour, ""}, {-time.Hour, "the token has expired"}} {
		d := edited(map[string]any{"exp": time.Now().Add(c.exp).Unix(), "iat": nil, "nbf": nil})
		d.signedBy(jwt.SigningMethodHS256, "", []byte(secret))
		expect(t, tokens, d.sign(), model.ErrorCodeUnauthenticated, c.want)
	}
}

// FuzzVerify holds that nothing panics, that every refusal is one for people, and that nothing but the signed tokens
// is accepted.
func FuzzVerify(f *testing.F) {
	o := options(newIssuer(f).URL)
	o.Secret = secret
	tokens := newTokens(f, o)
	signed := map[string]bool{}
	for _, by := range []struct {
		method jwt.SigningMethod
		kid    string
		key    crypto.PrivateKey
	}{{jwt.SigningMethodRS256, "rsa", rsaKey()}, {jwt.SigningMethodES256, "ec", ecKey()},
		{jwt.SigningMethodEdDSA, "ed", edKey()}, {jwt.SigningMethodHS256, "", []byte(secret)}} {
		d := newDraft()
		d.signedBy(by.method, by.kid, by.key)
		signed[d.sign()] = true
	}
	for token := range signed {
		f.Add(token)
	}
	for _, seed := range []string{"", ".", "..", "...", "e30.e30.", "bnVsbA.bnVsbA.", "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := tokens.Verify(t.Context(), token)
		var refusal *model.Error
		if err == nil && !signed[token] || err != nil && !errors.As(err, &refusal) {
			t.Errorf("answers %v", err)
		}
	})
}
