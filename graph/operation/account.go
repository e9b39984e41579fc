package operation

import (
	"context"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/graph"
	"callbook/graph/internal/jsondata"
	"callbook/model"
)

// accounts are what an operation takes while it runs: bytes of the database, its time, and bytes of the response. Each
// has a limit that ends the operation. They are the context that it runs in, where the database and the response find
// them.
type accounts struct {
	context.Context
	cancel   context.CancelFunc // of Context; nil until they are opened
	database db.Account
	answer   jsondata.Answer
	answered int64 // bytes of the response
	garbage  garbage
	acts     auth.Acts // what the audit log is told
}

// What an operation may take for its price alone, and what a credential may in a second for all of theirs; small
// operations would have another cost each time otherwise. Beyond it everything costs as much as the part of a second in
// which a budget gains as much: a third of a second for the bytes that one operation may read at the most. So many
// small operations at once take no more of the database for nothing than a client that sends one after the other.
const (
	freeBytes    = 256 << 10
	freeTime     = 250 * time.Millisecond
	sharedBytes  = 4 << 20     // of a credential in a second
	sharedTime   = time.Second // of a credential in a second
	bytesPerCost = 2 << 10
	timePerCost  = 20 * time.Microsecond
)

// open opens the accounts of an operation that is admitted, and becomes the context in which it runs: ctx, which cancel
// ends. They must be closed when nothing runs any more.
func (a *accounts) open(ctx context.Context, cancel context.CancelFunc, l *Limits) {
	a.Context, a.cancel = ctx, cancel
	a.answer.Open(l.Answer, a)
	a.database.Open(db.AccountLimits{Read: l.Read, Time: l.DatabaseTime, Large: largeRead}, a)
}

// close closes the accounts, tells the audit log what was done, and ends their context.
func (a *accounts) close() {
	a.acts.Write(a, actorOf(a), "requestId", graph.RequestID(a))
	a.database.Close()
	a.garbage.collectAsUsual()
	a.cancel()
}

// Value returns the accounts for their keys, else what the context has that they were opened with.
func (a *accounts) Value(key any) any {
	switch key {
	case db.AccountKey{}:
		return &a.database
	case jsondata.AnswerKey{}:
		return &a.answer
	case auth.ActsKey{}:
		return &a.acts
	}
	return a.Context.Value(key)
}

// End ends the operation: a limit is passed.
func (a *accounts) End() { a.cancel() }

// ReadsMuch has the garbage collector run more often while the operation runs.
func (a *accounts) ReadsMuch() { a.garbage.collectOften() }

// PassAnswer ends the operation, whose response has passed its limit, and returns the error of its root field.
func (a *accounts) PassAnswer(most int64) error {
	err := model.LimitPassed("the response has more than %d bytes; ask for fewer rows, shorter lists or fewer"+
		" long texts at a time", most)
	_ = a.database.Pass(err) // another limit may have been passed before
	return err
}

// taken returns the bytes that the operation has read and answered, and the database's time, and which part of it one
// operation may take for its price alone.
func (a *accounts) taken() (all, forPrice share) {
	if a.cancel == nil {
		return all, forPrice
	}
	read, used := a.database.Bytes(), a.database.Time()
	return share{read + a.answered, used},
		share{min(read, freeBytes) + min(a.answered, freeBytes), min(used, freeTime)}
}

// share is bytes and time of the database.
type share struct {
	bytes int64
	time  time.Duration
}

// costBeyond returns what a share costs of which a part is free.
func (s share) costBeyond(free share) int {
	return int((s.bytes-free.bytes)/bytesPerCost) + int((s.time-free.time)/timePerCost)
}
