package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) RelatedCounts(ctx context.Context, c *model.Call) (*model.CallRelatedCounts, error) {
	counts, err := loadOfRow(ctx, r.db, c.RowSet, "relatedCounts", c, callID, (*db.DB).RelatedCounts)
	if err != nil {
		return nil, err
	}
	withAttachments := *counts
	withAttachments.Attachments = len(c.Attachments())
	return &withAttachments, nil
}
