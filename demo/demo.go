// Package demo makes the sample that serve --demo, tests and benchmarks use: calls and call records by a fixed seed.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/model"
)

// Sizes of the sample.
const (
	calls     = 300
	records   = 60
	customers = 40
)

const batchSize = 500 // rows of one transaction

// Fill fills an empty tenant with the sample. Its times are relative to now, so that every data set stays filled and
// every example of the explorer finds something.
func Fill(ctx context.Context, d *db.DB, now time.Time) error {
	return FillSize(ctx, d, now, calls, records)
}

// FillSize fills an empty tenant with a sample of so many calls and records.
func FillSize(ctx context.Context, d *db.DB, now time.Time, calls, records int) error {
	s := sample{rand.New(rand.NewPCG(2018, 8)), now.Truncate(time.Minute)}
	err := fillRows(calls, s.call, func(rows []*model.CallImport) error {
		_, err := d.ImportCalls(ctx, model.ImportModeUpsert, rows)
		return err
	})
	if err != nil {
		return err
	}
	return fillRows(records, s.record, func(rows []*model.SaveCallRecordInput) error {
		_, err := d.SaveCallRecords(ctx, rows)
		return err
	})
}

// fillRows makes the rows 1 to last and saves them in batches.
func fillRows[T any](last int, row func(n int) *T, save func([]*T) error) error {
	for first := 1; first <= last; first += batchSize {
		var rows []*T
		for n := first; n < first+batchSize && n <= last; n++ {
			rows = append(rows, row(n))
		}
		if err := save(rows); err != nil {
			return err
		}
	}
	return nil
}

// sample makes rows with a random generator of fixed seed.
type sample struct {
	*rand.Rand
	now time.Time
}

func pick[T any](s sample, list ...T) T { return list[s.IntN(len(list))] }

