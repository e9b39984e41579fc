package model

import "time"

// CallChange is one change of a call as subscribers receive it.
type CallChange struct {
	TenantID  int64
	Kind      CallChangeKind
	CallID    string
	Operation string
	Version   *int
	ChangedBy string
	ChangedAt time.Time
	Call      *Call  // as it was after the change; nil where it is deleted or purged
	CreatedBy string // who created the call, for subscribers who see only their own calls
}

// CallNodeID returns the nodeId of the call, also where it is deleted or purged.
func (c *CallChange) CallNodeID() string { return NodeID("Call", c.CallID) }
