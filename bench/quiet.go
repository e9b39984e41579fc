package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How often the quiet tenant asks.
const (
	readsPerSecond   = 20
	writesPerSecond  = 5
	signInsPerSecond = 1
)

// visit is a request of the quiet tenant.
type visit struct {
	kind    string        // reads, writes or signIns
	at      time.Duration // when it was due, since the start
	took    time.Duration // from when it was due to the end of its answer
	cpu     time.Duration // that the server and the database used meanwhile
	refused string        // how; "" where it was answered
}

// The kinds of visits.
const (
	reads   = "reads"
	writes  = "writes"
	signIns = "sign-ins"
)

// quietReads are the small reads of the quiet tenant.
var quietReads = []string{
	`query($id: ID!) { call(id: $id) { id version name callStatus description tags } }`,
	`{ calls(first: 10) { nodes { id name callStatus createdAt } } }`,
	`query($id: ID!) { call(id: $id) { id tasks { nodes { subject } } notes { nodes { text } } } }`,
	`{ calls(first: 10, orderBy: [{field: CREATED_AT, direction: DESC}]) { totalCount nodes { id name } } }`,
}

// quietWrites are its writes.
var quietWrites = []string{
	`mutation { createCall(input: {name: "quiet", callType: INBOUND}) { call { id version } } }`,
	`mutation($id: ID!) { updateCall(id: $id, input: {name: "changed"}) { call { id version } } }`,
}

// visits sends the requests of the quiet tenant for a time, each when it is due, however long those before take, and
// waits for all answers. Each sign-in is by a key that nobody has presented before. used is the time of processors that
// the server has had so far.
func visits(ctx context.Context, c client, t tenants, length time.Duration, used *cpuClock) (done []visit) {
	var mu sync.Mutex
	var all sync.WaitGroup
	start := time.Now()
	every := func(kind string, perSecond int, key func(n int) string, request func(n int) []byte) {
		for n := 0; ; n++ {
			due := time.Duration(n) * time.Second / time.Duration(perSecond)
			if wait(ctx, due-time.Since(start)); due >= length || ctx.Err() != nil {
				return
			}
			begun := used.now()
			all.Go(func() {
				v := visit{kind: kind, at: due}
				answer, err := c.send(ctx, key(n), request(n))
				v.took, v.cpu = time.Since(start)-due, used.now()-begun
				if err != nil {
					v.refused = err.Error()
				} else if answer.isRefused() {
					v.refused = fmt.Sprintf("%s: %.300s", answer, answer.end)
				}
				mu.Lock()
				defer mu.Unlock()
				done = append(done, v)
			})
		}
	}
	known := func(int) string { return t.quietKey }
	id := func(n int) vars { return vars{"id": t.quietIDs[n%len(t.quietIDs)]} }
	all.Go(func() {
		every(reads, readsPerSecond, known, func(n int) []byte { return body("", quietReads[n%len(quietReads)], id(n)) })
	})
	all.Go(func() {
		every(writes, writesPerSecond, known, func(n int) []byte { return body("", quietWrites[n%len(quietWrites)], id(n)) })
	})
	all.Go(func() {
		fresh := func(n int) string { return t.freshKeys[n] }
		every(signIns, signInsPerSecond, fresh, func(int) []byte { return body("", `{ viewer { name } }`, nil) })
	})
	all.Wait()
	return done
}

// figures are what visits of a kind waited for.
type figures struct {
	count, refused int
	p50, p99, most time.Duration
	cpu50, cpu99   time.Duration // of what the server used meanwhile
}

// figuresOf returns the figures of the visits of a kind, or of all for "".
func figuresOf(list []visit, kind string) (f figures) {
	var took, cpu []time.Duration
	for _, v := range list {
		if kind != "" && v.kind != kind {
			continue
		}
		took, cpu = append(took, v.took), append(cpu, v.cpu)
		if v.refused != "" {
			f.refused++
		}
	}
	slices.Sort(took)
	slices.Sort(cpu)
	l, used := load{latency: took}, load{latency: cpu}
	return figures{len(took), f.refused, l.quantile(0.5), l.quantile(0.99), l.quantile(1), used.quantile(0.5),
		used.quantile(0.99)}
}

// cpuClock is the time of processors that a server and its database have had, as it was some milliseconds ago.
type cpuClock struct{ used atomic.Int64 }

// now returns the time.
func (c *cpuClock) now() time.Duration { return time.Duration(c.used.Load()) }

// run keeps the clock until the context ends.
func (c *cpuClock) run(ctx context.Context, read func() time.Duration) {
	for ctx.Err() == nil {
		c.used.Store(int64(read()))
		wait(ctx, 25*time.Millisecond)
	}
}
