package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db"
	"callbook/graph"
	"callbook/model"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255 // characters
	repeatInterval    = 25 * time.Millisecond
	maxKeptAnswer     = 64 << 10 // bytes
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
		actor.Permissions, actor.OwnOnly, actor.Visibility, actor.OwnVisibility, actor.Roles})
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// claim claims the operation's idempotency key, if it has one, or finds the answer that was kept of the first request
// with the key. A repeat that comes while the first is under way waits for it. It refuses with CONFLICT (409) where
// another request has the key; with UNAVAILABLE (503) where time is up.
func (x *Execution) claim(ctx context.Context) bool {
	if !x.isIdempotent() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, x.pipeline.limits.Deadline)
	defer cancel()
	claim := db.NewClaim(x.idempotencyKey, x.fingerprint(ctx))
	for {
		answer, err := x.claimKey(ctx, claim)
		switch {
		case err != nil:
			return x.fail(ctx, err)
		case answer != nil:
			x.body = []byte(*answer)
			return true
		case claim.IsHeld():
			x.claimed = claim
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

// claimKey asks the database for the key. It is not cancelled with the request: the claim might outlive it.
func (x *Execution) claimKey(ctx context.Context, claim *db.Claim) (answer *string, err error) {
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	return x.pipeline.db.ClaimKey(ctx, claim)
}

// lasting returns a context for statements about the key, which go on when the client has gone.
func (x *Execution) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), x.pipeline.limits.Deadline)
}

// withClaim returns the context in which a mutation runs that has claimed its key. It goes on when the client has gone,
// for a client that has lost its connection comes back with the same key.
func (x *Execution) withClaim(ctx context.Context) context.Context {
	return db.WithClaim(context.WithoutCancel(ctx), x.claimed)
}

// beginFields returns the middleware of the root fields of a mutation with a claim, around inner: what the mutation
// does is kept by root field.
func beginFields(inner graphql.RootFieldMiddleware) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		db.BeginField(ctx, graphql.GetRootFieldContext(ctx).Field.Alias)
		return inner(ctx, next)
	}
}

// keep ends the claim of an operation that is answered, and keeps the answer, unless it is too long: then a repeat
// makes it again from what the fields have done. Where the server failed anywhere, no answer is kept and settle gives
// the key up: a repeat runs the fields that are not done.
func (x *Execution) keep(ctx context.Context) {
	if x.claimed == nil || x.hasFailed {
		return
	}
	var answer *string
	if len(x.body) <= maxKeptAnswer {
		answer = new(string(x.body))
	}
	claim := x.claimed
	x.claimed = nil
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	if err := x.pipeline.db.KeepAnswer(ctx, claim, answer); err != nil {
		logFailure(ctx, "the answer to an idempotent request is not kept", err)
	}
}

// unclaim gives the key up, so that a repeat runs the fields that are not done.
func (x *Execution) unclaim(ctx context.Context) {
	ctx, cancel := x.lasting(ctx)
	defer cancel()
	if err := x.pipeline.db.ReleaseKey(ctx, x.claimed); err != nil {
		logFailure(ctx, "an idempotency key is not given up", err)
	}
}

// logFailure logs a failure that the response does not tell, as a warning: of those that repeat the log has few.
func logFailure(ctx context.Context, message string, err error) {
	slog.WarnContext(ctx, message, "error", err, "requestId", graph.RequestID(ctx))
}

// failedByServer reports whether a response has an error of the server, which may not come again.
func failedByServer(errs gqlerror.List) bool {
	return slices.ContainsFunc(errs, func(e *gqlerror.Error) bool {
		code := e.Extensions["code"]
		_, hasFate := e.Extensions[graph.MayHaveBeenDoneExtension] // also of limits that were passed while it ran
		return code == model.ErrorCodeInternal || code == model.ErrorCodeUnavailable || hasFate
	})
}
