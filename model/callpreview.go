package model

// CallPreview is a call as it would be: of a draft or a dry run. It has its fields, but is no Node: caches of clients
// must not take it for the call that is stored.
type CallPreview struct{ *Call }

// CallID returns the key that the call has, or would have.
func (p *CallPreview) CallID() string { return p.ID }
