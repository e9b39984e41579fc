package model

import "github.com/uptrace/bun"

// ExportColumnSet is columns of exports that are kept under a name: the row and the GraphQL object.
type ExportColumnSet struct {
	bun.BaseModel `bun:"table:export_column_sets,alias:export_column_set"`

	TenantID   int64            `bun:",pk"`
	Entity     ExportEntity     `bun:",pk"`
	Name       string           `bun:",pk"`
	ColumnList JSONList[string] `bun:"columns"`
	Saved
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (c *ExportColumnSet) InTenant(id int64) { c.TenantID = id }

// Columns returns the names of the fields, in the order of the columns.
func (c *ExportColumnSet) Columns() []string { return c.ColumnList.V }
