package model_test

import (
	"testing"
	"time"

	"callbook/model"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]int{"00:00": 0, "0:59": 59, "62:05": 3725, "35791394:07": model.MaxInt} {
		if got, err := model.ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":", "1", "1:2", "1:60", "-1:00", "1:00:00", " 1:00", "١:٠٠", "35791394:08", "99999999999:00"} {
		if got, err := model.ParseDuration(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func FuzzNodeID(f *testing.F) {
	f.Add("Q2FsbDpjLTE")
	f.Fuzz(func(t *testing.T, s string) {
		if typeName, id, ok := model.ParseNodeID(s); ok && typeName == "Call" {
			again, key, ok := model.ParseNodeID((&model.Call{ID: id}).NodeID())
			if model.CheckText(id) != nil || !ok || again != "Call" || key != id {
				t.Errorf("%q: %q, then %q", s, id, key)
			}
		}
	})
}

func TestDateTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-17T09:30:00.123456789+08:00": `"2024-05-17T01:30:00.123456Z"`,
		"2024-05-17T09:30:00.100Z":            `"2024-05-17T09:30:00.1Z"`,
		"0001-01-01T00:00:00Z":                `"0001-01-01T00:00:00Z"`,
		"9999-12-31T23:59:59.999999Z":         `"9999-12-31T23:59:59.999999Z"`,
	} {
		at, err := model.UnmarshalDateTime(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var w writer
		model.MarshalDateTime(at).MarshalGQL(&w)
		if string(w) != want {
			t.Errorf("%s: %s", text, w)
		}
	}
	if _, err := model.UnmarshalDateTime(time.Now()); err == nil {
		t.Error("a time that is no text was taken")
	}
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

func TestMergeDetails(t *testing.T) {
	turn := func(position int, text string) *model.CallDetailInput {
		return &model.CallDetailInput{Position: &position, CallDetailID: new("x"), Type: model.CallDetailTypeRobot, Text: text}
	}
	stored := []*model.CallDetail{{Position: 1, CallDetailID: "x", Type: model.CallDetailTypeRobot, Text: "a"}, {Position: 3, CallDetailID: "x", Type: model.CallDetailTypeRobot, Text: "c"}}
	for name, c := range map[string]struct {
		in   []*model.CallDetailInput
		want string
	}{
		"nothing":              {nil, ""},
		"the same":             {[]*model.CallDetailInput{turn(1, "a"), turn(3, "c")}, ""},
		"a gap filled":         {[]*model.CallDetailInput{turn(2, "b")}, "b"},
		"others kept":          {[]*model.CallDetailInput{turn(1, "A"), turn(2, "B")}, "B"},
		"replaced":             {[]*model.CallDetailInput{turn(1, "A"), turn(2, "B"), turn(3, "c")}, "AB"},
		"appended":             {[]*model.CallDetailInput{turn(4, "d"), turn(5, "e")}, "de"},
		"as many, but a piece": {[]*model.CallDetailInput{turn(1, "A"), turn(4, "d")}, "d"},
	} {
		got := ""
		for _, turn := range model.MergeDetails(1, stored, c.in) {
			got += turn.Text
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
