package db

import (
	"context"

	"callbook/model"
)

// MaxExportColumnSets is how many sets of columns a tenant keeps at the most.
const MaxExportColumnSets = 500

var namedColumnSets = namedRows[model.ExportColumnSet, *model.ExportColumnSet]{
	what: "set of columns", most: MaxExportColumnSets, byName: "entity = ? AND name = ?", written: []string{"columns"},
	key: func(c *model.ExportColumnSet) []any { return []any{c.Entity, c.Name} },
}

// ExportColumnSets returns the sets of columns that the tenant keeps, of one entity where that is given, by entity and
// name, at most first. It returns BAD_USER_INPUT and LIMIT_EXCEEDED for first. It takes one statement.
func (d *DB) ExportColumnSets(ctx context.Context, entity *model.ExportEntity, first int,
) ([]*model.ExportColumnSet, error) {
	if err := CheckFirst(first, MaxExportColumnSets); err != nil {
		return nil, err
	}
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	sets := []*model.ExportColumnSet{}
	q := s.selectFrom(&sets).Order("entity", "name").Limit(int64(first))
	if entity != nil {
		q.Where("entity = ?", *entity)
	}
	return sets, q.Scan(ctx)
}

// ExportColumnSet returns a set of columns by its name; nil where there is none. It takes one statement.
func (d *DB) ExportColumnSet(ctx context.Context, name string, entity model.ExportEntity,
) (*model.ExportColumnSet, error) {
	return namedColumnSets.find(ctx, d, entity, name)
}

// SaveExportColumnSet keeps columns under a name, in place of those that have it, and reports whether the name is new.
// It returns BAD_USER_INPUT for a name that is none, for no column, and for a column that is none or named twice, and
// LIMIT_EXCEEDED where the tenant keeps too many. It takes two statements, three for a new name.
func (d *DB) SaveExportColumnSet(ctx context.Context, name string, entity model.ExportEntity, columns []string,
) (saved *model.ExportColumnSet, isNew bool, err error) {
	if err := model.CheckSavedName("name", name); err != nil {
		return nil, false, err
	}
	if len(columns) == 0 {
		return nil, false, model.BadInput("columns", "must name at least one column")
	}
	if _, err := columnsToExport(exportTypes[entity], columns); err != nil {
		return nil, false, err
	}
	return namedColumnSets.save(ctx, d, model.ExportColumnSet{Entity: entity, Name: name,
		ColumnList: model.JSONList[string]{V: columns}})
}

var exportTypes = map[model.ExportEntity]string{
	model.ExportEntityCalls: "Call", model.ExportEntityCallRecords: "CallRecord",
}

// DeleteExportColumnSet deletes a set of columns. It returns NOT_FOUND where there is none. It takes one statement.
func (d *DB) DeleteExportColumnSet(ctx context.Context, name string, entity model.ExportEntity) error {
	return namedColumnSets.delete(ctx, d, entity, name)
}
