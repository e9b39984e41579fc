package db

import (
	"context"

	"callbook/model"
)

const (
	// MaxImportMappings is how many mappings a tenant keeps at the most.
	MaxImportMappings = 500
	// maxMappingBytes is the greatest mapping, as JSON.
	maxMappingBytes = 256 << 10
)

// ImportMappings returns the mappings of imports that the tenant keeps, of one kind where that is given, by kind and
// name, at most first. It returns BAD_USER_INPUT and LIMIT_EXCEEDED for first. It takes one statement.
func (d *DB) ImportMappings(ctx context.Context, kind *model.ImportKind, first int,
) ([]*model.SavedImportMapping, error) {
	if err := CheckFirst(first, MaxImportMappings); err != nil {
		return nil, err
	}
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	mappings := []*model.SavedImportMapping{}
	q := s.selectFrom(&mappings).OrderExpr("import_mapping.kind, import_mapping.name").Limit(int64(first))
	if kind != nil {
		q.Where("import_mapping.kind = ?", *kind)
	}
	return mappings, q.Scan(ctx)
}

// ImportMapping returns a mapping by its name; nil where there is none. It takes one statement.
func (d *DB) ImportMapping(ctx context.Context, name string, kind model.ImportKind) (*model.SavedImportMapping, error) {
	return namedMappings.find(ctx, d, kind, name)
}

var namedMappings = namedRows[model.SavedImportMapping, *model.SavedImportMapping]{
	what: "mapping", most: MaxImportMappings, byName: "kind = ? AND name = ?", written: []string{"mapping"},
	key: func(m *model.SavedImportMapping) []any { return []any{m.Kind, m.Name} },
}

// SaveImportMapping keeps a mapping, the JSON of a files.Mapping, under a name, in place of the one that has it, and
// reports whether it is new. It returns BAD_USER_INPUT for a name that is none, and LIMIT_EXCEEDED where the mapping is
// too large, or the tenant keeps too many. It takes two statements, three for a new one.
func (d *DB) SaveImportMapping(ctx context.Context, name string, kind model.ImportKind, mapping string,
) (saved *model.SavedImportMapping, isNew bool, err error) {
	if err := model.CheckSavedName("name", name); err != nil {
		return nil, false, err
	}
	if n := len(mapping); n > maxMappingBytes {
		return nil, false, model.LimitExceeded("mapping", "has %d bytes as JSON; at most %d", n, maxMappingBytes)
	}
	return namedMappings.save(ctx, d, model.SavedImportMapping{Kind: kind, Name: name, Stored: mapping})
}

// DeleteImportMapping deletes a mapping. It returns NOT_FOUND where there is none. It takes one statement.
func (d *DB) DeleteImportMapping(ctx context.Context, name string, kind model.ImportKind) error {
	return namedMappings.delete(ctx, d, kind, name)
}
