package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// isolationCases call every exported method as a tenant that owns nothing of what the arguments name, and answer all it
// got to see. A method without a case fails the test.
var isolationCases = map[string]func(context.Context, *db.DB) (any, error){
	"Call": func(ctx context.Context, d *db.DB) (any, error) { return d.Call(ctx, "secret-call") },
	"Calls": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"CallTags": func(ctx context.Context, d *db.DB) (any, error) { return d.CallTags(ctx, []string{"secret-call"}) },
	"CallDescriptions": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallDescriptions(ctx, []string{"secret-call"})
	},
	"CreateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CreateCall(ctx, model.CreateCallInput{ID: new("secret-call")})
	},
	"UpdateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateCall(ctx, "secret-call", model.UpdateCallInput{CallPatch: named("overwritten")}, nil)
	},
	"SaveCall": func(ctx context.Context, d *db.DB) (any, error) {
		call, _, err := d.SaveCall(ctx, model.CreateCallInput{ID: new("secret-call"), CallPatch: named("overwritten")}, nil)
		return call, err
	},
	"ImportCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ImportCalls(ctx, []*model.CallImport{{ID: "secret-call", CallPatch: named("overwritten")}})
	},
	"DeleteCalls":     func(ctx context.Context, d *db.DB) (any, error) { return d.DeleteCalls(ctx, []string{"secret-call"}) },
	"CallRecord":      func(ctx context.Context, d *db.DB) (any, error) { return d.CallRecord(ctx, 77001) },
	"CallDetails":     func(ctx context.Context, d *db.DB) (any, error) { return d.CallDetails(ctx, []int64{77001}) },
	"CustomerPerson":  func(ctx context.Context, d *db.DB) (any, error) { return d.CustomerPerson(ctx, 77002) },
	"CustomerPersons": func(ctx context.Context, d *db.DB) (any, error) { return d.CustomerPersons(ctx, []int64{77002}) },
	"CallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.CallRecords(ctx, db.RecordQuery{})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"SaveCallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.SaveCallRecords(ctx, []*model.SaveCallRecordInput{{ID: 77001, CustomerPersonID: new(int64(77002)), AnalysisBasis: new("overwritten")}})
	},
}

// unscoped methods touch no tenant's rows.
var unscoped = map[string]bool{"Close": true, "Ping": true, "Analyze": true, "Exec": true, "Texts": true}

func named(name string) model.CallPatch {
	return model.CallPatch{Name: graphql.OmittableOf(&name)}
}

func TestIsolation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		writeSecrets(t, e)
		before := readSecrets(t, e)
		if strings.Count(before, "secret") < 6 {
			t.Fatalf("the owner sees too little: %s", before)
		}
		methods := reflect.TypeFor[*db.DB]()
		for i := range methods.NumMethod() {
			name := methods.Method(i).Name
			walk, ok := isolationCases[name]
			if unscoped[name] {
				continue
			}
			if !ok {
				t.Errorf("%s has no case", name)
				continue
			}
			if _, err := walk(context.Background(), e.DB); !errors.Is(err, db.ErrNoActor) {
				t.Errorf("%s without an actor: %v", name, err)
			}
			other, _ := dbtest.NewTenant(context.Background()) // one each, so that none finds what another wrote
			seen, err := walk(other, e.DB)
			if err != nil && model.AsErrors(err) == nil {
				t.Errorf("%s: %v", name, err)
			}
			if text := dump(t, seen) + dump(t, err); strings.Contains(text, "classified") {
				t.Errorf("%s shows another tenant's row: %s", name, text)
			}
			if after := readSecrets(t, e); after != before {
				t.Errorf("%s wrote another tenant's row: %s", name, after)
				before = after
			}
		}
	})
}

func writeSecrets(t *testing.T, e *dbtest.Env) {
	in := model.CreateCallInput{ID: new("secret-call"), CallPatch: named("classified")}
	in.Description = graphql.OmittableOf(new("classified"))
	in.Tags = graphql.OmittableOf([]string{"classified"})
	if _, err := e.DB.CreateCall(e.Ctx, in); err != nil {
		t.Fatal(err)
	}
	out, err := e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{{ID: 77001, AnalysisBasis: new("classified"),
		CustomerPerson: &model.CustomerPersonInput{ID: 77002, Name: new("classified")},
		Details:        []*model.CallDetailInput{{Type: model.CallDetailTypePerson, Text: "classified"}}}})
	if err != nil || out[0].Errors != nil {
		t.Fatal(out, err)
	}
}

// readSecrets is all the owner sees.
func readSecrets(t *testing.T, e *dbtest.Env) string {
	var all []any
	for _, name := range []string{"Call", "Calls", "CallTags", "CallDescriptions", "CallRecord", "CallDetails", "CustomerPerson", "CallRecords"} {
		seen, err := isolationCases[name](e.Ctx, e.DB)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, seen)
	}
	return strings.ReplaceAll(dump(t, all), "classified", "secret")
}

// dump shows everything reachable from v but functions and what only points back.
func dump(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
