package graph

import (
	"context"

	"callbook/model"
)

func (r query) JobStats(
	ctx context.Context, robotCallJobID *string, filter *model.CallRecordFilter, timeZone string,
) (*model.JobStats, error) {
	var job *int64
	if robotCallJobID != nil {
		key, err := model.ParseLong(*robotCallJobID)
		if err != nil {
			return nil, model.InField(err, "robotCallJobId")
		}
		job = &key
	}
	stats, err := r.db.JobStats(ctx, job, filter, timeZone)
	return stats, reportAll(ctx, err)
}
