package db

import (
	"context"
	"fmt"

	"callbook/model"
)

// Rows are loaded in batches of this many, or of this many turns.
const (
	loadBatch      = 500
	loadBatchTurns = 10000
)

// LoadRow is a row of a file: a call or a call record.
type LoadRow struct {
	Line   int
	Call   *model.CallImport
	Record *model.SaveCallRecordInput
}

// Loader writes the rows of files in batches, each in a transaction of its own, and keeps count.
type Loader struct {
	DB      *DB                                  // nil: rows are counted, and nothing is written
	OnError func(row LoadRow, errs model.Errors) // is told of each bad row
	OnBatch func()                               // is told after each batch; may be nil

	Outcomes              map[model.RowOutcome]int
	Calls, Records, Turns int // that went in
	Failed                int

	batch      []LoadRow
	keys       map[string]bool // in the batch; one that comes again begins a new one
	batchTurns int
}

// Add takes a row into the batch, and writes the batch when it is full. Its error is the database's.
func (l *Loader) Add(ctx context.Context, row LoadRow) error {
	key := "call "
	if row.Call != nil {
		key += row.Call.ID
	} else {
		key = fmt.Sprint("record ", row.Record.ID)
	}
	if l.keys[key] || len(l.batch) >= loadBatch || l.batchTurns >= loadBatchTurns {
		if err := l.Flush(ctx); err != nil {
			return err
		}
	}
	if l.keys == nil {
		l.keys = map[string]bool{}
	}
	l.keys[key] = true
	l.batch = append(l.batch, row)
	if row.Record != nil {
		l.batchTurns += len(row.Record.Details)
	}
	return nil
}

// Fail counts a bad row and tells of it.
func (l *Loader) Fail(row LoadRow, errs model.Errors) {
	l.Failed++
	l.OnError(row, errs)
}

// Flush writes the batch.
func (l *Loader) Flush(ctx context.Context) error {
	var calls, records []LoadRow
	for _, row := range l.batch {
		if row.Call != nil {
			calls = append(calls, row)
		} else {
			records = append(records, row)
		}
	}
	if err := l.writeCalls(ctx, calls); err != nil {
		return err
	}
	if err := l.writeRecords(ctx, records); err != nil {
		return err
	}
	l.batch, l.keys, l.batchTurns = nil, nil, 0
	if l.OnBatch != nil {
		l.OnBatch()
	}
	return nil
}

func (l *Loader) writeCalls(ctx context.Context, rows []LoadRow) (err error) {
	outcomes := make([]CallOutcome, len(rows))
	if l.DB != nil && len(rows) > 0 {
		inputs := make([]*model.CallImport, len(rows))
		for i, row := range rows {
			inputs[i] = row.Call
		}
		if outcomes, err = l.DB.ImportCalls(ctx, inputs); err != nil {
			return err
		}
	}
	for i, o := range outcomes {
		if l.count(rows[i], o.Outcome, o.Errors) {
			l.Calls++
		}
	}
	return nil
}

func (l *Loader) writeRecords(ctx context.Context, rows []LoadRow) (err error) {
	outcomes := make([]RecordOutcome, len(rows))
	if l.DB != nil && len(rows) > 0 {
		inputs := make([]*model.SaveCallRecordInput, len(rows))
		for i, row := range rows {
			inputs[i] = row.Record
		}
		if outcomes, err = l.DB.SaveCallRecords(ctx, inputs); err != nil {
			return err
		}
	}
	for i, o := range outcomes {
		if l.count(rows[i], o.Outcome, o.Errors) {
			l.Records++
			l.Turns += len(rows[i].Record.Details)
		}
	}
	return nil
}

func (l *Loader) count(row LoadRow, outcome model.RowOutcome, errs model.Errors) bool {
	if len(errs) > 0 {
		l.Fail(row, errs)
		return false
	}
	if l.Outcomes == nil {
		l.Outcomes = map[model.RowOutcome]int{}
	}
	l.Outcomes[outcome]++
	return true
}
