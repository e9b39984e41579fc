package db

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"callbook/model"
)

const maxEventPage = 500 // events that are read and judged at once

// eventQuestion says which events of an entity watchers ask for. filter makes the condition on the row, as the query of
// the entity has it, in the scope of a page of events.
type eventQuestion struct {
	feed   eventFeed
	entity model.ChangeEntity
	key    string // of the row; empty for all
	kinds  []model.ChangeKind
	filter func(scope) (cond, error) // nil where there is none
}

// watchedEvent is an event as a question has it.
type watchedEvent struct {
	*model.Event
	kind  model.ChangeKind
	place eventPlace // behind it
	row   any        // as it was after the change, a pointer to its struct; nil where it is gone or deleted
}

// size returns the size of an event in bytes, roughly.
func (e *watchedEvent) size() int {
	if e.AfterRow == nil {
		return 200
	}
	return 200 + 2*len(*e.AfterRow)
}

// eventChannel reads the events of one question of actors with the same rights, judges them once, and hands them to all
// who watch.
type eventChannel struct {
	db       *DB
	actor    model.Actor
	tenantID int64
	question eventQuestion
	ctx      context.Context
	stop     context.CancelFunc
	woken    chan struct{} // holds an element when there may be events

	mu       sync.Mutex
	watchers []*eventWatcher
	place    eventPlace // up to which the watchers have got the events
}

func (c *eventChannel) wake() {
	select {
	case c.woken <- struct{}{}:
	default: // it will look
	}
}

// run hands events to the watchers until the last one leaves.
func (c *eventChannel) run() {
	tick := time.NewTicker(eventPoll)
	defer tick.Stop()
	for {
		if err := c.handOut(); err != nil && c.ctx.Err() == nil {
			slog.Warn("events cannot be read; they are read later", "error", err)
		}
		select {
		case <-c.woken:
		case <-tick.C:
		case <-c.ctx.Done():
			return
		}
	}
}

// handOut reads what has happened, a page at a time, and hands it out.
func (c *eventChannel) handOut() error {
	s, err := c.db.read(c.ctx)
	if err != nil {
		return err
	}
	now, err := s.eventSnapshot(c.ctx)
	if err != nil {
		return err
	}
	for {
		c.mu.Lock()
		place := c.place
		c.mu.Unlock()
		if place.until == nil && place.seen.max == now.max && slices.Equal(place.seen.open, now.open) {
			return nil
		}
		events, end, isMore, err := s.answer(c.ctx, c.question, place, now)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.place = end
		for _, w := range c.watchers {
			w.receive(events)
		}
		c.mu.Unlock()
		if !isMore {
			return nil
		}
	}
}

// answer returns a page of the events that a question asks for, behind a place and up to now, where it ended, and
// whether there are more. It takes a statement for each window, two at the most, and one where there is a filter and
// something to judge.
func (s scope) answer(ctx context.Context, q eventQuestion, place eventPlace, now eventSnapshot,
) (events []*watchedEvent, end eventPlace, isMore bool, err error) {
	which := allOf(expr("event.entity = ?", q.entity), s.ownEvents())
	if q.key != "" {
		which = allOf(which, expr("event.subject = ?", q.key))
	}
	end, isMore, err = s.follow(ctx, place, now, which, maxEventPage, func(e *model.Event, at eventPlace) {
		events = append(events, &watchedEvent{Event: e, kind: e.Kind, place: at})
	})
	if err != nil {
		return nil, place, false, err
	}
	if events, err = s.judge(ctx, q, events); err != nil {
		return nil, place, false, err
	}
	return slices.DeleteFunc(events, func(e *watchedEvent) bool {
		return q.kinds != nil && !slices.Contains(q.kinds, e.kind)
	}), end, isMore, nil
}

// judge reads the rows of events, and returns the events that pass the question's filter, before or after: those that
// pass it no longer have LEFT. Of a row that is purged nothing is known any more: its purge is told to all. Where the
// tags have changed and the filter asks for tags, which are judged as they are now, LEFT is told to who may have had
// the row.
func (s scope) judge(ctx context.Context, q eventQuestion, events []*watchedEvent) ([]*watchedEvent, error) {
	candidates, hasOtherTags, err := s.candidates(q, events)
	if q.filter == nil || err != nil {
		return events, err
	}
	filter, err := q.filter(s)
	if err != nil {
		return nil, err
	}
	passes, err := s.passing(ctx, q.entity, filter, candidates)
	if err != nil {
		return nil, err
	}
	asksForTags := strings.Contains(filter.sql, "_tags")
	told := events[:0]
	for i, e := range events {
		passed := passes[2*i+1] || hasOtherTags[i] && asksForTags
		switch {
		case e.kind == model.ChangeKindPurged || passes[2*i], passed && e.kind == model.ChangeKindDeleted:
		case passed:
			e.kind = model.ChangeKindLeft
		default:
			continue
		}
		told = append(told, e)
	}
	return told, nil
}

// candidates reads the rows of events, and returns them with the rows before: of the i-th event under 2i, and under
// 2i+1. hasOtherTags says of each event whether it has changed tags.
func (s scope) candidates(q eventQuestion, events []*watchedEvent) (all []candidate, hasOtherTags []bool, err error) {
	table := s.ready.rowTable(eventTypes[q.entity])
	hasOtherTags = make([]bool, len(events))
	for i, e := range events {
		if e.AfterRow == nil {
			continue
		}
		e.row = newRow(q.entity)
		if _, err := table.readRow(*e.AfterRow, e.row); err != nil {
			return nil, nil, err
		}
		all = append(all, candidate{2 * i, e.row})
		if e.BeforeRow == nil || q.filter == nil {
			continue
		}
		before := newRow(q.entity)
		_, err := table.readRow(*e.AfterRow, before)
		tags, errBefore := table.readRow(*e.BeforeRow, before)
		if err := orError(err, errBefore); err != nil {
			return nil, nil, err
		}
		hasOtherTags[i] = tags != nil
		all = append(all, candidate{2*i + 1, before})
	}
	return all, hasOtherTags, nil
}

// newRow returns a pointer to a struct of the rows of an entity.
func newRow(entity model.ChangeEntity) any {
	switch entity {
	case model.ChangeEntityCallRecord:
		return &model.CallRecord{}
	case model.ChangeEntityTask:
		return &model.Task{}
	case model.ChangeEntityNote:
		return &model.Note{}
	default:
		return &model.Call{}
	}
}

// candidate is a row that is to be judged by a filter, and the number by which the answer names it.
type candidate struct {
	number int
	row    any
}

// passing returns the numbers of the candidates for which a condition holds, in one statement; none for no candidates.
// The rows are those of the events, not those of the table.
func (s scope) passing(ctx context.Context, entity model.ChangeEntity, c cond, candidates []candidate,
) (map[int]bool, error) {
	passes := map[int]bool{}
	if len(candidates) == 0 || c.never {
		return passes, nil
	}
	table := s.ready.rowTable(eventTypes[entity])
	q := s.selectJSON(table, rowAliases[entity.TypeName()], s.candidatesText(table, candidates)).
		ColumnExpr("candidate_number")
	var numbers []int
	err := where(q, c).Scan(ctx, &numbers)
	for _, n := range numbers {
		passes[n] = true
	}
	return passes, err
}
