package fill

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"callbook/text"
)

// seed is the seed of all rows; the row's number is the other half.
const seed = 2018

// dice returns the random numbers of a row.
func dice(table, n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(table)<<40|uint64(n))) }

// The tables' numbers for dice.
const (
	diceCalls = iota
	diceRecords
	diceTurns
	diceCustomers
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// perhaps returns v once in n times, otherwise nil.
func perhaps(r *rand.Rand, n int, v any) any {
	if r.IntN(n) == 0 {
		return v
	}
	return nil
}

// numbered yields the rows from 1 to n.
func numbered(n int, rowOf func(n int) row) iter.Seq[row] {
	return func(yield func(row) bool) {
		for i := 1; i <= n; i++ {
			if !yield(rowOf(i)) {
				return
			}
		}
	}
}

// folded returns what a search column stores of a text.
func folded(s any) any {
	if s, isText := s.(string); isText {
		if fold := text.FoldColumn(&s); fold != nil {
			return *fold
		}
	}
	return nil
}

func phone(r *rand.Rand) string { return fmt.Sprintf("555-01%02d-%04d", r.IntN(100), r.IntN(10000)) }

// call is a call before its columns are written.
type call struct {
	id                 string
	kind, status       any
	start              time.Time
	seconds            any
	createdAt          time.Time
	createdBy          string
	isUpdated          bool
	updatedAt          time.Time
	before             string // the subject before the update
	topic              topic
	tags               []string
	dice               *rand.Rand
	isPlanned, isMade  bool
	callerID, dialled  string
	ownerType, ownerID string
}

const day = 24 * time.Hour

// call returns the call number n, counted from 1. Of 25 calls, 3 are planned and newer than all others, 2 are overdue,
// 1 is cancelled, 9 are completed, 6 were received, 3 were missed, and 1 has no status.
func (g rows) call(n int) call {
	r := dice(diceCalls, n)
	c := call{id: callID(n), dice: r, topic: pick(r, topics), createdBy: fmt.Sprintf("user-%03d", r.IntN(100)+1)}
	c.callerID, c.dialled = phone(r), phone(r)
	c.ownerType = pick(r, []string{"LEAD", "DEAL", "ACCOUNT", "CONTACT"})
	c.ownerID = fmt.Sprintf("%s-%05d", c.ownerType, r.IntN(20000))
	c.start = g.now.Add(-time.Duration(1+r.IntN(730*24*3600)) * time.Second)
	switch k := n % 25; {
	case k < 3:
		c.kind, c.status, c.isPlanned = "OUTBOUND", "SCHEDULED", true
		c.start = g.now.Add(30*day + time.Duration(r.IntN(365*24*3600))*time.Second)
	case k < 5:
		c.kind, c.status, c.isPlanned = "OUTBOUND", "SCHEDULED", true
	case k < 6:
		c.kind, c.status = "OUTBOUND", "CANCELLED"
	case k < 15:
		c.kind, c.status, c.seconds, c.isMade = "OUTBOUND", "COMPLETED", 35+r.IntN(1500), true
	case k < 21:
		c.kind, c.seconds = "INBOUND", 20+r.IntN(900)
	case k < 24:
		c.kind = "MISSED"
	default:
		c.kind = "OUTBOUND"
	}
	c.createdAt = c.start.Add(-time.Duration(r.IntN(30*24*3600)) * time.Second)
	if c.createdAt.After(g.now) {
		c.createdAt = g.now.Add(-time.Duration(1+r.IntN(30*24*3600)) * time.Second)
	}
	c.updatedAt = c.createdAt
	if c.isUpdated = r.IntN(10) == 0; c.isUpdated {
		c.before, c.updatedAt = pick(r, topics).subject, c.createdAt.Add(time.Hour)
	}
	c.tags = tagsOf(r, n)
	return c
}

// tagsOf returns the tags of a call: one that a third of all calls have, five that a tenth have, one that few have.
func tagsOf(r *rand.Rand, n int) (tags []string) {
	for _, tag := range []string{"follow-up", "price", "renewal", "加急", "重点客户"} {
		if r.IntN(10) == 0 {
			tags = append(tags, tag)
		}
	}
	if n%3 == 0 {
		tags = append(tags, "vip")
	}
	if n%5000 == 7 {
		tags = append(tags, "audit")
	}
	return tags
}

var callColumns = []string{
	"tenant_id", "id", "version", "name", "name_fold", "subject", "subject_fold", "call_type", "outgoing_call_status",
	"call_start_time", "call_duration_in_seconds", "call_purpose", "call_result", "call_agenda", "call_agenda_fold",
	"reminder", "scheduled_in_crm", "cti_entry", "caller_id", "dialled_number", "voice_recording", "description",
	"description_fold", "owner_id", "owner_type", "owner_subtype", "attachments", "created_by", "created_at",
	"updated_by", "updated_at",
}

func (g rows) callRow(n int) row {
	c := g.call(n)
	r := c.dice
	version := 1
	if c.isUpdated {
		version = 2
	}
	name := fmt.Sprintf("%s #%d", c.topic.name, n)
	agenda, description := perhaps(r, 4, c.topic.description), perhaps(r, 3, c.topic.description)
	var reminder, result, recording any
	if c.isPlanned {
		reminder = pick(r, []string{"None", "5 minutes before", "15 minutes before"})
	}
	if c.isMade {
		result = pick(r, []string{"Interested", "Not interested", "No response/Busy", "Requested more info"})
		recording = "https://recordings.example.com/" + c.id + ".wav"
	}
	return row{
		1, c.id, version, name, folded(name), c.topic.subject, folded(c.topic.subject), c.kind, c.status,
		c.start, c.seconds, pick(r, []string{"Prospecting", "Administrative", "Negotiation", "Demo", "Project", "Desk"}),
		result, agenda, folded(agenda), reminder, c.isPlanned, r.IntN(3) == 0, c.callerID, c.dialled, recording,
		description, folded(description), c.ownerID, c.ownerType, perhaps(r, 5, "KEY"), raw("[]"), c.createdBy,
		c.createdAt, c.createdBy, c.updatedAt,
	}
}

func (g rows) callTags() iter.Seq[row] {
	return func(yield func(row) bool) {
		for n := 1; n <= g.Calls; n++ {
			c := g.call(n)
			for _, tag := range c.tags {
				if !yield(row{1, c.id, tag, folded(tag)}) {
					return
				}
			}
		}
	}
}

// callHistory is an entry for each call that was updated: the creation has none.
func (g rows) callHistory() iter.Seq[row] {
	return func(yield func(row) bool) {
		for n := 1; n <= g.Calls; n++ {
			c := g.call(n)
			if !c.isUpdated {
				continue
			}
			changes := raw(fmt.Sprintf(`[{"field":"subject","from":%q,"to":%q}]`, c.before, c.topic.subject))
			if !yield(row{1, c.id, 2, "updateCall", c.createdBy, c.updatedAt, changes}) {
				return
			}
		}
	}
}
