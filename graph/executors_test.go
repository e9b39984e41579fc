package graph

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/graph/internal/gen"
	"callbook/graph/internal/jsondata"
	"callbook/model"
)

// execution is what an executor has answered.
type execution struct {
	data    string
	objects int
	errors  []string // in the order in which they came
}

// executors are gqlgen's executor and the fast path, over resolvers that fail as a seed says.
type executors struct {
	odd            *oddities
	gqlgen, faster *executor.Executor
}

func newExecutors(seed uint64, isSerial bool) *executors {
	odd := &oddities{seed: seed, isSerial: isSerial}
	refuse := func(
		ctx context.Context, _ any, next graphql.Resolver, _, _ []model.Permission,
	) (any, error) {
		if odd.random(ctx, "permission").IntN(8) == 0 {
			return nil, model.Forbidden("", "not for you")
		}
		return next(ctx)
	}
	config := gen.Config{Resolvers: oddResolvers{odd: odd}, Directives: gen.DirectiveRoot{Permission: refuse}}
	x := &executors{odd: odd}
	x.gqlgen = executor.New(gen.NewExecutableSchema(config))
	x.faster = executor.New(gen.NewWritingSchema(config))
	x.faster.AroundFields(jsondata.Intercept)
	for _, e := range []*executor.Executor{x.gqlgen, x.faster} {
		e.AroundFields(odd.resolveRoot)
		e.SetRecoverFunc(func(_ context.Context, cause any) error { return fmt.Errorf("panic: %v", cause) })
	}
	return x
}

// run executes a document. The context of the operation ends where an odd resolver says so.
func run(t *testing.T, e *executor.Executor, isFast bool, document string, variables map[string]any) (x execution) {
	t.Helper()
	var mu sync.Mutex
	e.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		fc := graphql.GetFieldContext(ctx)
		out := gqlerror.WrapPath(fc.Path(), err)
		if located, ok := errors.AsType[*gqlerror.Error](err); ok {
			out.Locations = located.Locations
		}
		mu.Lock()
		defer mu.Unlock()
		x.errors = append(x.errors,
			fmt.Sprintf("%v %v %s %s %v", fc.Path(), graphql.GetPath(ctx), fc.Object, err, out.Locations))
		return out
	})
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(context.Background()))
	defer cancel()
	operation, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if errs != nil {
		t.Fatalf("%v in %s", errs, document)
	}
	ctx = context.WithValue(ctx, cancelKey{}, cancel)
	var w *jsondata.Writer
	if isFast {
		ctx, w = jsondata.WithWriter(ctx)
		defer w.Release()
	}
	next, ctx := e.DispatchOperation(ctx, operation)
	response := next(ctx)
	x.data = string(response.Data)
	if x.objects = jsondata.CountObjects(response.Data); w != nil {
		x.objects = w.Objects()
	}
	return x
}

func numberFrom(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// TestExecutorsAgree executes random documents by gqlgen and by the fast path, over resolvers that return random
// values, nil in all places, errors, and panics, refuse fields, and cancel the operation: data, errors and the number
// of objects are the same. Each document is executed twice, with opposite booleans. Errors come in the same order where
// gqlgen runs nothing beside something else: every other document is such. CALLBOOK_EXECUTIONS is how many documents,
// CALLBOOK_SEED the first one's seed.
func TestExecutorsAgree(t *testing.T) {
	total, seed := numberFrom("CALLBOOK_EXECUTIONS", 1000), numberFrom("CALLBOOK_SEED", 1)
	failures := map[string]int{}
	for n := seed; n < seed+total && !t.Failed(); n++ {
		isSerial := n%2 == 0
		x := newExecutors(uint64(n), isSerial)
		document := newDocument(Schema(), rand.New(rand.NewPCG(uint64(n), 1)), isSerial)
		for _, yes := range []bool{true, false} {
			variables := map[string]any{"yes": yes, "no": !yes}
			want := run(t, x.gqlgen, false, document, variables)
			got := run(t, x.faster, true, document, variables)
			if !isSerial {
				slices.Sort(want.errors)
				slices.Sort(got.errors)
			}
			if got.data != want.data || got.objects != want.objects || !slices.Equal(got.errors, want.errors) {
				t.Errorf("CALLBOOK_SEED=%d, %v:\n%s\ngot  %s\nwant %s\n%d objects, want %d; errors:\ngot\n%s\nwant\n%s",
					n, variables, document, got.data, want.data, got.objects, want.objects,
					strings.Join(got.errors, "\n"), strings.Join(want.errors, "\n"))
			}
			for _, kind := range []string{"fails", "panic", "not for you", "canceled", "does not allow"} {
				if strings.Contains(strings.Join(want.errors, " "), kind) {
					failures[kind]++
				}
			}
			if want.data == "null" {
				failures["no data"]++
			}
		}
	}
	t.Logf("%d documents: %v", total, failures)
	if total >= 1000 && len(failures) < 6 {
		t.Errorf("got the failures %v, want each kind", failures)
	}
}
