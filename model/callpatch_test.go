package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// callField is a field of calls that a patch writes, with two values, and how its row says what is stored.
type callField struct {
	name      string
	set       model.CallPatch
	clear     model.CallPatch
	value     any // in the change
	stored    func(*model.Call) any
	max       int // characters; 0 where the field is no text
	ofLength  func(string) model.CallPatch
	isFolded  func(*model.Call) *string
	wantField string // where the change has another name
}

type optionalText = graphql.Omittable[*string]

func textField(name string, max int, set func(*model.CallPatch, optionalText),
	stored func(*model.Call) *string, folded func(*model.Call) *string,
) callField {
	patch := func(v optionalText) (p model.CallPatch) {
		set(&p, v)
		return p
	}
	return callField{
		name: name, set: patch(setTo("Value")), clear: patch(setToNull[string]()), value: "Value", max: max, isFolded: folded,
		stored:   func(c *model.Call) any { return orZero(stored(c)) },
		ofLength: func(s string) model.CallPatch { return patch(setTo(s)) },
	}
}

// callFields are all fields of a patch but tags, which are rows of their own.
var callFields = []callField{
	textField("name", 200, func(p *model.CallPatch, v optionalText) { p.Name = v },
		func(c *model.Call) *string { return c.Name }, func(c *model.Call) *string { return c.NameFold }),
	textField("subject", 255, func(p *model.CallPatch, v optionalText) { p.Subject = v },
		func(c *model.Call) *string { return c.Subject }, func(c *model.Call) *string { return c.SubjectFold }),
	{name: "callType", value: model.CallTypeInbound,
		set:    model.CallPatch{CallType: setTo(model.CallTypeInbound)},
		clear:  model.CallPatch{CallType: setToNull[model.CallType]()},
		stored: func(c *model.Call) any { return orZero(c.CallType) }},
	{name: "outgoingCallStatus", value: model.OutgoingCallStatusScheduled,
		set:    model.CallPatch{OutgoingCallStatus: setTo(model.OutgoingCallStatusScheduled)},
		clear:  model.CallPatch{OutgoingCallStatus: setToNull[model.OutgoingCallStatus]()},
		stored: func(c *model.Call) any { return orZero(c.StoredStatus) }},
	{name: "callStartTime", value: noon,
		set:    model.CallPatch{CallStartTime: setTo(noon)},
		clear:  model.CallPatch{CallStartTime: setToNull[time.Time]()},
		stored: func(c *model.Call) any { return orZero(c.CallStartTime) }},
	{name: "callDuration", value: 330, wantField: "callDurationInSeconds",
		set:    model.CallPatch{CallDuration: setTo("05:30")},
		clear:  model.CallPatch{CallDuration: setToNull[string]()},
		stored: func(c *model.Call) any { return orZero(c.CallDurationInSeconds) }},
	{name: "callDurationInSeconds", value: 60,
		set:    model.CallPatch{CallDurationInSeconds: setTo(60)},
		clear:  model.CallPatch{CallDurationInSeconds: setToNull[int]()},
		stored: func(c *model.Call) any { return orZero(c.CallDurationInSeconds) }},
	textField("callPurpose", 60, func(p *model.CallPatch, v optionalText) { p.CallPurpose = v },
		func(c *model.Call) *string { return c.CallPurpose }, nil),
	textField("callResult", 60, func(p *model.CallPatch, v optionalText) { p.CallResult = v },
		func(c *model.Call) *string { return c.CallResult }, nil),
	textField("callAgenda", 255, func(p *model.CallPatch, v optionalText) { p.CallAgenda = v },
		func(c *model.Call) *string { return c.CallAgenda }, func(c *model.Call) *string { return c.CallAgendaFold }),
	textField("reminder", 60, func(p *model.CallPatch, v optionalText) { p.Reminder = v },
		func(c *model.Call) *string { return c.Reminder }, nil),
	{name: "scheduledInCrm", value: true,
		set:    model.CallPatch{ScheduledInCrm: setTo(true)},
		clear:  model.CallPatch{ScheduledInCrm: setToNull[bool]()},
		stored: func(c *model.Call) any { return orZero(c.ScheduledInCrm) }},
	{name: "ctiEntry", value: true,
		set:    model.CallPatch{CtiEntry: setTo(true)},
		clear:  model.CallPatch{CtiEntry: setToNull[bool]()},
		stored: func(c *model.Call) any { return orZero(c.CtiEntry) }},
	textField("callerId", 30, func(p *model.CallPatch, v optionalText) { p.CallerID = v },
		func(c *model.Call) *string { return c.StoredCallerID }, func(c *model.Call) *string { return c.CallerIDFold }),
	textField("dialledNumber", 30, func(p *model.CallPatch, v optionalText) { p.DialledNumber = v },
		func(c *model.Call) *string { return c.StoredDialledNumber },
		func(c *model.Call) *string { return c.DialledNumberFold }),
	{name: "voiceRecording", value: "https://example.com/1",
		set:    model.CallPatch{VoiceRecording: setTo("https://example.com/1")},
		clear:  model.CallPatch{VoiceRecording: setTo("")},
		stored: func(c *model.Call) any { return orZero(c.StoredVoiceRecording) }},
	textField("description", 32000, func(p *model.CallPatch, v optionalText) { p.Description = v },
		func(c *model.Call) *string { return c.Description }, func(c *model.Call) *string { return c.DescriptionFold }),
	textField("ownerId", 100, func(p *model.CallPatch, v optionalText) { p.OwnerID = v },
		func(c *model.Call) *string { return c.OwnerID }, nil),
	textField("ownerType", 100, func(p *model.CallPatch, v optionalText) { p.OwnerType = v },
		func(c *model.Call) *string { return c.OwnerType }, nil),
	textField("ownerSubtype", 100, func(p *model.CallPatch, v optionalText) { p.OwnerSubtype = v },
		func(c *model.Call) *string { return c.OwnerSubtype }, nil),
	{name: "attachments", value: []*model.Attachment{{AttachmentID: "1", Name: new("a")}},
		set:    model.CallPatch{Attachments: graphql.OmittableOf([]*model.AttachmentInput{{ID: new("1"), Name: new("a")}})},
		clear:  model.CallPatch{Attachments: graphql.OmittableOf[[]*model.AttachmentInput](nil)},
		stored: func(c *model.Call) any { return c.Attachments() }},
}

