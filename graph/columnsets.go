package graph

import (
	"context"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
	"callbook/text"
)

func (r query) ExportColumnSets(ctx context.Context, entity *model.ExportEntity, first int,
) ([]*model.ExportColumnSet, error) {
	return r.db.ExportColumnSets(ctx, entity, first)
}

func (r query) ExportColumnSet(ctx context.Context, name string, entity model.ExportEntity,
) (*model.ExportColumnSet, error) {
	return r.db.ExportColumnSet(ctx, name, entity)
}

func (r mutation) SaveExportColumnSet(ctx context.Context, name string, entity model.ExportEntity, columns []string,
) (*model.SaveExportColumnSetPayload, error) {
	saved, isNew, err := r.db.SaveExportColumnSet(ctx, name, entity, columns)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	auditColumnSet(ctx, "export columns saved", name, entity)
	return &model.SaveExportColumnSetPayload{ColumnSet: saved, Created: isNew}, nil
}

func (r mutation) DeleteExportColumnSet(ctx context.Context, name string, entity model.ExportEntity,
) (*model.DeleteExportColumnSetPayload, error) {
	if err := r.db.DeleteExportColumnSet(ctx, name, entity); err != nil {
		return nil, err
	}
	auditColumnSet(ctx, "export columns deleted", name, entity)
	return &model.DeleteExportColumnSetPayload{Name: name}, nil
}

func auditColumnSet(ctx context.Context, event, name string, entity model.ExportEntity) {
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, event, actor, "name", name, "entity", entity, "requestId", RequestID(ctx))
}

// withColumnSet returns the input of an export with the columns that are kept under columnSet. It returns
// BAD_USER_INPUT where columns are named, too, and NOT_FOUND on columnSet. It takes one statement for a name.
func withColumnSet(ctx context.Context, d *db.DB, in model.ExportInput) (model.ExportInput, error) {
	if in.ColumnSet == nil {
		return in, nil
	}
	if in.Columns != nil {
		return in, model.BadInput("columnSet", "goes without columns")
	}
	set, err := d.ExportColumnSet(ctx, *in.ColumnSet, in.Entity)
	if err != nil {
		return in, err
	}
	if set == nil {
		return in, model.NotFound("columnSet", "there is no set of columns with the name %s", text.Quote(*in.ColumnSet))
	}
	in.ColumnSet, in.Columns = nil, set.Columns()
	return in, nil
}
