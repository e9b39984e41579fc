package model_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"callbook/model"
)

func TestAsErrors(t *testing.T) {
	one := model.NotFound("id", "there is no call %q", "x")
	two := model.Errors{one, model.Conflict("", "it is taken")}
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"nil", nil, nil},
		{"the server's own", errors.New("no"), nil},
		{"one", one, []string{`NOT_FOUND id: there is no call "x"`}},
		{"one wrapped", fmt.Errorf("reading: %w", one), []string{`NOT_FOUND id: there is no call "x"`}},
		{"two", two, []string{`NOT_FOUND id: there is no call "x"`, "CONFLICT it is taken"}},
		{"two wrapped", fmt.Errorf("reading: %w", two),
			[]string{`NOT_FOUND id: there is no call "x"`, "CONFLICT it is taken"}},
		{"in a field", model.InField(one, "callId"), []string{`NOT_FOUND callId: there is no call "x"`}},
		{"under a list", two.Under("ids", 3), []string{`NOT_FOUND ids.3.id: there is no call "x"`,
			"CONFLICT ids.3: it is taken"}},
		{"forbidden", model.Forbidden("", "no"), []string{"FORBIDDEN no"}},
		{"unauthenticated", model.Unauthenticated("no"), []string{"UNAUTHENTICATED no"}},
	} {
		expectErrors(t, c.name, model.AsErrors(c.err), c.want...)
	}
	if one.Field != "id" {
		t.Errorf("the error's field is %q after copies of it got others, want id", one.Field)
	}
	if err := (model.Errors{}).Err(); err != nil {
		t.Errorf("no errors are the error %v, want nil", err)
	}
	if got, want := two.Err().Error(), `id: there is no call "x"; it is taken`; got != want {
		t.Errorf("two errors read %q, want %q", got, want)
	}
}

func TestStaleVersion(t *testing.T) {
	err := model.StaleVersion(1, 2, "me", noon)
	expectErrors(t, "a stale version", model.Errors{err},
		"CONFLICT expectedVersion: the version is 2, not 1: me changed it at 2024-05-17T12:00:00Z")
	inputs := model.Errors{err, model.BadInput("", "no")}.InputErrors()
	if c := inputs[0].Conflict; c == nil || *c != (model.VersionConflict{Version: 2, UpdatedBy: "me", UpdatedAt: noon}) {
		t.Errorf("the conflict is %+v, want version 2 of me at noon", c)
	}
	if orZero(inputs[0].Field) != "expectedVersion" || inputs[1].Field != nil || inputs[1].Conflict != nil {
		t.Errorf("the input errors are %+v and %+v", inputs[0], inputs[1])
	}
	if one, none := inputs[0].Path, inputs[1].Path; !slices.Equal(one, []string{"expectedVersion"}) || none == nil ||
		len(none) > 0 {
		t.Errorf("the paths are %q and %#v, want expectedVersion and an empty list", one, none)
	}
	deep := model.Errors{model.BadInput("attachments.1.id", "no")}.InputErrors()[0].Path
	if !slices.Equal(deep, []string{"attachments", "1", "id"}) {
		t.Errorf("the path of attachments.1.id is %q, want three elements", deep)
	}
}
