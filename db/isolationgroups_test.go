package db_test

import (
	"context"

	"callbook/db"
	"callbook/model"
)

// groupQuery returns a question about groups by dimensions, all of which are compared with all.
func groupQuery(dimensions ...string) db.GroupQuery {
	return db.GroupQuery{GroupBy: dimensions, TimeZone: "UTC", Groups: model.NewStatsPlan(), Total: model.NewStatsPlan(),
		CompareTo: &db.GroupComparison{}}
}

// groupKeysOf returns the keys of groups.
func groupKeysOf(ctx context.Context, stats *model.Stats) (keys [][]any, err error) {
	groups, err := stats.Load(ctx)
	if err != nil {
		return nil, err
	}
	for _, group := range groups.Groups {
		keys = append(keys, group.Keys)
	}
	return keys, nil
}
