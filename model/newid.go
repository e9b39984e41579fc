package model

import (
	"math/rand/v2"
	"sync"
	"time"
)

var lastID struct {
	sync.Mutex
	last int64
}

const idRandomBits = 22

// newID makes a key of 63 bits: milliseconds and chance, each greater than the one before.
func newID() int64 {
	lastID.Lock()
	defer lastID.Unlock()
	next := time.Now().UnixMilli()<<idRandomBits | rand.Int64N(1<<idRandomBits)
	lastID.last = max(next, lastID.last+1)
	return lastID.last
}
