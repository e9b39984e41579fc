package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
	"callbook/text"
)

// maxToken is the greatest length of a token in bytes. It is parsed before its signature can be checked.
const maxToken = 8 << 10

// Tokens verifies JWT bearer tokens. It may be used concurrently.
type Tokens struct {
	options    TokenOptions
	parser     *jwt.Parser
	keys       *keySet // nil where only a secret is configured
	algorithms string  // the accepted ones, for messages
}

// NewTokens returns a verifier of tokens. Its errors say in one line, without secrets, what is wrong with the
// options. It fetches keys in the background until ctx ends, so the endpoint may be down.
func NewTokens(ctx context.Context, o TokenOptions) (*Tokens, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// Claims are checked in claims.go, where every refusal has its own message.
	parser := jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithJSONNumber(), jwt.WithoutClaimsValidation())
	t := &Tokens{options: o, parser: parser}
	var algorithms []string
	if o.Secret != "" {
		algorithms = append(algorithms, hs256)
	}
	if o.JWKSURL != "" {
		algorithms = append(algorithms, rs256, es256, edDSA)
		t.keys = newKeySet(ctx, o.JWKSURL, o.Now)
	}
	t.algorithms = strings.Join(algorithms, ", ")
	return t, nil
}

// Verify returns the claims of a token. It returns UNAUTHENTICATED where the signature or a claim is not as the options
// require, and UNAVAILABLE where the keys cannot be fetched now.
func (t *Tokens) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, model.Unauthenticated("the token is longer than %d bytes", maxToken)
	}
	parsed, err := t.parser.Parse(token, func(unverified *jwt.Token) (any, error) { return t.key(ctx, unverified) })
	if err != nil {
		return Claims{}, t.refusal(err)
	}
	return t.options.read(parsed.Claims.(jwt.MapClaims))
}

// key returns the key that the signature of a token is checked with.
func (t *Tokens) key(ctx context.Context, token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, model.Unauthenticated("the token has headers that must be understood (crit), and are not")
	}
	kid, isText := token.Header["kid"].(string)
	if token.Header["kid"] != nil && !isText {
		return nil, model.Unauthenticated("the token's header kid is no text")
	}
	switch alg := token.Method.Alg(); alg {
	case hs256:
		if t.options.Secret != "" {
			return []byte(t.options.Secret), nil
		}
	case rs256, es256, edDSA:
		if t.keys != nil {
			return t.keys.find(ctx, kid, alg)
		}
	}
	return nil, t.otherAlgorithm()
}

// refusal returns the error for callers where the parser failed. The parser's own messages may hold parts of the token.
func (t *Tokens) refusal(err error) error {
	var own *model.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenMalformed):
		return model.Unauthenticated("the token is no JWT")
	case errors.Is(err, jwt.ErrTokenUnverifiable): // its algorithm is unknown to the parser
		return t.otherAlgorithm()
	}
	return model.Unauthenticated("the token's signature is wrong")
}

// otherAlgorithm returns the error for tokens of an algorithm that is not configured.
func (t *Tokens) otherAlgorithm() *model.Error {
	return model.Unauthenticated("the token must be signed by %s", t.algorithms)
}

// Actor returns the actor of a token, with the rights of its roles, narrowed to its permissions where it lists them.
// It has the errors of Verify, and returns UNAUTHENTICATED for a token without a role and for unknown roles and
// permissions, by which its issuer must mean something else.
func (t *Tokens) Actor(ctx context.Context, token string) (model.Actor, error) {
	claims, err := t.Verify(ctx, token)
	if err != nil {
		return model.Actor{}, err
	}
	roles, unknown := known(claims.Roles, model.AllRole)
	if unknown != "" {
		return model.Actor{}, model.Unauthenticated("the token has the role %s; there are %v",
			text.Quote(unknown), model.AllRole)
	}
	if len(roles) == 0 {
		return model.Actor{}, model.Unauthenticated("the token has no role")
	}
	var narrowed []model.Permission
	if claims.HasPermissions {
		if narrowed, unknown = known(claims.Permissions, model.AllPermission); unknown != "" {
			return model.Actor{}, model.Unauthenticated("the token has the permission %s; there are %v",
				text.Quote(unknown), model.AllPermission)
		}
	}
	actor := model.NewActor(claims.TenantID, claims.Name, roles, narrowed)
	actor.Kind, actor.Credential = model.CredentialKindToken, "token of "+claims.Name
	actor.ExpiresAt = new(claims.ExpiresAt.Add(t.options.Skew).UTC().Truncate(time.Second))
	return actor, nil
}

// known returns the values with these names, whatever their case, and the first name that is no value.
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
