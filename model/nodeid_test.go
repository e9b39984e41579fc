package model_test

import (
	"testing"

	"callbook/model"
)

func TestNodeID(t *testing.T) {
	for _, c := range []struct {
		nodeID, typeName, id string
	}{
		{(&model.Call{ID: "c-1"}).NodeID(), "Call", "c-1"},
		{(&model.Call{ID: "a:b"}).NodeID(), "Call", "a:b"},
		{(&model.CallRecord{ID: 7}).NodeID(), "CallRecord", "7"},
		{(&model.CustomerPerson{ID: 7}).NodeID(), "CustomerPerson", "7"},
		{(&model.Task{ID: "t"}).NodeID(), "Task", "t"},
		{(&model.Note{ID: "价"}).NodeID(), "Note", "价"},
	} {
		typeName, id, ok := model.ParseNodeID(c.nodeID)
		if !ok || typeName != c.typeName || id != c.id {
			t.Errorf("ParseNodeID(%q) = %q, %q, %v, want %q, %q", c.nodeID, typeName, id, ok, c.typeName, c.id)
		}
	}
	for _, text := range []string{"", "!", "Q2FsbA", "Q2FsbDpjLTE=", "Q2FsbDoA", "Q2FsbDr_"} {
		if typeName, id, ok := model.ParseNodeID(text); ok {
			t.Errorf("ParseNodeID(%q) = %q, %q, want none", text, typeName, id)
		}
	}
}

func FuzzNodeID(f *testing.F) {
	f.Add("Q2FsbDpjLTE")
	f.Fuzz(func(t *testing.T, s string) {
		if typeName, id, ok := model.ParseNodeID(s); ok && typeName == "Call" {
			again, key, ok := model.ParseNodeID((&model.Call{ID: id}).NodeID())
			if model.CheckText(id) != nil || !ok || again != "Call" || key != id {
				t.Errorf("ParseNodeID(%q) has the id %q, and %q after writing and reading it again", s, id, key)
			}
		}
	})
}
