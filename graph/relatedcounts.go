package graph

import (
	"context"

	"callbook/model"
)

func (r call) RelatedCounts(ctx context.Context, c *model.Call) (*model.CallRelatedCounts, error) {
	counts, err := model.Load(c.RowSet, "relatedCounts", func(calls []*model.Call) (map[string]*model.CallRelatedCounts, error) {
		return r.db.RelatedCounts(ctx, callIDs(calls))
	})
	if err != nil {
		return nil, err
	}
	withAttachments := *counts[c.ID]
	withAttachments.Attachments = len(c.Attachments())
	return &withAttachments, nil
}
