package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// batchKinds change rows of each kind that is written in batches. keys creates two rows and returns their keys and a
// missing one's; change changes rows by key, and returns what became of each.
var batchKinds = map[string]struct {
	keys   func(*testing.T, *dbtest.Env) []string
	change func(e *dbtest.Env, keys []string, policy model.BatchPolicy) ([]string, error)
}{
	"calls":   {callKeys, changeCalls},
	"records": {recordKeys, changeRecords},
	"tasks":   {taskKeys, changeTasks},
}

func callKeys(t *testing.T, e *dbtest.Env) []string {
	keys := []string{"batch-1", "batch-2"}
	for _, key := range keys {
		if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: &key}); err != nil {
			t.Fatal(err)
		}
	}
	return append(keys, "missing")
}

func changeCalls(e *dbtest.Env, keys []string, policy model.BatchPolicy) ([]string, error) {
	selector := model.CallSelector{Ids: keys}
	payload, err := e.DB.UpdateCalls(e.Ctx, "updateCalls", selector, named("changed"), db.Batch{Policy: policy})
	if err != nil {
		return nil, err
	}
	return describeRows(payload.Results, describeCall), nil
}

func recordKeys(t *testing.T, e *dbtest.Env) []string {
	if _, err := e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{{ID: 1}, {ID: 2}}); err != nil {
		t.Fatal(err)
	}
	return []string{"1", "2", "3"}
}

func changeRecords(e *dbtest.Env, keys []string, policy model.BatchPolicy) ([]string, error) {
	ids := make([]int64, len(keys))
	for i, key := range keys {
		ids[i], _ = model.ParseLong(key)
	}
	selector := model.CallRecordSelector{Ids: ids}
	payload, err := e.DB.MarkRecords(e.Ctx, selector, model.ReadStatusHasRead, db.Batch{Policy: policy})
	if err != nil {
		return nil, err
	}
	return describeRows(payload.Results, func(r *model.SaveCallRecordResult) string {
		return describeRow(r.Outcome, r.CallRecord != nil, r.Errors)
	}), nil
}

func taskKeys(t *testing.T, e *dbtest.Env) []string {
	if _, err := e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("with-tasks")}); err != nil {
		t.Fatal(err)
	}
	task := &model.CreateTaskInput{Subject: "s", Status: model.TaskStatusWaiting}
	selector := model.CallSelector{Ids: []string{"with-tasks"}}
	payload, err := e.DB.CreateCallTasks(e.Ctx, selector, []*model.CreateTaskInput{task, task}, db.Batch{})
	if err != nil {
		t.Fatal(err)
	}
	return []string{payload.Tasks[0].ID, payload.Tasks[1].ID, "missing"}
}

func changeTasks(e *dbtest.Env, keys []string, policy model.BatchPolicy) ([]string, error) {
	return describeTasks(e.DB.CompleteTasks(e.Ctx, model.TaskSelector{Ids: keys}, policy))
}

func describeTasks(payload *model.TasksPayload, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return describeRows(payload.Results, func(r *model.TaskResult) string {
		return describeRow(r.Outcome, r.Task != nil, r.Errors)
	}), nil
}

// describeRows describes each result of a batch.
func describeRows[R any](results []R, describe func(R) string) (out []string) {
	for _, r := range results {
		out = append(out, describe(r))
	}
	return out
}

func describeCall(r *model.CallResult) string { return describeRow(r.Outcome, r.Call != nil, r.Errors) }

// describeRow returns an outcome, its error codes, and whether it has a row.
func describeRow(outcome model.RowOutcome, hasRow bool, errs []*model.InputError) string {
	parts := []string{string(outcome)}
	for _, err := range errs {
		parts = append(parts, string(err.Code))
	}
	if hasRow {
		parts = append(parts, "row")
	}
	return strings.Join(parts, " ")
}

// TestPolicies runs batches with a missing and a repeated key, which fail, under each policy, and checks what was
// written by running them again.
func TestPolicies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for name, kind := range batchKinds {
			keys := kind.keys(t, e)
			bad := append(slices.Clone(keys), keys[0])
			for i, step := range []struct {
				keys   []string
				policy model.BatchPolicy
				want   []string
			}{
				{bad, model.BatchPolicyAllOrNothing, []string{"SKIPPED", "SKIPPED", "FAILED NOT_FOUND", "FAILED BAD_USER_INPUT"}},
				{bad, model.BatchPolicyValidRows,
					[]string{"UPDATED row", "UPDATED row", "FAILED NOT_FOUND", "FAILED BAD_USER_INPUT"}},
				{keys[:2], model.BatchPolicyAllOrNothing, []string{"UNCHANGED row", "UNCHANGED row"}},
				{nil, model.BatchPolicyAllOrNothing, nil},
			} {
				if step.keys == nil {
					step.keys = []string{}
				}
				got, err := kind.change(e, step.keys, step.policy)
				if err != nil || !slices.Equal(got, step.want) {
					t.Errorf("%s, step %d: got %v, %v; want %v", name, i, got, err, step.want)
				}
			}
		}
	})
}

