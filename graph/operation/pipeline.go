// Package operation is the pipeline that every GraphQL operation takes, whatever transport it came by: its document is
// found, measured and validated, its variables are coerced, it is priced and admitted, it runs, and it is accounted
// for. Each step may refuse it; docs/architecture.md says with which code.
package operation

import (
	"context"
	"runtime"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/graph"
	"callbook/limiter"
)

// Options say what a pipeline serves, and how much of it.
type Options struct {
	DB            *db.DB
	Limits        Limits
	Documents     map[string]string // persisted documents, where they alone are served: see LoadDocuments
	Introspection bool              // whether clients may read the schema
	Suggestions   bool              // "Did you mean" in errors
}

// Pipeline runs operations for all transports. It may be used concurrently.
type Pipeline struct {
	db            *db.DB
	schema        *ast.Schema
	limits        Limits
	introspection bool
	presenter     graph.Presenter
	executor      *executor.Executor // of queries and mutations
	documents     *documents
	oneOf         *oneOfInputObjects
	budgets       *budgets
	running       *limiter.Shared  // operations
	memory        *limiter.Shared  // bytes of large requests
	events        *limiter.Limiter // events of all subscriptions that are rendered at once
	subscriptions *Quota
}

// New returns a pipeline. It returns an error where a persisted document does not fit the schema.
func New(o Options) (*Pipeline, error) {
	executable := graph.NewSchema(o.DB)
	schema := executable.Schema()
	p := &Pipeline{
		db:            o.DB,
		schema:        schema,
		limits:        o.Limits,
		introspection: o.Introspection,
		presenter:     graph.NewPresenter(o.DB),
		documents:     newDocuments(schema, o),
		oneOf:         newOneOfInputObjects(schema),
		budgets:       newBudgets(o.Limits),
		running:       newRunning(o.Limits),
		memory:        newMemory(o.Limits),
		events: limiter.New(limiter.Options{
			Size: int64(runtime.GOMAXPROCS(0)), Waiting: limiter.Unbounded,
		}),
		subscriptions: NewQuota("subscriptions", o.Limits.Sockets*10, o.Limits.SubscriptionsEach),
	}
	p.executor = p.newExecutor(executable)
	return p, p.documents.checkPersisted()
}

// newExecutor returns gqlgen's executor for a schema.
func (p *Pipeline) newExecutor(executable graphql.ExecutableSchema) *executor.Executor {
	e := executor.New(executable)
	e.SetQueryCache(parsedDocument{})
	e.SetErrorPresenter(p.presenter.Present)
	e.SetRecoverFunc(graph.Recovered)
	if p.introspection {
		e.Use(extension.Introspection{})
	}
	e.Use(absentVariables{})
	return e
}

// Limits returns the limits that the pipeline was made with.
func (p *Pipeline) Limits() Limits { return p.limits }

// Prepare takes a request through the first half of the pipeline and runs nothing. Execute, or Results, is the second
// half.
func (p *Pipeline) Prepare(ctx context.Context, r *Request) (*Execution, *Refusal) {
	x := &Execution{pipeline: p, request: r}
	isReady := x.find(ctx) && x.measure(ctx) && x.validate(ctx) && x.coerce(ctx) && x.setPrice(ctx)
	if !isReady {
		return nil, x.refusal
	}
	return x, nil
}

// Execute takes a query or a mutation through the second half of the pipeline and returns the body of its response.
// What the request has reserved is released.
func (x *Execution) Execute(ctx context.Context) ([]byte, *Refusal) {
	defer x.request.Reservation.Release()
	if !x.checkIdempotencyKey(ctx) || !x.admit(ctx) {
		return nil, x.refusal
	}
	defer x.settle(ctx)
	ctx, cancel := context.WithTimeout(ctx, x.pipeline.limits.Deadline)
	defer cancel()
	if x.isIdempotent() {
		return x.runOnce(ctx)
	}
	if !x.run(ctx) || !x.account(ctx) {
		return nil, x.refusal
	}
	return encode(x.response), nil
}
