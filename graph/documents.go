package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"callbook/model"
	"callbook/text"
)

const (
	keptDocuments  = 1000     // parsed: 1.2 to 1.9 times the speed
	keptBytes      = 2 << 20  // of their texts: parsed, they are thirty times as large
	maxKeptBytes   = 16 << 10 // larger ones come once and would fill the memory
	keptPersisted  = 5000     // texts that clients have registered by their hash
	persistedBytes = 16 << 20
	maxPersistence = 64 << 10 // of one such text
)

// documents turns texts into documents that are parsed, measured and validated, once for those of ordinary size.
type documents struct {
	schema      *ast.Schema
	limits      Limits
	suggestions bool  // "Did you mean" in errors
	introspects bool  // whether clients may read the schema
	validating  *gate // a large document takes half a second of a core
	parsed      *kept[*ast.QueryDocument]
	registered  *kept[string]                 // by SHA-256: automatic persisted queries
	persisted   map[string]string             // by id; nil where any document is served
	checked     map[string]*ast.QueryDocument // the persisted ones, by their text
}

func newDocuments(schema *ast.Schema, o Options) *documents {
	d := &documents{schema: schema, limits: o.Limits, suggestions: o.Suggestions, introspects: o.Introspection, persisted: o.Documents,
		validating: newGate("new documents", int64(runtime.GOMAXPROCS(0)), o.Limits.Waiting, o.Limits.WaitTime)}
	d.parsed, d.registered = newKept[*ast.QueryDocument](keptDocuments, keptBytes), newKept[string](keptPersisted, persistedBytes)
	return d
}

// parse answers the document of a text, or what is wrong with it.
func (d *documents) parse(ctx context.Context, text string) (*ast.QueryDocument, gqlerror.List) {
	if document, ok := d.checked[text]; ok {
		return document, nil
	}
	if document, ok := d.parsed.get(text); ok {
		return document, nil
	}
	plain, bad := plainEscapes(text)
	if bad != nil {
		return nil, asList(bad)
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: plain}, d.limits.Tokens)
	if err != nil {
		return nil, d.parseFailure(err)
	}
	if len(document.Operations) == 0 {
		return nil, gqlerror.List{coded(gqlerror.Errorf("the document has no operation"), errcode.ValidationFailed)}
	}
	introspects, bad := checkShape(document, d.limits)
	if bad != nil {
		return nil, asList(bad)
	}
	if introspects && !d.introspects {
		return nil, gqlerror.List{coded(gqlerror.Errorf("introspection is off here: clients may not read the schema"), errcode.ValidationFailed)}
	}
	if bad := d.validating.enter(ctx, 1); bad != nil {
		return nil, asList(bad)
	}
	defer d.validating.leave(1)
	if errs := validator.ValidateWithRules(d.schema, document, d.rules()); len(errs) > 0 {
		return nil, errs
	}
	if errs := checkSubscriptions(document); errs != nil {
		return nil, errs
	}
	if len(text) <= maxKeptBytes {
		d.parsed.add(text, document, len(text))
	}
	return document, nil
}

func (d *documents) parseFailure(err error) gqlerror.List {
	located, ok := err.(*gqlerror.Error)
	if !ok {
		located = gqlerror.Wrap(err)
	}
	if strings.Contains(located.Message, "exceeded token limit") {
		return asList(model.LimitExceeded("query", "the document has more than %d tokens", d.limits.Tokens))
	}
	return gqlerror.List{coded(located, errcode.ParseFailed)}
}

// rules are the specification's, with or without suggestions.
func (d *documents) rules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.RemoveRule(rules.MaxIntrospectionDepth.Name) // checkShape has a limit of its own
	if d.suggestions {
		return all
	}
	all.RemoveRule(rules.FieldsOnCorrectTypeRule.Name)
	quiet := rules.FieldsOnCorrectTypeRuleWithoutSuggestions
	all.AddRule(quiet.Name, quiet.RuleFunc)
	return all
}

func coded(err *gqlerror.Error, code string) *gqlerror.Error {
	errcode.Set(err, code)
	return err
}

// asList is an error of ours among those of gqlparser.
func asList(err *model.Error) gqlerror.List {
	return gqlerror.List{{Err: err, Message: err.Error()}}
}

