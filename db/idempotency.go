package db

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

const (
	// idempotencyAge is how long a key is remembered.
	idempotencyAge = 24 * time.Hour
	// heartbeatInterval is how often a process says that it still runs a request.
	heartbeatInterval = 500 * time.Millisecond
	// heartbeatLost is how long a waiting repeat sees no heartbeat until it takes the request over. That it may err, when
	// a process stands still, costs only work: see keepResult.
	heartbeatLost = time.Second
)

// Claim is what a request knows of its idempotency key: whether it holds the key, and what its root fields have done
// under it. It belongs to one goroutine, and to the actor of the context in which the key is claimed.
type Claim struct {
	key, requestHash string

	id          claimID
	isHeld      bool
	isTried     bool   // whether it was tried to insert the request
	stopBeating func() // ends the heartbeat; nil where there is none

	holder    string // the process that held the key when its heartbeat was last seen to move
	heartbeat int64
	movedAt   time.Time

	fieldResults
}

// NewClaim returns a claim that holds no key yet. requestHash tells requests apart.
func NewClaim(key, requestHash string) *Claim { return &Claim{key: key, requestHash: requestHash} }

// IsHeld reports whether the caller is to run the request.
func (c *Claim) IsHeld() bool { return c.isHeld }

// claimID is a key of a credential.
type claimID struct {
	tenantID        int64
	credential, key string
}

// credentialOf names an actor's credential by its kind and id. Callers without one are told apart by name.
func credentialOf(a model.Actor) string {
	if a.Kind == model.CredentialKindNone {
		return a.Credential + " " + a.Name
	}
	return a.Credential
}

// processClaims are the keys that this process holds, or is about to claim, with the hashes of their requests.
type processClaims struct {
	process string // its name, a random one
	mu      sync.Mutex
	hashes  map[claimID]string
}

func newProcessClaims() *processClaims {
	return &processClaims{process: rand.Text(), hashes: map[claimID]string{}}
}

// begin notes a claim, unless the process has one of the key: then it returns the hash of that request.
func (p *processClaims) begin(c *Claim) (other string, isOther bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if other, isOther = p.hashes[c.id]; !isOther {
		p.hashes[c.id] = c.requestHash
	}
	return other, isOther
}

func (p *processClaims) end(c *Claim) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.hashes, c.id)
}

// ClaimKey claims an idempotency key of the actor's credential for a request. Where the request was answered before and
// the answer was kept, it returns that; otherwise c holds the key unless somebody runs the request now: then the caller
// is to call again until it does. A process that shows no heartbeat for a second no longer runs anything. It returns
// CONFLICT where the key came with another request. It takes one statement for a new key and where this process runs
// the request, two where another does, else three or four.
func (d *DB) ClaimKey(ctx context.Context, c *Claim) (answer *string, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	c.id = claimID{s.actor.TenantID, credentialOf(s.actor), c.key}
	if hash, isOther := d.claims.begin(c); isOther {
		return nil, c.check(hash)
	}
	answer, err = d.claimKey(ctx, s, c)
	if !c.isHeld {
		d.claims.end(c)
	}
	return answer, err
}

// check returns CONFLICT where the key came with another request, whose hash is given.
func (c *Claim) check(hash string) error {
	if hash == c.requestHash {
		return nil
	}
	return model.Conflict("Idempotency-Key", "this key came with another request before; take a new one for each request")
}

func (d *DB) claimKey(ctx context.Context, s scope, c *Claim) (answer *string, err error) {
	if !c.isTried {
		if isNew, err := d.insertRequest(ctx, c); isNew || err != nil {
			return nil, err
		}
	}
	row, err := s.readRequest(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case row == nil:
		c.isTried = false
		return nil, nil
	case !row.CreatedAt.After(s.now.Add(-idempotencyAge)):
		return nil, d.forgetRequest(ctx, c, row)
	}
	if err := c.check(row.RequestHash); err != nil || row.Answer != nil {
		return row.Answer, err
	}
	if row.ClaimedBy != nil && *row.ClaimedBy != d.claims.process && c.sawLife(row) {
		return nil, nil
	}
	return nil, d.takeOver(ctx, c, row)
}

