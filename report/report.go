// Package report makes documents for people out of what the API answers: calls on paper, as PDF or HTML. It knows no
// SQL and no GraphQL beyond the document that it asks for, so rights, masks and limits are those of the API.
package report

import (
	"strconv"
	"time"

	"callbook/model"
)

// Locale is the language of a document.
type Locale int

// The languages of documents.
const (
	English Locale = iota
	Chinese
)

// Style says how a document is written.
type Style struct {
	Locale  Locale
	Zone    *time.Location // in which times are shown
	Created time.Time
	Author  string // who had it made
}

// of returns a caption's text in the language of the document.
func (s Style) of(c model.Caption) string {
	if s.Locale == Chinese {
		return c.Zh
	}
	return c.En
}

// language returns the document's language as BCP 47.
func (s Style) language() string { return s.of(model.Caption{En: "en", Zh: "zh-CN"}) }

// time returns a moment to the minute, in the document's zone; empty for nil.
func (s Style) time(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(s.Zone).Format("2006-01-02 15:04")
}

// yesOrNo returns a truth value in words; empty for nil.
func (s Style) yesOrNo(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return s.of(model.Caption{En: "Yes", Zh: "是"})
	}
	return s.of(model.Caption{En: "No", Zh: "否"})
}

// footer returns what stands at the foot of a page.
func (s Style) footer(page, pages int) (left, right string) {
	made := model.Caption{En: "Made by ", Zh: "打印："}
	number := model.Caption{En: "Page " + strconv.Itoa(page) + " of " + strconv.Itoa(pages),
		Zh: "第 " + strconv.Itoa(page) + " 页，共 " + strconv.Itoa(pages) + " 页"}
	return s.of(made) + s.Author + "   " + s.madeAt(), s.of(number)
}

// madeAt returns when the document was made, with its zone.
func (s Style) madeAt() string { return s.time(&s.Created) + " (" + s.Zone.String() + ")" }

// captions are the captions of fields, and of the known values of those that have some, by type and field.
var captions = func() map[string]*model.PicklistField {
	byKey := map[string]*model.PicklistField{}
	for _, field := range model.PicklistFields() {
		byKey[field.Key()] = field
	}
	return byKey
}()

// name returns the caption of a field, such as Call.callType.
func (s Style) name(key string) string { return s.of(captions[key].Caption) }

// value returns the caption of a field's value, or the value where it has none.
func (s Style) value(key, value string) string {
	for _, known := range captions[key].Known {
		if known.Value == value {
			return s.of(known.Caption)
		}
	}
	return value
}
