package model

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"callbook/text"
)

const (
	maxPhoneNumber = 30 // characters
	maxListItems   = 100
	maxListItem    = 1000 // characters
)

// applier collects what the fields of a patch change, unless the row is new, and what is wrong with an input.
type applier struct {
	changes []*FieldChange
	errs    Errors
	isNew   bool
}

func (a *applier) fail(err *Error) { a.errs = append(a.errs, err) }

// checkLength rejects more than max characters.
func (a *applier) checkLength(field, s string, max int) {
	if n := utf8.RuneCountInString(s); n > max {
		a.fail(BadInput(field, "has %d characters; at most %d", n, max))
	}
}

// text writes a text field that the patch has, and its folded form where fold is not nil.
func (a *applier) text(field string, dst **string, v graphql.Omittable[*string], max int, fold **string) {
	s, isSet := v.ValueOK()
	if !isSet {
		return
	}
	a.checkLength(field, deref(s), max)
	set(a, field, dst, v)
	if fold != nil {
		*fold = text.FoldColumn(s)
	}
}

// set writes a field that the patch has, and notes a change where the value is another one.
func set[T comparable](a *applier, field string, dst **T, v graphql.Omittable[*T]) {
	if value, isSet := v.ValueOK(); isSet && !equal(*dst, value) {
		note(a, field, *dst, value)
		*dst = value
	}
}

// note adds a change of a field.
func note[T any](a *applier, field string, from, to *T) {
	if !a.isNew {
		a.change(field, orNil(from), orNil(to))
	}
}

func (a *applier) change(field string, from, to any) {
	a.changes = append(a.changes, NewChange(field, from, to))
}

// setTime is set for an instant, which is equal in every zone.
func setTime(a *applier, field string, dst **time.Time, v graphql.Omittable[*time.Time]) {
	value, isSet := v.ValueOK()
	if isSet && !(value == nil && *dst == nil || value != nil && *dst != nil && value.Equal(**dst)) {
		note(a, field, *dst, value)
		*dst = value
	}
}

// checkList rejects more than 100 entries and entries longer than max characters.
func (a *applier) checkList(field string, list []string, max int) {
	if len(list) > maxListItems {
		a.fail(BadInput(field, "has %d entries; at most %d", len(list), maxListItems))
	}
	for i, s := range list {
		a.checkLength(fmt.Sprintf("%s.%d", field, i), s, max)
	}
}

// checkCount rejects negative numbers.
func (a *applier) checkCount(field string, n *int) {
	if n != nil && *n < 0 {
		a.fail(BadInput(field, "must be 0 or more"))
	}
}
