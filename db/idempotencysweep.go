package db

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"callbook/model"
)

const (
	sweepInterval = 10 * time.Minute
	// maxSwept is how many keys are deleted in one transaction: others write between two of them.
	maxSwept = 1000
)

// background is what an open database does beside its callers.
type background struct {
	ctx  context.Context // ends when the database is closed
	stop context.CancelFunc
	work sync.WaitGroup
	// erased holds an element when files are to be swept.
	erased chan struct{}
}

func newBackground() *background {
	b := &background{erased: make(chan struct{}, 1)}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// every calls do once every interval until close.
func (b *background) every(interval time.Duration, do func(context.Context)) {
	b.everyOr(interval, nil, do)
}

// everyOr calls do once every interval, and when there is something in a channel, until close.
func (b *background) everyOr(interval time.Duration, soon <-chan struct{}, do func(context.Context)) {
	b.work.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do(b.ctx)
			case <-soon:
				do(b.ctx)
			case <-b.ctx.Done():
				return
			}
		}
	})
}

func (b *background) close() {
	b.stop()
	b.work.Wait()
}

// sweep deletes the keys that are too old, and logs where it cannot.
func (d *DB) sweep(ctx context.Context) {
	if err := d.sweepKeys(ctx); err != nil && ctx.Err() == nil {
		slog.Warn("old idempotency keys are not deleted; the next sweep tries again", "error", err)
	}
}

// sweepKeys deletes the idempotency keys of all tenants that are too old to be remembered, with what was kept under
// them. It takes one statement, and for each tenant with such keys one for every maxSwept of them.
func (d *DB) sweepKeys(ctx context.Context) error {
	oldest := model.Canonical(d.now()).Add(-idempotencyAge)
	tenants, err := d.tenantsToSweep(ctx, oldest)
	for _, tenantID := range tenants {
		if err == nil {
			err = d.sweepTenant(model.WithActor(ctx, model.Actor{TenantID: tenantID, Name: "sweeper"}), oldest)
		}
	}
	return err
}

// sweepTenant deletes the keys of the actor's tenant from before an instant.
func (d *DB) sweepTenant(ctx context.Context, oldest time.Time) error {
	for isMore := true; isMore; {
		err := d.write(ctx, func(ctx context.Context, s scope) error {
			old := s.selectAny((*model.IdempotentRequest)(nil)).Column("credential", "idempotency_key").
				Where("created_at <= ?", oldest).Order("created_at").Limit(maxSwept)
			result, err := s.deleteFrom((*model.IdempotentRequest)(nil)).
				Where("(credential, idempotency_key) IN (?)", old).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			isMore = n == maxSwept
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
