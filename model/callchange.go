package model

import "time"

// CallChange is one change of a call, as it is told to those who watch.
type CallChange struct {
	TenantID  int64
	Kind      CallChangeKind
	ID        string
	Operation string
	Version   *int
	ChangedBy string
	ChangedAt time.Time
	Call      *Call  // as it was then; nil where it is deleted or purged
	CreatedBy string // of the call, for those who see their own alone
}
