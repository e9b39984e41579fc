package model

import (
	"cmp"
	"time"
)

// LastCall is what a delivery says of a customer's latest call. nil stands for what it does not say.
type LastCall struct {
	RecordID     *int64 // nil where the platform states the call without a record of it
	StartTime    *time.Time
	ChatDuration *int
	IntentLevel  *IntentLevel
	ResultStatus *ResultStatus
}

// LastCall returns the record's call as a candidate for the customer's latest call.
func (r *CallRecord) LastCall() LastCall {
	return LastCall{RecordID: &r.ID, StartTime: r.StartTime, ChatDuration: r.ChatDuration,
		IntentLevel: r.IntentLevel, ResultStatus: r.ResultStatus}
}

// lastCall returns what the platform states of the customer's latest call.
func (in *CustomerPersonInput) lastCall() LastCall {
	return LastCall{StartTime: in.LastStartTime, ChatDuration: in.LastChatDuration,
		IntentLevel: in.LastIntentLevel, ResultStatus: in.LastDialStatus}
}

// lastCallOrder says how a delivered call lies in time to the latest one that is stored.
type lastCallOrder int

const (
	callIsLater      lastCallOrder = iota // or no start is stored
	callIsSame                            // the same start, and not two different records
	callIsEarlier                         // an earlier start, or the same and a smaller key
	callHasNoStart                        // but the stored one has
	callsHaveNoStart                      // neither the delivered call nor the stored one
)

// lastCallAction says what happens to the stored fields.
type lastCallAction int

const (
	keepStored lastCallAction = iota
	replaceAll                // write every field, null too
	fillIn                    // write the fields that are delivered; null erases nothing
)

// lastCallActions is the table of decisions: for calls stated by the platform, and for records of calls.
var lastCallActions = map[lastCallOrder]struct{ stated, record lastCallAction }{
	callIsLater:      {stated: replaceAll, record: replaceAll},
	callIsSame:       {stated: fillIn, record: fillIn},
	callIsEarlier:    {stated: keepStored, record: keepStored},
	callHasNoStart:   {stated: keepStored, record: keepStored},
	callsHaveNoStart: {stated: fillIn, record: keepStored},
}

// MergeLastCall writes a delivered call to the customer's last-call fields as lastCallActions says. It reports whether
// anything changed.
func (p *CustomerPerson) MergeLastCall(c LastCall) (isChanged bool) {
	actions := lastCallActions[p.orderOf(c)]
	action := actions.stated
	if c.RecordID != nil {
		action = actions.record
	}
	m := merger{}
	switch action {
	case replaceAll:
		m.assignTimeIfSet(&p.LastStartTime, c.StartTime)
		assign(&m, &p.LastCallRecordID, c.RecordID)
		assign(&m, &p.LastChatDuration, c.ChatDuration)
		assign(&m, &p.LastIntentLevel, c.IntentLevel)
		assign(&m, &p.LastDialStatus, c.ResultStatus)
	case fillIn:
		assignIfSet(&m, &p.LastCallRecordID, c.RecordID)
		assignIfSet(&m, &p.LastChatDuration, c.ChatDuration)
		assignIfSet(&m, &p.LastIntentLevel, c.IntentLevel)
		assignIfSet(&m, &p.LastDialStatus, c.ResultStatus)
	}
	return m.changed
}

// orderOf compares a delivered call with the latest one that is stored. Of two records with the same start the one with
// the greater key is the later.
func (p *CustomerPerson) orderOf(c LastCall) lastCallOrder {
	switch {
	case c.StartTime == nil && p.LastStartTime == nil:
		return callsHaveNoStart
	case c.StartTime == nil:
		return callHasNoStart
	case p.LastStartTime == nil:
		return callIsLater
	}
	order := c.StartTime.Compare(*p.LastStartTime)
	if order == 0 && c.RecordID != nil && p.LastCallRecordID != nil {
		order = cmp.Compare(*c.RecordID, *p.LastCallRecordID)
	}
	switch {
	case order > 0:
		return callIsLater
	case order < 0:
		return callIsEarlier
	}
	return callIsSame
}
