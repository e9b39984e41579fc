package operation

import (
	"context"
	"slices"
	"sync"

	"callbook/model"
)

// Reservation is what an operation holds of what all operations share: memory for its body and its answer, temporary
// files, a turn to run. One Release gives all of it back. The zero value holds nothing. It belongs to one goroutine.
type Reservation struct {
	first  func() // mostly there is one alone
	more   []func()
	shares []func() // of memory
	memory int64    // bytes of them
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
	r.releaseButMemory()
	for _, release := range r.shares {
		release()
	}
	r.shares, r.memory = nil, 0
}

func (r *Reservation) releaseButMemory() {
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

// ReserveMemory waits for a share of the memory that large requests and operations have together, of which one
// credential may hold half, and callers without one together. The request's reservation holds it. Error: UNAVAILABLE
// where there is none in time, and at once for a request that holds memory and may not wait for more: see
// waitsWithMemory.
func (p *Pipeline) ReserveMemory(ctx context.Context, r *Reservation, bytes int64) *model.Error {
	bytes = min(bytes, p.limits.Memory/2-r.memory)
	if bytes <= 0 {
		return nil // it holds all that it may, and would wait for itself
	}
	key := actorOf(ctx).CredentialKey()
	if r.memory > 0 {
		leave, mayWait := p.waitingWithMemory.enter(key, r.memory, p.limits.Memory/2)
		if !mayWait {
			ctx = ended
		}
		defer leave()
	}
	release, err := p.memory.Acquire(ctx, key, bytes)
	if err != nil {
		return busy("large requests", err)
	}
	r.memory += bytes
	r.shares = append(r.shares, release)
	return nil
}

// ended is a context in which nobody waits.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// waitsWithMemory are the requests that hold memory, for their body, and wait for more, for their run. There is one of
// a credential at the most, and together they hold half of the memory at the most: so those that run, and give theirs
// back when they are done, make room for each of them, and they never wait for each other alone. Further ones are
// refused at once where there is no room, and give theirs back.
type waitsWithMemory struct {
	mu    sync.Mutex
	held  int64
	byKey map[string]bool
}

// enter reports whether a request of a credential that holds so much may wait for more. leave must be called when it
// has waited.
func (w *waitsWithMemory) enter(key string, held, most int64) (leave func(), mayWait bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byKey[key] || w.held+held > most {
		return func() {}, false
	}
	if w.byKey == nil {
		w.byKey = map[string]bool{}
	}
	w.byKey[key] = true
	w.held += held
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.byKey, key)
		w.held -= held
	}, true
}

const (
	// memoryPerCost is how many bytes of memory an operation is taken to need for each of its price: the longest texts
	// cost 30, and take 100 kB in a row, and as much in the answer.
	memoryPerCost = 6 << 10
	// smallMemory is how many bytes every operation that runs may take; less is not reserved.
	smallMemory = 8 << 20
	// maxOperationMemory is how many bytes an operation takes at the most, whatever it asks for: its accounts end it.
	maxOperationMemory = 192 << 20
)

// largeAnswer is how many bytes an answer has for which memory is held until it is sent.
const largeAnswer = 1 << 20

// releaseAfterRun gives back what the request holds when the operation has run: its memory only where the answer is
// small. A client that reads a large one slowly, or not at all, keeps its own credential's share by it.
func (x *Execution) releaseAfterRun() {
	if len(x.body) > largeAnswer {
		x.request.Reservation.releaseButMemory()
	} else {
		x.request.Reservation.Release()
	}
}

// reserveForRun waits for the memory that the operation may need, by its price; small ones need none. Error:
// UNAVAILABLE where there is none in time.
func (x *Execution) reserveForRun(ctx context.Context) *model.Error {
	bytes := min(int64(x.price.total)*memoryPerCost, maxOperationMemory)
	if bytes <= smallMemory {
		return nil
	}
	return x.pipeline.ReserveMemory(ctx, &x.request.Reservation, bytes)
}
