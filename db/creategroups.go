package db

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"callbook/model"
)

const (
	// maxCreateGroups is how many groups of a tenant are written at once: while the disk takes one, the next gathers.
	maxCreateGroups = 4
	// maxGroupsBeyond is how many there are at the most, with those that were begun because the others took long.
	maxGroupsBeyond = 5
	// maxCreateGroup is how many calls a group has at the most, and maxCreateGroupSize how many bytes of text before the
	// last one.
	maxCreateGroup     = 64
	maxCreateGroupSize = 1 << 20
	// createPatience is how long a call waits for a group; then it begins one, beyond maxCreateGroups: the others may
	// wait for a transaction that writes one of their keys.
	createPatience = 50 * time.Millisecond
)

// errCreateAlone says that a group has written nothing, so that each of its calls is created by itself.
var errCreateAlone = errors.New("db: create the call alone")

// createGroups creates calls on PostgreSQL. Those of a tenant that come while maxCreateGroups statements of it are
// under way wait, and are then written by one statement, which costs little more than one call does. Nobody waits where
// nothing is under way. Each call is as it would be alone: one whose key is taken leaves the others as they are, where
// the statement fails each is created by itself, and all are answered after the commit.
type createGroups struct {
	// appended is told how many changes of the summaries a group has appended.
	appended func(tenantID int64, changes int)
	patience time.Duration // see createPatience

	mu      sync.Mutex
	tenants map[int64]*createQueue // those for which something is under way
}

func newCreateGroups(appended func(tenantID int64, changes int)) *createGroups {
	return &createGroups{appended: appended, patience: createPatience, tenants: map[int64]*createQueue{}}
}

// createQueue is the calls of a tenant that wait, and how many groups are under way.
type createQueue struct {
	waiting []*callCreation
	running int
}

// callCreation is a call that is to be created.
type callCreation struct {
	ctx     context.Context // of the caller
	row     *model.Call
	tags    []*model.CallTag
	summary summaryDelta
	// operation and after are what the call's event says.
	operation, after string

	state atomic.Int32
	// told gets the group that the caller is to write, itself first, or nil when isWritten and err are final.
	told      chan []*callCreation
	isWritten bool // false without an error where the key is taken
	err       error
}

// The states of a callCreation.
const (
	isWaiting int32 = iota
	isLeading       // its caller writes the group
	isFollowing
	isGivenUp // its caller has ended
)

// create creates a call in scope s, which runs without a transaction, and reports whether it is written: it is not
// where its key is taken. Where ctx ends meanwhile, it may be written nevertheless.
func (g *createGroups) create(ctx context.Context, s scope, c *callCreation) (isWritten bool, err error) {
	c.ctx = ctx
	if !g.begin(s.actor.TenantID, c) {
		return g.follow(ctx, s, c)
	}
	return g.lead(s, []*callCreation{c})
}

// begin reports whether a call is to be written at once; otherwise it waits.
func (g *createGroups) begin(tenantID int64, c *callCreation) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.tenants[tenantID]
	if q == nil {
		q = &createQueue{}
		g.tenants[tenantID] = q
	}
	if q.running >= maxCreateGroups {
		c.told = make(chan []*callCreation, 1)
		q.waiting = append(q.waiting, c)
		return false
	}
	q.running++
	return true
}

// follow waits until a call is written, or until its caller is to write a group.
func (g *createGroups) follow(ctx context.Context, s scope, c *callCreation) (isWritten bool, err error) {
	patience := time.NewTimer(g.patience)
	defer patience.Stop()
	for {
		select {
		case group := <-c.told:
			return g.goOn(s, c, group)
		case <-patience.C:
			g.leadBeyond(s.actor.TenantID, c)
			patience.Reset(g.patience)
		case <-ctx.Done():
			if c.state.CompareAndSwap(isWaiting, isGivenUp) {
				return false, ctx.Err()
			}
			if c.state.Load() == isFollowing {
				return false, ofUnknownFate(ctx.Err())
			}
			return g.goOn(s, c, <-c.told)
		}
	}
}

// goOn writes the group that c's caller is to write, or returns what became of c.
func (g *createGroups) goOn(s scope, c *callCreation, group []*callCreation) (isWritten bool, err error) {
	switch {
	case group != nil:
		return g.lead(s, group)
	case errors.Is(c.err, errCreateAlone):
		return g.createAlone(c.ctx, s, c)
	}
	return c.isWritten, c.err
}

