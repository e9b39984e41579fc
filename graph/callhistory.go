package graph

import (
	"context"
	"fmt"

	"callbook/model"
)

func (r call) History(ctx context.Context, c *model.Call, first *int, after *string) (*model.CallHistoryConnection, error) {
	args := model.PageArgs{First: first, After: after}
	pages, err := model.Load(c.RowSet, "history "+describePage(args), func(calls []*model.Call) (map[string]*model.CallHistoryConnection, error) {
		return r.db.CallHistory(ctx, callIDs(calls), args)
	})
	return pages[c.ID], err
}

// describePage tells pages of the same field apart.
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
