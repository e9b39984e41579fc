package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbook/text"
)

// SaveCallRecordInput is a delivery of a call record. Written by hand because gqlgen would bind its keys to text.
type SaveCallRecordInput struct {
	ID                int64
	RobotCallJobID    *int64
	DialogFlowID      *int64
	RobotCallTaskID   *int64
	PhoneNumberID     *int64
	CustomerPersonID  *int64
	CustomerPerson    *CustomerPersonInput
	CalledPhoneNumber *string
	ResultStatus      *ResultStatus
	IntentLevel       *IntentLevel
	RealIntentLevel   *IntentLevel
	CustomerConcern   []string
	Attributes        []string
	FullAudioURL      *string
	CustomerAudioURL  *string
	AnalysisBasis     *string
	StartTime         *time.Time
	EndTime           *time.Time
	ChatDuration      *int
	ChatRound         *int
	ReadStatus        *ReadStatus
	Details           []*CallDetailInput
}

// CustomerPersonInput is a customer as delivered with a record.
type CustomerPersonInput struct {
	ID                int64
	CreationTime      *time.Time
	CustomerGroupID   *int64
	CustomerGroupName *string
	Name              *string
	PhoneNumber       *string
	WechatNumber      *string
	Source            *CustomerSource
	Gender            *Gender
	Properties        []*CustomerPropertyInput
	LastFollowTime    *time.Time
	LastChatDuration  *int
	LastStartTime     *time.Time
	LastIntentLevel   *IntentLevel
	LastDialStatus    *ResultStatus
	AssignTime        *time.Time
}

const (
	maxListItems  = 100
	maxListItem   = 1000
	maxConcern    = 100
	maxDetails    = 10000
	maxDetailText = 10000
	maxPosition   = MaxInt
)

// Normalize settles what a delivery leaves open (the customer's key, the called number, the positions of the turns) and
// answers everything that is wrong with it.
func (in *SaveCallRecordInput) Normalize() Errors {
	a := applier{}
	if p := in.CustomerPerson; p != nil {
		if in.CustomerPersonID == nil {
			in.CustomerPersonID = &p.ID
		} else if *in.CustomerPersonID != p.ID {
			a.fail(BadInput("customerPerson.id", "is %d, but customerPersonId says %d", p.ID, *in.CustomerPersonID))
		}
		p.check(&a)
	}
	a.checkLength("calledPhoneNumber", deref(in.CalledPhoneNumber), maxNumber)
	a.checkLength("analysisBasis", deref(in.AnalysisBasis), 2000)
	in.CustomerConcern = distinct(in.CustomerConcern)
	a.checkList("customerConcern", in.CustomerConcern, maxConcern)
	a.checkList("attributes", in.Attributes, maxListItem)
	a.checkCount("chatDuration", in.ChatDuration)
	a.checkCount("chatRound", in.ChatRound)
	in.normalizeDetails(&a)
	return a.errs
}

func (p *CustomerPersonInput) check(a *applier) {
	a.checkLength("customerPerson.customerGroupName", deref(p.CustomerGroupName), 200)
	a.checkLength("customerPerson.name", deref(p.Name), 200)
	a.checkLength("customerPerson.phoneNumber", deref(p.PhoneNumber), maxNumber)
	a.checkLength("customerPerson.wechatNumber", deref(p.WechatNumber), 100)
	a.checkCount("customerPerson.lastChatDuration", p.LastChatDuration)
	if len(p.Properties) > maxListItems {
		a.fail(BadInput("customerPerson.properties", "has %d entries; at most %d", len(p.Properties), maxListItems))
	}
	seen := map[string]bool{}
	for i, property := range p.Properties {
		field := fmt.Sprintf("customerPerson.properties.%d.", i)
		a.checkLength(field+"name", property.Name, 100)
		a.checkLength(field+"value", property.Value, maxListItem)
		if property.Name == "" || seen[property.Name] {
			a.fail(BadInput(field+"name", "must be there once and not be empty"))
		}
		seen[property.Name] = true
	}
	slices.SortFunc(p.Properties, func(x, y *CustomerPropertyInput) int { return strings.Compare(x.Name, y.Name) })
}

