package model_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"callbook/model"
)

// fillPointers sets every pointer field of a struct to a value by its type.
func fillPointers(t *testing.T, v reflect.Value, except ...string) {
	t.Helper()
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() != reflect.Pointer || slices.Contains(except, v.Type().Field(i).Name) {
			continue
		}
		value := reflect.New(field.Type().Elem())
		switch p := value.Interface().(type) {
		case *string:
			*p = "Text"
		case *int:
			*p = 7
		case *int64:
			*p = 7
		case *time.Time:
			*p = noon
		case *model.ResultStatus:
			*p = model.ResultStatusBusy
		case *model.IntentLevel:
			*p = model.IntentLevelB
		case *model.ReadStatus:
			*p = model.ReadStatusHasRead
		case *model.CustomerSource:
			*p = model.CustomerSourceImportedFromPush
		case *model.Gender:
			*p = model.GenderFemale
		default:
			t.Fatalf("%s has a type that the test does not know: %T", v.Type().Field(i).Name, p)
		}
		field.Set(value)
	}
}

// recordColumns are the fields of rows that have other names than those of the delivery.
var recordColumns = map[string]string{"CalledPhoneNumber": "StoredPhoneNumber", "FullAudioURL": "StoredFullAudioURL",
	"CustomerAudioURL": "StoredCustomerAudioURL"}

var customerColumns = map[string]string{"PhoneNumber": "StoredPhoneNumber", "WechatNumber": "StoredWechatNumber"}

// expectFields compares every pointer field of a delivery with the row's field of that name.
func expectFields(t *testing.T, in, row reflect.Value, columns map[string]string) {
	t.Helper()
	for i := range in.NumField() {
		name := in.Type().Field(i).Name
		if in.Field(i).Kind() != reflect.Pointer || name == "CustomerPerson" || name == "ReadStatus" {
			continue
		}
		column := name
		if other, ok := columns[name]; ok {
			column = other
		}
		got, want := row.FieldByName(column), in.Field(i)
		if !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%s is %v, want %v", column, got.Elem(), want.Elem())
		}
	}
}

// TestMergeRecord delivers a full record, then again, then an empty one: absent fields erase nothing.
func TestMergeRecord(t *testing.T) {
	in := &model.SaveCallRecordInput{CustomerConcern: []string{"price"}, Attributes: []string{"a"}}
	fillPointers(t, reflect.ValueOf(in).Elem(), "CustomerPerson")
	record := &model.CallRecord{}
	if !record.Merge(in) {
		t.Error("the first delivery changed nothing")
	}
	for _, what := range []string{"the first delivery", "an empty delivery"} {
		expectFields(t, reflect.ValueOf(in).Elem(), reflect.ValueOf(record).Elem(), recordColumns)
		if !reflect.DeepEqual(record.CustomerConcern(), in.CustomerConcern) ||
			!reflect.DeepEqual(record.Attributes(), in.Attributes) {
			t.Errorf("after %s lists are %v, %v, want %v, %v", what, record.CustomerConcern(), record.Attributes(),
				in.CustomerConcern, in.Attributes)
		}
		if got := record.ReadStatus; got != model.ReadStatusHasRead {
			t.Errorf("after %s readStatus is %s, want HAS_READ", what, got)
		}
		if orZero(record.CalledNumberFold) != "text" || orZero(record.CalledPhoneDigits) != "" ||
			record.CalledPhoneDigits == nil {
			t.Errorf("after %s search columns are %q, %v", what, orZero(record.CalledNumberFold), record.CalledPhoneDigits)
		}
		if record.Merge(in) || record.Merge(&model.SaveCallRecordInput{}) {
			t.Errorf("after %s the same, or nothing, is a change", what)
		}
	}
}

