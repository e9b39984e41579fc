package limiter

import (
	"context"
	"sync"
)

// Keyed is a limiter for each key. It remembers a key only while something of it is held or awaited. It may be used
// concurrently.
type Keyed struct {
	options Options
	mu      sync.Mutex
	byKey   map[string]*keyLimiter
	spare   []*keyLimiter // of which nothing is held, to be used again
}

// maxSpare is how many limiters are kept that no key has.
const maxSpare = 64

type keyLimiter struct {
	*Limiter
	users int // that hold or wait
}

// NewKeyed returns limiters with these options for each key.
func NewKeyed(o Options) *Keyed { return &Keyed{options: o, byKey: map[string]*keyLimiter{}} }

// Acquire takes a weight of a key's limiter, as Limiter.Acquire does; its error is ErrKeyFull. release gives it back
// and must be called once, unless there is an error.
func (k *Keyed) Acquire(ctx context.Context, key string, weight int64) (release func(), err error) {
	own, err := k.acquire(ctx, key, weight)
	if err != nil {
		return nil, err
	}
	return func() { k.release(key, own, weight) }, nil
}

func (k *Keyed) acquire(ctx context.Context, key string, weight int64) (*keyLimiter, error) {
	own := k.enter(key)
	if own.Acquire(ctx, weight) != nil {
		k.leave(key, own)
		return nil, ErrKeyFull
	}
	return own, nil
}

func (k *Keyed) release(key string, own *keyLimiter, weight int64) {
	own.Release(weight)
	k.leave(key, own)
}

func (k *Keyed) enter(key string) *keyLimiter {
	k.mu.Lock()
	defer k.mu.Unlock()
	own := k.byKey[key]
	if n := len(k.spare); own == nil && n > 0 {
		own, k.spare = k.spare[n-1], k.spare[:n-1]
	} else if own == nil {
		own = &keyLimiter{Limiter: New(k.options)}
	}
	k.byKey[key] = own
	own.users++
	return own
}

func (k *Keyed) leave(key string, own *keyLimiter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if own.users--; own.users > 0 {
		return
	}
	delete(k.byKey, key)
	if len(k.spare) < maxSpare {
		k.spare = append(k.spare, own)
	}
}

// Shared is a limiter for all, of which each key may hold a part.
type Shared struct {
	all  *Limiter
	each *Keyed
}

// NewShared returns a limiter for all with the options all, and for each key with the options each.
func NewShared(all, each Options) *Shared { return &Shared{all: New(all), each: NewKeyed(each)} }

// Acquire takes a weight of the key's part and of all. The empty key has no limit of its own. release gives both back
// and must be called once, unless there is an error: ErrKeyFull, or ErrFull.
func (s *Shared) Acquire(ctx context.Context, key string, weight int64) (release func(), err error) {
	var own *keyLimiter
	if key != "" {
		if own, err = s.each.acquire(ctx, key, weight); err != nil {
			return nil, err
		}
	}
	if err := s.all.Acquire(ctx, weight); err != nil {
		s.releaseKey(key, own, weight)
		return nil, err
	}
	return func() {
		s.all.Release(weight)
		s.releaseKey(key, own, weight)
	}, nil
}

// releaseKey gives back a key's part; own is nil for the empty key.
func (s *Shared) releaseKey(key string, own *keyLimiter, weight int64) {
	if own != nil {
		s.each.release(key, own, weight)
	}
}
