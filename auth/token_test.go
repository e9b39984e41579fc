package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

const secret = "0123456789abcdef0123456789abcdef"

// start is when the clock of every test starts.
var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// clock is set by tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Keys are made once; RSA's take their time.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	weakKey  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2040)) })
	ecKey    = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	ec384Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	edKey    = sync.OnceValue(func() ed25519.PrivateKey { return ed25519.NewKeyFromSeed([]byte(secret)) })
)

// published are the keys of the tests' issuer.
func published() []jose.JSONWebKey {
	return []jose.JSONWebKey{
		{KeyID: "rsa", Key: rsaKey().Public(), Algorithm: "RS256", Use: "sig"},
		{KeyID: "ec", Key: ecKey().Public()},
		{KeyID: "ed", Key: edKey().Public(), Use: "sig"},
		{KeyID: "weak", Key: weakKey().Public()},
		{KeyID: "enc", Key: rsaKey().Public(), Use: "enc"},
		{KeyID: "rs512", Key: rsaKey().Public(), Algorithm: "RS512"},
		{KeyID: "ec384", Key: ec384Key().Public()},
		{KeyID: "private", Key: ecKey()},
		{KeyID: "secret", Key: []byte(secret)},
		{KeyID: "twin", Key: ecKey().Public()},
		{KeyID: "twin", Key: ec384Key().Public()},
		{KeyID: "triplet", Key: ecKey().Public()},
		{KeyID: "triplet", Key: ecKey().Public()},
	}
}

// draft is a token before it is signed.
type draft struct {
	header, claims map[string]any
	payload        string // instead of claims
	method         jwt.SigningMethod
	key            any
}