// sawLife reports whether the process that holds the key has shown a heartbeat within heartbeatLost. Clocks of
// processes are not compared: what counts is that the row changes.
func (c *Claim) sawLife(row *model.IdempotentRequest) bool {
	if c.holder != *row.ClaimedBy || c.heartbeat != row.Heartbeat {
		c.holder, c.heartbeat, c.movedAt = *row.ClaimedBy, row.Heartbeat, time.Now()
	}
	return time.Since(c.movedAt) < heartbeatLost
}

// insertRequest stores the request as claimed by this process and reports whether it is new.
func (d *DB) insertRequest(ctx context.Context, c *Claim) (isNew bool, err error) {
	c.isTried = true
	const text = "INSERT INTO idempotency_requests (tenant_id, credential, idempotency_key, request_hash, created_at," +
		" claimed_by, heartbeat, is_erased) VALUES ($1, $2, $3, $4, $5, $6, 0, FALSE)" +
		" ON CONFLICT (tenant_id, credential, idempotency_key) DO NOTHING"
	err = d.writeRequest(ctx, c, "insertRequest", text, func(s scope) []any {
		return []any{c.requestHash, s.now, d.claims.process}
	}, func(n int64) { isNew = n > 0 })
	if isNew && err == nil {
		d.hold(ctx, c)
	}
	return isNew, err
}

// writeRequest runs one statement on a claim's request, whose arguments begin with the request's key, and tells how
// many rows it has written.
func (d *DB) writeRequest(ctx context.Context, c *Claim, name, text string, args func(scope) []any, wrote func(int64),
) error {
	return d.writeGuarded(ctx, func(ctx context.Context, s scope) error {
		all := append([]any{c.id.credential, c.id.key}, args(s)...)
		n, err := s.execReady(ctx, writeShape{name: name}, func() string { return text }, all...)
		wrote(n)
		return err
	})
}

// hold makes c the holder of its key, and begins its heartbeat.
func (d *DB) hold(ctx context.Context, c *Claim) {
	c.isHeld = true
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	first := time.AfterFunc(heartbeatInterval, func() { d.beatUntil(ctx, c) })
	c.stopBeating = func() {
		first.Stop()
		cancel()
	}
}

