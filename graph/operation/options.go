package operation

import "callbook/db"

// Options say what a pipeline serves, and how much of it.
type Options struct {
	DB            *db.DB
	Limits        Limits
	Documents     map[string]string // persisted documents, where they alone are served: see LoadDocuments
	Introspection bool              // whether clients may read the schema
	Suggestions   bool              // "Did you mean" in errors
}