// newDraft is a token that is accepted.
func newDraft() *draft {
	return &draft{
		header: map[string]any{"alg": "RS256", "typ": "JWT", "kid": "rsa"},
		claims: map[string]any{
			"iss": "https://id.example.com", "aud": "callbook", "sub": "ann", "tenant": 7, "jti": "t1",
			"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		},
		method: jwt.SigningMethodRS256, key: rsaKey(),
	}
}

func (d *draft) signedBy(method jwt.SigningMethod, kid string, key any) {
	d.method, d.key = method, key
	d.header["alg"] = method.Alg()
	d.header["kid"] = kid
}

func (d *draft) sign() string {
	payload := []byte(d.payload)
	if d.payload == "" {
		payload = must(json.Marshal(d.claims))
	}
	text := encode(must(json.Marshal(d.header))) + "." + encode(payload)
	return text + "." + encode(must(d.method.Sign(text, d.key)))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// edited is newDraft with other claims; nil leaves a claim out.
func edited(claims map[string]any) *draft {
	d := newDraft()
	maps.Copy(d.claims, claims)
	maps.DeleteFunc(d.claims, func(_ string, value any) bool { return value == nil })
	return d
}

func options(jwksURL string) TokenOptions {
	return TokenOptions{
		JWKSURL: jwksURL, Issuer: "https://id.example.com", Audience: "callbook", Skew: time.Minute,
		TenantClaim: "tenant", UserClaim: "sub", RolesClaim: "realm_access.roles", PermissionsClaim: "permissions",
		Now: func() time.Time { return start },
	}
}

// newTokens makes a verifier and waits for its first fetch.
func newTokens(t testing.TB, o TokenOptions) *Tokens {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	tokens, err := NewTokens(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	tokens.settle()
	return tokens
}

// settle waits for the fetch under way.
func (t *Tokens) settle() {
	if t.keys == nil {
		return
	}
	t.keys.mu.Lock()
	fetching := t.keys.fetching
	t.keys.mu.Unlock()
	if fetching != nil {
		<-fetching
	}
}

// expect verifies a token, whose error must be of the code and message; "" where it must be accepted.
func expect(t testing.TB, tokens *Tokens, token string, code model.ErrorCode, message string) {
	t.Helper()
	claims, err := tokens.Verify(t.Context(), token)
	if message == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var refusal *model.Error
	if !errors.As(err, &refusal) || refusal.Code != code || refusal.Message != message || refusal.Field != "" {
		t.Errorf("answers %v, not %s: %s", err, code, message)
	}
	if !reflect.DeepEqual(claims, Claims{}) {
		t.Errorf("refused, and yet claims %+v", claims)
	}
}

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
		"RS256":               {newDraft(), nil, want},
		"ES256":               {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodES256, "ec", ecKey()) }, want},
		"EdDSA":               {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodEdDSA, "ed", edKey()) }, want},
		"HS256":               {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "any", []byte(secret)) }, want},
		"one of a name":       {newDraft(), func(d *draft) { d.signedBy(jwt.SigningMethodES256, "twin", ecKey()) }, want},
		"no kid":              {newDraft(), func(d *draft) { delete(d.header, "kid") }, want},
		"null kid":            {newDraft(), func(d *draft) { d.header["kid"] = nil }, want},
		"several audiences":   {edited(map[string]any{"aud": []string{"other", "callbook"}}), nil, want},
		"expired within skew": {edited(map[string]any{"exp": start.Unix() - 59}), nil, expiring(start.Add(-59 * time.Second))},
		"early within skew":   {edited(map[string]any{"nbf": start.Unix() + 60, "iat": start.Unix() + 60}), nil, want},
		"neither nbf nor iat": {edited(map[string]any{"nbf": nil, "iat": nil}), nil, want},
		"fraction":            {edited(map[string]any{"exp": float64(start.Unix()) + 0.25}), func(d *draft) { d.claims["nbf"] = 0.5 }, expiring(start.Add(250 * time.Millisecond))},
		"no jti":              {edited(map[string]any{"jti": nil}), nil, anonymous},
		"tenant as text":      {edited(map[string]any{"tenant": "7"}), nil, want},
		"long name":           {edited(map[string]any{"sub": strings.Repeat("é", 100)}), nil, named(strings.Repeat("é", 100))},
		"list of roles":       {edited(nested([]string{"agent", "lead"})), nil, roles},
		"roles with spaces":   {edited(nested(" agent  lead ")), nil, roles},
		"roles with commas":   {edited(nested("agent, lead")), nil, roles},
		"roles by whole name": {edited(map[string]any{"realm_access.roles": []string{"agent", "lead"}}), nil, roles},
		"whole name wins": {edited(map[string]any{"realm_access.roles": "agent lead", "realm_access": map[string]any{"roles": "admin"}}),
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

// pad makes the token exactly as long as told, by a claim nobody reads.
func (d *draft) pad(length int) {
	d.claims["pad"] = ""
	least := (length-len(d.sign()))*3/4 - 4
	for n := least; len(d.sign()) != length; n++ {
		if n > least+8 { // base64 skips this length: let the header take a character more
			d.header["typ"] = d.header["typ"].(string) + "x"
			n = least
		}
		d.claims["pad"] = strings.Repeat("x", n)
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
		"other claims":    {parts[0] + "." + strings.Split(edited(map[string]any{"tenant": 8}).sign(), ".")[1] + "." + parts[2], "the token's signature is wrong"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, tokens, c.token, model.ErrorCodeUnauthenticated, c.want) })
	}
	for name, c := range map[string]struct {
		edit func(*draft)
		want string
	}{
		"too long":             {func(d *draft) { d.pad(8193) }, "the token is longer than 8192 bytes"},
		"none":                 {func(d *draft) { d.signedBy(jwt.SigningMethodNone, "rsa", jwt.UnsafeAllowNoneSignatureType) }, algorithm},
		"None":                 {func(d *draft) { d.header["alg"] = "None" }, algorithm},
		"no algorithm":         {func(d *draft) { delete(d.header, "alg") }, algorithm},
		"list of algorithms":   {func(d *draft) { d.header["alg"] = []string{"RS256"} }, algorithm},
		"unknown algorithm":    {func(d *draft) { d.header["alg"] = "XS256" }, algorithm},
		"another RSA hash":     {func(d *draft) { d.signedBy(jwt.SigningMethodRS512, "rsa", rsaKey()) }, algorithm},
		"PS256":                {func(d *draft) { d.signedBy(jwt.SigningMethodPS256, "rsa", rsaKey()) }, algorithm},
		"HMAC by modulus":      {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", rsaKey().N.Bytes()) }, algorithm},
		"HMAC by PKIX":         {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", pkix) }, algorithm},
		"HMAC by JWKS secret":  {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "secret", []byte(secret)) }, algorithm},
		"HMAC by nothing":      {func(d *draft) { d.signedBy(jwt.SigningMethodHS256, "rsa", []byte{}) }, algorithm},
		"crit":                 {func(d *draft) { d.header["crit"] = []string{"exp"} }, "the token has headers that must be understood (crit), and are not"},
		"null crit":            {func(d *draft) { d.header["crit"] = nil }, "the token has headers that must be understood (crit), and are not"},
		"unknown kid":          {func(d *draft) { d.header["kid"] = "other" }, "the token is signed by an unknown key"},
		"kid is a number":      {func(d *draft) { d.header["kid"] = 1 }, "the token's header kid is no text"},
		"RSA kid, EC token":    {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "rsa", ecKey()) }, "the token's algorithm is not the one of its key"},
		"EC kid, RSA token":    {func(d *draft) { d.header["kid"] = "ec" }, "the token's algorithm is not the one of its key"},
		"RSA kid, EdDSA token": {func(d *draft) { d.signedBy(jwt.SigningMethodEdDSA, "rsa", edKey()) }, "the token's algorithm is not the one of its key"},
		"key of 2040 bits":     {func(d *draft) { d.signedBy(jwt.SigningMethodRS256, "weak", weakKey()) }, "the token is signed by an unknown key"},
		"key to encrypt":       {func(d *draft) { d.header["kid"] = "enc" }, "the token is signed by an unknown key"},
		"key of RS512":         {func(d *draft) { d.header["kid"] = "rs512" }, "the token is signed by an unknown key"},
		"key of ES384":         {func(d *draft) { d.signedBy(jwt.SigningMethodES384, "ec384", ec384Key()) }, algorithm},
		"key of P-384":         {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "ec384", ecKey()) }, "the token is signed by an unknown key"},
		"published private":    {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "private", ecKey()) }, "the token is signed by an unknown key"},
		"two keys of a kid":    {func(d *draft) { d.signedBy(jwt.SigningMethodES256, "triplet", ecKey()) }, "the token does not tell which key signed it; it needs a kid of one key"},
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
		"no exp":                {map[string]any{"exp": nil}, "the token never expires; it needs an exp"},
		"exp as text":           {map[string]any{"exp": "4102444800"}, "the token's exp is no time in seconds since 1970"},
		"exp of 10000":          {map[string]any{"exp": 253402300800}, "the token's exp is no time in seconds since 1970"},
		"negative exp":          {map[string]any{"exp": -1}, "the token's exp is no time in seconds since 1970"},
		"expired":               {map[string]any{"exp": start.Unix() - 60}, "the token has expired"},
		"expired long ago":      {map[string]any{"exp": 0}, "the token has expired"},
		"early":                 {map[string]any{"nbf": start.Unix() + 61}, "the token is not valid yet"},
		"nbf as text":           {map[string]any{"nbf": "soon"}, "the token's nbf is no time in seconds since 1970"},
		"nbf beyond integers":   {map[string]any{"nbf": 1e30}, "the token's nbf is no time in seconds since 1970"},
		"issued in the future":  {map[string]any{"iat": start.Unix() + 61}, "the token was issued in the future"},
		"iat is a list":         {map[string]any{"iat": []int{1}}, "the token's iat is no time in seconds since 1970"},
		"no issuer":             {map[string]any{"iss": nil}, "the token is from another issuer"},
		"another issuer":        {map[string]any{"iss": "https://id.example.com/"}, "the token is from another issuer"},
		"issuer is a list":      {map[string]any{"iss": []string{"https://id.example.com"}}, "the token is from another issuer"},
		"no audience":           {map[string]any{"aud": nil}, "the token is for another audience"},
		"another audience":      {map[string]any{"aud": "callbook2"}, "the token is for another audience"},
		"other audiences":       {map[string]any{"aud": []string{"a", "b"}}, "the token is for another audience"},
		"audience is an object": {map[string]any{"aud": map[string]any{"callbook": true}}, "the token is for another audience"},
		"no tenant":             {map[string]any{"tenant": nil}, "the token has no tenant"},
		"tenant 0":              {map[string]any{"tenant": 0}, "the token's tenant is no positive whole number"},
		"tenant -1":             {map[string]any{"tenant": -1}, "the token's tenant is no positive whole number"},
		"tenant 1.5":            {map[string]any{"tenant": 1.5}, "the token's tenant is no positive whole number"},
		"tenant 2^63":           {map[string]any{"tenant": uint64(1 << 63)}, "the token's tenant is no positive whole number"},
		"tenant by name":        {map[string]any{"tenant": "acme"}, "the token's tenant is no positive whole number"},
		"tenant is true":        {map[string]any{"tenant": true}, "the token's tenant is no positive whole number"},
		"no user":               {map[string]any{"sub": nil}, "the token has no user"},
		"empty user":            {map[string]any{"sub": ""}, "the token has no user"},
		"blank user":            {map[string]any{"sub": " "}, "the token has no user"},
		"user is a number":      {map[string]any{"sub": 1}, "the token's user is no text, or none that can be stored"},
		"user with NUL":         {map[string]any{"sub": "a\x00"}, "the token's user is no text, or none that can be stored"},
		"user of 101":           {map[string]any{"sub": strings.Repeat("é", 101)}, "the token's user has more than 100 characters"},
		"roles are a number":    {map[string]any{"realm_access.roles": 1}, "the token's roles are no list of text"},
		"roles hold a number":   {map[string]any{"realm_access.roles": []any{"a", 1}}, "the token's roles are no list of text"},
		"role with NUL":         {map[string]any{"realm_access.roles": []any{"a\x00"}}, "the token's roles are no list of text"},
		"permissions by name":   {map[string]any{"permissions": map[string]any{"a": true}}, "the token's permissions are no list of text"},
		"jti is a number":       {map[string]any{"jti": 1}, "the token's jti is no text"},
		"jti with NUL":          {map[string]any{"jti": "\x00"}, "the token's jti is no text"},
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

