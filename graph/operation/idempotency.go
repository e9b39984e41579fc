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
	minLease          = 2 * time.Minute // how long a claim holds, at least
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

// selects reports whether the mutation has a root field of this name.
func (x *Execution) selects(field string) bool {
	roots := graphql.CollectFields(&x.context, x.context.Operation.SelectionSet, []string{"Mutation"})
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

// claim claims the operation's idempotency key, if it has one, or finds the stored response to the first request with
// the key. A repeat that comes while the first is under way waits for it. It refuses with CONFLICT (409) where another
// request has the key, or the response is lost; with UNAVAILABLE (503) where time is up.
func (x *Execution) claim(ctx context.Context) bool {
	if !x.isIdempotent() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, x.pipeline.limits.Deadline)
	defer cancel()
	fingerprint := x.fingerprint(ctx)
	for {
		stored, claimed, err := x.claimKey(ctx, fingerprint)
		switch {
		case err != nil:
			return x.fail(ctx, err)
		case stored != nil:
			x.body = []byte(*stored)
			return true
		case claimed:
			x.isClaimed = true
			return true
		}
		wait := time.NewTimer(repeatInterval)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			x.mayHaveBeenDone = true
			return x.fail(ctx, ctx.Err())
		}
	}
}

// claimKey asks the database for the key. It is not cancelled with the request: the claim might outlive it. The claim
// holds for longer than an operation can run, so that no repeat runs beside it.
func (x *Execution) claimKey(ctx context.Context, fingerprint string) (stored *string, claimed bool, err error) {
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	return x.pipeline.db.ClaimKey(ctx, x.idempotencyKey, fingerprint, max(minLease, 2*x.pipeline.limits.Deadline))
}

// lasting returns a context for statements about the key, which go on when the client has gone.
func (x *Execution) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), x.pipeline.limits.Deadline)
}

// withClaim returns the context in which a mutation runs that has claimed its key. It goes on when the client has gone,
// for a client that has lost its connection comes back with the same key.
func (x *Execution) withClaim(ctx context.Context) context.Context {
	return db.WithIdempotencyKey(context.WithoutCancel(ctx), x.idempotencyKey)
}

// keep stores the response under the key that was claimed, unless nothing was done because the server failed: then the
// key is released, and a repeat runs the mutation again.
func (x *Execution) keep(ctx context.Context) {
	if !x.isClaimed || nothingDone(x.response) {
		return
	}
	x.isClaimed = false
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	if err := x.pipeline.db.KeepResponse(ctx, x.idempotencyKey, string(x.body)); err != nil {
		logFailure(ctx, "the response to an idempotent request is not kept", err)
	}
}

// unclaim releases the key, so that a repeat may run the mutation.
func (x *Execution) unclaim(ctx context.Context) {
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	if err := x.pipeline.db.ReleaseKey(ctx, x.idempotencyKey); err != nil {
		logFailure(ctx, "an idempotency key stays claimed", err)
	}
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
