package model

// LongFilter is written by hand because gqlgen would bind its keys to text.
type LongFilter struct {
	Eq     *int64
	Ne     *int64
	In     []int64
	NotIn  []int64
	Gt     *int64
	Gte    *int64
	Lt     *int64
	Lte    *int64
	IsNull *bool
}
