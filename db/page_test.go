package db_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestWalks walks random orders forward and backward by cursor and compares with the whole list.
func TestWalks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		importAll(t, e)
		r := rand.New(rand.NewPCG(3, 4))
		orders := [][]*model.CallOrder{nil}
		for _, field := range model.AllCallOrderField {
			orders = append(orders, []*model.CallOrder{randomOrder(r, field)})
		}
		for range 10 {
			orders = append(orders, []*model.CallOrder{randomOrder(r, ""), randomOrder(r, ""), randomOrder(r, "")})
		}
		for _, order := range orders {
			whole, _ := list(t, e, db.CallQuery{OrderBy: order})
			forward := walk(t, e, order, 37, false)
			if !slices.Equal(forward, ids(whole)) {
				t.Errorf("%s forward: got %v, want %v", dump(t, order), forward, ids(whole))
			}
			if backward := walk(t, e, order, 41, true); !slices.Equal(backward, ids(whole)) {
				t.Errorf("%s backward: got %v, want %v", dump(t, order), backward, ids(whole))
			}
			byOffset, _ := list(t, e, db.CallQuery{OrderBy: order, PageArgs: model.PageArgs{First: new(10), Offset: new(50)}})
			if !slices.Equal(ids(byOffset), ids(whole)[50:60]) {
				t.Errorf("%s at offset 50: got %v, want %v", dump(t, order), ids(byOffset), ids(whole)[50:60])
			}
		}
	})
}

func randomOrder(r *rand.Rand, field model.CallOrderField) *model.CallOrder {
	if field == "" {
		field = model.AllCallOrderField[r.IntN(len(model.AllCallOrderField))]
	}
	direction, nulls := model.AllOrderDirection[r.IntN(2)], model.AllNullOrder[r.IntN(2)]
	return &model.CallOrder{Field: field, Direction: direction, Nulls: nulls}
}

func walk(t *testing.T, e *dbtest.Env, order []*model.CallOrder, size int, backward bool) (seen []string) {
	t.Helper()
	q := db.CallQuery{Dataset: model.CallDatasetDefault, OrderBy: order, PageArgs: model.PageArgs{First: &size}}
	if backward {
		q.PageArgs = model.PageArgs{Last: &size}
	}
	for range 100 {
		page, err := e.DB.Calls(e.Ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if backward {
			seen = append(ids(page.Nodes), seen...)
			q.Before = page.PageInfo.StartCursor
		} else {
			seen = append(seen, ids(page.Nodes)...)
			q.After = page.PageInfo.EndCursor
		}
		if more := page.PageInfo.HasNextPage; !backward && !more {
			return seen
		}
		if more := page.PageInfo.HasPreviousPage; backward && !more {
			return seen
		}
	}
	t.Fatal("got 100 pages and no end, want fewer")
	return nil
}
