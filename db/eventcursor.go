package db

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"callbook/model"
)

const (
	// DefaultEventAge is for how long events are kept where Options do not say.
	DefaultEventAge = 7 * 24 * time.Hour
	// MinEventAge is the shortest time for which events may be kept.
	MinEventAge = time.Hour
	// MaxEventAge is the longest.
	MaxEventAge = 10 * 365 * 24 * time.Hour

	maxEventCursor = 1 << 16
)

// eventFeed names a list of events: a cursor of one is refused by another.
type eventFeed string

const (
	changesFeed eventFeed = "changes"
	callsFeed   eventFeed = "callChanged"
	recordsFeed eventFeed = "callRecordChanged"
	tasksFeed   eventFeed = "taskChanged"
)

// eventCursor is what the text of a cursor says, in JSON in base64.
type eventCursor struct {
	Feed      string  `json:"f"` // see fingerprint
	At        int64   `json:"t"` // seconds since 1970 since when all later events were kept
	Seen      int64   `json:"s"`
	SeenOpen  []int64 `json:"o,omitempty"`
	Until     int64   `json:"u,omitempty"` // 0 for no window under way
	UntilOpen []int64 `json:"v,omitempty"`
	Position  int64   `json:"p,omitempty"`
}

// fingerprint returns a hash of a feed of the tenant.
func (s scope) fingerprint(feed eventFeed) string {
	h := fnv.New32a()
	fmt.Fprint(h, feed, "|", s.actor.TenantID)
	return fmt.Sprintf("%08x", h.Sum32())
}

// eventCursor returns the cursor of a place in a feed, which was reached at an instant.
func (s scope) eventCursor(feed eventFeed, place eventPlace, at time.Time) string {
	c := eventCursor{Feed: s.fingerprint(feed), At: at.Unix(), Seen: place.seen.max, SeenOpen: place.seen.open}
	if place.until != nil {
		c.Until, c.UntilOpen, c.Position = place.until.max, place.until.open, place.position
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // numbers and texts can always be marshalled
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// eventPlace returns the place of a cursor of a feed, given what has been committed by now. It returns BAD_USER_INPUT
// for a text that is no cursor of the feed, and for one after which events may be gone.
func (d *DB) eventPlace(s scope, feed eventFeed, text string, now eventSnapshot) (place eventPlace, err error) {
	var c eventCursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxEventCursor || json.Unmarshal(raw, &c) != nil ||
		c.Feed != s.fingerprint(feed) || c.Seen < 0 || c.Until < 0 || c.Position < 0 {
		return place, model.BadInput("after", "is no cursor of %s for you; use one that it answered", feed)
	}
	if at := time.Unix(c.At, 0); at.Before(s.now.Add(-d.eventAge)) {
		return place, model.BadInput("after", "is from %s, and events are kept for %s, so that some may be gone; read"+
			" everything anew, then go on without a cursor", at.UTC().Format(time.RFC3339), d.eventAge)
	}
	if c.Seen > now.max || c.Until > now.max {
		return place, model.BadInput("after", "is of events that this database has not; read everything anew, then go on"+
			" without a cursor")
	}
	place.seen = eventSnapshot{c.Seen, c.SeenOpen}
	if c.Until > 0 {
		place.until, place.position = &eventSnapshot{c.Until, c.UntilOpen}, c.Position
	}
	return place, nil
}

// windowBehind returns the window that follows a place, up to now at the latest.
func (p eventPlace) windowBehind(now eventSnapshot) eventWindow {
	if p.until != nil {
		return eventWindow{seen: p.seen, until: *p.until, position: p.position}
	}
	return eventWindow{seen: p.seen, until: now}
}

// follow reads the events behind a place up to now, at most limit, and calls take with each and with the place behind
// it. It returns the place where it ended, and whether there are more. It takes a statement for each window, of which
// there are two at the most.
func (s scope) follow(ctx context.Context, place eventPlace, now eventSnapshot, which cond, limit int,
	take func(*model.Event, eventPlace),
) (end eventPlace, isMore bool, err error) {
	for {
		w := place.windowBehind(now)
		isLast := place.until == nil
		w.which, w.limit = which, limit+1
		events, err := s.readEvents(ctx, w)
		if err != nil {
			return place, false, err
		}
		if len(events) > limit {
			events, isMore = events[:limit], true
		}
		for _, event := range events {
			place = w.next(event)
			take(event, place)
		}
		if isMore {
			return place, true, nil
		}
		place, limit = w.next(nil), limit-len(events)
		if isLast {
			return place, false, nil
		}
	}
}
