package model_test

import (
	"slices"
	"strings"
	"testing"

	"callbook/model"
)

// TestPicklistFields checks that every field and value has captions in both languages and stands once.
func TestPicklistFields(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range model.PicklistFields() {
		if seen[p.Key()] {
			t.Errorf("%s is there twice", p.Key())
		}
		seen[p.Key()] = true
		if p.Caption.En == "" || p.Caption.Zh == "" {
			t.Errorf("%s has the captions %q and %q, want both", p.Key(), p.Caption.En, p.Caption.Zh)
		}
		values := map[string]bool{}
		for _, known := range p.Known {
			if known.Value == "" || known.Caption.En == "" || known.Caption.Zh == "" || values[known.Value] {
				t.Errorf("%s has the value %+v, want one with both captions, once", p.Key(), known)
			}
			values[known.Value] = true
		}
		if isPlain := p.Kind == nil; isPlain && len(p.Known) > 0 {
			t.Errorf("%s has values but no kind", p.Key())
		}
		if want := len(p.Known) + 1; len(p.KnownValues()) != want || p.KnownValues()[0] != "" {
			t.Errorf("KnownValues of %s = %q, want an empty text and %d values", p.Key(), p.KnownValues(), want-1)
		}
	}
}

// TestClosedPicklists checks that enums have all their values, in the order of the schema.
func TestClosedPicklists(t *testing.T) {
	fields := map[string]*model.PicklistField{}
	closed := 0
	for _, p := range model.PicklistFields() {
		fields[p.Key()] = p
		if p.Kind != nil && *p.Kind == model.PicklistKindClosed {
			closed++
		}
	}
	expectValues := func(all []string, keys ...string) {
		t.Helper()
		for _, key := range keys {
			closed--
			if got := fields[key].KnownValues()[1:]; !slices.Equal(got, all) {
				t.Errorf("%s has the values %v, want %v", key, got, all)
			}
		}
	}
	expectValues(texts(model.AllCallType), "Call.callType")
	expectValues(texts(model.AllOutgoingCallStatus), "Call.outgoingCallStatus")
	expectValues(texts(model.AllCallStatus), "Call.callStatus")
	expectValues(texts(model.AllTaskStatus), "Task.status")
	expectValues(texts(model.AllResultStatus), "CallRecord.resultStatus", "CustomerPerson.lastDialStatus")
	expectValues(texts(model.AllIntentLevel), "CallRecord.intentLevel", "CallRecord.realIntentLevel",
		"CustomerPerson.lastIntentLevel")
	expectValues(texts(model.AllCreatorKind), "Call.createdByKind", "Task.createdByKind", "Note.createdByKind",
		"CallRecord.createdByKind")
	expectValues(texts(model.AllReadStatus), "CallRecord.readStatus")
	expectValues(texts(model.AllCustomerSource), "CustomerPerson.source")
	expectValues(texts(model.AllGender), "CustomerPerson.gender")
	if closed != 0 {
		t.Errorf("%d closed picklists are not in this test", closed)
	}
}

func texts[T ~string](values []T) (list []string) {
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}

// expectCaptions checks that an enum's captions are complete and different, and that ParseEnum reads each form.
func expectCaptions[E ~string](t *testing.T, all []E, captions map[E]model.Caption) {
	t.Helper()
	if len(captions) != len(all) {
		t.Errorf("%T has %d captions, want %d", all, len(captions), len(all))
	}
	for _, value := range all {
		c := captions[value]
		for _, text := range []string{string(value), strings.ToLower(string(value)), c.En, strings.ToUpper(c.En), c.Zh} {
			if got, ok := model.ParseEnum(captions, text); !ok || got != value {
				t.Errorf("ParseEnum(%T, %q) = %q, %v, want %q", all, text, got, ok, value)
			}
		}
	}
	for _, text := range []string{"", " ", "x", "级"} {
		if got, ok := model.ParseEnum(captions, text); ok {
			t.Errorf("ParseEnum(%T, %q) = %q, want none", all, text, got)
		}
	}
}

func TestParseEnum(t *testing.T) {
	expectCaptions(t, model.AllCallType, model.CallTypeCaptions)
	expectCaptions(t, model.AllOutgoingCallStatus, model.OutgoingCallStatusCaptions)
	expectCaptions(t, model.AllCallStatus, model.CallStatusCaptions)
	expectCaptions(t, model.AllTaskStatus, model.TaskStatusCaptions)
	expectCaptions(t, model.AllResultStatus, model.ResultStatusCaptions)
	expectCaptions(t, model.AllIntentLevel, model.IntentLevelCaptions)
	expectCaptions(t, model.AllReadStatus, model.ReadStatusCaptions)
	expectCaptions(t, model.AllCreatorKind, model.CreatorKindCaptions)
	expectCaptions(t, model.AllCallDetailType, model.CallDetailTypeCaptions)
	expectCaptions(t, model.AllCustomerSource, model.CustomerSourceCaptions)
	expectCaptions(t, model.AllGender, model.GenderCaptions)
	for text, want := range map[string]model.IntentLevel{"A级(较强)": "A", "E级别(需要再次跟进)": "E", "b级": "B"} {
		if got, ok := model.ParseEnum(model.IntentLevelCaptions, text); !ok || got != want {
			t.Errorf("ParseEnum(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
}
