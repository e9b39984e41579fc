package db

import (
	"context"

	"callbook/model"
)

// readRow is a row that stores how it was read.
type readRow[T any] interface {
	*T
	SetReading(model.Reading[T])
}

// created is a row that says who created it.
type created interface{ Creator() model.Creator }

// prepareRows gives rows that were read together, and go to the caller together, what is not in their columns: the
// instant of the operation, what the actor sees of personal data, and their row set. Rows that are not prepared are
// masked.
func prepareRows[T any, R readRow[T]](s scope, rows []*T) {
	reading := model.Reading[T]{AsOf: s.now, Visibility: s.actor.Visibility, RowSet: &model.RowSet[T]{Rows: rows}}
	own := reading
	own.Visibility = s.actor.OwnVisibility
	seesOwnClearer := s.actor.SeesOwnClearer()
	for _, row := range rows {
		if made, ok := any(row).(created); seesOwnClearer && ok && s.actor.IsCreator(made.Creator()) {
			R(row).SetReading(own)
		} else {
			R(row).SetReading(reading)
		}
	}
}

// withCreator returns columns to read, with the one by which prepareRows knows the actor's own rows where it needs it.
func (s scope) withCreator(r *RowColumns, columns Columns) Columns {
	if s.actor.SeesOwnClearer() {
		columns |= r.creator
	}
	return columns
}

// firstRow returns the first of rows, nil where there is none.
func firstRow[T any](rows []*T) *T {
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

// read returns the scope of an operation that only reads, outside a transaction. It returns errNoActor for a context
// without an actor.
func (d *DB) read(ctx context.Context) (scope, error) {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return scope{}, errNoActor
	}
	return scope{idb: d.bun, dialect: d.dialect, actor: actor, now: model.Canonical(d.now()), ready: d.ready}, nil
}
