// Package graph answers GraphQL: resolvers by noun, errors, the HTTP transport and the explorer.
// A resolver calls db and nothing else; the generated executor hides in internal/gen.
package graph

import (
	"context"
	"net/http"
	"runtime"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"callbook/auth"
	"callbook/db"
	"callbook/graph/internal/gen"
	"callbook/model"
)

// Options say what is served, to whom, and how much of it.
type Options struct {
	DB            *db.DB
	Auth          *auth.Auth
	Limits        Limits
	Documents     map[string]string // persisted documents, if they alone are served: see LoadDocuments
	Introspection bool
	Suggestions   bool            // "Did you mean" in errors
	Stopping      context.Context // ends when the server begins to stop: sockets and streams end then
	UnderWay      *sync.WaitGroup // of websockets, which the HTTP server does not wait for
}

// NewHandler answers GraphQL over HTTP, event streams and websockets. A request's context says who acts; a websocket may say so
// later. It answers an error where persisted documents do not fit the schema.
func NewHandler(o Options) (http.Handler, error) {
	executable := gen.NewExecutableSchema(gen.Config{Resolvers: resolvers{o.DB}, Directives: gen.DirectiveRoot{Permission: permission}})
	schema := executable.Schema()
	describeOnce.Do(func() {
		describePermissions(schema)
		delete(schema.Directives, "defer") // gqlparser's prelude has it; the transports do not
	})
	limits := o.Limits
	s := &service{db: o.DB, schema: schema, limits: limits, documents: newDocuments(schema, o), oneOf: newOneOf(schema), budgets: newBudgets(limits),
		running: newGate("operations", int64(limits.Running), limits.Waiting, limits.WaitTime), each: newGates(func() *gate {
			return newGate("operations of this credential", int64(limits.RunningEach), limits.Waiting, limits.WaitTime)
		}), events: newGate("events", int64(runtime.GOMAXPROCS(0)), 0, 0),
		greeting: newGate("sockets", int64(limits.Sockets), 0, 0),
		sockets:  newSeats("websockets and event streams", limits.Sockets, limits.SocketsEach), watching: newSeats("subscriptions", limits.Sockets*10, limits.SubscriptionsEach),
		memoryEach: newGates(func() *gate {
			return newGate("large requests of this credential", limits.Memory/2, limits.Waiting, limits.WaitTime)
		}), memory: newGate("large requests", limits.Memory, limits.Waiting, limits.WaitTime),
		presenter: presenter{o.DB}, auth: o.Auth, stopping: o.Stopping, underWay: o.UnderWay}
	if err := s.documents.check(); err != nil {
		return nil, err
	}
	e := executor.New(executable)
	e.SetQueryCache(parsedDocument{})
	e.SetErrorPresenter(s.presenter.present)
	e.SetRecoverFunc(recovered)
	if o.Introspection {
		e.Use(extension.Introspection{})
	}
	e.Use(absentVariables{})
	s.exec = e
	return &door{&sockets{s}, &transport{s}}, nil
}

// door sends a request to the transport it came by.
type door struct {
	sockets   *sockets
	transport *transport
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(graphql.StartOperationTrace(r.Context()))
	defer func() {
		if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
			d.transport.answerRefusal(w, accepted{best: jsonType}, d.transport.internal(r.Context(), cause))
		}
	}()
	if IsWebsocket(r) {
		d.sockets.serveHTTP(w, r)
		return
	}
	d.transport.serveHTTP(w, r)
}

// describeOnce guards the schema, which all handlers of the process share.
var describeOnce sync.Once

// resolvers is the root of all resolvers.
type resolvers struct{ db *db.DB }

// One resolver for each type of the schema that has fields which are not in its struct.
type (
	query        resolvers
	mutation     resolvers
	subscription resolvers
	call         resolvers
	callRecord   resolvers
	task         resolvers
	picklist     resolvers
	customer     resolvers
	hit          resolvers
)

func (r resolvers) Query() gen.QueryResolver                   { return query(r) }
func (r resolvers) Mutation() gen.MutationResolver             { return mutation(r) }
func (r resolvers) Subscription() gen.SubscriptionResolver     { return subscription(r) }
func (r resolvers) Call() gen.CallResolver                     { return call(r) }
func (r resolvers) CallRecord() gen.CallRecordResolver         { return callRecord(r) }
func (r resolvers) Task() gen.TaskResolver                     { return task(r) }
func (r resolvers) CustomerPerson() gen.CustomerPersonResolver { return customer(r) }
func (r resolvers) TranscriptHit() gen.TranscriptHitResolver   { return hit(r) }
func (r resolvers) Picklist() gen.PicklistResolver             { return picklist(r) }

// Node finds any object by its nodeId.
func (r query) Node(ctx context.Context, nodeID string) (model.Node, error) {
	typeName, id, ok := model.ParseNodeID(nodeID)
	if !ok {
		return nil, model.BadInput("nodeId", "is no nodeId")
	}
	if actor, _ := model.ActorFrom(ctx); !actor.May(readingOf(typeName)) {
		return nil, model.Forbidden("nodeId", "a %s takes the permission %s, which you lack", typeName, readingOf(typeName))
	}
	switch typeName {
	case "Call":
		return found(r.Call(ctx, id, false))
	case "CallRecord", "CustomerPerson":
		key, err := model.ParseLong(id)
		if err != nil {
			return nil, model.BadInput("nodeId", "is no nodeId")
		}
		if typeName == "CallRecord" {
			return found(r.db.CallRecord(ctx, key))
		}
		return found(r.db.CustomerPerson(ctx, key))
	case "Task":
		return found(r.db.Task(ctx, id))
	case "Note":
		return found(r.db.Note(ctx, id))
	}
	return nil, model.BadInput("nodeId", "is no nodeId")
}

// found turns a nil object into a nil interface, which a typed nil is not.
func found[T any, N interface {
	*T
	model.Node
}](object N, err error) (model.Node, error) {
	if object == nil {
		return nil, err
	}
	return object, err
}