// TestExpectedVersions changes calls and tasks under the version that they have, and under another.
func TestExpectedVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		calls, tasks := callKeys(t, e), taskKeys(t, e)
		versions := func(keys []string) []*model.VersionInput {
			return []*model.VersionInput{{ID: keys[0], ExpectedVersion: 1}, {ID: keys[1], ExpectedVersion: 2}}
		}
		want := []string{"UPDATED row", "FAILED CONFLICT"}
		policy := model.BatchPolicyValidRows
		got, err := describeTasks(e.DB.CompleteTasks(e.Ctx, model.TaskSelector{Versions: versions(tasks)}, policy))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("CompleteTasks: got %v, %v; want %v", got, err, want)
		}
		selector := model.CallSelector{Versions: versions(calls)}
		payload, err := e.DB.UpdateCalls(e.Ctx, "updateCalls", selector, named("changed"), db.Batch{Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range payload.Results {
			if got := describeCall(r); got != want[i] {
				t.Errorf("UpdateCalls, row %d: got %s, want %s", i, got, want[i])
			}
		}
	})
}

// TestDryRun deletes more calls than a dry run shows, one of them missing: it is shown first, and nothing is written.
func TestDryRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		inputs := make([]*model.CreateCallInput, 12)
		keys := make([]string, len(inputs))
		for i := range inputs {
			keys[i] = fmt.Sprintf("dry-%02d", i)
			inputs[i] = &model.CreateCallInput{ID: &keys[i]}
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		selector := model.CallSelector{Ids: append(slices.Clone(keys), "missing")}
		b := db.Batch{Policy: model.BatchPolicyValidRows, DryRun: true}
		payload, err := e.DB.DeleteCalls(e.Ctx, selector, b)
		if err != nil {
			t.Fatal(err)
		}
		if payload.Matched != 13 || payload.Written != 12 || len(payload.Results) != 10 {
			t.Errorf("got %d matched, %d written, %d results; want 13, 12, 10", payload.Matched, payload.Written,
				len(payload.Results))
		}
		for i, want := range []int{12, 0, 1} {
			if got := payload.Results[i].Index; got != want {
				t.Errorf("result %d: got the index %d, want %d", i, got, want)
			}
		}
		if _, total := list(t, e, db.CallQuery{}); total != len(keys) {
			t.Errorf("after the dry run: got %d calls, want %d", total, len(keys))
		}
	})
}

// TestBatchLimits gives each kind of batch one row too many. No statement is run.
func TestBatchLimits(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/limits.db")
	keys := make([]string, db.MaxBatch+1)
	for name, batch := range map[string]struct {
		run  func() error
		want string
	}{
		"CreateCalls": {func() error {
			_, err := e.DB.CreateCalls(e.Ctx, make([]*model.CreateCallInput, db.MaxBatch+1), db.Batch{})
			return err
		}, "inputs: has 10001 rows; at most 10000"},
		"DeleteCalls": {func() error {
			_, err := e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: keys}, db.Batch{})
			return err
		}, "select: has 10001 keys; at most 10000"},
		"MarkRecords": {func() error {
			selector := model.CallRecordSelector{Ids: make([]int64, db.MaxBatch+1)}
			_, err := e.DB.MarkRecords(e.Ctx, selector, model.ReadStatusHasRead, db.Batch{})
			return err
		}, "select: has 10001 keys; at most 10000"},
		"SaveCallRecords": {func() error {
			_, err := e.DB.SaveCallRecords(e.Ctx, make([]*model.SaveCallRecordInput, db.MaxDelivery+1))
			return err
		}, "inputs: has 1001 records; at most 1000"},
		"CompleteTasks": {func() error {
			_, err := e.DB.CompleteTasks(e.Ctx, model.TaskSelector{Ids: keys}, model.BatchPolicyValidRows)
			return err
		}, "select: has 10001 keys; at most 10000"},
	} {
		err := batch.run()
		errs := model.AsErrors(err)
		if errs == nil || errs[0].Code != model.ErrorCodeLimitExceeded || err.Error() != batch.want {
			t.Errorf("%s: got %v, want LIMIT_EXCEEDED, %s", name, err, batch.want)
		}
	}
}