func (in *SaveCallRecordInput) normalizeDetails(a *applier) {
	if len(in.Details) > maxDetails {
		a.fail(BadInput("details", "has %d turns; at most %d", len(in.Details), maxDetails))
		return
	}
	in.placeDetails()
	seen := make(map[int]bool, len(in.Details))
	for i, d := range in.Details {
		field := fmt.Sprintf("details.%d.", i)
		if d.CallDetailID == nil {
			d.CallDetailID = new(strconv.Itoa(*d.Position))
		}
		if *d.Position < 1 || *d.Position > maxPosition {
			a.fail(BadInput(field+"position", "must be from 1 to %d", maxPosition))
		}
		if seen[*d.Position] {
			a.fail(BadInput(field+"position", "%d is there twice", *d.Position))
		}
		seen[*d.Position] = true
		a.checkLength(field+"callDetailId", *d.CallDetailID, MaxIDLength)
		a.checkLength(field+"text", d.Text, maxDetailText)
	}
	slices.SortFunc(in.Details, func(x, y *CallDetailInput) int { return *x.Position - *y.Position })
}

// placeDetails gives turns without a position the number in their callDetailId, where all that need one have such a number,
// else their place in the list.
func (in *SaveCallRecordInput) placeDetails() {
	numbers := make([]int, len(in.Details))
	numbered := true
	for i, d := range in.Details {
		n, err := strconv.Atoi(deref(d.CallDetailID))
		numbers[i] = n
		numbered = numbered && (d.Position != nil || err == nil && n >= 1 && n <= maxPosition)
	}
	for i, d := range in.Details {
		if d.Position != nil {
			continue
		}
		d.Position = new(i + 1)
		if numbered {
			d.Position = &numbers[i]
		}
	}
}

// distinct leaves out what comes again.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}

func (a *applier) checkList(field string, list []string, max int) {
	if len(list) > maxListItems {
		a.fail(BadInput(field, "has %d entries; at most %d", len(list), maxListItems))
	}
	for i, s := range list {
		a.checkLength(fmt.Sprintf("%s.%d", field, i), s, max)
	}
}

func (a *applier) checkCount(field string, n *int) {
	if n != nil && *n < 0 {
		a.fail(BadInput(field, "must be 0 or more"))
	}
}

// Merge takes over what a delivery says; what is absent never erases. It answers whether anything changed.
func (r *CallRecord) Merge(in *SaveCallRecordInput) bool {
	m := merger{}
	assignIfSet(&m, &r.RobotCallJobID, in.RobotCallJobID)
	assignIfSet(&m, &r.DialogFlowID, in.DialogFlowID)
	assignIfSet(&m, &r.RobotCallTaskID, in.RobotCallTaskID)
	assignIfSet(&m, &r.PhoneNumberID, in.PhoneNumberID)
	assignIfSet(&m, &r.CustomerPersonID, in.CustomerPersonID)
	assignIfSet(&m, &r.StoredPhoneNumber, in.CalledPhoneNumber)
	if r.StoredPhoneNumber == nil && in.CustomerPerson != nil {
		assignIfSet(&m, &r.StoredPhoneNumber, in.CustomerPerson.PhoneNumber)
	}
	r.CalledNumberFold, r.CalledPhoneDigits = text.FoldColumn(r.StoredPhoneNumber), phoneDigits(r.StoredPhoneNumber)
	assignIfSet(&m, &r.ResultStatus, in.ResultStatus)
	assignIfSet(&m, &r.IntentLevel, in.IntentLevel)
	if r.GradedBy == nil {
		assignIfSet(&m, &r.RealIntentLevel, in.RealIntentLevel)
	}
	mergeList(&m, &r.ConcernList, in.CustomerConcern)
	mergeList(&m, &r.AttributeList, in.Attributes)
	assignIfSet(&m, &r.StoredFullAudioURL, in.FullAudioURL)
	assignIfSet(&m, &r.StoredCustomerAudioURL, in.CustomerAudioURL)
	assignIfSet(&m, &r.AnalysisBasis, in.AnalysisBasis)
	m.time(&r.StartTime, in.StartTime)
	m.time(&r.EndTime, in.EndTime)
	assignIfSet(&m, &r.ChatDuration, in.ChatDuration)
	assignIfSet(&m, &r.ChatRound, in.ChatRound)
	if r.ReadBy == nil && in.ReadStatus != nil && *in.ReadStatus == ReadStatusHasRead && r.ReadStatus != ReadStatusHasRead {
		r.ReadStatus, m.changed = ReadStatusHasRead, true // what was read stays read, whatever comes late
	}
	return m.changed
}

