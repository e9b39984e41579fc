package model_test

import (
	"strings"
	"testing"
	"time"

	"callbook/model"
)

// TestApplyToTask patches a task that is in progress.
func TestApplyToTask(t *testing.T) {
	for _, c := range []struct {
		name      string
		patch     model.UpdateTaskInput
		want      model.Task
		isChanged bool
		errs      []string
	}{
		{name: "nothing", want: model.Task{Subject: "Call back", Status: "IN_PROGRESS", DueAt: &noon}},
		{name: "the same", patch: model.UpdateTaskInput{Subject: setTo("Call back"),
			Status: setTo(model.TaskStatusInProgress),
			DueAt:  setTo(noon.In(time.FixedZone("", 3600)))},
			want: model.Task{Subject: "Call back", Status: "IN_PROGRESS", DueAt: &noon}},
		{name: "all", patch: model.UpdateTaskInput{Subject: setTo("ABC"), Description: setTo("text"), Assignee: setTo("me"),
			Status: setTo(model.TaskStatusWaiting), DueAt: setTo(noon.Add(1))}, isChanged: true,
			want: model.Task{Subject: "ABC", SubjectFold: new("abc"), Description: new("text"), Assignee: new("me"),
				Status: "WAITING", DueAt: new(noon.Add(1))}},
		{name: "due at cleared", patch: model.UpdateTaskInput{DueAt: setToNull[time.Time]()}, isChanged: true,
			want: model.Task{Subject: "Call back", Status: "IN_PROGRESS"}},
		{name: "done", patch: model.CompleteTaskPatch(), isChanged: true,
			want: model.Task{Subject: "Call back", Status: "DONE", DueAt: &noon, ClosedAt: &noon}},
		{name: "not nullable", patch: model.UpdateTaskInput{Subject: setToNull[string](),
			Status: setToNull[model.TaskStatus]()},
			errs: []string{"subject: must not be empty", "status: cannot be cleared"}},
		{name: "empty subject", patch: model.UpdateTaskInput{Subject: setTo("")},
			errs: []string{"subject: must not be empty"}},
		{name: "too long", patch: model.UpdateTaskInput{Subject: setTo(strings.Repeat("x", 256)),
			Description: setTo(strings.Repeat("x", 32001)), Assignee: setTo(strings.Repeat("x", 101))},
			errs: []string{"subject: has 256 characters; at most 255", "description: has 32001 characters; at most 32000",
				"assignee: has 101 characters; at most 100"}},
	} {
		task := &model.Task{Subject: "Call back", Status: model.TaskStatusInProgress, DueAt: &noon}
		task.SubjectFold = new("call back")
		isChanged, errs := c.patch.Apply(task, noon)
		expectErrors(t, c.name, errs, c.errs...)
		if isChanged != c.isChanged {
			t.Errorf("%s: changed %v, want %v", c.name, isChanged, c.isChanged)
		}
		if c.errs != nil {
			continue
		}
		if c.want.SubjectFold == nil {
			c.want.SubjectFold = new("call back")
		}
		if got, want := describeTask(task), describeTask(&c.want); got != want {
			t.Errorf("%s: task %s, want %s", c.name, got, want)
		}
	}
}

func describeTask(task *model.Task) string {
	texts := []string{task.Subject, orZero(task.SubjectFold), orZero(task.Description), string(task.Status),
		orZero(task.Assignee)}
	for _, at := range []*time.Time{task.DueAt, task.ClosedAt} {
		texts = append(texts, orZero(at).UTC().Format(time.RFC3339Nano))
	}
	return strings.Join(texts, "|")
}

func TestClosedAt(t *testing.T) {
	task := &model.Task{Subject: "x", Status: model.TaskStatusDone, ClosedAt: &noon}
	done := model.CompleteTaskPatch()
	if isChanged, _ := done.Apply(task, noon.Add(time.Hour)); isChanged || !task.ClosedAt.Equal(noon) {
		t.Errorf("done again: changed %v, closed at %v, want false, %v", isChanged, task.ClosedAt, noon)
	}
	reopened := model.UpdateTaskInput{Status: setTo(model.TaskStatusPostponed)}
	if isChanged, _ := reopened.Apply(task, noon); !isChanged || task.ClosedAt != nil {
		t.Errorf("reopened: changed %v, closed at %v, want true, nil", isChanged, task.ClosedAt)
	}
}

func TestNewTask(t *testing.T) {
	in := model.CreateTaskInput{Subject: "x", Status: model.TaskStatusNotStarted, Assignee: new("me")}
	patch, task := in.Patch(), &model.Task{}
	isChanged, errs := patch.Apply(task, noon)
	expectErrors(t, "a new task", errs)
	if want := "x|||NOT_STARTED|me"; !isChanged || !strings.HasPrefix(describeTask(task), want) {
		t.Errorf("changed %v, task %s, want true, %s", isChanged, describeTask(task), want)
	}
}

func TestStatusCode(t *testing.T) {
	codes := map[model.TaskStatus]int{"NOT_STARTED": 10, "POSTPONED": 20, "IN_PROGRESS": 30, "DONE": 40, "WAITING": 50}
	for _, status := range model.AllTaskStatus {
		if got := (&model.Task{Status: status}).StatusCode(); got != codes[status] {
			t.Errorf("StatusCode of %s = %d, want %d", status, got, codes[status])
		}
	}
}
