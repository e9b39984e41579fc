package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestDryRunInSteps tries a batch with more text than one transaction may have: a dry run says what the batch in steps
// does, and a batch in one transaction is refused by both.
func TestDryRunInSteps(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/steps.db")
	const rows = db.FirstStep + 400
	text := strings.Repeat("x", 25<<10)
	var inputs []*model.CreateCallInput
	for i := range rows {
		input := &model.CreateCallInput{ID: new(fmt.Sprintf("step-%04d", i))}
		input.Description = graphql.OmittableOf(&text)
		inputs = append(inputs, input)
	}
	valid := db.Batch{Policy: model.BatchPolicyValidRows, DryRun: true}
	dry, err := e.DB.CreateCalls(e.Ctx, inputs, valid)
	if err != nil || dry.Written != rows || len(dry.Results) != 10 || dry.Omitted != rows-10 {
		t.Fatalf("the dry run: got %+v, %v; want %d written, 10 of them shown", dry, err, rows)
	}
	for i, r := range dry.Results {
		if r.Index != i || r.Outcome != model.RowOutcomeCreated || len(r.Errors) > 0 {
			t.Errorf("result %d of the dry run: got %+v, want a call created at its place", i, r)
		}
	}
	_, err = e.DB.CreateCalls(e.Ctx, inputs, db.Batch{Policy: model.BatchPolicyAllOrNothing, DryRun: true})
	if errs := model.AsErrors(err); len(errs) != 1 || errs[0].Code != model.ErrorCodeLimitExceeded {
		t.Errorf("the dry run of one transaction: got %v, want LIMIT_EXCEEDED", err)
	}
	valid.DryRun = false
	done, err := e.DB.CreateCalls(e.Ctx, inputs, valid)
	if err != nil || done.Written != rows {
		t.Errorf("the batch: got %d written, %v; want %d as the dry run says", done.Written, err, rows)
	}
}
