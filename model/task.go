package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// Task is a follow-up task of a call: the row and the GraphQL object.
type Task struct {
	bun.BaseModel `bun:"table:tasks,alias:task"`

	TenantID    int64  `bun:",pk"`
	ID          string `bun:",pk"`
	CallID      string
	Subject     string
	SubjectFold *string
	Description *string
	Status      TaskStatus
	DueAt       *time.Time
	ClosedAt    *time.Time
	Assignee    *string
	Audit

	CallCreator Creator       `bun:"-" json:"-"` // who created the call; where the row is read to be written
	RowSet      *RowSet[Task] `bun:"-" json:"-"`
}

// SetReading stores how the task was read.
func (t *Task) SetReading(r Reading[Task]) { t.RowSet = r.RowSet }

var taskStatusCodes = map[TaskStatus]int{
	TaskStatusNotStarted: 10, TaskStatusPostponed: 20, TaskStatusInProgress: 30, TaskStatusDone: 40, TaskStatusWaiting: 50,
}

// StatusCode returns the CRM's number of the status.
func (t *Task) StatusCode() int { return taskStatusCodes[t.Status] }

// UpdateTaskInput is a change of a task: a field that is left out stays as it is, null clears it.
type UpdateTaskInput struct {
	Subject     graphql.Omittable[*string]
	Description graphql.Omittable[*string]
	Status      graphql.Omittable[*TaskStatus]
	DueAt       graphql.Omittable[*time.Time]
	Assignee    graphql.Omittable[*string]
}

// Apply writes the patch to t and sets closedAt: now where the task becomes DONE, nil where it is not DONE. It reports
// whether anything changed, and returns everything that is wrong as BAD_USER_INPUT errors; t is then partly written.
func (p *UpdateTaskInput) Apply(t *Task, now time.Time) (changed bool, errs Errors) {
	a := applier{}
	subject, status := &t.Subject, &t.Status
	a.text("subject", &subject, p.Subject, 255, &t.SubjectFold)
	a.text("description", &t.Description, p.Description, 32000, nil)
	a.text("assignee", &t.Assignee, p.Assignee, 100, nil)
	set(&a, "status", &status, p.Status)
	setTime(&a, "dueAt", &t.DueAt, p.DueAt)
	if deref(subject) == "" {
		a.fail(BadInput("subject", "must not be empty"))
	}
	if status == nil {
		a.fail(BadInput("status", "cannot be cleared"))
	}
	if len(a.errs) > 0 {
		return false, a.errs
	}
	t.Subject, t.Status = *subject, *status
	switch done := t.Status == TaskStatusDone; {
	case done && t.ClosedAt == nil:
		t.ClosedAt = &now
	case !done:
		t.ClosedAt = nil
	}
	return len(a.changes) > 0, nil
}

// Patch returns the input as a patch of an empty task.
func (in *CreateTaskInput) Patch() UpdateTaskInput {
	return UpdateTaskInput{
		Subject:     graphql.OmittableOf(&in.Subject),
		Description: graphql.OmittableOf(in.Description),
		Status:      graphql.OmittableOf(&in.Status),
		DueAt:       graphql.OmittableOf(in.DueAt),
		Assignee:    graphql.OmittableOf(in.Assignee),
	}
}

// CompleteTaskPatch returns the patch that sets a task DONE.
func CompleteTaskPatch() UpdateTaskInput {
	return UpdateTaskInput{Status: graphql.OmittableOf(new(TaskStatusDone))}
}
