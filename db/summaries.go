package db

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"callbook/model"
)

// Summaries count the rows of a tenant by what they have in common, so that lists of values, statistics and totals do
// not read every row. A transaction that changes rows appends one row, a delta; deltas are added to the counts in the
// background (summaryfold.go), and readers add up both (summaryreads.go). Counts are exact. They are of all rows of the
// tenant: they must not be read for actors who see their own rows alone, nor for filtered rows.

// summaryKind is what a summary counts rows by.
type summaryKind string

// The kinds of summaries: of calls that are not deleted by their values (callStatus and outgoingStatus as if no call
// were overdue) and tags; of records by groups and days, by both of a job, by their values, by concerns and
// durations, and by both of a job.
const (
	byCallType          summaryKind = "callType"
	byOutgoingStatus    summaryKind = "outgoingStatus"
	byCallStatus        summaryKind = "callStatus"
	byCallPurpose       summaryKind = "callPurpose"
	byCallResult        summaryKind = "callResult"
	byReminder          summaryKind = "reminder"
	byOwnerType         summaryKind = "ownerType"
	byOwnerSubtype      summaryKind = "ownerSubtype"
	byCallCreatorKind   summaryKind = "callCreatedByKind"
	byCallTag           summaryKind = "callTag"
	byRecordGroup       summaryKind = "recordGroup" // result|intent|real intent|rounds
	byJobGroup          summaryKind = "groupOfJob"  // job|group
	byRecordDay         summaryKind = "recordDay"   // day|ANSWERED, or day|
	byJobDay            summaryKind = "dayOfJob"    // job|day
	byResultStatus      summaryKind = "resultStatus"
	byIntentLevel       summaryKind = "intentLevel"
	byRealIntent        summaryKind = "realIntentLevel"
	byReadStatus        summaryKind = "readStatus"
	byRecordCreatorKind summaryKind = "recordCreatedByKind"
	byConcern           summaryKind = "concern"
	byJobConcern        summaryKind = "concernOfJob"  // job|concern
	byDuration          summaryKind = "duration"      // seconds, of answered records
	byJobDuration       summaryKind = "durationOfJob" // job|seconds
)

// fact is what a row is counted by.
type fact struct {
	kind  summaryKind
	value string
}

// summaryZone is the time zone whose days are counted, from firstSummaryDay on: since then it has no summer time.
const summaryZone = "Asia/Shanghai"

var (
	firstSummaryDay = time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC)
	summaryOffset   = time.FixedZone(summaryZone, 8*60*60)
)

// callFacts returns what a call is counted by, without its tags: nothing where it is deleted.
func callFacts(c *model.Call) []fact { return appendCallFacts(nil, c) }

// maxCallFacts is how many facts a call has at the most.
const maxCallFacts = 10

// appendCallFacts appends what callFacts returns.
func appendCallFacts(facts []fact, c *model.Call) []fact {
	if c.DeletedAt != nil {
		return facts
	}
	facts = addFact(slices.Grow(facts, maxCallFacts), byCallType, c.CallType)
	facts = addLine(facts, byCallName, c.ID, c.Name, c.NameFold)
	facts = addFact(facts, byOutgoingStatus, c.StoredStatus)
	facts = addFact(facts, byCallStatus, statusAsIfAhead(c))
	facts = addFact(facts, byCallPurpose, c.CallPurpose)
	facts = addFact(facts, byCallResult, c.CallResult)
	facts = addFact(facts, byReminder, c.Reminder)
	facts = addFact(facts, byOwnerType, c.OwnerType)
	facts = addFact(facts, byCallCreatorKind, c.CreatedByKind)
	return addFact(facts, byOwnerSubtype, c.OwnerSubtype)
}

// statusAsIfAhead returns the status of a call as if no call were overdue: without a start none is.
func statusAsIfAhead(c *model.Call) *model.CallStatus {
	asIfAhead := model.Call{CallType: c.CallType, StoredStatus: c.StoredStatus,
		CallDurationInSeconds: c.CallDurationInSeconds}
	return asIfAhead.CallStatus()
}

// addFact adds the fact that a row has a value, if it has one.
func addFact[E ~string](facts []fact, kind summaryKind, value *E) []fact {
	if value == nil {
		return facts
	}
	return append(facts, fact{kind, string(*value)})
}