func TestClaimNames(t *testing.T) {
	o := options("")
	o.Secret = secret
	o.TenantClaim, o.UserClaim = "https://example.com/tenant", "user.name"
	o.RolesClaim, o.PermissionsClaim = "resource_access.my.client.roles", ""
	d := edited(map[string]any{
		"https://example.com/tenant": 9,
		"user":                       map[string]any{"name": "bo"},
		"resource_access":            map[string]any{"my.client": map[string]any{"roles": []string{"agent"}}},
		"permissions":                []string{"calls:read"},
		"":                           []string{"calls:write"},
	})
	d.signedBy(jwt.SigningMethodHS256, "", []byte(secret))
	got, err := newTokens(t, o).Verify(t.Context(), d.sign())
	want := Claims{ID: "t1", TenantID: 9, Name: "bo", Roles: []string{"agent"}, ExpiresAt: start.Add(time.Hour)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("claims %+v, %v", got, err)
	}
}

func TestNewTokensRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*TokenOptions)
		want string
	}{
		"no keys":        {func(o *TokenOptions) { o.Secret = "" }, "tokens need keys to be checked with: name a JWKS URL, or a secret"},
		"short secret":   {func(o *TokenOptions) { o.Secret = secret[:31] }, "the secret of tokens has 31 bytes; HS256 needs 32 or more"},
		"no URL":         {func(o *TokenOptions) { o.JWKSURL = "id.example.com" }, "the JWKS URL is no URL, such as https://id.example.com/.well-known/jwks.json"},
		"broken URL":     {func(o *TokenOptions) { o.JWKSURL = "https://[" }, "the JWKS URL is no URL, such as https://id.example.com/.well-known/jwks.json"},
		"no host":        {func(o *TokenOptions) { o.JWKSURL = "https:///jwks" }, "the JWKS URL is no URL, such as https://id.example.com/.well-known/jwks.json"},
		"http":           {func(o *TokenOptions) { o.JWKSURL = "http://id.example.com/jwks" }, "the JWKS URL must be https; http is for loopback alone"},
		"http, like 127": {func(o *TokenOptions) { o.JWKSURL = "http://127.0.0.1.example.com/jwks" }, "the JWKS URL must be https; http is for loopback alone"},
		"ftp":            {func(o *TokenOptions) { o.JWKSURL = "ftp://localhost/jwks" }, "the JWKS URL must be https; http is for loopback alone"},
		"password":       {func(o *TokenOptions) { o.JWKSURL = "https://a:b@id.example.com/jwks" }, "the JWKS URL must not hold a user and password; keys are public"},
		"no issuer":      {func(o *TokenOptions) { o.Issuer = "" }, "tokens need an issuer: what their claim iss must be"},
		"no audience":    {func(o *TokenOptions) { o.Audience = "" }, "tokens need an audience: what their claim aud must contain"},
		"no tenant":      {func(o *TokenOptions) { o.TenantClaim = "" }, "tokens need a tenant: name the claim that holds its number"},
		"no user":        {func(o *TokenOptions) { o.UserClaim = "" }, "tokens need a user: name the claim that holds who it is, such as sub"},
		"negative skew":  {func(o *TokenOptions) { o.Skew = -1 }, "clocks cannot be allowed to differ by -1ns; name 0s to 10m0s"},
		"great skew":     {func(o *TokenOptions) { o.Skew = time.Hour }, "clocks cannot be allowed to differ by 1h0m0s; name 0s to 10m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options("")
			o.Secret = secret
			c.edit(&o)
			if _, err := NewTokens(t.Context(), o); err == nil || err.Error() != c.want {
				t.Errorf("answers %v, not %s", err, c.want)
			}
		})
	}
	for _, address := range []string{"https://id.example.com/jwks?a=b", "http://localhost:1/jwks", "http://127.0.0.2/jwks", "http://[::1]:1/jwks"} {
		if err := checkJWKSURL(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
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

// FuzzVerify holds that nothing panics, that every refusal is one for people, and that nothing but the signed tokens is accepted.
func FuzzVerify(f *testing.F) {
	o := options(newIssuer(f).URL)
	o.Secret = secret
	tokens := newTokens(f, o)
	signed := map[string]bool{}
	for _, by := range []struct {
		method jwt.SigningMethod
		kid    string
		key    crypto.PrivateKey
	}{{jwt.SigningMethodRS256, "rsa", rsaKey()}, {jwt.SigningMethodES256, "ec", ecKey()}, {jwt.SigningMethodEdDSA, "ed", edKey()}, {jwt.SigningMethodHS256, "", []byte(secret)}} {
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

// FuzzClaims holds that claims of any shape are read without a panic, and within the bounds the database needs.
func FuzzClaims(f *testing.F) {
	o := options("")
	f.Add(must(json.Marshal(newDraft().claims)))
	f.Add([]byte(`{"iss":"https://id.example.com","aud":["callbook"],"exp":1.9e9,"tenant":"1","sub":"a","realm_access":{"roles":"a,b"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		claims := jwt.MapClaims{}
		decoder := json.NewDecoder(strings.NewReader(string(payload)))
		decoder.UseNumber()
		if decoder.Decode(&claims) != nil {
			return
		}
		c, err := o.read(claims)
		if err == nil && (c.TenantID <= 0 || c.Name == "" || len([]rune(c.Name)) > 100 || model.CheckText(c.Name) != nil || !c.ExpiresAt.After(start.Add(-o.Skew))) {
			t.Errorf("reads %+v", c)
		}
	})
}
