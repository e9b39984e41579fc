package db

import (
	"testing"
	"time"

	"callbook/model"
)

// TestWatcherReceivesBeforeItBegins hands events to a watcher that does not know yet what was committed when it joined
// its channel: nobody waits for it, and later it has those that were not, each once and in their order.
func TestWatcherReceivesBeforeItBegins(t *testing.T) {
	t.Parallel()
	events := make([]*watchedEvent, 4)
	for i := range events {
		events[i] = &watchedEvent{Event: &model.Event{Xid: int64(i)}, place: eventPlace{seen: eventSnapshot{max: 1}}}
	}
	w := &eventWatcher{wake: make(chan struct{}, 1), isJoined: true}
	done := make(chan struct{})
	go func() {
		w.receive(events[:3])
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("receive waits, want that it returns")
	}
	w.begin(eventSnapshot{max: 2})
	w.receive(events[3:])
	got, err := w.next(t.Context())
	if err != nil || len(got) != 2 || got[0].Xid != 2 || got[1].Xid != 3 {
		t.Fatalf("got %v, %v; want the events 2 and 3", got, err)
	}
	if got[0].place.seen.max != 2 {
		t.Errorf("its place: got behind %d, want behind what was committed when it joined", got[0].place.seen.max)
	}
}