// recordFacts returns what a record is counted by.
func recordFacts(r *model.CallRecord) []fact {
	job, rounds := "|", ""
	if r.RobotCallJobID != nil {
		job = strconv.FormatInt(*r.RobotCallJobID, 10) + "|"
	}
	for _, bucket := range model.RoundBuckets {
		if r.ChatRound != nil && *r.ChatRound >= bucket {
			rounds = strconv.Itoa(bucket)
		}
	}
	group := textOf(r.ResultStatus) + "|" + textOf(r.IntentLevel) + "|" + textOf(r.RealIntentLevel) + "|" + rounds
	facts := []fact{{byRecordGroup, group}, {byJobGroup, job + group}, {byReadStatus, string(r.ReadStatus)}}
	facts = addFact(facts, byResultStatus, r.ResultStatus)
	facts = addFact(facts, byIntentLevel, r.IntentLevel)
	facts = addFact(facts, byRealIntent, r.RealIntentLevel)
	facts = addFact(facts, byRecordCreatorKind, r.CreatedByKind)
	if hasSummaryDay(r.StartTime) {
		day := r.StartTime.In(summaryOffset).Format(time.DateOnly) + "|"
		if r.ResultStatus != nil && *r.ResultStatus == model.ResultStatusAnswered {
			day += string(model.ResultStatusAnswered)
		}
		facts = append(facts, fact{byRecordDay, day}, fact{byJobDay, job + day})
	}
	for _, concern := range slices.Compact(slices.Sorted(slices.Values(r.CustomerConcern()))) {
		facts = append(facts, fact{byConcern, concern}, fact{byJobConcern, job + concern})
	}
	if r.ChatDuration != nil && r.ResultStatus != nil && *r.ResultStatus == model.ResultStatusAnswered {
		seconds := strconv.Itoa(*r.ChatDuration)
		facts = append(facts, fact{byDuration, seconds}, fact{byJobDuration, job + seconds})
	}
	return addLine(facts, byCalledNumber, strconv.FormatInt(r.ID, 10), r.StoredPhoneNumber, r.CalledNumberFold)
}

// customerFacts returns what a customer is counted by: nothing for one who is not there yet.
func customerFacts(p *model.CustomerPerson) []fact {
	if p == nil {
		return nil
	}
	return addLine(nil, byCustomerName, strconv.FormatInt(p.ID, 10), p.Name, p.NameFold)
}

// hasSummaryDay reports whether a start is counted by its day.
func hasSummaryDay(start *time.Time) bool {
	return start != nil && !start.Before(firstSummaryDay) && !start.After(lastDay)
}

func textOf[E ~string](value *E) string {
	if value == nil {
		return ""
	}
	return string(*value)
}

// summaryDelta is what a transaction changes in the summaries and has not stored yet.
type summaryDelta struct {
	counts   []factCount    // see sum
	taggings map[string]int // 1 or -1 for calls that all their tags count for from now on, or no longer
	appended int            // how many counts it has stored
	erases   bool           // it erases rows for good, so that their texts are to leave the text blocks at once
}

// factCount is by how much a count changes.
type factCount struct {
	fact
	n int
}

// change counts a row anew: before and after are what it was and is counted by, nil for a row that is new or gone.
func (d *summaryDelta) change(before, after []fact) {
	if slices.Equal(before, after) {
		return
	}
	d.counts = slices.Grow(d.counts, len(before)+len(after))
	for _, f := range before {
		d.add(f, -1)
	}
	for _, f := range after {
		d.add(f, 1)
	}
}

func (d *summaryDelta) add(f fact, n int) { d.counts = append(d.counts, factCount{f, n}) }

// sum adds up what is known of each count, sorts the counts, and leaves out those that do not change.
func (d *summaryDelta) sum() {
	slices.SortFunc(d.counts, func(a, b factCount) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value))
	})
	summed := d.counts[:0]
	for _, c := range d.counts {
		last := len(summed) - 1
		switch {
		case last < 0 || summed[last].fact != c.fact:
			summed = append(summed, c)
		case summed[last].n+c.n == 0:
			summed = summed[:last]
		default:
			summed[last].n += c.n
		}
	}
	d.counts = summed
}

// countCalls counts the calls that a batch has created, updated or restored, with their tags.
func (d *summaryDelta) countCalls(b *callBatch) {
	var was, is [maxCallFacts]fact
	for _, row := range b.created {
		d.change(nil, appendCallFacts(is[:0], row))
	}
	for _, changed := range b.changed {
		d.change(appendCallFacts(was[:0], changed.before), appendCallFacts(is[:0], changed.after))
		if changed.before.DeletedAt != nil {
			for _, tag := range b.tags[changed.before.ID] {
				d.add(fact{byCallTag, tag}, 1)
			}
		}
	}
	for _, tag := range b.goneTags {
		d.add(fact{byCallTag, tag.Tag}, -1)
	}
	for _, tag := range b.addedTags {
		d.add(fact{byCallTag, tag.Tag}, 1)
	}
}

