package model

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (c *Call) InTenant(id int64)             { c.TenantID = id }
func (t *CallTag) InTenant(id int64)          { t.TenantID = id }
func (r *CallRecord) InTenant(id int64)       { r.TenantID = id }
func (d *CallDetail) InTenant(id int64)       { d.TenantID = id }
func (p *CustomerPerson) InTenant(id int64)   { p.TenantID = id }
func (t *Task) InTenant(id int64)             { t.TenantID = id }
func (n *Note) InTenant(id int64)             { n.TenantID = id }
func (e *CallHistoryEntry) InTenant(id int64) { e.TenantID = id }
func (k *IdempotencyKey) InTenant(id int64)   { k.TenantID = id }
func (k *APIKey) InTenant(id int64)           { k.TenantID = id }
func (t *CallRecordTag) InTenant(id int64)    { t.TenantID = id }