// createAlone creates a call by itself.
func (g *createGroups) createAlone(ctx context.Context, s scope, c *callCreation) (isWritten bool, err error) {
	isWritten, err = s.createOneCall(ctx, c)
	g.appended(s.actor.TenantID, c.summary.appended)
	return isWritten, err
}

// leadBeyond has c lead a group although enough are under way, if it waits still.
func (g *createGroups) leadBeyond(tenantID int64, c *callCreation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.tenants[tenantID]
	if c.state.Load() != isWaiting || q.running >= maxGroupsBeyond {
		return
	}
	place := slices.Index(q.waiting, c)
	q.waiting = slices.Insert(slices.Delete(q.waiting, place, place+1), 0, c)
	if group := q.take(); group != nil {
		q.running++
		group[0].told <- group
	}
}

// lead writes a group and returns what became of its first call. Then it hands over to those that wait.
func (g *createGroups) lead(s scope, group []*callCreation) (isWritten bool, err error) {
	tenantID := s.actor.TenantID
	first := group[0]
	defer g.handOver(tenantID)
	if len(group) == 1 {
		return g.createAlone(withTransaction(first.ctx), s, first)
	}
	g.writeGroup(s, group)
	if errors.Is(first.err, errCreateAlone) {
		return g.createAlone(withTransaction(first.ctx), s, first)
	}
	return first.isWritten, first.err
}

// writeGroup writes a group in one statement, and tells all but the first of its calls. Where the statement has surely
// written nothing, each call is to be created alone; not the first one where that waited for a lock in vain, and none
// where the database cannot be used now.
func (g *createGroups) writeGroup(s scope, group []*callCreation) {
	for _, c := range group {
		c.err = errCreateAlone
	}
	defer func() {
		for _, c := range group[1:] {
			c.told <- nil
		}
	}()
	ctx, cancel := groupContext(group)
	defer cancel()
	appended, err := s.createTogether(ctx, group)
	switch {
	case err == nil:
		g.appended(s.actor.TenantID, appended)
	case postgresCode(err) == lockNotAvailable:
		group[0].err = err
	case MayHaveBeenDone(err) || s.dialect.isUnavailable(err) && !s.dialect.retryable(err):
		for _, c := range group {
			c.err = err
		}
	}
}

// handOver has the first of the calls that wait lead the next group, after a group of the tenant has ended.
func (g *createGroups) handOver(tenantID int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.tenants[tenantID]
	if q.running <= maxCreateGroups {
		if group := q.take(); group != nil {
			group[0].told <- group
			return
		}
	}
	if q.running--; q.running == 0 {
		delete(g.tenants, tenantID)
	}
}

// take returns the next group, whose calls have different keys; nil where none waits.
func (q *createQueue) take() (group []*callCreation) {
	size, left := 0, q.waiting[:0]
	for _, c := range q.waiting {
		if len(group) == maxCreateGroup || size > maxCreateGroupSize || slices.ContainsFunc(group, c.hasSameKey) {
			left = append(left, c)
			continue
		}
		role := isFollowing
		if len(group) == 0 {
			role = isLeading
		}
		if c.state.CompareAndSwap(isWaiting, role) {
			group = append(group, c)
			size += c.row.TextSize()
		}
	}
	clear(q.waiting[len(left):])
	q.waiting = left
	return group
}

func (c *callCreation) hasSameKey(other *callCreation) bool { return c.row.ID == other.row.ID }

// groupContext returns the context in which a group is written: that of its first call, ending when the last of the
// callers has no time left. The group has a connection at once, whichever share of them its callers have, and no
// account of one of them counts it.
func groupContext(group []*callCreation) (context.Context, context.CancelFunc) {
	ctx := uncounted(withTransaction(context.WithoutCancel(group[0].ctx)))
	ctx = context.WithValue(ctx, AccountKey{}, (*Account)(nil))
	var last time.Time
	for _, c := range group {
		deadline, isSet := c.ctx.Deadline()
		if !isSet {
			return ctx, func() {}
		}
		if deadline.After(last) {
			last = deadline
		}
	}
	return context.WithDeadline(ctx, last)
}
