package db

import "slices"

// nullsApart reports whether rows without a value of the first key are read apart: the index has them at the other end,
// and PostgreSQL then reads all rows and sorts them.
func (l *list[T]) nullsApart(order []sortStep[T]) bool {
	first := order[0]
	return l.scope.dialect.forUpdate && l.shape == nil && first.falls && first.desc == first.nullsFirst
}

// nullsAndOthers returns the conditions that a row has a value in a step of the order, and that it has none.
func (l *list[T]) nullsAndOthers(step sortStep[T]) []cond {
	hasValue := expr("("+step.expr+" IS NOT NULL)", l.stepArguments(step)...)
	hasValue.isNotNull = true
	return []cond{hasValue, l.equals(step, nil)}
}

// inIndexOrder returns an order, with nulls of the first key where its index has them if there are none of them.
func inIndexOrder[T any](order []sortStep[T], hasNoNulls bool) []sortStep[T] {
	if !hasNoNulls {
		return order
	}
	order = slices.Clone(order)
	order[0].nullsFirst = !order[0].desc
	return order
}
