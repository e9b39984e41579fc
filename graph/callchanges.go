package graph

import (
	"context"
	"slices"

	"callbook/model"
)

// CallChanged sends the changes of calls that the caller sees, of one call where id is given and of some kinds where
// kinds are. It ends with LIMIT_EXCEEDED where the client falls too far behind.
func (r subscription) CallChanged(
	ctx context.Context, id *string, kinds []model.CallChangeKind,
) (<-chan *model.CallChange, error) {
	watcher, err := r.db.WatchCalls(ctx)
	if err != nil {
		return nil, err
	}
	isOther := func(c *model.CallChange) bool {
		return id != nil && c.CallID != *id || kinds != nil && !slices.Contains(kinds, c.Kind)
	}
	return deliver(ctx, r.feed, func(ctx context.Context) ([]*model.CallChange, error) {
		changes, err := watcher.Next(ctx)
		return slices.DeleteFunc(changes, isOther), err
	}), nil
}
