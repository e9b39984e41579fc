package model_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// TestRulesOfTheAPI compares what the API and files may write.
func TestRulesOfTheAPI(t *testing.T) {
	const (
		missed    = "outgoingCallStatus: a MISSED call carries no outgoing status"
		duration  = "callDurationInSeconds: a COMPLETED call needs a duration; 0 counts"
		start     = "callStartTime: a SCHEDULED call needs a start"
		scheduled = "callDurationInSeconds: a SCHEDULED call has no duration yet"
	)
	for _, c := range []struct {
		name  string
		patch model.CallPatch
		want  []string
	}{
		{name: "no status", patch: model.CallPatch{CallType: setTo(model.CallTypeMissed)}},
		{name: "completed with a duration", patch: model.CallPatch{
			OutgoingCallStatus: setTo(model.OutgoingCallStatusCompleted), CallDurationInSeconds: setTo(0)}},
		{name: "completed without a duration", patch: model.CallPatch{
			OutgoingCallStatus: setTo(model.OutgoingCallStatusCompleted)}, want: []string{duration}},
		{name: "missed and completed", patch: model.CallPatch{CallType: setTo(model.CallTypeMissed),
			OutgoingCallStatus: setTo(model.OutgoingCallStatusCompleted)}, want: []string{missed, duration}},
		{name: "missed and cancelled", patch: model.CallPatch{CallType: setTo(model.CallTypeMissed),
			OutgoingCallStatus: setTo(model.OutgoingCallStatusCancelled)}, want: []string{missed}},
		{name: "cancelled", patch: model.CallPatch{OutgoingCallStatus: setTo(model.OutgoingCallStatusCancelled)}},
		{name: "scheduled with a start", patch: model.CallPatch{
			OutgoingCallStatus: setTo(model.OutgoingCallStatusScheduled), CallStartTime: setTo(noon)}},
		{name: "scheduled without a start, with a duration", patch: model.CallPatch{
			OutgoingCallStatus: setTo(model.OutgoingCallStatusScheduled), CallDuration: setTo("00:01")},
			want: []string{start, scheduled}},
		{name: "overdue without a start", patch: model.CallPatch{
			OutgoingCallStatus: setTo(model.OutgoingCallStatusOverdue)}, want: []string{start}},
	} {
		_, errs := c.patch.Apply(&model.Call{}, true)
		expectErrors(t, c.name, errs, c.want...)
		_, errs = c.patch.Apply(&model.Call{}, false)
		expectErrors(t, c.name+", of a file", errs)
	}
}

// TestRulesOfOldCalls patches calls that break a rule: only fields that rules are about are refused.
func TestRulesOfOldCalls(t *testing.T) {
	const broken = "callDurationInSeconds: a COMPLETED call needs a duration; 0 counts"
	inRules := map[string]bool{"callType": true, "outgoingCallStatus": true, "callStartTime": true,
		"callDuration": true, "callDurationInSeconds": true}
	for _, f := range callFields {
		call := &model.Call{StoredStatus: new(model.OutgoingCallStatusCompleted)}
		patch := f.clear
		if f.name == "outgoingCallStatus" {
			patch = model.CallPatch{OutgoingCallStatus: setTo(model.OutgoingCallStatusCompleted)}
		}
		_, errs := patch.Apply(call, true)
		if inRules[f.name] {
			expectErrors(t, f.name, errs, broken)
		} else {
			expectErrors(t, f.name, errs)
		}
	}
}

func TestCheckCallImport(t *testing.T) {
	for _, c := range []struct {
		name string
		in   model.CallImport
		want []string
	}{
		{"the least", model.CallImport{ID: "1"}, nil},
		{"rules of the API do not hold", model.CallImport{ID: "1", CallPatch: model.CallPatch{
			OutgoingCallStatus: setTo(completed), CallType: setTo(model.CallTypeMissed)}}, nil},
		{"nothing", model.CallImport{}, []string{"id: must not be empty, nor begin or end with white space"}},
		{"all wrong", model.CallImport{ID: strings.Repeat("x", 101), CreatedBy: new(strings.Repeat("x", 101)),
			CallPatch: model.CallPatch{Name: setTo(strings.Repeat("x", 201)), Tags: graphql.OmittableOf([]string{"a,b"})}},
			[]string{
				"name: has 201 characters; at most 200", `tags: tag "a,b" contains a comma`, "id: has 101 characters; at most 100",
				"createMan: has 101 characters; at most 100"}},
	} {
		expectErrors(t, c.name, c.in.Check(), c.want...)
	}
}
