package operation

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"callbook/limiter"
	"callbook/model"
)

const (
	maxCachedDocuments     = 1000     // parsed; the cache makes ordinary operations 1.2 to 1.9 times as fast
	maxCachedDocumentBytes = 2 << 20  // of their texts; parsed, they take thirty times as much
	maxCachedDocument      = 16 << 10 // bytes; larger ones come once, and would fill the cache
)

// documents turns texts into documents that are parsed, measured and validated, and caches those of ordinary size.
type documents struct {
	schema      *ast.Schema
	limits      Limits
	suggestions bool             // "Did you mean" in errors
	introspects bool             // whether clients may read the schema
	validating  *limiter.Limiter // a large document takes half a second of a core
	rules       *rules.Rules
	parsed      *sizedCache[*preparedDocument]
	registered  *sizedCache[string]          // texts by SHA-256: automatic persisted queries
	persisted   map[string]string            // texts by id; nil where any document is served
	checked     map[string]*preparedDocument // the persisted ones, by text
}

func newDocuments(schema *ast.Schema, o Options) *documents {
	return &documents{
		schema:      schema,
		limits:      o.Limits,
		suggestions: o.Suggestions,
		introspects: o.Introspection,
		persisted:   o.Documents,
		validating:  limiter.New(o.Limits.queue(int64(runtime.GOMAXPROCS(0)))),
		rules:       validationRules(o.Suggestions),
		parsed:      newSizedCache[*preparedDocument](maxCachedDocuments, maxCachedDocumentBytes),
		registered:  newSizedCache[string](maxRegistered, maxRegisteredBytes),
	}
}

// cached returns a document that has been measured and validated before.
func (d *documents) cached(text string) (*preparedDocument, bool) {
	if document, ok := d.checked[text]; ok {
		return document, true
	}
	return d.parsed.get(text)
}

// parse parses a text. Errors: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED where there is no operation,
// LIMIT_EXCEEDED for more tokens, or deeper brackets, than the limits allow.
func (d *documents) parse(text string) (*ast.QueryDocument, gqlerror.List) {
	plain, errs := prepareSource(text)
	if errs != nil {
		return nil, errs
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: plain}, d.limits.Tokens)
	if err != nil {
		return nil, d.parseError(err)
	}
	if len(document.Operations) == 0 {
		return nil, gqlerror.List{withCode(gqlerror.Errorf("the document has no operation"), errcode.ValidationFailed)}
	}
	return document, nil
}

// parseError returns the parser's error with its code. The parser gives every error a location but that of its limit.
func (d *documents) parseError(err error) gqlerror.List {
	located, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		located = gqlerror.Wrap(err)
	}
	if len(located.Locations) == 0 {
		return listOf(model.LimitExceeded("query", "the document has more than %d tokens", d.limits.Tokens))
	}
	return gqlerror.List{withCode(located, errcode.ParseFailed)}
}

// measure refuses a document that is larger than the limits (LIMIT_EXCEEDED), whichever of its operations is asked for,
// and one that reads the schema where that is off (GRAPHQL_VALIDATION_FAILED). It comes before validation, whose time
// grows faster than the document.
func (d *documents) measure(document *ast.QueryDocument) gqlerror.List {
	size := sizeOf(document)
	if bad := size.check(d.limits); bad != nil {
		return listOf(bad)
	}
	if size.introspects && !d.introspects {
		err := gqlerror.Errorf("introspection is off here: clients may not read the schema")
		return gqlerror.List{withCode(err, errcode.ValidationFailed)}
	}
	return nil
}

// validate checks a document by the specification's rules, as many at once as there are cores, prepares it, and caches
// it under its text. Errors: GRAPHQL_VALIDATION_FAILED, UNAVAILABLE where too many documents are being validated.
func (d *documents) validate(
	ctx context.Context, text string, document *ast.QueryDocument,
) (*preparedDocument, gqlerror.List) {
	if err := d.validating.Acquire(ctx, 1); err != nil {
		return nil, listOf(busy("new documents", err))
	}
	defer d.validating.Release(1)
	for _, rules := range []*rules.Rules{d.rules, ownRules} {
		if errs := validator.ValidateWithRules(d.schema, document, rules); len(errs) > 0 {
			return nil, withoutRepeats(errs)
		}
	}
	prepared := prepare(d.schema, document)
	if len(text) <= maxCachedDocument {
		d.parsed.add(text, prepared, len(text))
	}
	return prepared, nil
}

// withoutRepeats returns errors without those that say the same of the same place: gqlparser shows a fragment to its
// rules once for each operation that spreads it, and then once more.
func withoutRepeats(errs gqlerror.List) (once gqlerror.List) {
	said := map[string]bool{}
	for _, err := range errs {
		key := fmt.Sprint(err.Locations, err.Message)
		if !said[key] {
			once = append(once, err)
		}
		said[key] = true
	}
	return once
}

// load parses, measures, validates and prepares a text.
func (d *documents) load(ctx context.Context, text string) (*preparedDocument, gqlerror.List) {
	document, errs := d.parse(text)
	if errs == nil {
		errs = d.measure(document)
	}
	if errs != nil {
		return nil, errs
	}
	return d.validate(ctx, text, document)
}
