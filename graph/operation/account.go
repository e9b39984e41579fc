package operation

import (
	"context"
	"time"

	"callbook/db"
	"callbook/graph/internal/jsondata"
	"callbook/model"
)

// accounts are what an operation takes while it runs: bytes of the database, its time, and bytes of the response. Each
// has a limit that ends the operation.
type accounts struct {
	database *db.Account
	answer   *jsondata.Answer
	answered int64 // bytes of the response
	garbage  garbage
}

// What an operation may take for its price alone. Beyond it everything costs as much as the part of a second in which a
// budget gains as much: half a second for the bytes that one operation may read at the most.
const (
	freeBytes    = 1 << 20
	freeTime     = time.Second
	bytesPerCost = 2 << 10
	timePerCost  = 20 * time.Microsecond
)

// openAccounts opens the accounts of an operation that is admitted, and returns the context that they end, with the
// limit that was passed as its cause. close must be called when nothing runs any more.
func (x *Execution) openAccounts(ctx context.Context) (counted context.Context, closeAll func()) {
	l := x.pipeline.limits
	ctx, end := context.WithCancelCause(ctx)
	x.accounts.answer = jsondata.NewAnswer(l.Answer, func() error {
		err := model.LimitExceeded("", "the response has more than %d bytes; ask for fewer rows, shorter lists or fewer"+
			" long texts at a time", l.Answer)
		end(err)
		return err
	})
	x.accounts.answered = 0
	ctx, x.accounts.database = db.WithAccount(ctx,
		db.AccountLimits{Read: l.Read, Time: l.DatabaseTime, Large: largeRead}, end, x.accounts.garbage.collectOften)
	return ctx, x.closeAccounts(end)
}

func (x *Execution) closeAccounts(end context.CancelCauseFunc) func() {
	return func() {
		x.accounts.database.Close()
		x.accounts.garbage.collectAsUsual()
		end(nil)
	}
}

// cost returns what the operation has taken beyond what its price is for.
func (a *accounts) cost() int {
	if a.database == nil {
		return 0
	}
	bytes := max(0, a.database.Bytes()-freeBytes) + max(0, a.answered-freeBytes)
	return int(bytes/bytesPerCost) + int(max(0, a.database.Time()-freeTime)/timePerCost)
}
