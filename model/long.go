package model

import (
	"math/rand/v2"
	"sync"
	"time"
)

var longs struct {
	sync.Mutex
	last int64
}

const longRandomBits = 22

// newLong makes a key of 63 bits: milliseconds and chance, each greater than the one before.
func newLong() int64 {
	longs.Lock()
	defer longs.Unlock()
	next := time.Now().UnixMilli()<<longRandomBits | rand.Int64N(1<<longRandomBits)
	longs.last = max(next, longs.last+1)
	return longs.last
}
