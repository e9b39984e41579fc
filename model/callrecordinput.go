package model

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// SaveCallRecordInput is a delivery of a call record. It is written by hand because gqlgen would make its keys text.
// nil stands for what the delivery does not say.
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

const (
	maxConcern    = 100 // characters
	maxDetails    = 10000
	maxDetailText = 10000 // characters
	maxPosition   = MaxInt
)

// Normalize fills in the customer's key and the turns' keys and positions where they are left out, removes repeated
// concerns and blank addresses, and sorts turns and the customer's properties. It returns everything that is wrong with the delivery, as
// BAD_USER_INPUT errors.
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
	a.checkLength("calledPhoneNumber", deref(in.CalledPhoneNumber), maxPhoneNumber)
	in.FullAudioURL = a.address("fullAudioUrl", in.FullAudioURL)
	in.CustomerAudioURL = a.address("customerAudioUrl", in.CustomerAudioURL)
	a.checkLength("analysisBasis", deref(in.AnalysisBasis), 2000)
	in.CustomerConcern = distinct(in.CustomerConcern)
	a.checkList("customerConcern", in.CustomerConcern, maxConcern)
	a.checkList("attributes", in.Attributes, maxListItem)
	a.checkCount("chatDuration", in.ChatDuration)
	a.checkCount("chatRound", in.ChatRound)
	in.normalizeDetails(&a)
	return a.errs
}

// normalizeDetails checks at most 10,000 turns, no position twice, gives them keys and positions, and sorts them.
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

// placeDetails gives each turn without a position one: the number in its callDetailId where all turns without a
// position have such a number, else its place in the list.
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
