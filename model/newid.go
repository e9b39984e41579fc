package model

import (
	"math/rand/v2"
	"sync"
	"time"
)

// lastID is the last key that NewID returned.
var lastID struct {
	sync.Mutex
	id int64
}

const idRandomBits = 22

// NewID returns a key of 63 bits: 41 bits of milliseconds since 1970 and 22 random bits. Keys of one process are
// strictly increasing.
func NewID() int64 {
	lastID.Lock()
	defer lastID.Unlock()
	next := time.Now().UnixMilli()<<idRandomBits | rand.Int64N(1<<idRandomBits)
	lastID.id = max(next, lastID.id+1)
	return lastID.id
}
