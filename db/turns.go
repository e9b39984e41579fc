package db

import "slices"

// turns are transactions that wait, by credential: one of each credential comes after the other. A credential that has
// had its turn goes behind those that came while it was served. The zero value is ready for use.
type turns struct {
	order     []string // the credentials with a transaction that waits, the next one first
	queues    map[string][]*sharedWrite
	served    string // the credential whose turn it is; not in order until its turn ends
	isServing bool
	size      int // how many transactions wait
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
// first short one that is the next of its credential. It returns nil where there is none.
func (t *turns) next(shortOnly bool) *sharedWrite {
	if t.isServing && len(t.queues[t.served]) > 0 {
		t.order = append(t.order, t.served)
	}
	t.isServing = false
	place := slices.IndexFunc(t.order, func(credential string) bool {
		return !shortOnly || !t.queues[credential][0].isLong()
	})
	if place < 0 {
		return nil
	}
	return t.take(place)
}

// take takes the first transaction of the credential at a place in order.
func (t *turns) take(place int) *sharedWrite {
	credential := t.order[place]
	t.order = slices.Delete(t.order, place, place+1)
	queue := t.queues[credential]
	w := queue[0]
	queue[0] = nil
	if t.queues[credential] = queue[1:]; len(queue) == 1 {
		delete(t.queues, credential)
	}
	t.served, t.isServing = credential, true
	t.size--
	return w
}
