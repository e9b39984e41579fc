package operation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db"
	"callbook/graph"
	"callbook/model"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255 // characters
	repeatInterval    = 25 * time.Millisecond
)

// checkIdempotencyKey reads the idempotency key of a mutation. It refuses a key that cannot be one, and createApiKey
// with a key, with BAD_USER_INPUT (400).
func (x *Execution) checkIdempotencyKey(ctx context.Context) bool {
	if !x.IsMutation() {
		return true
	}
	key, bad := idempotencyKey(x.request)
	if bad == nil && key != "" && x.selects("createApiKey") {
		bad = model.BadInput(idempotencyHeader,
			"does not go with createApiKey: what it answers is shown once, and kept nowhere")
	}
	if bad != nil {
		return x.refuse(ctx, http.StatusBadRequest, bad)
	}
	x.idempotencyKey = key
	return true
}

// idempotencyKey returns the key that a request came with: in the header, or over a websocket in
// extensions.idempotencyKey; empty where there is none. Error: BAD_USER_INPUT.
func idempotencyKey(r *Request) (string, *model.Error) {
	key := r.Headers.Get(idempotencyHeader)
	if inExtensions, ok := r.Extensions["idempotencyKey"]; key == "" && ok {
		if key, ok = inExtensions.(string); !ok || key == "" {
			return "", model.BadInput(idempotencyHeader, "must be text")
		}
	}
	if n := utf8.RuneCountInString(key); n > maxIdempotencyKey {
		return "", model.BadInput(idempotencyHeader, "has %d characters; at most %d", n, maxIdempotencyKey)
	}
	if model.CheckText(key) != nil {
		return "", model.BadInput(idempotencyHeader, "must be valid UTF-8 without NUL")
	}
	return key, nil
}

// selects reports whether the operation is a mutation with a root field.
func (x *Execution) selects(field string) bool {
	roots := graphql.CollectFields(x.context, x.context.Operation.SelectionSet, []string{"Mutation"})
	return slices.ContainsFunc(roots, func(f graphql.CollectedField) bool { return f.Name == field })
}

// isIdempotent reports whether a repeat of the operation gets the response to the first request.
func (x *Execution) isIdempotent() bool { return x.idempotencyKey != "" && x.price.total > 0 }

// fingerprint returns a hash of all that the response depends on: requests under one key are the same request where
// their fingerprints are. The rights of the caller belong to it.
func (x *Execution) fingerprint(ctx context.Context) string {
	r, actor := x.request, actorOf(ctx)
	request := Marshal([]any{r.Query, r.OperationName, r.Variables, r.FilesHash,
		actor.Permissions, actor.OwnOnly, actor.Visibility})
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// runOnce runs a mutation under its idempotency key, or returns the response to the first request with the key. A
// repeat that comes while the first is under way waits for it. Errors: CONFLICT (409) where another request has the
// key, or the response is lost; UNAVAILABLE (503).
func (x *Execution) runOnce(ctx context.Context) ([]byte, *Refusal) {
	d, fingerprint := x.pipeline.db, x.fingerprint(ctx)
	for {
		// The claim is not cancelled with the request: it might outlive it.
		stored, claimed, err := d.ClaimKey(context.WithoutCancel(ctx), x.idempotencyKey, fingerprint)
		switch {
		case err != nil:
			return nil, x.pipeline.present(ctx, err)
		case stored != nil:
			return []byte(*stored), nil
		case claimed:
			return x.runFirst(ctx)
		}
		wait := time.NewTimer(repeatInterval)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, x.pipeline.present(ctx, ctx.Err())
		}
	}
}

// runFirst runs a mutation whose key has been claimed and stores its response, unless nothing was done because the
// server failed: then the key is released, and a repeat runs the mutation again. It goes on when the client has gone,
// for a client that has lost its connection comes back with the same key.
func (x *Execution) runFirst(ctx context.Context) ([]byte, *Refusal) {
	d, key := x.pipeline.db, x.idempotencyKey
	run, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.pipeline.limits.Deadline)
	defer cancel()
	release := true
	defer func() {
		if release {
			if err := d.ReleaseKey(context.WithoutCancel(ctx), key); err != nil {
				logFailure(ctx, "an idempotency key stays claimed", err)
			}
		}
	}()
	if keyed := db.WithIdempotencyKey(run, key); !x.run(keyed) || !x.account(keyed) {
		return nil, x.pipeline.present(ctx, run.Err())
	}
	body := encode(x.response)
	if nothingDone(x.response) {
		return body, nil
	}
	release = false
	if err := d.KeepResponse(context.WithoutCancel(ctx), key, string(body)); err != nil {
		logFailure(ctx, "the response to an idempotent request is not kept", err)
	}
	return body, nil
}

func logFailure(ctx context.Context, message string, err error) {
	slog.ErrorContext(ctx, message, "error", err, "requestId", graph.RequestID(ctx))
}

// nothingDone reports whether the server failed before any mutation was done: each root field is null by an error of
// its own. An error of a field below comes after the mutation.
func nothingDone(response *graphql.Response) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(response.Data, &fields) != nil {
		return len(response.Data) == 0
	}
	for name, field := range fields {
		if !bytes.Equal(field, []byte("null")) || !failedItself(response.Errors, name) {
			return false
		}
	}
	return true
}

// failedItself reports whether a root field has an error of the server at its own path.
func failedItself(errs gqlerror.List, rootField string) bool {
	for _, e := range errs {
		code := e.Extensions["code"]
		isOwn := len(e.Path) == 1 && e.Path[0] == ast.PathName(rootField)
		if isOwn && (code == model.ErrorCodeInternal || code == model.ErrorCodeUnavailable) {
			return true
		}
	}
	return false
}
