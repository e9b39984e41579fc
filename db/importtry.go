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
	return tried(ctx, d, &callEntity, writeKeys(writes),
		func(ctx context.Context, s scope, places []int) (*callOutcomes, error) {
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
	return tried(ctx, d, &recordEntity, keys, func(ctx context.Context, s scope, places []int) (*recordOutcomes, error) {
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
	for _, in := range inputs {
		row := b.records[in.ID]
		err := s.checkRecordMode(mode, in.ID, row)
		if err == nil {
			err = s.checkDelivery(b, in, row)
		}
		if err != nil {
			out.fail(in.ID, err)
			continue
		}
		row, outcome := s.mergeRecord(b, in, row)
		out.set(in.ID, row, outcome)
	}
	return nil
}

// tried runs work on the rows with keys dry.
func tried[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], keys []K,
	work batchWork[K, T],
) ([]Outcome[K, T], error) {
	if err := checkBatchSize("inputs", "rows", len(keys), MaxImportStep); err != nil {
		return nil, err
	}
	b := Batch{Policy: model.BatchPolicyValidRows, DryRun: true, showsAll: true}
	out, err := runBatch[K, T, R](ctx, d, b, e, keys, work)
	if err != nil {
		return nil, err
	}
	return out.list, nil
}
