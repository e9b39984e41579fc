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
	"callbook/graph/internal/jsondata"
	"callbook/limiter"
)

// Options say what a pipeline serves, and how much of it.
type Options struct {
	DB            *db.DB
	Limits        Limits
	Documents     map[string]string // persisted documents, where they alone are served: see LoadDocuments
	Introspection bool              // whether clients may read the schema
	Suggestions   bool              // "Did you mean" in errors
	Gqlgen        bool              // whether gqlgen executes queries and mutations, without the fast path
}

// Pipeline runs operations for all transports. It may be used concurrently.
type Pipeline struct {
	db                *db.DB
	schema            *ast.Schema
	limits            Limits
	introspection     bool
	presenter         graph.Presenter
	executor          *executor.Executor        // of queries and mutations
	template          *graphql.OperationContext // has the executor's middleware
	isFast            bool                      // whether package jsondata writes their data
	documents         *documents
	budgets           *budgets
	running           *limiter.Shared // operations
	heavy             *limiter.Shared // heavy operations, by tenant
	memory            *limiter.Shared // bytes of large requests
	waitingWithMemory waitsWithMemory
	events            *limiter.Limiter // events of all subscriptions that are rendered at once
	subscriptions     *Quota
}

// New returns a pipeline. It returns an error where a persisted document does not fit the schema.
func New(o Options) (*Pipeline, error) {
	p := new(Pipeline)
	executable := graph.NewSchema(o.DB, p.CheckQuery)
	schema := executable.Schema()
	*p = Pipeline{
		db:            o.DB,
		schema:        schema,
		limits:        o.Limits,
		introspection: o.Introspection,
		isFast:        !o.Gqlgen,
		presenter:     graph.NewPresenter(o.DB),
		documents:     newDocuments(schema, o),
		budgets:       newBudgets(o.Limits),
		running:       newRunning(o.Limits),
		heavy:         newHeavy(o.Limits),
		memory:        newMemory(o.Limits),
		events: limiter.New(limiter.Options{
			Size: int64(runtime.GOMAXPROCS(0)), Waiting: limiter.Unbounded,
		}),
		subscriptions: NewQuota("subscriptions", o.Limits.Sockets*10, o.Limits.SubscriptionsEach),
	}
	p.executor = p.newExecutor(executable)
	if p.isFast {
		p.executor.AroundFields(jsondata.Intercept)
	}
	p.template = newTemplate(p.executor)
	if !p.isFast {
		p.template.RootResolverMiddleware = jsondata.LimitRoot // there is no other, which would take a closure each time
	}
	return p, p.documents.checkPersisted()
}

// newExecutor returns gqlgen's executor for a schema.
func (p *Pipeline) newExecutor(executable graphql.ExecutableSchema) *executor.Executor {
	e := executor.New(executable)
	e.SetErrorPresenter(p.presenter.Present)
	e.SetRecoverFunc(graph.Recovered)
	if p.introspection {
		e.Use(extension.Introspection{})
	}
	return e
}

// newTemplate returns what an executor gives every operation.
func newTemplate(e *executor.Executor) *graphql.OperationContext {
	ctx := graphql.StartOperationTrace(context.Background())
	template, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: "{ __typename }"})
	if errs != nil {
		panic(errs) // every schema has this operation
	}
	return template
}

// Limits returns the limits that the pipeline was made with.
func (p *Pipeline) Limits() Limits { return p.limits }

// Execute takes an operation through the pipeline, and returns its result, or why it has none. What the request has
// reserved is released then, but for the memory of a large answer: the caller releases that when it is sent.
func (p *Pipeline) Execute(ctx context.Context, r *Request) (*Result, *Refusal) {
	x := &Execution{pipeline: p, request: r, credential: actorOf(ctx).CredentialKey()}
	defer x.releaseAfterRun()
	defer x.settle(ctx)
	hasResult := x.find(ctx) && x.measure(ctx) && x.validate(ctx) && x.coerce(ctx) && x.setPrice(ctx) && x.permit(ctx) &&
		x.admit(ctx) && x.claim(ctx) && x.run(ctx)
	if !hasResult {
		return nil, x.refusal
	}
	x.account(ctx)
	x.keep(ctx)
	x.result = Result{Body: x.body, Subscription: x.subscription, buffer: x.buffer}
	return &x.result, nil
}
