package db

import (
	"context"

	"callbook/model"
	"callbook/text"
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
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*model.SavedImportMapping
	err = s.selectFrom(&rows).Where(mappingByName, kind, name).Scan(ctx)
	return firstRow(rows), err
}

const mappingByName = "import_mapping.kind = ? AND import_mapping.name = ?"

// SaveImportMapping keeps a mapping, the JSON of a files.Mapping, under a name, in place of the one that has it, and
// reports whether it is new. It returns BAD_USER_INPUT for a name that is none, and LIMIT_EXCEEDED where the mapping is
// too large, or the tenant keeps too many. It takes two statements, three for a new one.
func (d *DB) SaveImportMapping(ctx context.Context, name string, kind model.ImportKind, mapping string,
) (saved *model.SavedImportMapping, isNew bool, err error) {
	if err := model.CheckMappingName("name", name); err != nil {
		return nil, false, err
	}
	if n := len(mapping); n > maxMappingBytes {
		return nil, false, model.LimitExceeded("mapping", "has %d bytes as JSON; at most %d", n, maxMappingBytes)
	}
	saved, err = once(ctx, d, func(ctx context.Context) (row *model.SavedImportMapping, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			row, isNew, err = s.saveImportMapping(ctx, name, kind, mapping)
			s.keep(func() *keptResult { return keptOne(name, outcomeOfSave(isNew)) })
			return err
		})
		return row, err
	}, func(ctx context.Context, kept *keptResult) (*model.SavedImportMapping, error) {
		isNew = kept.row().Outcome == model.RowOutcomeCreated
		row, err := d.ImportMapping(ctx, name, kind)
		if row == nil && err == nil {
			err = erased("mapping")
		}
		return row, err
	})
	return saved, isNew, err
}

func outcomeOfSave(isNew bool) model.RowOutcome {
	if isNew {
		return model.RowOutcomeCreated
	}
	return model.RowOutcomeUpdated
}

func (s scope) saveImportMapping(ctx context.Context, name string, kind model.ImportKind, mapping string,
) (row *model.SavedImportMapping, isNew bool, err error) {
	var rows []*model.SavedImportMapping
	if err := s.lockForUpdate(&rows).Where(mappingByName, kind, name).Scan(ctx); err != nil {
		return nil, false, err
	}
	if row = firstRow(rows); row != nil {
		row.Stored, row.UpdatedBy, row.UpdatedAt = mapping, s.actor.Name, s.now
		_, err := s.update((*model.SavedImportMapping)(nil)).
			Set("mapping = ?, updated_by = ?, updated_at = ?", row.Stored, row.UpdatedBy, row.UpdatedAt).
			Where("kind = ? AND name = ?", kind, name).Exec(ctx)
		return row, false, err
	}
	kept, err := s.selectFrom((*model.SavedImportMapping)(nil)).Count(ctx)
	if err != nil {
		return nil, false, err
	}
	if kept >= MaxImportMappings {
		return nil, false, model.LimitExceeded("name", "would be a further mapping; the tenant keeps %d, at most %d", kept,
			MaxImportMappings)
	}
	row = &model.SavedImportMapping{Kind: kind, Name: name, Stored: mapping, CreatedBy: s.actor.Name, CreatedAt: s.now,
		UpdatedBy: s.actor.Name, UpdatedAt: s.now}
	_, err = insertInto(s, []*model.SavedImportMapping{row}).Exec(ctx)
	if s.dialect.isDuplicate(err) {
		err = errRace // somebody else was faster
	}
	return row, true, err
}

// DeleteImportMapping deletes a mapping. It returns NOT_FOUND where there is none. It takes one statement.
func (d *DB) DeleteImportMapping(ctx context.Context, name string, kind model.ImportKind) error {
	_, err := once(ctx, d, func(ctx context.Context) (string, error) {
		return name, d.writeShort(ctx, func(ctx context.Context, s scope) error {
			s.keep(func() *keptResult { return keptOne(name, model.RowOutcomeDeleted) })
			result, err := s.deleteFrom((*model.SavedImportMapping)(nil)).Where("kind = ? AND name = ?", kind, name).Exec(ctx)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); n == 0 || err != nil {
				return orError(err, model.NotFound("name", "there is no mapping with the name %s", text.Quote(name)))
			}
			return nil
		})
	}, keptKey)
	return err
}
