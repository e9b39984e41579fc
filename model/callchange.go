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
	Call      *Call   // as it was after the change; nil where it is deleted or purged
	By        Creator // who created the call, for subscribers who see only their own calls
}

// Creator returns who created the call.
func (c *CallChange) Creator() Creator { return c.By }

// CallNodeID returns the nodeId of the call, also where it is deleted or purged.
func (c *CallChange) CallNodeID() string { return NodeID("Call", c.CallID) }