// beatUntil shows that this process runs a request, once every heartbeatInterval, until ctx ends or the database is
// closed.
func (d *DB) beatUntil(ctx context.Context, c *Claim) {
	tick := time.NewTicker(heartbeatInterval)
	defer tick.Stop()
	const text = "UPDATE idempotency_requests SET heartbeat = heartbeat + 1" +
		" WHERE tenant_id = $1 AND credential = $2 AND idempotency_key = $3 AND claimed_by = $4"
	for ctx.Err() == nil && d.background.ctx.Err() == nil {
		// Where it fails, the next one may not: at worst another process takes over in vain.
		_ = d.writeRequest(ctx, c, "beat", text, func(scope) []any { return []any{d.claims.process} }, func(int64) {})
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// readRequest reads the request under a claim's key without a lock; nil where there is none.
func (s scope) readRequest(ctx context.Context, c *Claim) (*model.IdempotentRequest, error) {
	return readyRow[model.IdempotentRequest](ctx, s, "idempotent request",
		func(q *bun.SelectQuery, param func(int) any) *bun.SelectQuery {
			return q.Where("credential = ?", param(0)).Where("idempotency_key = ?", param(1))
		}, c.id.credential, c.id.key)
}

// forgetRequest deletes a request that is too old to be remembered: the key is new.
func (d *DB) forgetRequest(ctx context.Context, c *Claim, row *model.IdempotentRequest) error {
	c.isTried = false
	const text = "DELETE FROM idempotency_requests" +
		" WHERE tenant_id = $1 AND credential = $2 AND idempotency_key = $3 AND created_at = $4"
	return d.writeRequest(ctx, c, "forgetRequest", text, func(scope) []any { return []any{row.CreatedAt} }, func(int64) {})
}

// takeOver claims the key of a request that nobody runs, unless somebody else has done so meanwhile, and reads what the
// request has done.
func (d *DB) takeOver(ctx context.Context, c *Claim, row *model.IdempotentRequest) error {
	const text = "UPDATE idempotency_requests SET claimed_by = $5, heartbeat = heartbeat + 1 WHERE tenant_id = $1" +
		" AND credential = $2 AND idempotency_key = $3 AND heartbeat = $4 AND answer IS NULL"
	isMine := false
	err := d.writeRequest(ctx, c, "takeOver", text, func(scope) []any {
		return []any{row.Heartbeat, d.claims.process}
	}, func(n int64) { isMine = n > 0 })
	if err != nil || !isMine {
		return err
	}
	if err := d.readResults(ctx, c); err != nil {
		return err
	}
	d.hold(ctx, c)
	return nil
}

// KeepAnswer ends a claim after its request was answered. It keeps the answer, unless it is nil or rows of the tenant
// were erased meanwhile, and what the root fields did that have written nothing, so that a repeat does not try them
// again. It takes one statement, and one for each field that has written nothing.
func (d *DB) KeepAnswer(ctx context.Context, c *Claim, answer *string) error {
	const text = "UPDATE idempotency_requests SET claimed_by = NULL, heartbeat = heartbeat + 1," +
		" answer = CASE WHEN is_erased THEN NULL ELSE CAST($5 AS TEXT) END" +
		" WHERE tenant_id = $1 AND credential = $2 AND idempotency_key = $3 AND claimed_by = $4"
	return d.endClaim(ctx, c, func(ctx context.Context, s scope) error {
		for _, result := range c.later {
			if err := s.insertLater(ctx, c, result); err != nil {
				return err
			}
		}
		_, err := s.execReady(ctx, writeShape{name: "keepAnswer"}, func() string { return text },
			c.id.credential, c.id.key, d.claims.process, answer)
		return err
	})
}

// ReleaseKey gives up a claim, if c holds its key, so that a repeat does what the request has not done. It takes one
// statement.
func (d *DB) ReleaseKey(ctx context.Context, c *Claim) error {
	const text = "UPDATE idempotency_requests SET claimed_by = NULL, heartbeat = heartbeat + 1" +
		" WHERE tenant_id = $1 AND credential = $2 AND idempotency_key = $3 AND claimed_by = $4"
	return d.endClaim(ctx, c, func(ctx context.Context, s scope) error {
		_, err := s.execReady(ctx, writeShape{name: "releaseKey"}, func() string { return text },
			c.id.credential, c.id.key, d.claims.process)
		return err
	})
}

// endClaim ends a claim by a transaction. Where that fails the key is free nevertheless: no process holds it.
func (d *DB) endClaim(ctx context.Context, c *Claim, end transaction) error {
	if !c.isHeld {
		return nil
	}
	defer d.claims.end(c)
	c.isHeld = false
	c.stopBeating()
	if len(c.later) > 0 {
		return d.writeShort(ctx, end)
	}
	return d.writeGuarded(ctx, end)
}

// eraseAnswers erases the answers that are kept for the tenant, and has those not kept that are on their way: they may
// show rows that the transaction erases. A repeat is answered from what the request did. So are files: see eraseFiles.
// It takes three statements.
func (s scope) eraseAnswers(ctx context.Context) error {
	if s.isDryRun {
		return nil
	}
	_, err := s.execReady(ctx, writeShape{name: "eraseAnswers"}, func() string {
		return "UPDATE idempotency_requests SET is_erased = TRUE, answer = NULL WHERE tenant_id = $1 AND NOT is_erased"
	})
	if err != nil {
		return err
	}
	return s.eraseFiles(ctx)
}
