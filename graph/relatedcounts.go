package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) RelatedCounts(ctx context.Context, c *model.Call) (*model.CallRelatedCounts, error) {
	counts, err := loadByKey(ctx, r.db, c.RowSet, "relatedCounts", callID, (*db.DB).RelatedCounts)
	if err != nil {
		return nil, err
	}
	withAttachments := *counts[c.ID]
	withAttachments.Attachments = len(c.Attachments())
	return &withAttachments, nil
}
