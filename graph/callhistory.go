package graph

import (
	"context"

	"callbook/db"
	"callbook/model"
)

func (r call) History(
	ctx context.Context, c *model.Call, first *int, after *string,
) (*model.CallHistoryConnection, error) {
	args := model.PageArgs{First: first, After: after}
	page, err := loadPage(ctx, r.db, c.RowSet, "history", c, callID, args, db.HistoryColumns, (*db.DB).CallHistory)
	return &model.CallHistoryConnection{Page: page}, err
}
