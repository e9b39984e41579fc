package operation

import (
	"context"
	"slices"

	"callbook/model"
)

// Reservation is what an operation holds of what all operations share: memory for its body, temporary files, a turn to
// run. One Release gives all of it back. The zero value holds nothing. It belongs to one goroutine.
type Reservation struct {
	first func() // mostly there is one alone
	more  []func()
}

// Hold adds what release gives back.
func (r *Reservation) Hold(release func()) {
	if r.first == nil && r.more == nil {
		r.first = release
		return
	}
	r.more = append(r.more, release)
}

// Release gives back everything that is held, the last first: files are closed before they are removed. It may be
// called again: then it does nothing, unless something has been added.
func (r *Reservation) Release() {
	for _, release := range slices.Backward(r.more) {
		release()
	}
	if r.first != nil {
		r.first()
	}
	r.first, r.more = nil, nil
}

// BodyWeight is how many bytes of memory a byte of a large body is taken to need, read and decoded.
const BodyWeight = 10

// ReserveMemory waits for a share of the memory that large requests have together, of which one credential may hold
// half, and callers without one together. The request's reservation holds it. Error: UNAVAILABLE where there is none in
// time.
func (p *Pipeline) ReserveMemory(ctx context.Context, r *Reservation, bytes int64) *model.Error {
	release, err := p.memory.Acquire(ctx, actorOf(ctx).CredentialKey(), min(bytes, p.limits.Memory/2))
	if err != nil {
		return busy("large requests", err)
	}
	r.Hold(release)
	return nil
}
