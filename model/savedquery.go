package model

import (
	"regexp"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// SavedQuery is a query that is stored by name: the row and the GraphQL object. Whoever runs it does so with rights of
// its own.
type SavedQuery struct {
	bun.BaseModel `bun:"table:saved_queries,alias:saved_query"`

	TenantID      int64  `bun:",pk"`
	Name          string `bun:",pk"`
	Document      string
	ParameterList JSONList[*QueryParameter] `bun:"parameters"`
	Description   *string
	Saved
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (q *SavedQuery) InTenant(id int64) { q.TenantID = id }

// Parameters returns the variables of the document, never nil.
func (q *SavedQuery) Parameters() []*QueryParameter { return q.ParameterList.orEmpty() }

// Path returns the path at which the query is answered as JSON.
func (q *SavedQuery) Path() string { return "/q/" + q.Name + ".json" }

// Limits of saved queries.
const (
	maxQueryName        = 64
	maxQueryDocument    = 16 << 10 // bytes: larger ones are checked anew each time they run
	maxQueryDescription = 1000     // characters
)

var queryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// IsQueryName reports whether a saved query may have a name.
func IsQueryName(name string) bool { return len(name) <= maxQueryName && queryName.MatchString(name) }

// CheckSavedQuery returns all that is wrong with what is to be saved, but for the document's sense.
func CheckSavedQuery(in SaveQueryInput) (errs Errors) {
	if !IsQueryName(in.Name) {
		errs = append(errs, BadInput("name", "must be 1 to %d letters, digits, - and _ of ASCII, the first a letter or digit",
			maxQueryName))
	}
	if n := len(in.Document); n > maxQueryDocument {
		errs = append(errs, LimitExceeded("document", "has %d bytes; at most %d", n, maxQueryDocument))
	}
	if in.Description != nil && utf8.RuneCountInString(*in.Description) > maxQueryDescription {
		errs = append(errs, LimitExceeded("description", "has more than %d characters", maxQueryDescription))
	}
	return errs
}
