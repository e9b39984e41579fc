package db

import (
	"context"
	"errors"
	"iter"
)

// togetherKey is the key under which a context has the function with which a read waits until those that run together
// with it wait, too. It returns false where the read will not run.
type togetherKey struct{}

var errNotRun = errors.New("db: another read ended in a panic")

// Together calls reads, which call methods of DB with the context they get, and of which one runs at a time. On
// PostgreSQL their ready statements are sent together: each read runs until it has one, then all of these take one
// round trip, and so on. Where one fails, those after it fail, too. On SQLite, and where statements are not prepared by
// connection, reads run one after the other. It takes as many statements as they do.
func (d *DB) Together(ctx context.Context, reads ...func(context.Context)) {
	s, err := d.read(ctx)
	if err != nil || !s.ready.isNative {
		for _, read := range reads {
			read(ctx)
		}
		return
	}
	waiting := make([]*waitingRead, 0, len(reads))
	for _, read := range reads {
		w := &waitingRead{}
		w.next, w.stop = iter.Pull(func(wait func(*readyRead) bool) {
			read(context.WithValue(ctx, togetherKey{}, wait))
		})
		defer w.stop() // where another panics
		waiting = append(waiting, w)
	}
	for statements := runUntilWaiting(waiting); len(statements) > 0; statements = runUntilWaiting(waiting) {
		s.runTogether(ctx, statements)
	}
}

// waitingRead is a read that runs until it waits for a statement.
type waitingRead struct {
	next func() (*readyRead, bool)
	stop func()
}

// runUntilWaiting runs each read until it waits for its next statement, and returns these statements.
func runUntilWaiting(reads []*waitingRead) (statements []*readyRead) {
	for _, read := range reads {
		if statement, ok := read.next(); ok {
			statements = append(statements, statement)
		}
	}
	return statements
}

// runTogether runs statements in one round trip, with one of the connections that the caller may use.
func (s scope) runTogether(ctx context.Context, statements []*readyRead) {
	for range statements[1:] {
		countStatement(ctx)
	}
	defer s.admitReady(ctx)()
	s.ready.runNative(ctx, statements)
}
