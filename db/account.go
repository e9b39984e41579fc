package db

import (
	"context"
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"time"

	"callbook/model"
)

// AccountLimits are the most that an operation may take of the database. Zero is no limit.
type AccountLimits struct {
	Read  int64         // bytes of the rows that it reads, and of those that one of its transactions writes
	Time  time.Duration // of all its statements together
	Large int64         // bytes read, of which the owner is told when there are more: see AccountOwner.ReadsMuch
}

// AccountOwner is the operation that an account counts for. Its methods may be called concurrently.
type AccountOwner interface {
	// End ends the operation's context: a limit is passed.
	End()
	// ReadsMuch is called once, when more than AccountLimits.Large bytes have been read.
	ReadsMuch()
}

// Account counts what an operation takes of the database, whatever statements it runs: bytes of rows as they are read,
// and the time of its statements. Where a limit is passed, the statement that passes it fails with LIMIT_EXCEEDED, and
// the operation ends. It may be used concurrently, once it is open. Methods that count do nothing on nil.
type Account struct {
	limits AccountLimits
	owner  AccountOwner
	bytes  atomic.Int64
	over   atomic.Pointer[model.Error]
	isFree atomic.Bool // while limits are lifted

	mu      sync.Mutex
	used    time.Duration // up to since
	since   time.Time
	running int // statements
	timer   *time.Timer
}

// AccountKey is the key of the *Account that counts the statements of a context.
type AccountKey struct{}

// accountOf returns the account of a context, nil where it has none.
func accountOf(ctx context.Context) *Account {
	a, _ := ctx.Value(AccountKey{}).(*Account)
	return a
}

// Open gives an account that is empty its limits and its owner. It must be closed.
func (a *Account) Open(limits AccountLimits, owner AccountOwner) { a.limits, a.owner = limits, owner }

// PassedLimit returns the limit that the operation of ctx has passed, as LIMIT_EXCEEDED; nil where it has passed none.
func PassedLimit(ctx context.Context) *model.Error {
	if a := accountOf(ctx); a != nil {
		return a.over.Load()
	}
	return nil
}

// Bytes returns how many bytes have been read.
func (a *Account) Bytes() int64 { return a.bytes.Load() }

// Time returns how long statements have run, those that run at once added up.
func (a *Account) Time() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle()
	return a.used
}

// Restart counts anew, for the next event of a subscription.
func (a *Account) Restart() {
	a.bytes.Store(0)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used, a.since = 0, time.Now()
}

// LiftLimits lifts the limits of the operation of ctx for work that is bounded in another way, such as a load, which
// goes batch by batch: until restore is called nothing is refused, and nothing is counted. The operation must do
// nothing else meanwhile.
func LiftLimits(ctx context.Context) (restore func()) {
	a := accountOf(ctx)
	if a == nil {
		return func() {}
	}
	bytes, used := a.Bytes(), a.Time()
	a.isFree.Store(true)
	return func() {
		a.bytes.Store(bytes)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.settle()
		a.used = used
		a.isFree.Store(false)
	}
}

// Close stops the account's clock.
func (a *Account) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle()
	if a.running = 0; a.timer != nil {
		a.timer.Stop()
	}
}

// err returns LIMIT_EXCEEDED where a limit has been passed.
func (a *Account) err() error {
	if a == nil {
		return nil
	}
	if over := a.over.Load(); over != nil {
		return over
	}
	return nil
}

// Pass ends the operation for a limit that has been passed, also one of another account, and returns the first error
// that said so.
func (a *Account) Pass(err *model.Error) error {
	a.over.CompareAndSwap(nil, err)
	a.owner.End()
	return a.over.Load()
}

// read counts bytes that have been read. It returns LIMIT_EXCEEDED where they are too many.
func (a *Account) read(bytes int64) error {
	return a.count(bytes, "the operation reads more than %d bytes of the database; ask for fewer rows, shorter lists or"+
		" fewer long texts at a time")
}

