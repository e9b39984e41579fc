package model

import "time"

// Change is a change of a row as the feed for programs has it.
type Change struct {
	Cursor    string
	At        time.Time
	Entity    ChangeEntity
	Kind      ChangeKind
	ChangedID string
	CallID    *string
	Operation string
	ChangedBy string
	Before    any
	After     any
}

// changedTypes are the types of the schema by entity.
var changedTypes = map[ChangeEntity]string{ChangeEntityCall: "Call", ChangeEntityCallRecord: "CallRecord",
	ChangeEntityTask: "Task", ChangeEntityNote: "Note"}

// TypeName returns the type of the schema that rows of the entity have.
func (e ChangeEntity) TypeName() string { return changedTypes[e] }

// ChangedNodeID returns the nodeId of the row, also where it is gone.
func (c *Change) ChangedNodeID() string { return NodeID(c.Entity.TypeName(), c.ChangedID) }

// RowChange is a change of a row as subscribers receive it.
type RowChange struct {
	Kind      ChangeKind
	Cursor    string
	Operation string
	Version   *int
	ChangedBy string
	ChangedAt time.Time
}

// CallChange is a change of a call as subscribers receive it.
type CallChange struct {
	Kind      CallChangeKind
	Cursor    string
	CallID    string
	Operation string
	Version   *int
	ChangedBy string
	ChangedAt time.Time
	Call      *Call // as it was after the change; nil where it is deleted or purged
}

// CallNodeID returns the nodeId of the call, also where it is deleted or purged.
func (c *CallChange) CallNodeID() string { return NodeID("Call", c.CallID) }

// CallRecordChange is a change of a call record as subscribers receive it.
type CallRecordChange struct {
	RowChange
	CallRecordID string
	CallRecord   *CallRecord // as it was after the change; nil where it is gone
}

// CallRecordNodeID returns the nodeId of the record, also where it is gone.
func (c *CallRecordChange) CallRecordNodeID() string { return NodeID("CallRecord", c.CallRecordID) }

// TaskChange is a change of a task as subscribers receive it.
type TaskChange struct {
	RowChange
	TaskID string
	CallID string
	Task   *Task // as it was after the change; nil where it is gone
}

// TaskNodeID returns the nodeId of the task, also where it is gone.
func (c *TaskChange) TaskNodeID() string { return NodeID("Task", c.TaskID) }
