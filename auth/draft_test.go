package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
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