// hold counts bytes of memory that percentiles take, with those that have been read. It returns LIMIT_EXCEEDED where
// they are too many.
func (a *Account) hold(bytes int64) error {
	return a.count(bytes, "the operation reads more than %d bytes of the database, those that percentiles hold included;"+
		" ask for fewer percentiles with filters of their own at a time")
}

func (a *Account) count(bytes int64, refusal string) error {
	if a == nil {
		return nil
	}
	total := a.bytes.Add(bytes)
	if large := a.limits.Large; total > large && total-bytes <= large && large > 0 {
		a.owner.ReadsMuch()
	}
	if most := a.limits.Read; most > 0 && total > most && !a.isFree.Load() {
		return a.Pass(model.LimitPassed(refusal, most))
	}
	return a.err()
}

// checkWritten returns LIMIT_EXCEEDED where a transaction writes too many bytes.
func (a *Account) checkWritten(bytes int64) error {
	if a == nil || a.limits.Read <= 0 || bytes <= a.limits.Read || a.isFree.Load() {
		return a.err()
	}
	return a.Pass(model.LimitPassed("the operation writes more than %d bytes to the database at once;"+
		" write fewer rows at a time", a.limits.Read))
}

// begin begins the time of a statement. It returns LIMIT_EXCEEDED where a limit has been passed.
func (a *Account) begin() error {
	if a == nil {
		return nil
	}
	if err := a.err(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle()
	a.running++
	a.wind()
	return nil
}

// finish ends the time of a statement that has begun. It returns LIMIT_EXCEEDED where a limit has been passed.
func (a *Account) finish() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	if a.settle(); a.running > 0 {
		a.running--
	}
	a.wind()
	isOver := a.isOutOfTime()
	a.mu.Unlock()
	if isOver {
		return a.passTime()
	}
	return a.err()
}

// settle adds up the time of the statements that run.
func (a *Account) settle() {
	now := time.Now()
	if a.running > 0 {
		a.used += now.Sub(a.since) * time.Duration(a.running)
	}
	a.since = now
}

// wind sets the timer to when the statements that run will have used up the time.
func (a *Account) wind() {
	if a.limits.Time <= 0 || a.isFree.Load() {
		return
	}
	if a.running == 0 {
		if a.timer != nil {
			a.timer.Stop()
		}
		return
	}
	rest := max(0, a.limits.Time-a.used) / time.Duration(a.running)
	if a.timer == nil {
		a.timer = time.AfterFunc(rest, a.expire)
	} else {
		a.timer.Reset(rest)
	}
}

// expire is called by the timer.
func (a *Account) expire() {
	a.mu.Lock()
	a.settle()
	isOver := a.isOutOfTime()
	if !isOver {
		a.wind()
	}
	a.mu.Unlock()
	if isOver {
		_ = a.passTime() // the context ends by it
	}
}

func (a *Account) isOutOfTime() bool {
	return a.limits.Time > 0 && a.used >= a.limits.Time && !a.isFree.Load()
}

func (a *Account) passTime() error {
	return a.Pass(model.LimitPassed("the operation takes more than %s of the database's time; ask for fewer rows,"+
		" counts or searches at a time", a.limits.Time))
}

// rowSize returns how many bytes the values of a row count: the length of texts, 8 for others.
func rowSize(row []driver.Value) (bytes int64) {
	for _, value := range row {
		switch value := value.(type) {
		case string:
			bytes += int64(len(value))
		case []byte:
			bytes += int64(len(value))
		default:
			bytes += 8
		}
	}
	return bytes
}

// readBytes counts a row as it was sent.
func (a *Account) readBytes(row [][]byte) error {
	if a == nil {
		return nil
	}
	bytes := int64(0)
	for _, value := range row {
		bytes += int64(max(len(value), 8))
	}
	return a.read(bytes)
}