// TestMergeRecordRules has what other deliveries and people said before.
func TestMergeRecordRules(t *testing.T) {
	notRead, hasRead := new(model.ReadStatusNotRead), new(model.ReadStatusHasRead)
	a, b := new(model.IntentLevelA), new(model.IntentLevelB)
	number := func(s string) *model.CustomerPersonInput { return &model.CustomerPersonInput{PhoneNumber: &s} }
	for _, c := range []struct {
		name      string
		stored    model.CallRecord
		in        model.SaveCallRecordInput
		want      model.CallRecord
		isChanged bool
	}{
		{"a grade again", model.CallRecord{RealIntentLevel: a}, model.SaveCallRecordInput{RealIntentLevel: b},
			model.CallRecord{RealIntentLevel: b}, true},
		{"a person's grade stays", model.CallRecord{RealIntentLevel: a, GradedBy: new("me")},
			model.SaveCallRecordInput{RealIntentLevel: b}, model.CallRecord{RealIntentLevel: a}, false},
		{"a grade that a person cleared stays so", model.CallRecord{GradedBy: new("me")},
			model.SaveCallRecordInput{RealIntentLevel: b}, model.CallRecord{}, false},
		{"the robot's grade changes beside a person's", model.CallRecord{IntentLevel: a, GradedBy: new("me")},
			model.SaveCallRecordInput{IntentLevel: b}, model.CallRecord{IntentLevel: b}, true},
		{"read", model.CallRecord{ReadStatus: *notRead}, model.SaveCallRecordInput{ReadStatus: hasRead},
			model.CallRecord{ReadStatus: *hasRead}, true},
		{"never unread again", model.CallRecord{ReadStatus: *hasRead}, model.SaveCallRecordInput{ReadStatus: notRead},
			model.CallRecord{ReadStatus: *hasRead}, false},
		{"a person's read status stays", model.CallRecord{ReadStatus: *notRead, ReadBy: new("me")},
			model.SaveCallRecordInput{ReadStatus: hasRead}, model.CallRecord{ReadStatus: *notRead}, false},
		{"the customer's number where none was called", model.CallRecord{},
			model.SaveCallRecordInput{CustomerPerson: number("1")},
			model.CallRecord{StoredPhoneNumber: new("1")}, true},
		{"the called number before the customer's", model.CallRecord{},
			model.SaveCallRecordInput{CalledPhoneNumber: new("2"), CustomerPerson: number("1")},
			model.CallRecord{StoredPhoneNumber: new("2")}, true},
		{"a called number stays", model.CallRecord{StoredPhoneNumber: new("2")},
			model.SaveCallRecordInput{CustomerPerson: number("1")}, model.CallRecord{StoredPhoneNumber: new("2")}, false},
		{"the same instant in another zone", model.CallRecord{StartTime: &noon, EndTime: &noon}, model.SaveCallRecordInput{
			StartTime: new(noon.In(time.FixedZone("", 3600))), EndTime: new(noon.In(time.FixedZone("", 3600)))},
			model.CallRecord{StartTime: &noon, EndTime: &noon}, false},
		{"lists emptied", model.CallRecord{ConcernList: model.JSONList[string]{V: []string{"a"}}},
			model.SaveCallRecordInput{CustomerConcern: []string{}}, model.CallRecord{}, true},
	} {
		record := &c.stored
		isChanged := record.Merge(&c.in)
		type comparable struct {
			intent, real model.IntentLevel
			read         model.ReadStatus
			number       string
			start, end   time.Time
			concerns     int
		}
		summary := func(r *model.CallRecord) comparable {
			return comparable{orZero(r.IntentLevel), orZero(r.RealIntentLevel), r.ReadStatus, orZero(r.StoredPhoneNumber),
				orZero(r.StartTime), orZero(r.EndTime), len(r.CustomerConcern())}
		}
		if got, want := summary(record), summary(&c.want); got != want || isChanged != c.isChanged {
			t.Errorf("%s: %+v, changed %v, want %+v, %v", c.name, got, isChanged, want, c.isChanged)
		}
	}
}

func TestEndsBeforeStart(t *testing.T) {
	later := noon.Add(1)
	for _, c := range []struct {
		start, end *time.Time
		want       bool
	}{{nil, nil, false}, {&noon, nil, false}, {nil, &noon, false}, {&noon, &noon, false}, {&noon, &later, false},
		{&later, &noon, true}} {
		if got := (&model.CallRecord{StartTime: c.start, EndTime: c.end}).EndsBeforeStart(); got != c.want {
			t.Errorf("EndsBeforeStart from %v to %v = %v, want %v", c.start, c.end, got, c.want)
		}
	}
}
