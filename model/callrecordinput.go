package model

import (
	"fmt"
	"strconv"
	"time"

	"callbook/text"
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

// MaxDetails is the greatest number of turns of a record.
const MaxDetails = 10000

const (
	maxConcern    = 100   // characters
	maxDetailText = 10000 // characters
)

// Normalize fills in the customer's key and the turns' keys where they are left out, removes repeated concerns and
// blank addresses, and sorts the customer's properties. It returns everything that is wrong with the delivery, as
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

// normalizeDetails checks at most 10,000 turns, no position and no callDetailId twice, and gives those without a
// callDetailId one: the position, or else the place in the list.
func (in *SaveCallRecordInput) normalizeDetails(a *applier) {
	if len(in.Details) > MaxDetails {
		a.fail(BadInput("details", "has %d turns; at most %d", len(in.Details), MaxDetails))
		return
	}
	positions, ids := make(map[int]bool), make(map[string]bool, len(in.Details))
	for i, d := range in.Details {
		field := fmt.Sprintf("details.%d.", i)
		place, isTwice := i+1, false
		if d.Position != nil {
			place = *d.Position
			if place < 1 || place > MaxInt {
				a.fail(BadInput(field+"position", "must be from 1 to %d", MaxInt))
			}
			if isTwice = positions[place]; isTwice {
				a.fail(BadInput(field+"position", "%d is there twice", place))
			}
			positions[place] = true
		}
		if deref(d.CallDetailID) == "" {
			d.CallDetailID = new(strconv.Itoa(place))
		}
		if ids[*d.CallDetailID] && !isTwice {
			a.fail(BadInput(field+"callDetailId", "%s is there twice", text.Quote(*d.CallDetailID)))
		}
		ids[*d.CallDetailID] = true
		a.checkLength(field+"callDetailId", *d.CallDetailID, MaxIDLength)
		a.checkLength(field+"text", d.Text, maxDetailText)
	}
}
