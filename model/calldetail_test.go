package model_test

import (
	"fmt"
	"strings"
	"testing"

	"callbook/model"
)

// TestMergeDetails delivers turns to a record that has a at position 1 and c at position 3.
func TestMergeDetails(t *testing.T) {
	turn := func(position int, text string) *model.CallDetailInput {
		return &model.CallDetailInput{Position: &position, CallDetailID: new("x"), Type: model.CallDetailTypeRobot,
			Text: text}
	}
	otherType, otherKey := turn(1, "a"), turn(1, "a")
	otherType.Type, otherKey.CallDetailID = model.CallDetailTypePerson, new("y")
	for _, c := range []struct {
		name string
		in   []*model.CallDetailInput
		want string // what is written, with positions
	}{
		{"nothing", nil, ""},
		{"the same", []*model.CallDetailInput{turn(1, "a"), turn(3, "c")}, ""},
		{"a gap filled", []*model.CallDetailInput{turn(2, "b")}, "2b"},
		{"shorter than what is stored: others stay", []*model.CallDetailInput{turn(1, "A"), turn(2, "B")}, "2B"},
		{"without gaps and as long: replaces", []*model.CallDetailInput{turn(1, "A"), turn(2, "B"), turn(3, "c")}, "1A 2B"},
		{"longer: replaces", []*model.CallDetailInput{turn(1, "a"), turn(2, "b"), turn(3, "C"), turn(4, "d")}, "2b 3C 4d"},
		{"appended", []*model.CallDetailInput{turn(4, "d"), turn(5, "e")}, "4d 5e"},
		{"a part as long as all that is stored", []*model.CallDetailInput{turn(1, "A"), turn(4, "d")}, "4d"},
		{"another speaker", []*model.CallDetailInput{otherType, turn(2, "b"), turn(3, "c")}, "1a 2b"},
		{"another key", []*model.CallDetailInput{otherKey, turn(2, "b"), turn(3, "c")}, "1a 2b"},
	} {
		stored := []*model.CallDetail{
			{Position: 1, CallDetailID: "x", Type: model.CallDetailTypeRobot, Text: "a", TurnID: 10},
			{Position: 3, CallDetailID: "x", Type: model.CallDetailTypeRobot, Text: "c", TurnID: 30},
		}
		var got []string
		for _, turn := range model.MergeDetails(1, stored, c.in) {
			got = append(got, fmt.Sprintf("%d%s", turn.Position, turn.Text))
			isStored := turn.Position == 1 || turn.Position == 3
			if keepsKey := turn.TurnID == int64(turn.Position)*10; keepsKey != isStored || turn.CallRecordID != 1 {
				t.Errorf("%s: turn %d has the turn id %d of record %d", c.name, turn.Position, turn.TurnID, turn.CallRecordID)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: writes %v, want %s", c.name, got, c.want)
		}
	}
}

// TestMergeFirstDetails delivers turns to a record that has none.
func TestMergeFirstDetails(t *testing.T) {
	var in []*model.CallDetailInput
	for i := range 100 {
		in = append(in, &model.CallDetailInput{Position: new(i + 1), CallDetailID: new("x"),
			Type: model.CallDetailTypeRobot, Text: "ABC"})
	}
	turns := model.MergeDetails(1, nil, in)
	if len(turns) != len(in) {
		t.Fatalf("%d turns, want %d", len(turns), len(in))
	}
	for i, turn := range turns {
		if i > 0 && turn.TurnID <= turns[i-1].TurnID {
			t.Errorf("turn %d has the turn id %d, want more than %d", i, turn.TurnID, turns[i-1].TurnID)
		}
		if orZero(turn.TextFold) != "abc" {
			t.Errorf("turn %d has the folded text %q, want abc", i, orZero(turn.TextFold))
		}
	}
}
