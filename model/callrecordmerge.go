package model

import "callbook/text"

// Merge writes what a delivery says to the record. What the delivery leaves out erases nothing; a grade and a read
// status that a person has set stay. It reports whether anything changed.
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
	assignListIfSet(&m, &r.ConcernList, in.CustomerConcern)
	assignListIfSet(&m, &r.AttributeList, in.Attributes)
	assignIfSet(&m, &r.StoredFullAudioURL, in.FullAudioURL)
	assignIfSet(&m, &r.StoredCustomerAudioURL, in.CustomerAudioURL)
	assignIfSet(&m, &r.AnalysisBasis, in.AnalysisBasis)
	m.assignTimeIfSet(&r.StartTime, in.StartTime)
	m.assignTimeIfSet(&r.EndTime, in.EndTime)
	assignIfSet(&m, &r.ChatDuration, in.ChatDuration)
	assignIfSet(&m, &r.ChatRound, in.ChatRound)
	saysRead := in.ReadStatus != nil && *in.ReadStatus == ReadStatusHasRead
	if r.ReadBy == nil && saysRead && r.ReadStatus != ReadStatusHasRead {
		r.ReadStatus, m.changed = ReadStatusHasRead, true // never back: deliveries may arrive late
	}
	return m.changed
}

// phoneDigits returns text.PhoneDigits of a number, nil where there is none.
func phoneDigits(number *string) *string {
	if number == nil {
		return nil
	}
	return new(text.PhoneDigits(*number))
}