// operation is the document that a request names: by its text, by the id of a persisted document, or by the hash of a text that
// some client has sent before (automatic persisted queries, which Apollo Client and urql send).
func (d *documents) operation(params *request) (string, *model.Error) {
	if params.documentID != "" {
		if params.Query != "" {
			return "", model.BadInput("documentId", "comes with a query; send one of them")
		}
		if text, ok := d.persisted[plainID(params.documentID)]; ok {
			return text, nil
		}
		if text, ok := d.registered.get(plainID(params.documentID)); ok && d.persisted == nil {
			return text, nil
		}
		return "", unknownDocument("there is no persisted document with the id %s", text.Quote(params.documentID))
	}
	hash, err := persistedHash(params.Extensions)
	if err != nil {
		return "", err
	}
	switch {
	case d.persisted != nil:
		return d.onlyPersisted(params.Query, hash)
	case hash == "":
		return params.Query, nil
	case params.Query == "":
		if text, ok := d.registered.get(hash); ok {
			return text, nil
		}
		return "", unknownDocument("PersistedQueryNotFound") // the words that clients look for
	case hash != hashOf(params.Query):
		return "", model.BadInput("extensions.persistedQuery.sha256Hash", "is not the SHA-256 of the query")
	case len(params.Query) <= maxPersistence:
		params.register = hash
	}
	return params.Query, nil
}

// onlyPersisted serves a text, or a hash, that is among the persisted documents.
func (d *documents) onlyPersisted(text, hash string) (string, *model.Error) {
	if text != "" && hash == "" {
		hash = hashOf(text)
	}
	stored, ok := d.persisted[hash]
	if !ok || text != "" && text != stored {
		return "", unknownDocument("this server answers persisted documents alone, and this is none of them")
	}
	return stored, nil
}

func unknownDocument(format string, args ...any) *model.Error {
	return &model.Error{Code: model.ErrorCodePersistedQueryNotFound, Message: fmt.Sprintf(format, args...)}
}

// persistedHash is what extensions.persistedQuery names, empty where a request has none.
func persistedHash(extensions map[string]any) (string, *model.Error) {
	const field = "extensions.persistedQuery"
	named, ok := extensions["persistedQuery"]
	if !ok || named == nil {
		return "", nil
	}
	object, _ := named.(map[string]any)
	if version, _ := object["version"].(json.Number); version != "1" {
		return "", model.BadInput(field+".version", "must be 1")
	}
	hash, _ := object["sha256Hash"].(string)
	if len(hash) != sha256.Size*2 {
		return "", model.BadInput(field+".sha256Hash", "must be 64 hexadecimal digits")
	}
	return strings.ToLower(hash), nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// plainID is an id without the prefix that the specification gives hashes.
func plainID(id string) string { return strings.TrimPrefix(id, "sha256:") }

// LoadDocuments reads the persisted documents of a folder: files *.graphql, known by the SHA-256 of their text and by their name
// without the ending, and manifests *.json, in Relay's form ({id: text}) or Apollo's ({operations: [{id, body}]}).
func LoadDocuments(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, entry := range entries {
		ending := filepath.Ext(entry.Name())
		if entry.IsDir() || ending != ".graphql" && ending != ".json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		if ending == ".graphql" {
			all[strings.TrimSuffix(entry.Name(), ending)] = string(text)
			all[hashOf(string(text))] = string(text)
		} else if err := addManifest(all, text); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return all, nil
}

func addManifest(all map[string]string, manifest []byte) error {
	var apollo struct {
		Operations []struct{ ID, Body string }
	}
	if json.Unmarshal(manifest, &apollo) == nil && apollo.Operations != nil {
		for _, o := range apollo.Operations {
			all[o.ID], all[hashOf(o.Body)] = o.Body, o.Body
		}
		return nil
	}
	var relay map[string]string
	if err := json.Unmarshal(manifest, &relay); err != nil {
		return fmt.Errorf("is no manifest of persisted documents: neither {id: text} nor {operations: [{id, body}]}")
	}
	for id, text := range relay {
		all[id], all[hashOf(text)] = text, text
	}
	return nil
}

// check parses the persisted documents, and tells the first of the persisted documents that does not fit the schema.
func (d *documents) check() error {
	d.checked = make(map[string]*ast.QueryDocument, len(d.persisted))
	for id, text := range d.persisted {
		document, errs := d.parse(context.Background(), text)
		if len(errs) > 0 {
			return fmt.Errorf("the document %s: %w", id, errs)
		}
		d.checked[text] = document
	}
	return nil
}

// parsedDocument hands the executor the document that is parsed already, through its cache.
type parsedDocument struct{}

type parsedKey struct{}

func (parsedDocument) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	document, ok := ctx.Value(parsedKey{}).(*ast.QueryDocument)
	return document, ok
}

func (parsedDocument) Add(context.Context, string, *ast.QueryDocument) {}

var _ graphql.Cache[*ast.QueryDocument] = parsedDocument{}