func TestCallFieldsAreComplete(t *testing.T) {
	if n := reflect.TypeFor[model.CallPatch]().NumField() - 2; len(callFields) != n {
		t.Errorf("the tests know %d fields of a patch, want %d: all but tags", len(callFields), n)
	}
}

// TestApply sets each field of an empty call, sets it again, leaves it out and clears it.
func TestApply(t *testing.T) {
	for _, f := range callFields {
		t.Run(f.name, func(t *testing.T) {
			call := &model.Call{Version: 1}
			empty := f.stored(call)
			expectApply := func(what string, patch model.CallPatch, want ...*model.FieldChange) {
				t.Helper()
				changes, errs := patch.Apply(call, false)
				expectErrors(t, what, errs)
				if !reflect.DeepEqual(changes, want) {
					t.Errorf("%s: changes %s, want %s", what, describeChanges(changes), describeChanges(want))
				}
			}
			field, from := f.name, any(nil)
			if f.wantField != "" {
				field = f.wantField
			}
			if f.name == "attachments" {
				from = []*model.Attachment{}
			}
			expectApply("setting", f.set, &model.FieldChange{Field: field, From: from, To: f.value})
			if got := f.stored(call); !reflect.DeepEqual(got, f.value) {
				t.Errorf("stored %v, want %v", got, f.value)
			}
			if f.isFolded != nil && orZero(f.isFolded(call)) != "value" {
				t.Errorf("the folded column is %q, want %q", orZero(f.isFolded(call)), "value")
			}
			expectApply("setting again", f.set)
			expectApply("leaving out", model.CallPatch{})
			expectApply("clearing", f.clear, &model.FieldChange{Field: field, From: f.value, To: from})
			if got := f.stored(call); !reflect.DeepEqual(got, empty) {
				t.Errorf("stored %v after clearing, want %v", got, empty)
			}
			if f.isFolded != nil && f.isFolded(call) != nil {
				t.Errorf("the folded column is %q after clearing, want NULL", *f.isFolded(call))
			}
			expectApply("clearing again", f.clear)
		})
	}
}

func describeChanges(changes []*model.FieldChange) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "[%s: %v → %v]", c.Field, c.From, c.To)
	}
	return b.String()
}

