package model

import (
	"time"

	"github.com/uptrace/bun"
)

// IdempotencyKey is a request that carried a key, and what it was answered.
type IdempotencyKey struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:idempotency_key"`

	TenantID    int64  `bun:",pk"`
	Actor       string `bun:",pk"`
	Key         string `bun:"idempotency_key,pk"`
	RequestHash string
	CreatedAt   time.Time
	IsDone      bool    // a mutation of it is committed
	Response    *string // nil while the request is under way
}
