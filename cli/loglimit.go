package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// warningInterval is the time in which one warning of each kind is logged.
const warningInterval = time.Second

// limitedLog is a handler of a log that passes on one warning of each message a second. The last of those that it
// leaves out is logged when the second is over, with their number. Lines of other levels are all passed on: internal
// errors are looked up by their request id.
type limitedLog struct {
	slog.Handler
	warnings *warnings // also of handlers made by WithAttrs and WithGroup
}

// warnings are those of the last second, by message.
type warnings struct {
	mu        sync.Mutex
	byMessage map[string]*omitted
}

// omitted are the warnings of a message that were left out since the last one was logged.
type omitted struct {
	count   int
	handler slog.Handler // of the last
	last    slog.Record
}

func newLimitedLog(h slog.Handler) limitedLog {
	return limitedLog{h, &warnings{byMessage: map[string]*omitted{}}}
}

// Handle logs a record, or counts it among those left out.
func (l limitedLog) Handle(ctx context.Context, record slog.Record) error {
	if record.Level == slog.LevelWarn && l.warnings.leaveOut(l.Handler, record) {
		return nil
	}
	return l.Handler.Handle(ctx, record)
}

// leaveOut reports whether a warning is left out: another one with its message was logged within the last second.
func (w *warnings) leaveOut(h slog.Handler, record slog.Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o := w.byMessage[record.Message]; o != nil {
		o.count++
		o.handler, o.last = h, record.Clone()
		return true
	}
	w.byMessage[record.Message] = &omitted{}
	time.AfterFunc(warningInterval, func() { w.endInterval(record.Message) })
	return false
}

// endInterval logs the last of the warnings that were left out, and begins another interval; where none was left out,
// the message is forgotten.
func (w *warnings) endInterval(message string) {
	w.mu.Lock()
	o := w.byMessage[message]
	if o.count == 0 {
		delete(w.byMessage, message)
		w.mu.Unlock()
		return
	}
	w.byMessage[message] = &omitted{}
	w.mu.Unlock()
	time.AfterFunc(warningInterval, func() { w.endInterval(message) })
	o.last.AddAttrs(slog.Int("leftOut", o.count-1))
	_ = o.handler.Handle(context.Background(), o.last) // nobody could be told
}

// WithAttrs returns the handler with attributes.
func (l limitedLog) WithAttrs(attributes []slog.Attr) slog.Handler {
	return limitedLog{l.Handler.WithAttrs(attributes), l.warnings}
}

// WithGroup returns the handler with a group.
func (l limitedLog) WithGroup(name string) slog.Handler {
	return limitedLog{l.Handler.WithGroup(name), l.warnings}
}
