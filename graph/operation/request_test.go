package operation

import (
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callbook/model"
)

func TestReservation(t *testing.T) {
	var released []string
	var r Reservation
	hold := func(what string) { r.Hold(func() { released = append(released, what) }) }
	release := func(when string, want ...string) {
		t.Helper()
		released = nil
		r.Release()
		if !reflect.DeepEqual(released, want) {
			t.Errorf("%s: Release gives back %v, want %v", when, released, want)
		}
	}
	release("nothing is held")
	hold("memory")
	hold("file")
	hold("turn")
	release("three are held", "turn", "file", "memory")
	release("released again")
	hold("more")
	release("held anew", "more")
}

func TestReserveMemory(t *testing.T) {
	limits := Limits{Memory: 100}
	p := &Pipeline{limits: limits, memory: newMemory(limits)}
	as := func(a model.Actor, bytes int64, code model.ErrorCode, message string) *Reservation {
		t.Helper()
		var r Reservation
		err := p.ReserveMemory(model.WithActor(t.Context(), a), &r, bytes)
		checkError(t, a.Credential, err, code, "")
		if err != nil && err.Message != message {
			t.Errorf("%s is refused with %q, want %q", a.Credential, err.Message, message)
		}
		return &r
	}
	const busyMessage = "the server is busy: too many large requests at once; try again in a moment"
	const busyOwn = "the server is busy: too many large requests of this credential at once; try again in a moment"
	first := as(credential("a"), 1_000_000, "", "") // at most half
	as(credential("a"), 1, model.ErrorCodeUnavailable, busyOwn)
	as(credential("b"), 50, "", "")
	as(credential("c"), 1, model.ErrorCodeUnavailable, busyMessage)
	first.Release()
	as(credential("a"), 50, "", "")
}

// TestWaitingWithMemory has requests hold all memory and want more: one of each credential waits, while they hold no
// more than half, and others are refused at once and give theirs back, so that those that wait get theirs.
func TestWaitingWithMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{Memory: 100, Waiting: 10, WaitTime: time.Minute}
		p := &Pipeline{limits: limits, memory: newMemory(limits)}
		var done sync.WaitGroup
		var refusedAfter [5]time.Duration
		start := time.Now()
		for i, who := range []string{"a", "b", "c", "d", "d"} {
			done.Go(func() {
				ctx := model.WithActor(t.Context(), credential(who))
				var r Reservation
				defer r.Release()
				if err := p.ReserveMemory(ctx, &r, 20); err != nil {
					t.Errorf("the body of %s: got %v, want memory", who, err)
				}
				<-time.After(time.Duration(i+1) * time.Second) // the body is read
				if p.ReserveMemory(ctx, &r, 25) != nil {
					refusedAfter[i] = time.Since(start)
					return
				}
				<-time.After(time.Second) // it runs
			})
		}
		done.Wait()
		// a and b hold 40 and wait; c would make it 60, and gives 20 back, which are too few; d does, and a goes on.
		if want := [5]time.Duration{2: 3 * time.Second, 3: 4 * time.Second}; refusedAfter != want {
			t.Errorf("got requests refused after %v, want %v", refusedAfter, want)
		}
		if all := time.Since(start); all > limits.WaitTime/2 {
			t.Errorf("got all done after %v, want nobody to wait until time is up", all)
		}
	})
}

// TestMemoryOfAnswers keeps the memory of an operation whose answer is large until that is released: a client may read
// it slowly.
func TestMemoryOfAnswers(t *testing.T) {
	limits := Limits{Memory: 100}
	p := &Pipeline{limits: limits, memory: newMemory(limits)}
	ctx := model.WithActor(t.Context(), credential("a"))
	for size, wantHeld := range map[int]bool{largeAnswer: false, largeAnswer + 1: true} {
		x := &Execution{pipeline: p, request: &Request{}, body: make([]byte, size)}
		hasTurn := true
		x.request.Reservation.Hold(func() { hasTurn = false })
		if err := p.ReserveMemory(ctx, &x.request.Reservation, 50); err != nil {
			t.Fatal(err)
		}
		x.releaseAfterRun()
		var next Reservation
		err := p.ReserveMemory(ctx, &next, 50)
		if isHeld := err != nil; hasTurn || isHeld != wantHeld {
			t.Errorf("an answer of %d bytes: got a turn %v and memory that is held %v, want no turn, %v",
				size, hasTurn, isHeld, wantHeld)
		}
		next.Release()
		x.request.Reservation.Release()
	}
}
