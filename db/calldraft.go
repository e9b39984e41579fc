package db

import (
	"context"

	"callbook/model"
)

// CallDraft returns a call as CreateCall would make it, with the defaults filled in, and everything that is wrong
// with it. Nothing is written. It takes one statement where the input has a key, otherwise none.
func (d *DB) CallDraft(ctx context.Context, in model.CreateCallInput) (*model.CallPreview, model.Errors, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	in.FillDefaults(s.now)
	w := newCallWrite(&in, create)
	var existing []*model.Call
	if in.ID != nil {
		q := s.selectAny(&existing).Column("id", "created_by", "created_by_kind", "deleted_at").Where("call.id = ?", w.id)
		if err := q.Scan(ctx); err != nil {
			return nil, nil, err
		}
	}
	call := s.newCall(w)
	_, errs := w.patch.Apply(call, true)
	tags, tagErrs := model.NormalizeTags("tags", w.patch.Tags.Value())
	errs = append(errs, tagErrs...)
	if err := s.checkCallWrite(w, firstRow(existing)); err != nil {
		errs = append(errs, err)
	}
	call.Version, call.DescriptionLoaded, call.WrittenTags = 1, true, append([]string{}, tags...)
	prepareRows(s, []*model.Call{call})
	return &model.CallPreview{Call: call}, errs, nil
}
