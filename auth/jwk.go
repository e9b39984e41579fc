package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"callbook/model"
)

// The accepted algorithms of signatures. A key is looked up by its algorithm, so that a public key is never used as the
// secret of an HMAC.
const (
	hs256 = "HS256"
	rs256 = "RS256"
	es256 = "ES256"
	edDSA = "EdDSA"
)

// minRSA is the least number of bits of an RSA key (RFC 7518, 3.3).
const minRSA = 2048

// signingKey is a public key that tokens may be signed with.
type signingKey struct {
	id     string // kid; empty where the key has none
	alg    string // the one algorithm it is used with
	public crypto.PublicKey
}

// parseKeys parses a JWK set. It leaves out keys that are unknown, not for signatures, or too weak (RFC 7517, 5).
func parseKeys(body []byte) ([]signingKey, error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, errors.New("the answer is no JWK set")
	}
	var keys []signingKey
	for _, raw := range set.Keys {
		if k, ok := parseKey(raw); ok {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// parseKey parses a JWK; ok is false where the key is to be left out.
func parseKey(raw []byte) (signingKey, bool) {
	var jwk jose.JSONWebKey
	var operations struct { // go-jose does not read them
		KeyOps []string `json:"key_ops"`
	}
	if jwk.UnmarshalJSON(raw) != nil || json.Unmarshal(raw, &operations) != nil {
		return signingKey{}, false
	}
	alg := algorithmOf(jwk.Key)
	switch {
	case alg == "", jwk.Algorithm != "" && jwk.Algorithm != alg:
		return signingKey{}, false
	case jwk.Use != "" && jwk.Use != "sig", operations.KeyOps != nil && !slices.Contains(operations.KeyOps, "verify"):
		return signingKey{}, false
	}
	return signingKey{jwk.KeyID, alg, jwk.Key}, true
}

// algorithmOf returns the algorithm that a key is used with, "" for private keys, secrets, and keys that are too weak
// or of another kind.
func algorithmOf(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= minRSA {
			return rs256
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return es256
		}
	case ed25519.PublicKey:
		return edDSA
	}
	return ""
}

// errUnknownKey says that no key of the set has the token's kid.
var errUnknownKey = model.Unauthenticated("the token is signed by an unknown key")

// findKey returns the key of a token by its kid and algorithm. A token without a kid may be signed by the only key of
// its algorithm. It returns errUnknownKey where no key has the kid, UNAUTHENTICATED with other messages where its
// algorithm differs and where several keys fit.
func findKey(keys []signingKey, kid, alg string) (crypto.PublicKey, error) {
	var fitting []crypto.PublicKey
	named := false
	for _, k := range keys {
		if kid != "" && k.id != kid {
			continue
		}
		named = kid != ""
		if k.alg == alg {
			fitting = append(fitting, k.public)
		}
	}
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) > 1:
		return nil, model.Unauthenticated("the token does not tell which key signed it; it needs a kid of one key")
	case named:
		return nil, model.Unauthenticated("the token's algorithm is not the one of its key")
	}
	return nil, errUnknownKey
}