func TestApplyLengths(t *testing.T) {
	for _, f := range callFields {
		if f.max == 0 {
			continue
		}
		longest := strings.Repeat("价", f.max) // characters count, not bytes
		patch := f.ofLength(longest)
		_, errs := patch.Apply(&model.Call{Version: 1}, false)
		expectErrors(t, f.name+" at its length", errs)
		patch = f.ofLength(longest + "x")
		_, errs = patch.Apply(&model.Call{Version: 1}, false)
		expectErrors(t, f.name+" beyond its length", errs,
			fmt.Sprintf("%s: has %d characters; at most %d", f.name, f.max+1, f.max))
	}
}

// TestApplyDuration gives the duration in both forms.
func TestApplyDuration(t *testing.T) {
	for _, c := range []struct {
		name    string
		text    graphql.Omittable[*string]
		seconds graphql.Omittable[*int]
		want    *int // of a call of 10 seconds
		err     string
	}{
		{name: "neither", want: new(10)},
		{name: "text", text: setTo("01:01"), want: new(61)},
		{name: "seconds", seconds: setTo(61), want: new(61)},
		{name: "both, agreeing", text: setTo("01:01"), seconds: setTo(61), want: new(61)},
		{name: "both, disagreeing", text: setTo("01:01"), seconds: setTo(60), want: new(10),
			err: "callDuration: 01:01 is 61 seconds, but the seconds given are 60"},
		{name: "text null", text: setToNull[string](), want: nil},
		{name: "seconds null", seconds: setToNull[int](), want: nil},
		{name: "both null", text: setToNull[string](), seconds: setToNull[int](), want: nil},
		{name: "text null, seconds given", text: setToNull[string](), seconds: setTo(5), want: new(5)},
		{name: "text given, seconds null", text: setTo("00:05"), seconds: setToNull[int](), want: new(5)},
		{name: "zero", seconds: setTo(0), want: new(0)},
		{name: "negative", seconds: setTo(-1), want: new(10), err: "callDurationInSeconds: must be 0 or more"},
		{name: "no duration", text: setTo("5"), want: new(10),
			err: "callDuration: must be a duration written mm:ss, such as 05:30"},
		{name: "too long", text: setTo("35791394:08"), want: new(10), err: "callDuration: is longer than 2147483647 seconds"},
	} {
		call := &model.Call{CallDurationInSeconds: new(10)}
		patch := model.CallPatch{CallDuration: c.text, CallDurationInSeconds: c.seconds}
		_, errs := patch.Apply(call, false)
		if c.err == "" {
			expectErrors(t, c.name, errs)
		} else {
			expectErrors(t, c.name, errs, c.err)
		}
		if !reflect.DeepEqual(call.CallDurationInSeconds, c.want) {
			t.Errorf("%s: %v seconds, want %v", c.name, orZero(call.CallDurationInSeconds), orZero(c.want))
		}
	}
}

// TestApplySameInstant writes a start in another zone.
func TestApplySameInstant(t *testing.T) {
	call := &model.Call{CallStartTime: &noon}
	patch := model.CallPatch{CallStartTime: setTo(noon.In(time.FixedZone("", 8*3600)))}
	if changes, _ := patch.Apply(call, true); len(changes) > 0 {
		t.Errorf("changes %s, want none", describeChanges(changes))
	}
}

// TestApplyReportsAll gives several bad values at once.
func TestApplyReportsAll(t *testing.T) {
	patch := model.CallPatch{Name: setTo(strings.Repeat("x", 201)), CallDurationInSeconds: setTo(-1),
		Reminder: setTo(strings.Repeat("x", 61))}
	_, errs := patch.Apply(&model.Call{Version: 1}, true)
	expectErrors(t, "three bad values", errs, "name: has 201 characters; at most 200",
		"callDurationInSeconds: must be 0 or more", "reminder: has 61 characters; at most 60")
}

// describePatch returns the fields of a patch that are set.
func describePatch(patch any) string {
	var b strings.Builder
	v := reflect.ValueOf(patch)
	for i := range v.NumField() {
		field := v.Field(i)
		if !v.Type().Field(i).IsExported() {
			continue
		}
		if !field.MethodByName("IsSet").Call(nil)[0].Bool() {
			continue
		}
		value := field.MethodByName("Value").Call(nil)[0]
		if value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		fmt.Fprintf(&b, "[%s: %v]", v.Type().Field(i).Name, value)
	}
	return b.String()
}
