package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
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
func idempotencyKey(params *graphql.RawParams) (string, *model.Error) {
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
func requestHash(params *graphql.RawParams) string {
	request, err := json.Marshal([]any{params.Query, params.OperationName, params.Variables})
	if err != nil {
		panic(err) // it came from JSON
	}
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// once does a request under its key: the first time with do, later with what was answered then. A repeat that comes while
// the first is under way waits for it.
func once(ctx context.Context, d *db.DB, key, hash string, do func() *graphql.Response) (body []byte, err error) {
	for {
		stored, claimed, err := d.ClaimKey(ctx, key, hash)
		switch {
		case err != nil:
			return nil, err
		case stored != nil:
			return []byte(*stored), nil
		case claimed:
			return first(ctx, d, key, do)
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
func first(ctx context.Context, d *db.DB, key string, do func() *graphql.Response) ([]byte, error) {
	done := context.WithoutCancel(ctx) // the client may go; what was done must be known
	release := true
	defer func() {
		if release {
			if err := d.ReleaseKey(done, key); err != nil {
				slog.ErrorContext(ctx, "an idempotency key stays claimed", "error", err, "requestId", RequestID(ctx))
			}
		}
	}()
	response := do()
	if response == nil {
		return nil, ctx.Err()
	}
	body := encode(response)
	if serverFailed(response.Errors) && nothingDone(response.Data) {
		return body, nil
	}
	release = false
	return body, d.KeepResponse(done, key, string(body))
}

func serverFailed(errs gqlerror.List) bool {
	for _, e := range errs {
		switch e.Extensions["code"] {
		case model.ErrorCodeInternal, model.ErrorCodeUnavailable:
			return true
		}
	}
	return false
}

// nothingDone tells whether every root field is null.
func nothingDone(data json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return true
	}
	for _, field := range fields {
		if !bytes.Equal(field, []byte("null")) {
			return false
		}
	}
	return true
}

// refusal is the response where a request with a key was not done.
func (t transport) refusal(ctx context.Context, err error) (int, *graphql.Response) {
	e := presenter(t).present(ctx, err)
	status := http.StatusInternalServerError
	if known := model.AsErrors(err); known != nil {
		status = http.StatusConflict
	}
	return status, &graphql.Response{Errors: gqlerror.List{e}}
}
