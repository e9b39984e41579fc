package model

import (
	"time"

	"github.com/uptrace/bun"
)

// IdempotencyKey is a request that was sent with an idempotency key, and its response.
type IdempotencyKey struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:idempotency_key"`

	TenantID    int64  `bun:",pk"`
	Actor       string `bun:",pk"`
	Key         string `bun:"idempotency_key,pk"`
	RequestHash string
	CreatedAt   time.Time
	IsDone      bool    // whether a mutation of the request is committed
	Response    *string // nil while the request is under way
}
