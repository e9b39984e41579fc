package operation

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
)

const (
	// largeRead is how many bytes an operation reads before the garbage collector runs more often.
	largeRead = 4 << 20
	// largePercent is the most that GOGC is while an operation is large. Without it what one operation takes for a moment
	// would be many times what it holds.
	largePercent = 50
)

// garbage is an operation's wish that the garbage collector runs more often. The zero value is none.
type garbage struct{ isLarge atomic.Bool }

// collector has the garbage collector of the process run more often while any operation is large.
var collector struct {
	mu    sync.Mutex
	large int // operations
	usual int // GOGC when there is none
}

// collectOften has the garbage collector run more often, until collectAsUsual.
func (g *garbage) collectOften() {
	if g.isLarge.Swap(true) {
		return
	}
	c := &collector
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.large++; c.large > 1 {
		return
	}
	c.usual = debug.SetGCPercent(largePercent)
	if c.usual >= 0 && c.usual < largePercent {
		debug.SetGCPercent(c.usual)
	}
}

// collectAsUsual undoes collectOften.
func (g *garbage) collectAsUsual() {
	if !g.isLarge.Swap(false) {
		return
	}
	c := &collector
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.large--; c.large == 0 {
		debug.SetGCPercent(c.usual)
	}
}
