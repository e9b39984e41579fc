package model

// LongFilter is a filter of numeric keys. It is written by hand because gqlgen would make its keys text.
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
