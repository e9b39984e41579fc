package model_test

import (
	"reflect"
	"testing"

	"callbook/model"
)

// TestMasks goes through the list of masked fields: what a field's method answers with and without the mask.
func TestMasks(t *testing.T) {
	const number, address = "13800075555", "https://files.example.com/1.mp3"
	rows := map[string]func(model.Visibility) any{
		"Call": func(v model.Visibility) any {
			return &model.Call{Visibility: v, StoredCallerID: new(number), StoredDialledNumber: new(number),
				StoredVoiceRecording: new(address)}
		},
		"CallRecord": func(v model.Visibility) any {
			return &model.CallRecord{Visibility: v, StoredPhoneNumber: new(number), StoredFullAudioURL: new(address),
				StoredCustomerAudioURL: new(address)}
		},
		"CustomerPerson": func(v model.Visibility) any {
			return &model.CustomerPerson{Visibility: v, StoredPhoneNumber: new(number), StoredWechatNumber: new(number)}
		},
	}
	methods := map[string]string{
		"callerId": "CallerID", "dialledNumber": "DialledNumber", "voiceRecording": "VoiceRecording",
		"calledPhoneNumber": "CalledPhoneNumber",
		"fullAudioUrl":      "FullAudioURL", "customerAudioUrl": "CustomerAudioURL", "phoneNumber": "PhoneNumber",
		"wechatNumber": "WechatNumber",
	}
	for typeName, fields := range model.MaskedFields() {
		for field, mask := range fields {
			if field == "phone" {
				continue // a filter alone
			}
			full, masked := new(number), new("138******55")
			if mask == model.MaskRecordings {
				full, masked = new(address), nil
			}
			for visibility, want := range map[model.Visibility]*string{{}: masked,
				{PhoneNumbers: true, Recordings: true}: full} {
				row := reflect.ValueOf(rows[typeName](visibility))
				got := row.MethodByName(methods[field]).Call(nil)[0].Interface()
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s.%s with %+v is %v, want %v", typeName, field, visibility, got, want)
				}
				if hides := visibility.Hides(typeName, field); hides != (visibility == model.Visibility{}) {
					t.Errorf("%+v hides %s.%s: %v", visibility, typeName, field, hides)
				}
			}
		}
	}
}
