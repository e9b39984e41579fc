package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db"
	"callbook/model"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255
	// repeatPatience is how often a repeat looks whether the first request is done.
	repeatPatience = 25 * time.Millisecond
)

// idempotencyKey is the key a request came with: the header, or over a socket extensions.idempotencyKey.
func idempotencyKey(params *request) (string, *model.Error) {
	key := params.Headers.Get(idempotencyHeader)
	if inExtensions, ok := params.Extensions["idempotencyKey"]; key == "" && ok {
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

// requestHash tells requests apart.
func requestHash(ctx context.Context, params *request) string {
	actor, _ := model.ActorFrom(ctx) // the answer depends on what the caller may
	request, err := json.Marshal([]any{params.Query, params.OperationName, params.Variables, params.filesHash, actor.Permissions, actor.OwnOnly, actor.Visibility})
	if err != nil {
		panic(err) // it came from JSON
	}
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// once does a request under its key: the first time with do, later with what was answered then. A repeat that comes while
// the first is under way waits for it.
func once(ctx context.Context, d *db.DB, key, hash string, deadline time.Duration, do func(context.Context) *graphql.Response) (body []byte, err error) {
	for {
		stored, claimed, err := d.ClaimKey(context.WithoutCancel(ctx), key, hash) // else a claim might outlive its request
		switch {
		case err != nil:
			return nil, err
		case stored != nil:
			return []byte(*stored), nil
		case claimed:
			return first(ctx, d, key, deadline, do)
		}
		wait := time.NewTimer(repeatPatience)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
	}
}

// first does a request and keeps what it is answered, unless nothing but the server failed: then a repeat does it again.
func first(ctx context.Context, d *db.DB, key string, deadline time.Duration, do func(context.Context) *graphql.Response) ([]byte, error) {
	// The client may go, and most likely it comes back with the same key: what it asked for is done all the same.
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadline)
	defer cancel()
	release := true
	defer func() {
		if release {
			if err := d.ReleaseKey(context.WithoutCancel(ctx), key); err != nil {
				slog.ErrorContext(ctx, "an idempotency key stays claimed", "error", err, "requestId", RequestID(ctx))
			}
		}
	}()
	response := do(db.WithIdempotencyKey(done, key))
	if response == nil {
		return nil, done.Err()
	}
	body := encode(response)
	if nothingDone(response) {
		return body, nil
	}
	release = false
	if err := d.KeepResponse(context.WithoutCancel(ctx), key, string(body)); err != nil {
		slog.ErrorContext(ctx, "the response to an idempotent request is not kept", "error", err, "requestId", RequestID(ctx))
	}
	return body, nil
}

// nothingDone tells whether the server failed before any mutation was done: each root field is null by an error of its own, not
// of a field below it, which fails only after the mutation.
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

func failedItself(errs gqlerror.List, rootField string) bool {
	for _, e := range errs {
		code := e.Extensions["code"]
		if len(e.Path) == 1 && e.Path[0] == ast.PathName(rootField) && (code == model.ErrorCodeInternal || code == model.ErrorCodeUnavailable) {
			return true
		}
	}
	return false
}
