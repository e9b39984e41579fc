package model_test

import (
	"testing"
	"time"

	"callbook/model"
)

// lastCall is a customer's latest call in tests; zero values stand for null.
type lastCall struct {
	record  int64
	start   string // the time of the day
	seconds int
	intent  model.IntentLevel
	result  model.ResultStatus
}

func (c lastCall) startTime(t *testing.T) *time.Time {
	t.Helper()
	if c.start == "" {
		return nil
	}
	at, err := time.Parse(time.DateTime, "2024-05-17 "+c.start)
	if err != nil {
		t.Fatal(err)
	}
	return &at
}

func (c lastCall) contact(t *testing.T) model.LastContact {
	t.Helper()
	return model.LastContact{LastStartTime: c.startTime(t), LastChatDuration: orNull(c.seconds),
		LastIntentLevel: orNull(c.intent), LastDialStatus: orNull(c.result)}
}

func customerWith(t *testing.T, c lastCall) *model.CustomerPerson {
	t.Helper()
	return &model.CustomerPerson{LastCallRecordID: orNull(c.record), LastContact: c.contact(t)}
}

func lastCallOf(p *model.CustomerPerson) lastCall {
	c := lastCall{record: orZero(p.LastCallRecordID), seconds: orZero(p.LastChatDuration),
		intent: orZero(p.LastIntentLevel), result: orZero(p.LastDialStatus)}
	if p.LastStartTime != nil {
		c.start = p.LastStartTime.Format(time.TimeOnly)
	}
	return c
}

type lastCallCase struct {
	name             string
	stored, in, want lastCall
	isChanged        bool
}

// TestMergeStatedLastCall goes through what happens to what the platform says of a customer's latest call.
func TestMergeStatedLastCall(t *testing.T) {
	stored := lastCall{5, "12:00:00", 60, "A", "ANSWERED"}
	unnamed := lastCall{0, "12:00:00", 60, "A", "ANSWERED"}
	for _, c := range []lastCallCase{
		{"later: replaces all, null too, and forgets the record",
			stored, lastCall{0, "12:00:01", 0, "", "BUSY"}, lastCall{0, "12:00:01", 0, "", "BUSY"}, true},
		{"nothing stored: replaces all", lastCall{}, unnamed, unnamed, true},
		{"no start stored: replaces all", lastCall{0, "", 9, "B", "BUSY"}, lastCall{0, "12:00:00", 0, "", ""},
			lastCall{0, "12:00:00", 0, "", ""}, true},
		{"no start stored, but a record: replaces all", lastCall{5, "", 9, "B", "BUSY"}, unnamed, unnamed, true},
		{"the same instant: fills in, null erases nothing, and the record stays",
			stored, lastCall{0, "12:00:00", 70, "", "BUSY"}, lastCall{5, "12:00:00", 70, "A", "BUSY"}, true},
		{"the same instant, nothing new", stored, unnamed, stored, false},
		{"earlier: ignored", stored, lastCall{0, "11:59:59", 70, "B", "BUSY"}, stored, false},
		{"without a start, one stored: ignored", stored, lastCall{0, "", 70, "B", "BUSY"}, stored, false},
		{"without a start, none stored: fills in", lastCall{0, "", 9, "B", ""}, lastCall{0, "", 0, "A", "BUSY"},
			lastCall{0, "", 9, "A", "BUSY"}, true},
		{"nothing at all", lastCall{}, lastCall{}, lastCall{}, false},
	} {
		customer := customerWith(t, c.stored)
		isChanged := customer.Merge(&model.CustomerPersonInput{LastContact: c.in.contact(t)})
		if got := lastCallOf(customer); got != c.want || isChanged != c.isChanged {
			t.Errorf("%s: %+v, changed %v, want %+v, %v", c.name, got, isChanged, c.want, c.isChanged)
		}
	}
}

// TestMergeLastCall goes through what happens to a customer's latest call where a record of a call arrives.
func TestMergeLastCall(t *testing.T) {
	stored := lastCall{5, "12:00:00", 60, "A", "ANSWERED"}
	unnamed := lastCall{0, "12:00:00", 60, "A", "ANSWERED"}
	for _, c := range []lastCallCase{
		{"later: replaces all, null too", stored,
			lastCall{3, "12:00:01", 0, "", "BUSY"}, lastCall{3, "12:00:01", 0, "", "BUSY"}, true},
		{"nothing stored: replaces all", lastCall{}, stored, stored, true},
		{"no start stored: replaces all", lastCall{0, "", 9, "B", "BUSY"}, lastCall{5, "12:00:00", 0, "", ""},
			lastCall{5, "12:00:00", 0, "", ""}, true},
		{"no start stored, but a greater key: replaces all", lastCall{7, "", 9, "B", "BUSY"}, stored, stored, true},
		{"earlier: ignored", stored, lastCall{9, "11:59:59", 70, "B", "BUSY"}, stored, false},
		{"the same instant, a greater key: replaces all", stored, lastCall{6, "12:00:00", 0, "", "BUSY"},
			lastCall{6, "12:00:00", 0, "", "BUSY"}, true},
		{"the same instant, a smaller key: ignored", stored, lastCall{4, "12:00:00", 70, "B", "BUSY"}, stored, false},
		{"the same record: fills in", stored,
			lastCall{5, "12:00:00", 70, "", ""}, lastCall{5, "12:00:00", 70, "A", "ANSWERED"}, true},
		{"the same record, nothing new", stored, stored, stored, false},
		{"the same instant, no record stored: fills in", unnamed, lastCall{5, "12:00:00", 0, "B", ""},
			lastCall{5, "12:00:00", 60, "B", "ANSWERED"}, true},
		{"the same instant, no record stored: the key alone is a change", unnamed,
			lastCall{5, "12:00:00", 0, "", ""}, stored, true},
		{"without a start: ignored", stored, lastCall{9, "", 70, "B", "BUSY"}, stored, false},
		{"without a start, none stored: ignored", lastCall{}, lastCall{9, "", 70, "B", "BUSY"}, lastCall{}, false},
		{"without a start, none stored, the same record: ignored", lastCall{9, "", 1, "", ""},
			lastCall{9, "", 70, "B", "BUSY"}, lastCall{9, "", 1, "", ""}, false},
	} {
		customer := customerWith(t, c.stored)
		record := model.CallRecord{ID: c.in.record, StartTime: c.in.startTime(t), ChatDuration: orNull(c.in.seconds),
			IntentLevel: orNull(c.in.intent), ResultStatus: orNull(c.in.result)}
		isChanged := customer.MergeLastCall(record.LastCall())
		if got := lastCallOf(customer); got != c.want || isChanged != c.isChanged {
			t.Errorf("%s: %+v, changed %v, want %+v, %v", c.name, got, isChanged, c.want, c.isChanged)
		}
	}
}
