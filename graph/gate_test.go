package graph

import (
	"context"
	"testing"
	"time"
)

// TestTurn begins events before the last has ended, and ends them twice: the gate gets back what it gave.
func TestTurn(t *testing.T) {
	g := newGate("events", 2, 0, 0)
	turn := newTurn(g)
	turn.await()
	if !turn.begin(t.Context()) {
		t.Fatal("there is room")
	}
	early, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if turn.begin(early) {
		t.Error("an event begins for which nobody waits")
	}
	turn.end()
	turn.end()
	turn.await()
	turn.await()
	if !turn.begin(t.Context()) {
		t.Error("an event has ended, and the next does not begin")
	}
	turn.end()
	if !g.inside.TryAcquire(2) {
		t.Fatal("a turn is not given back")
	}
	turn.await()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if turn.begin(gone) {
		t.Error("an event begins when its client has gone")
	}
	g.leave(2)
	if !g.inside.TryAcquire(2) {
		t.Error("a client that had gone took a turn with it")
	}
}