func some[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

// phone returns a fictitious number: area code 555.
func (s sample) phone() string { return fmt.Sprintf("555-01%02d-%04d", s.IntN(100), s.IntN(10000)) }

func (s sample) call(n int) *model.CallImport {
	topic := topics[s.IntN(len(topics))]
	c := &model.CallImport{
		ID:        fmt.Sprintf("call-%04d", n),
		CreatedBy: new(pick(s, "sales-desk", "support-desk", "import")),
	}
	c.Name = some(fmt.Sprintf("%s #%d", topic.name, n))
	c.Subject = some(topic.subject)
	c.CallPurpose = some(pick(s, "Prospecting", "Administrative", "Negotiation", "Demo", "Project", "Desk"))
	c.CallerID, c.DialledNumber = some(s.phone()), some(s.phone())
	c.OwnerType = some(pick(s, "LEAD", "DEAL", "ACCOUNT", "CONTACT"))
	c.OwnerID = some(fmt.Sprintf("%s-%03d", *c.OwnerType.Value(), s.IntN(120)+1))
	c.CtiEntry = some(s.IntN(3) == 0)
	c.Tags = graphql.OmittableOf(s.tags())
	if s.IntN(3) == 0 {
		c.Description = some(topic.description)
	}
	created := s.now.Add(-time.Duration(s.IntN(90*24*60)) * time.Minute)
	c.CreatedAt = &created
	s.kind(c, n, created)
	return c
}

// kind gives the call one of all combinations of type and status, in turn.
func (s sample) kind(c *model.CallImport, n int, created time.Time) {
	past := created.Add(time.Duration(s.IntN(120)) * time.Minute)
	if past.After(s.now) {
		past = s.now.Add(-time.Minute)
	}
	future := s.now.Add(time.Duration(60+s.IntN(30*24*60)) * time.Minute)
	start := past
	switch n % 10 {
	case 0, 1: // planned
		start = future
		c.CallType, c.OutgoingCallStatus = some(model.CallTypeOutbound), some(model.OutgoingCallStatusScheduled)
		c.Reminder = some(pick(s, "None", "5 minutes before", "15 minutes before", "1 hours before"))
		c.ScheduledInCrm = some(true)
	case 2: // planned, its start has passed
		c.CallType, c.OutgoingCallStatus = some(model.CallTypeOutbound), some(model.OutgoingCallStatusScheduled)
		c.ScheduledInCrm = some(true)
	case 3: // called off
		c.CallType, c.OutgoingCallStatus = some(model.CallTypeOutbound), some(model.OutgoingCallStatusCancelled)
	case 4, 5: // made
		c.CallType, c.OutgoingCallStatus = some(model.CallTypeOutbound), some(model.OutgoingCallStatusCompleted)
		c.CallDurationInSeconds = some(pick(s, 0, 35+s.IntN(1500)))
		c.CallResult = some(pick(s, "Interested", "Not interested", "No response/Busy", "Requested more info",
			"Requested call back", "Invalid number"))
		c.VoiceRecording = some(fmt.Sprintf("https://recordings.example.com/%s.wav", c.ID))
	case 6, 7: // received
		c.CallType, c.CallDurationInSeconds = some(model.CallTypeInbound), some(20+s.IntN(900))
	case 8: // missed
		c.CallType = some(model.CallTypeMissed)
	case 9: // to do, without a status
		start = future
	}
	c.CallStartTime = some(start)
}

func (s sample) tags() (tags []string) {
	for _, tag := range []string{"vip", "follow-up", "renewal", "price", "加急", "重点客户"} {
		if s.IntN(4) == 0 {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (s sample) record(n int) *model.SaveCallRecordInput {
	start := s.now.Add(-time.Duration(s.IntN(14*24*60)) * time.Minute)
	r := &model.SaveCallRecordInput{
		ID:              int64(1000 + n),
		RobotCallJobID:  new(int64(50 + n%3)),
		DialogFlowID:    new(int64(1 + n%4)),
		RobotCallTaskID: new(int64(7000 + n)),
		PhoneNumberID:   new(int64(n % 2)),
		CustomerPerson:  s.customer(n),
		StartTime:       &start,
		ResultStatus:    new(model.ResultStatusAnswered),
		ChatDuration:    new(0),
		ChatRound:       new(0),
		ReadStatus:      new(pick(s, model.AllReadStatus...)),
	}
	if n%5 == 0 { // not answered
		r.ResultStatus = new(pick(s, model.AllResultStatus[1:]...))
		r.IntentLevel = new(model.IntentLevelF)
		r.EndTime = new(start.Add(20 * time.Second))
		return r
	}
	dialogue := dialogues[s.IntN(len(dialogues))]
	for i, text := range dialogue.turns {
		speaker := model.CallDetailTypeRobot
		if i%2 == 1 {
			speaker = model.CallDetailTypePerson
		}
		r.Details = append(r.Details, &model.CallDetailInput{Type: speaker, Text: text})
	}
	r.CustomerConcern, r.AnalysisBasis = dialogue.concerns, new(dialogue.basis)
	r.IntentLevel = new(dialogue.intent)
	if s.IntN(3) == 0 {
		r.RealIntentLevel = new(pick(s, model.AllIntentLevel...))
	}
	r.ChatRound = new(len(dialogue.turns))
	r.ChatDuration = new(len(dialogue.turns)*6 + s.IntN(40))
	r.EndTime = new(start.Add(time.Duration(*r.ChatDuration+8) * time.Second))
	r.FullAudioURL = new(fmt.Sprintf("https://recordings.example.com/jobs/%d/%d.wav", *r.RobotCallJobID, r.ID))
	return r
}

func (s sample) customer(n int) *model.CustomerPersonInput {
	number := 1 + n%customers
	group := int64(1 + number%3)
	return &model.CustomerPersonInput{
		ID:                int64(500 + number),
		Name:              new(fmt.Sprintf("客户 %03d", number)),
		PhoneNumber:       new(fmt.Sprintf("555-0199-%04d", number)),
		CustomerGroupID:   &group,
		CustomerGroupName: new(fmt.Sprintf("Group %d", group)),
		Source:            new(model.CustomerSourceUploadedByYourself),
		Gender:            new(model.GenderUnknown),
		Properties:        []*model.CustomerPropertyInput{{Name: "城市", Value: pick(s, "杭州", "成都", "武汉")}},
	}
}