// countRecords counts the records that a delivery has created or changed.
func (d *summaryDelta) countRecords(b *recordBatch) {
	for _, row := range b.created {
		d.change(nil, recordFacts(row))
	}
	for _, changed := range b.changed {
		d.change(recordFacts(changed.before), recordFacts(changed.after))
	}
	for id, customer := range b.customers {
		if before := b.changedCustomers[id]; before != nil || b.newCustomers[id] {
			d.change(customerFacts(before), customerFacts(customer))
		}
	}
}

// deleteCall counts a call no longer, given what it was counted by, or again where it is restored.
func (d *summaryDelta) deleteCall(before []fact, row *model.Call) {
	d.change(before, callFacts(row))
	if d.taggings == nil {
		d.taggings = map[string]int{}
	}
	d.taggings[row.ID] = 1
	if row.DeletedAt != nil {
		d.taggings[row.ID] = -1
	}
}

// tagCalls counts tags that were added to calls, or removed from them.
func (d *summaryDelta) tagCalls(delta tagDelta) {
	n := 1
	if delta.removed {
		n = -1
	}
	for _, row := range delta.rows {
		d.add(fact{byCallTag, row.Tag}, n)
	}
}

// isEmpty reports whether there is nothing to store.
func (d *summaryDelta) isEmpty() bool {
	d.sum()
	return len(d.counts)+len(d.taggings) == 0
}

// take returns what text does, and forgets the counts.
func (d *summaryDelta) take() string {
	text := d.text()
	d.appended += len(d.counts) + len(d.taggings)
	d.counts = d.counts[:0]
	return text
}

// text returns the counts as they are stored, a list of [kind, value, difference].
func (d *summaryDelta) text() string {
	d.sum()
	list := append(make([]byte, 0, 2+40*len(d.counts)), '[')
	for i, c := range d.counts {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(append(append(list, `["`...), c.kind...), `",`...)
		list = append(appendJSONText(list, c.value), ',')
		list = append(strconv.AppendInt(list, int64(c.n), 10), ']')
	}
	return string(append(list, ']'))
}

// appendJSONText appends a text as JSON.
func appendJSONText(list []byte, value string) []byte {
	whole := len(list)
	list = append(list, '"')
	isASCII, done := true, 0
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\n':
			list = append(append(list, value[done:i]...), `\n`...)
			done = i + 1
		case c == '"', c == '\\':
			list = append(append(list, value[done:i]...), '\\')
			done = i
		case c < ' ':
			return appendMarshalled(list[:whole], value)
		case c >= utf8.RuneSelf:
			isASCII = false
		}
	}
	if !isASCII && !utf8.ValidString(value) {
		return appendMarshalled(list[:whole], value)
	}
	return append(append(list, value[done:]...), '"')
}

// appendMarshalled is appendJSONText for texts with rare characters, or with bytes that are none.
func appendMarshalled(list []byte, value string) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a text is always JSON
	}
	return append(list, text...)
}

// storeSummaryDelta appends what the transaction has changed in the summaries and not stored yet, after all else is
// written: one statement, none where nothing has changed.
func (s scope) storeSummaryDelta(ctx context.Context) error {
	if s.summary.isEmpty() {
		return nil
	}
	if len(s.summary.taggings) > 0 {
		return s.storeTaggings(ctx)
	}
	sh := writeShape{name: "summary delta", row: reflect.TypeFor[summaryDeltaRow]()}
	_, err := s.execReady(ctx, sh, func() string {
		return "INSERT INTO summary_deltas (tenant_id, id, changes) VALUES ($1, $2, CAST($3 AS " +
			s.dialect.columnTypes.JSON + "))"
	}, model.NewID(), s.summary.take())
	return err
}

// storeTaggings is storeSummaryDelta where calls are counted, or no longer, with all tags that they have.
func (s scope) storeTaggings(ctx context.Context) error {
	parts := []string{"SELECT ?, ?, CAST(? AS ?)"}
	args := []any{s.actor.TenantID, model.NewID(), s.summary.take(), bun.Safe(s.dialect.columnTypes.JSON)}
	bySign := map[int][]string{}
	for id, sign := range s.summary.taggings {
		bySign[sign] = append(bySign[sign], id)
	}
	clear(s.summary.taggings)
	for sign, ids := range bySign {
		slices.Sort(ids)
		parts = append(parts, "SELECT ?, ?, COALESCE("+s.dialect.jsonOfTags+", '[]') FROM"+
			" (SELECT tag, COUNT(*) * ? AS difference FROM call_tags WHERE tenant_id = ? AND call_id IN (?)"+
			" GROUP BY tag) AS counted")
		args = append(args, s.actor.TenantID, model.NewID(), byCallTag, sign, s.actor.TenantID, bun.List(ids))
	}
	return s.exec(ctx, "INSERT INTO summary_deltas (tenant_id, id, changes) "+strings.Join(parts, " UNION ALL "), args...)
}
