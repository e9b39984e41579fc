package model

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (c *Call) InTenant(id int64) { c.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (t *CallTag) InTenant(id int64) { t.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (r *CallRecord) InTenant(id int64) { r.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (d *CallDetail) InTenant(id int64) { d.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (p *CustomerPerson) InTenant(id int64) { p.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (t *Task) InTenant(id int64) { t.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (n *Note) InTenant(id int64) { n.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (e *CallHistoryEntry) InTenant(id int64) { e.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (k *APIKey) InTenant(id int64) { k.TenantID = id }

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (t *CallRecordTag) InTenant(id int64) { t.TenantID = id }
