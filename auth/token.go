package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

// maxToken is the greatest length of a token in bytes. Everything in it is read before its signature can be checked.
const maxToken = 8 << 10

// Tokens verifies JWT bearer tokens. It may be used concurrently.
type Tokens struct {
	options    TokenOptions
	parser     *jwt.Parser
	keys       *keySet // nil where only a secret is configured
	algorithms string  // the accepted ones, for people
}

// NewTokens makes a verifier. Errors are one line for a person to read, without secrets. The endpoint of keys need not be up:
// it is asked in the background, until ctx ends.
func NewTokens(ctx context.Context, o TokenOptions) (*Tokens, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// Claims are checked in claims.go, where every refusal has its own message.
	t := &Tokens{options: o, parser: jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithJSONNumber(), jwt.WithoutClaimsValidation())}
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

// Verify tells what a token claims where its signature and claims are as the options ask; else the error is a *model.Error.
func (t *Tokens) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, refused("the token is longer than %d bytes", maxToken)
	}
	parsed, err := t.parser.Parse(token, func(unverified *jwt.Token) (any, error) { return t.key(ctx, unverified) })
	if err != nil {
		return Claims{}, t.refusal(err)
	}
	return t.options.read(parsed.Claims.(jwt.MapClaims))
}

// key finds what the signature of a token is to be checked with.
func (t *Tokens) key(ctx context.Context, token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, refused("the token has headers that must be understood (crit), and are not")
	}
	kid, isText := token.Header["kid"].(string)
	if token.Header["kid"] != nil && !isText {
		return nil, refused("the token's header kid is no text")
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

// refusal tells callers why the parser refused a token. Its own messages may hold parts of the token.
func (t *Tokens) refusal(err error) error {
	var own *model.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenMalformed):
		return refused("the token is no JWT")
	case errors.Is(err, jwt.ErrTokenUnverifiable): // its algorithm is unknown to the parser
		return t.otherAlgorithm()
	}
	return refused("the token's signature is wrong")
}

func (t *Tokens) otherAlgorithm() *model.Error {
	return refused("the token must be signed by %s", t.algorithms)
}
