package model_test

import (
	"strings"
	"testing"

	"callbook/model"
)

func TestCallFromRecord(t *testing.T) {
	base := func() model.CallPatch {
		return model.CallPatch{CallType: setTo(model.CallTypeOutbound), OutgoingCallStatus: setTo(completed),
			CallDurationInSeconds: setTo(0), CtiEntry: setTo(true), ScheduledInCrm: setTo(false)}
	}
	full := base()
	full.CallDurationInSeconds, full.CallStartTime = setTo(30), setTo(noon)
	full.DialledNumber, full.VoiceRecording = setTo("13800075555"), setTo("https://files.example.com/1.mp3")
	full.CallResult, full.Name = setTo("Interested"), setTo("李雷")
	withSeconds := base()
	withSeconds.CallDurationInSeconds = setTo(30)
	busy := base()
	busy.CallResult = setTo("No response/Busy")
	longName := base()
	longName.Name = setTo(strings.Repeat("价", 200))
	for _, c := range []struct {
		name     string
		record   model.CallRecord
		customer *model.CustomerPerson
		want     model.CallPatch
	}{
		{"empty", model.CallRecord{}, nil, base()},
		{"full", model.CallRecord{ResultStatus: new(model.ResultStatusAnswered), ChatDuration: new(30), StartTime: &noon,
			IntentLevel: new(model.IntentLevelA), StoredPhoneNumber: new("13800075555"),
			StoredFullAudioURL: new("https://files.example.com/1.mp3")}, &model.CustomerPerson{Name: new("李雷")}, full},
		{"no result, but a duration", model.CallRecord{ChatDuration: new(30)}, nil, withSeconds},
		{"not answered, with a duration", model.CallRecord{ResultStatus: new(model.ResultStatusBusy), ChatDuration: new(30)},
			nil, busy},
		{"customer without a name", model.CallRecord{}, &model.CustomerPerson{}, base()},
		{"longest name", model.CallRecord{}, &model.CustomerPerson{Name: new(strings.Repeat("价", 200))}, longName},
		{"name too long", model.CallRecord{}, &model.CustomerPerson{Name: new(strings.Repeat("价", 201))}, base()},
	} {
		expectPatch(t, c.name, model.CallFromRecord(&c.record, c.customer), c.want)
	}
}

// TestCallResultOfRecord goes through all results and grades.
func TestCallResultOfRecord(t *testing.T) {
	results := map[model.ResultStatus]string{
		"NO_ANSWER": "No response/Busy", "BUSY": "No response/Busy", "POWER_OFF": "No response/Busy",
		"OUT_OF_SERVICE": "Invalid number", "REFUSED": "No response/Busy", "VACANT_NUMBER": "Invalid number",
		"CAN_NOT_CONNECT": "No response/Busy", "FROM_PHONE_ERROR": "", "SYSTEM_ERROR": "", "ANSWERED": "", "": "",
	}
	if len(results) != len(model.AllResultStatus)+1 {
		t.Errorf("the table has %d results, want %d", len(results), len(model.AllResultStatus)+1)
	}
	expectResult := func(record model.CallRecord, want string) {
		t.Helper()
		patch := model.CallFromRecord(&record, nil)
		if got := orZero(patch.CallResult.Value()); got != want {
			t.Errorf("result %q, grades %q, %q: %q, want %q", orZero(record.ResultStatus), orZero(record.IntentLevel),
				orZero(record.RealIntentLevel), got, want)
		}
	}
	for status, want := range results {
		expectResult(model.CallRecord{ResultStatus: orNull(status)}, want)
	}
	for grade, want := range map[model.IntentLevel]string{
		"A": "Interested", "B": "Interested", "C": "", "D": "Not interested", "E": "Requested call back",
		"F": "Not interested",
	} {
		answered := new(model.ResultStatusAnswered)
		expectResult(model.CallRecord{ResultStatus: answered, IntentLevel: &grade}, want)
		expectResult(model.CallRecord{ResultStatus: answered, RealIntentLevel: &grade}, want)
		expectResult(model.CallRecord{ResultStatus: answered, IntentLevel: new(model.IntentLevelC),
			RealIntentLevel: &grade}, want)
		expectResult(model.CallRecord{ResultStatus: new(model.ResultStatusBusy), IntentLevel: &grade}, "No response/Busy")
	}
}
