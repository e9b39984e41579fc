package db

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// eventPoll is how often events are looked for that nobody has announced: where a process ended between its commit
	// and the announcement, or where PostgreSQL takes no LISTEN, as behind a pool of transactions.
	eventPoll = 2 * time.Second
	// announceInterval is how often a process announces events to others at the most: each NOTIFY waits for the disk, and
	// holds a lock of the whole database meanwhile.
	announceInterval = 50 * time.Millisecond
	maxAnnounced     = 300 // tenants in one NOTIFY, which takes 8,000 bytes
	eventChannelName = "callbook_events"
)

// eventHub tells watchers of events that there are some: within the process at once, and on PostgreSQL by NOTIFY
// between processes.
type eventHub struct {
	dsn        string
	background *background
	notify     func(ctx context.Context, payload string) error // nil on SQLite

	mu           sync.Mutex
	channels     map[string]*eventChannel
	changed      map[int64]bool // tenants that are to be announced to other processes
	isAnnouncing bool
	stopListener context.CancelFunc // nil where nobody listens
}

func newEventHub(d *DB, dsn string) *eventHub {
	h := &eventHub{dsn: dsn, background: d.background, channels: map[string]*eventChannel{}, changed: map[int64]bool{}}
	if d.dialect.forUpdate {
		h.notify = func(ctx context.Context, payload string) error {
			_, err := d.pools.writer.ExecContext(ctx, "SELECT pg_notify('"+eventChannelName+"', $1)", payload)
			return err
		}
	}
	return h
}

// announce says that a tenant has events that are committed.
func (h *eventHub) announce(tenantID int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake(tenantID)
	if h.notify == nil || h.background.ctx.Err() != nil {
		return
	}
	h.changed[tenantID] = true
	if !h.isAnnouncing {
		h.isAnnouncing = true
		h.background.work.Go(h.announceToOthers)
	}
}

// wake has the channels of a tenant look for events. The caller holds the lock.
func (h *eventHub) wake(tenantID int64) {
	for _, c := range h.channels {
		if c.tenantID == tenantID {
			c.wake()
		}
	}
}

// announceToOthers sends a NOTIFY for the tenants with events, and again until there are none.
func (h *eventHub) announceToOthers() {
	for {
		tenants := h.takeChanged()
		if len(tenants) == 0 {
			return
		}
		payload, err := json.Marshal(tenants)
		if err == nil {
			err = h.notify(h.background.ctx, string(payload))
		}
		if err != nil && h.background.ctx.Err() == nil {
			slog.Warn("other processes are not told of events; they find them within seconds", "error", err)
		}
		pause := time.NewTimer(announceInterval)
		select {
		case <-pause.C:
		case <-h.background.ctx.Done():
			pause.Stop()
			return
		}
	}
}

// takeChanged returns tenants to announce, none where there is nothing more to do.
func (h *eventHub) takeChanged() (tenants []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for tenantID := range h.changed {
		if len(tenants) == maxAnnounced {
			break
		}
		tenants = append(tenants, tenantID)
		delete(h.changed, tenantID)
	}
	h.isAnnouncing = len(tenants) > 0
	return tenants
}

// listen has NOTIFYs of other processes wake channels, while there are any. The caller holds the lock.
func (h *eventHub) listen() {
	isNeeded := h.notify != nil && len(h.channels) > 0
	switch {
	case isNeeded && h.stopListener == nil:
		var ctx context.Context
		ctx, h.stopListener = context.WithCancel(h.background.ctx)
		h.background.work.Go(func() {
			for ctx.Err() == nil {
				h.receive(ctx)
			}
		})
	case !isNeeded && h.stopListener != nil:
		h.stopListener()
		h.stopListener = nil
	}
}

// receive receives NOTIFYs on a connection of its own, until that fails; then it waits for a second.
func (h *eventHub) receive(ctx context.Context) {
	err := h.receiveOn(ctx)
	if ctx.Err() != nil {
		return
	}
	slog.Warn("events of other processes are not told; they are looked for every few seconds", "error", err)
	pause := time.NewTimer(time.Second)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}

func (h *eventHub) receiveOn(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, h.dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing depends on it
	if _, err := conn.Exec(ctx, "LISTEN "+eventChannelName); err != nil {
		return err
	}
	for {
		told, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var tenants []int64
		if json.Unmarshal([]byte(told.Payload), &tenants) != nil {
			continue // not from Callbook
		}
		h.mu.Lock()
		for _, tenantID := range tenants {
			h.wake(tenantID)
		}
		h.mu.Unlock()
	}
}

// join adds a watcher to the channel with its key, which open makes where there is none.
func (h *eventHub) join(key string, w *eventWatcher, open func() *eventChannel) *eventChannel {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.channels[key]
	if c == nil {
		c = open()
		h.channels[key] = c
		h.listen()
		h.background.work.Go(c.run)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = append(c.watchers, w)
	return c
}

// leave takes a watcher from a channel, which ends with its last one.
func (h *eventHub) leave(key string, c *eventChannel, w *eventWatcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = slices.DeleteFunc(c.watchers, func(other *eventWatcher) bool { return other == w })
	if len(c.watchers) == 0 && h.channels[key] == c {
		delete(h.channels, key)
		c.stop()
		h.listen()
	}
}
