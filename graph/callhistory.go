package graph

import (
	"context"
	"fmt"

	"callbook/db"
	"callbook/model"
)

func (r call) History(
	ctx context.Context, c *model.Call, first *int, after *string,
) (*model.CallHistoryConnection, error) {
	args := model.PageArgs{First: first, After: after}
	load := func(d *db.DB, ctx context.Context, ids []string) (map[string]*model.CallHistoryConnection, error) {
		return d.CallHistory(ctx, ids, args)
	}
	pages, err := loadByKey(ctx, r.db, c.RowSet, "history "+describePage(args), callID, load)
	return pages[c.ID], err
}

// describePage returns a text that is different for each page of a field.
func describePage(a model.PageArgs) string {
	first, after := "", ""
	if a.First != nil {
		first = fmt.Sprint(*a.First)
	}
	if a.After != nil {
		after = *a.After
	}
	return first + " " + after
}
