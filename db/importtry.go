package db

import (
	"context"

	"callbook/model"
)

// TryImportCalls returns what ImportCalls would answer, at most MaxImportStep calls. It locks nothing and writes
// nothing. Errors are those of ImportCalls. It takes at most two statements.
func (d *DB) TryImportCalls(ctx context.Context, mode model.ImportMode, calls []*model.CallImport,
) ([]CallOutcome, error) {
	writes := importWrites(mode, calls)
	return tried(ctx, d, len(calls), func(ctx context.Context, s scope, places []int) (*callOutcomes, error) {
		return s.lockAndWriteCalls(ctx, "load", pickPlaces(writes, places))
	})
}

// TryImportRecords is TryImportCalls for call records. It takes at most three statements.
func (d *DB) TryImportRecords(ctx context.Context, mode model.ImportMode, records []*model.SaveCallRecordInput,
) ([]RecordOutcome, error) {
	keys := make([]int64, len(records))
	for i, in := range records {
		keys[i] = in.ID
	}
	return tried(ctx, d, len(records), func(ctx context.Context, s scope, places []int) (*recordOutcomes, error) {
		out := newOutcomes[int64, model.CallRecord](pickPlaces(keys, places))
		return out, s.tryRecords(ctx, writeModes[mode], pickPlaces(records, places), out)
	})
}

// tryRecords is saveRecords without what it stores.
func (s scope) tryRecords(ctx context.Context, mode writeMode, inputs []*model.SaveCallRecordInput, out *recordOutcomes,
) error {
	b, err := s.lockDelivery(ctx, inputs)
	if err != nil {
		return err
	}
	s.mergeDeliveries(b, mode, inputs, out)
	return nil
}

// tried runs work on count rows dry. It returns what would become of each, in their order: other dry runs show some.
func tried[K string | int64, T any](ctx context.Context, d *DB, count int, work batchWork[K, T],
) ([]Outcome[K, T], error) {
	if err := checkBatchSize("inputs", "rows", count, MaxImportStep); err != nil {
		return nil, err
	}
	out, err := dryRun(ctx, d, Batch{Policy: model.BatchPolicyValidRows, DryRun: true}, nil, work)
	if err != nil {
		return nil, err
	}
	return out.list, nil
}
