package model_test

import (
	"testing"
	"time"

	"callbook/model"
)

func TestNewChange(t *testing.T) {
	local := noon.In(time.FixedZone("", 8*3600))
	change := model.NewChange("callStartTime", local, nil)
	if from, ok := change.From.(time.Time); !ok || from != noon {
		t.Errorf("NewChange from %v has %v, want %v", local, change.From, noon)
	}
	if change.To != nil {
		t.Errorf("NewChange to nil has %v, want nil", change.To)
	}
}

// TestChangesAreMasked reads a history with and without masks.
func TestChangesAreMasked(t *testing.T) {
	const number, address = "13800075555", "https://files.example.com/1.mp3"
	entry := &model.CallHistoryEntry{}
	entry.ChangeList.V = []*model.FieldChange{
		model.NewChange("callerId", nil, number),
		model.NewChange("dialledNumber", number, nil),
		model.NewChange("voiceRecording", nil, address),
		model.NewChange("name", nil, number),
		model.NewChange("callDurationInSeconds", nil, 5),
	}
	for _, c := range []struct {
		name       string
		visibility model.Visibility
		want       string
	}{
		{"full", model.Visibility{PhoneNumbers: true, Recordings: true}, "[callerId: <nil> → 13800075555]" +
			"[dialledNumber: 13800075555 → <nil>][voiceRecording: <nil> → https://files.example.com/1.mp3]" +
			"[name: <nil> → 13800075555][callDurationInSeconds: <nil> → 5]"},
		{"recordings masked", model.Visibility{PhoneNumbers: true}, "[callerId: <nil> → 13800075555]" +
			"[dialledNumber: 13800075555 → <nil>][voiceRecording: <nil> → <nil>]" +
			"[name: <nil> → 13800075555][callDurationInSeconds: <nil> → 5]"},
		{"all masked", model.Visibility{}, "[callerId: <nil> → 138******55]" +
			"[dialledNumber: 138******55 → <nil>][voiceRecording: <nil> → <nil>]" +
			"[name: <nil> → 13800075555][callDurationInSeconds: <nil> → 5]"},
	} {
		entry.Visibility = c.visibility
		if got := describeChanges(entry.Changes()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
