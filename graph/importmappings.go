package graph

import (
	"context"
	"encoding/json"
	"strings"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/model"
	"callbook/text"
)

// fileKinds are the kinds of files by the kinds of imports.
var fileKinds = map[model.ImportKind]files.Kind{
	model.ImportKindCalls: files.CallKind, model.ImportKindCallRecords: files.RecordKind,
}

func (r query) ImportMappings(ctx context.Context, kind *model.ImportKind, first int,
) ([]*model.SavedImportMapping, error) {
	all, err := r.db.ImportMappings(ctx, kind, first)
	for _, saved := range all {
		if err == nil {
			err = showMapping(saved)
		}
	}
	return all, err
}

func (r query) ImportMapping(ctx context.Context, name string, kind model.ImportKind,
) (*model.SavedImportMapping, error) {
	saved, err := r.db.ImportMapping(ctx, name, kind)
	if saved == nil || err != nil {
		return nil, err
	}
	return saved, showMapping(saved)
}

// showMapping gives a row the mapping that it has as JSON.
func showMapping(saved *model.SavedImportMapping) error {
	m, err := files.ReadMapping(strings.NewReader(saved.Stored))
	saved.Mapping = m.Output()
	return err
}

// SaveImportMapping keeps a mapping. Errors of the mapping: BAD_USER_INPUT with the place in the argument.
func (r mutation) SaveImportMapping(ctx context.Context, name string, kind model.ImportKind,
	mapping model.ImportMappingInput,
) (*model.SaveImportMappingPayload, error) {
	m, errs := files.MappingFrom(&mapping)
	if errs = append(errs, files.PlacesIn(&mapping, m.CheckFields(fileKinds[kind]))...); len(errs) > 0 {
		return nil, reportAll(ctx, errs)
	}
	stored, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	saved, isNew, err := r.db.SaveImportMapping(ctx, name, kind, string(stored))
	if err != nil {
		return nil, err
	}
	auditMapping(ctx, "import mapping saved", name, kind)
	return &model.SaveImportMappingPayload{Mapping: saved, Created: isNew}, showMapping(saved)
}

func (r mutation) DeleteImportMapping(ctx context.Context, name string, kind model.ImportKind,
) (*model.DeleteImportMappingPayload, error) {
	if err := r.db.DeleteImportMapping(ctx, name, kind); err != nil {
		return nil, err
	}
	auditMapping(ctx, "import mapping deleted", name, kind)
	return &model.DeleteImportMappingPayload{Name: name}, nil
}

// mappingOf returns the mapping of an import: the one that is given, or that is kept under a name; nil where neither
// is. It returns BAD_USER_INPUT where both are, and for a mapping that fits no file of the kind, with the place in it,
// and NOT_FOUND on mappingName.
func mappingOf(ctx context.Context, d *db.DB, kind model.ImportKind, in *model.ImportMappingInput, name *string,
) (*files.Mapping, error) {
	switch {
	case in != nil && name != nil:
		return nil, model.BadInput("mappingName", "goes without mapping")
	case in != nil:
		m, errs := files.MappingFrom(in)
		return &m, append(errs, files.PlacesIn(in, m.CheckFields(fileKinds[kind]))...).Err()
	case name == nil:
		return nil, nil
	}
	saved, err := d.ImportMapping(ctx, *name, kind)
	if err != nil {
		return nil, err
	}
	if saved == nil {
		return nil, model.NotFound("mappingName", "there is no mapping with the name %s", text.Quote(*name))
	}
	m, err := files.ReadMapping(strings.NewReader(saved.Stored))
	return &m, err
}

func auditMapping(ctx context.Context, event, name string, kind model.ImportKind) {
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, event, actor, "name", name, "kind", kind, "requestId", RequestID(ctx))
}