// Merge takes over what a delivery says of the customer; what is absent never erases. It answers whether anything changed.
func (p *CustomerPerson) Merge(in *CustomerPersonInput) bool {
	m := merger{}
	m.time(&p.CreationTime, in.CreationTime)
	assignIfSet(&m, &p.CustomerGroupID, in.CustomerGroupID)
	assignIfSet(&m, &p.CustomerGroupName, in.CustomerGroupName)
	assignIfSet(&m, &p.Name, in.Name)
	p.NameFold = text.FoldColumn(p.Name)
	assignIfSet(&m, &p.StoredPhoneNumber, in.PhoneNumber)
	p.PhoneNumberFold, p.PhoneDigits = text.FoldColumn(p.StoredPhoneNumber), phoneDigits(p.StoredPhoneNumber)
	assignIfSet(&m, &p.StoredWechatNumber, in.WechatNumber)
	assignIfSet(&m, &p.Source, in.Source)
	assignIfSet(&m, &p.Gender, in.Gender)
	if in.Properties != nil {
		p.mergeProperties(&m, in.Properties)
	}
	if in.LastFollowTime != nil && (p.LastFollowTime == nil || in.LastFollowTime.After(*p.LastFollowTime)) {
		m.time(&p.LastFollowTime, in.LastFollowTime)
	}
	m.changed = p.MergeLastCall(in.lastCall()) || m.changed
	m.time(&p.AssignTime, in.AssignTime)
	return m.changed
}

func (p *CustomerPerson) mergeProperties(m *merger, in []*CustomerPropertyInput) {
	same := func(a *CustomerProperty, b *CustomerPropertyInput) bool {
		return a.Name == b.Name && a.Value == b.Value
	}
	if slices.EqualFunc(p.PropertyList.V, in, same) {
		return
	}
	p.PropertyList.V, m.changed = nil, true
	for _, property := range in {
		p.PropertyList.V = append(p.PropertyList.V, &CustomerProperty{Name: property.Name, Value: property.Value})
	}
}

// MergeDetails are the turns to write over the stored ones, in order. A list from position 1 on without gaps that
// reaches at least as far as what is stored replaces it; otherwise only positions not yet stored are added.
func MergeDetails(recordID int64, stored []*CallDetail, in []*CallDetailInput) (turns []*CallDetail) {
	n := len(in)
	replaces := n > 0 && *in[n-1].Position == n && (len(stored) == 0 || stored[len(stored)-1].Position <= n)
	at := make(map[int]*CallDetail, len(stored))
	for _, turn := range stored {
		at[turn.Position] = turn
	}
	for _, d := range in {
		old := at[*d.Position]
		switch {
		case old == nil:
		case !replaces, old.Type == d.Type && old.Text == d.Text && old.CallDetailID == *d.CallDetailID:
			continue
		}
		turn := &CallDetail{CallRecordID: recordID, Position: *d.Position, CallDetailID: *d.CallDetailID, Type: d.Type, Text: d.Text,
			TextFold: text.FoldColumn(&d.Text), TurnID: newLong()}
		if old != nil {
			turn.TurnID = old.TurnID
		}
		turns = append(turns, turn)
	}
	return turns
}

// merger writes what is given over what is stored and notes whether anything changed.
type merger struct{ changed bool }

// assignIfSet writes a value that is not null, and notes whether it is another one.
func assignIfSet[T comparable](m *merger, dst **T, v *T) {
	if v != nil && !equal(*dst, v) {
		*dst, m.changed = v, true
	}
}

func (m *merger) time(dst **time.Time, v *time.Time) {
	if v != nil && (*dst == nil || !v.Equal(**dst)) {
		*dst, m.changed = v, true
	}
}

func mergeList(m *merger, dst *JSONList[string], v []string) {
	if v != nil && !slices.Equal(dst.V, v) {
		dst.V, m.changed = v, true
	}
}

// assign writes a value, null or not, and notes whether it is another one.
func assign[T comparable](m *merger, dst **T, v *T) {
	if !equal(*dst, v) {
		*dst, m.changed = v, true
	}
}

// phoneDigits returns text.PhoneDigits of a number, nil where there is none.
func phoneDigits(number *string) *string {
	if number == nil {
		return nil
	}
	return new(text.PhoneDigits(*number))
}
