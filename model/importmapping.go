package model

import (
	"github.com/uptrace/bun"
)

// SavedImportMapping is a mapping of an import that is kept under a name: the row and the GraphQL object.
type SavedImportMapping struct {
	bun.BaseModel `bun:"table:import_mappings,alias:import_mapping"`

	TenantID int64      `bun:",pk"`
	Kind     ImportKind `bun:",pk"`
	Name     string     `bun:",pk"`
	Stored   string     `bun:"mapping"` // JSON of a files.Mapping
	Saved

	Mapping *ImportMapping `bun:"-"` // what Stored says; set by package graph
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (m *SavedImportMapping) InTenant(id int64) { m.TenantID = id }
