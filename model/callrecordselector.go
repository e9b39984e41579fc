package model

// CallRecordSelector says which call records a mutation of many is about: exactly one field is given.
type CallRecordSelector struct {
	Ids      []int64
	Versions []*LongVersionInput
	Where    *CallRecordSelection
}

// LongVersionInput is the numeric key of a row, and the version that the caller has seen.
type LongVersionInput struct {
	ID              int64
	ExpectedVersion int
}
