package model

import (
	"time"

	"github.com/uptrace/bun"
)

// IdempotentRequest is a request that was sent with an idempotency key. It outlives what it was answered.
type IdempotentRequest struct {
	bun.BaseModel `bun:"table:idempotency_requests,alias:idempotency_request"`

	TenantID    int64  `bun:",pk"`
	Credential  string `bun:",pk"` // kind and id of the credential: see Actor
	Key         string `bun:"idempotency_key,pk"`
	RequestHash string
	CreatedAt   time.Time
	ClaimedBy   *string // the process that runs it; nil where none does
	Heartbeat   int64   // grows while that process lives, and with every change of hands
	IsErased    bool    // whether rows of the tenant were erased since: the answer is not kept
	Answer      *string // nil while the request is under way, and where the answer is too long or erased
}

// IdempotentResult is what a root field of such a request has done.
type IdempotentResult struct {
	bun.BaseModel `bun:"table:idempotency_results,alias:idempotency_result"`

	TenantID   int64  `bun:",pk"`
	Credential string `bun:",pk"`
	Key        string `bun:"idempotency_key,pk"`
	Field      string `bun:",pk"` // the field's name in the response, or a hash of a long one
	Step       int    `bun:",pk"` // of a field that writes in several transactions, from 0
	Result     string
}
