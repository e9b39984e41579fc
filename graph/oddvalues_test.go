package graph

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/graph/internal/gen"
	"callbook/model"
)

// oddities are what resolvers return: random values, nil in all places, errors and panics. The same comes at the same
// place of a response, whenever it is resolved.
type oddities struct {
	seed     uint64
	isSerial bool // whether lists have at most one element, so that gqlgen does one thing after the other
}

type cancelKey struct{}

// random returns the random numbers of a place in the response.
func (o *oddities) random(ctx context.Context, what string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, graphql.GetFieldContext(ctx).Path(), what)
	return rand.New(rand.NewPCG(o.seed, h.Sum64()))
}

var errOdd = errors.New("it fails")

// result is what a resolver does at a place: it panics, fails, or returns a value of a type.
func (o *oddities) result(ctx context.Context, t reflect.Type) (reflect.Value, error) {
	r := o.random(ctx, "result")
	if ctx.Err() != nil {
		return reflect.Zero(t), ctx.Err()
	}
	switch p := r.IntN(100); {
	case p < 5:
		panic("odd")
	case p < 10:
		return o.value(r, t, 0), errOdd
	case p < 12:
		graphql.AddError(ctx, errors.New("it fails twice"))
		return reflect.Zero(t), errOdd
	case p < 14:
		graphql.AddError(ctx, errors.New("it fails and returns something"))
		if r.IntN(2) == 0 {
			return reflect.Zero(t), nil
		}
	case p < 18:
		return reflect.Zero(t), nil
	}
	return o.value(r, t, 0), nil
}

// resolveRoot is a field middleware that stands for the resolvers of root fields. Some end the operation's context.
func (o *oddities) resolveRoot(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	root := map[string]reflect.Type{
		"Query": reflect.TypeFor[gen.QueryResolver](), "Mutation": reflect.TypeFor[gen.MutationResolver](),
	}[fc.Object]
	if root == nil {
		return next(ctx)
	}
	for method := range root.Methods() {
		if !strings.EqualFold(method.Name, fc.Field.Name) {
			continue
		}
		if o.isSerial && o.random(ctx, "cancel").IntN(20) == 0 {
			defer ctx.Value(cancelKey{}).(context.CancelFunc)()
		}
		value, err := o.result(ctx, method.Type.Out(0))
		return value.Interface(), err
	}
	return next(ctx)
}

var texts = []string{"", "a", "价格", "a\"b\\c", "\x00\x1f\t\n", "\xff", "</script>", "{}", "OUTBOUND"}

// value returns a random value of a type. Deeper ones are more often nil.
func (o *oddities) value(r *rand.Rand, t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Pointer:
		if r.IntN(12) > depth && t.Elem().PkgPath() != "github.com/uptrace/bun" && !strings.Contains(t.String(), "RowSet") {
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(o.value(r, t.Elem(), depth+1))
		}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return reflect.ValueOf(time.Unix(r.Int64N(1<<33), r.Int64N(2)*5e8))
		}
		for i := range t.NumField() {
			if v.Field(i).CanSet() {
				v.Field(i).Set(o.value(r, t.Field(i).Type, depth+1))
			}
		}
	case reflect.Slice:
		if r.IntN(10) > 0 && depth < 8 {
			n := r.IntN(4)
			if o.isSerial {
				n = min(n, 1)
			}
			for range n {
				v.Set(reflect.Append(v, o.value(r, t.Elem(), depth+1)))
			}
		}
	case reflect.Func:
		if r.IntN(20) > 0 {
			return reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value { return o.call(t, in) })
		}
	case reflect.Interface:
		return o.dynamic(r, t, depth)
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(1000) - 500)
	case reflect.Float64:
		v.SetFloat(float64(r.IntN(1000)) / 8)
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	}
	return v
}

// call is what a function in a value does: it returns a cursor of a row, or a result as a resolver does.
func (o *oddities) call(t reflect.Type, in []reflect.Value) []reflect.Value {
	ctx, ok := reflect.TypeAssert[context.Context](in[0])
	if !ok {
		return []reflect.Value{reflect.ValueOf("cursor")}
	}
	value, err := o.result(ctx, t.Out(0))
	failed := reflect.New(t.Out(1)).Elem()
	if err != nil {
		failed.Set(reflect.ValueOf(err))
	}
	return []reflect.Value{value, failed}
}

// dynamic returns a value of an interface: an object of model.Node, or generic JSON.
func (o *oddities) dynamic(r *rand.Rand, t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	if t == reflect.TypeFor[model.Node]() {
		nodes := []reflect.Type{reflect.TypeFor[*model.Call](), reflect.TypeFor[*model.Task](),
			reflect.TypeFor[*model.Note](), reflect.TypeFor[*model.CallRecord](), reflect.TypeFor[*model.CustomerPerson]()}
		if n := r.IntN(len(nodes) + 1); n < len(nodes) {
			v.Set(o.value(r, nodes[n], depth))
		}
		return v
	}
	if t.NumMethod() == 0 {
		all := []any{nil, "text", 1.5, true, []any{map[string]any{"a": "{"}, nil}, map[string]any{}}
		if one := all[r.IntN(len(all))]; one != nil {
			v.Set(reflect.ValueOf(one))
		}
	}
	return v
}
