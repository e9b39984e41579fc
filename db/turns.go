package db

import (
	"slices"
	"strings"
)

// turns are transactions that wait: one of each tenant comes after the other, and of a tenant one of each credential. A
// credential that has had its turn goes behind those that came while it was served. The zero value is ready for use.
type turns struct {
	order     []string // the credentials with a transaction that waits, the next one first
	queues    map[string][]*sharedWrite
	served    string // the credential whose turn it is; not in order until its turn ends
	isServing bool
	place     int // that served had in order
	size      int // how many transactions wait

	number int            // of the last turn
	last   map[string]int // the number of a tenant's last turn, since nothing waited
	before int            // what last had of the tenant that is served
}

// tenantOf returns the tenant of a credential: see model.Actor.CredentialKey.
func tenantOf(credential string) string {
	tenant, _, _ := strings.Cut(credential, " ")
	return tenant
}

// add adds a transaction to those of its credential.
func (t *turns) add(credential string, w *sharedWrite) {
	if t.queues == nil {
		t.queues = map[string][]*sharedWrite{}
	}
	if len(t.queues[credential]) == 0 && !(t.isServing && credential == t.served) {
		t.order = append(t.order, credential)
	}
	t.queues[credential] = append(t.queues[credential], w)
	t.size++
}

// next ends the turn of the credential that is served, and takes the transaction that comes next: with shortOnly the
// first short one that is the next of its credential. It returns nil where there is none. Transactions whose callers
// have given up are dropped: they are no turn of their credential.
func (t *turns) next(shortOnly bool) *sharedWrite {
	if t.isServing && len(t.queues[t.served]) > 0 {
		t.order = append(t.order, t.served)
	}
	t.isServing = false
	for {
		t.dropGivenUp()
		w := t.takeNext(shortOnly)
		if w == nil || w.isTaken.CompareAndSwap(false, true) {
			return w
		}
		t.isServing = false // given up meanwhile
		t.last[tenantOf(t.served)] = t.before
		if len(t.queues[t.served]) > 0 {
			t.order = slices.Insert(t.order, t.place, t.served)
		}
	}
}

// dropGivenUp drops the transactions before the first of each credential whose caller waits still.
func (t *turns) dropGivenUp() {
	t.order = slices.DeleteFunc(t.order, func(credential string) bool {
		queue := t.queues[credential]
		for len(queue) > 0 && queue[0].isTaken.Load() {
			queue[0] = nil
			queue = queue[1:]
			t.size--
		}
		if t.queues[credential] = queue; len(queue) == 0 {
			delete(t.queues, credential)
		}
		return len(queue) == 0
	})
}

// takeNext takes the transaction that comes next, of the tenant whose last turn is the longest ago; nil where there is
// none.
func (t *turns) takeNext(shortOnly bool) *sharedWrite {
	if len(t.order) == 0 {
		clear(t.last)
		return nil
	}
	best := -1
	for place, credential := range t.order {
		mayRun := !shortOnly || !t.queues[credential][0].isLong()
		if mayRun && (best < 0 || t.last[tenantOf(credential)] < t.last[tenantOf(t.order[best])]) {
			best = place
		}
	}
	if best < 0 {
		return nil
	}
	return t.take(best)
}

// take takes the first transaction of the credential at a place in order.
func (t *turns) take(place int) *sharedWrite {
	credential := t.order[place]
	t.place = place
	t.order = slices.Delete(t.order, place, place+1)
	queue := t.queues[credential]
	w := queue[0]
	queue[0] = nil
	if t.queues[credential] = queue[1:]; len(queue) == 1 {
		delete(t.queues, credential)
	}
	t.served, t.isServing = credential, true
	t.size--
	if t.last == nil {
		t.last = map[string]int{}
	}
	t.number++
	t.before = t.last[tenantOf(credential)]
	t.last[tenantOf(credential)] = t.number
	return w
}
