// Package graph resolves the fields of the schema, a file for each noun. Resolvers call package db; those of imports
// call package load. It also holds the directive @permission and the presenter of errors. The generated executor is in
// internal/gen; what happens to a request before and after its fields are resolved is in graph/operation and
// graph/transport.
package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/graph/internal/gen"
)

// CheckQuery returns the one operation of a document that is to be saved, or is: it is valid, within the limits, and a
// query. It returns BAD_USER_INPUT and LIMIT_EXCEEDED.
type CheckQuery func(ctx context.Context, document string) (*ast.OperationDefinition, error)

// NewSchema returns the executable schema over a database, for queries and mutations.
func NewSchema(d *db.DB, check CheckQuery) graphql.ExecutableSchema {
	return newSchema(resolvers{db: d, checkQuery: check})
}

// NewSubscriptionSchema returns the executable schema for one subscription, whose resolver hands its events to feed.
func NewSubscriptionSchema(d *db.DB, feed *Feed) graphql.ExecutableSchema {
	return newSchema(resolvers{db: d, feed: feed})
}

// Schema returns the schema alone. All callers of the process share it and must not change it.
func Schema() *ast.Schema { return newSchema(resolvers{}).Schema() }

// describeOnce guards the schema, which gqlgen keeps in one variable for the whole process.
var describeOnce sync.Once

func newSchema(r resolvers) graphql.ExecutableSchema {
	config := gen.Config{Resolvers: r, Directives: gen.DirectiveRoot{Permission: permission}}
	executable := gen.NewWritingSchema(config)
	describeOnce.Do(func() {
		schema := executable.Schema()
		describePermissions(schema)
		CorrectPrelude(schema)
	})
	return executable
}

// resolvers is the root of all resolvers.
type resolvers struct {
	db   *db.DB
	feed *Feed // of a subscription; nil for queries and mutations

	checkQuery CheckQuery // of mutations
}

// One resolver for each type of the schema that has fields which its Go struct does not hold.
type (
	query        resolvers
	mutation     resolvers
	subscription resolvers
	call         resolvers
	callPreview  resolvers
	callRecord   resolvers
	task         resolvers
	note         resolvers
	deletedNote  resolvers
	picklist     resolvers
	customer     resolvers
	hit          resolvers
	job          resolvers
)

func (r resolvers) Query() gen.QueryResolver                         { return query(r) }
func (r resolvers) Mutation() gen.MutationResolver                   { return mutation(r) }
func (r resolvers) Subscription() gen.SubscriptionResolver           { return subscription(r) }
func (r resolvers) Call() gen.CallResolver                           { return call(r) }
func (r resolvers) CallPreview() gen.CallPreviewResolver             { return callPreview(r) }
func (r resolvers) CallRecord() gen.CallRecordResolver               { return callRecord(r) }
func (r resolvers) Task() gen.TaskResolver                           { return task(r) }
func (r resolvers) Note() gen.NoteResolver                           { return note(r) }
func (r resolvers) DeleteNotePayload() gen.DeleteNotePayloadResolver { return deletedNote(r) }
func (r resolvers) CustomerPerson() gen.CustomerPersonResolver       { return customer(r) }
func (r resolvers) TranscriptHit() gen.TranscriptHitResolver         { return hit(r) }
func (r resolvers) Job() gen.JobResolver                             { return job(r) }
func (r resolvers) Picklist() gen.PicklistResolver                   { return picklist(r) }
