package auth

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestParseKeys(t *testing.T) {
	point := `"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	for name, c := range map[string]struct {
		key  string
		want bool
	}{
		"plain":             {`{` + point + `}`, true},
		"to verify":         {`{` + point + `,"key_ops":["sign","verify"]}`, true},
		"to derive":         {`{` + point + `,"key_ops":["deriveKey"]}`, false},
		"for nothing":       {`{` + point + `,"key_ops":[]}`, false},
		"operations, wrong": {`{` + point + `,"key_ops":"verify"}`, false},
		"of another use":    {`{` + point + `,"use":"tls"}`, false},
		"of another kind":   {`{"kty":"AKP","alg":"ML-DSA-44"}`, false},
		"of no kind":        {`{}`, false},
		"no object":         {`1`, false},
		"null":              {`null`, false},
		"short":             {`{"kty":"OKP","crv":"Ed25519","x":"11qY"}`, false},
		"off the curve": {`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A",
			43) + `","y":"` + strings.Repeat("A", 43) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := parseKeys([]byte(`{"keys":[` + c.key + `,{` + point + `,"kid":"next"}]}`))
			if err != nil || len(keys) == 0 || keys[len(keys)-1].id != "next" || (len(keys) == 2) != c.want {
				t.Errorf("reads %+v, %v", keys, err)
			}
		})
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(must(json.Marshal(jose.JSONWebKeySet{Keys: published()})))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x5c":["AA=="],"x5u":":"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, _ := parseKeys(body)
		for _, k := range keys {
			if k.alg != rs256 && k.alg != es256 && k.alg != edDSA {
				t.Errorf("reads %+v", k)
			}
		}
	})
}
