package graph

import (
	"strings"
	"testing"
)

func TestNumericKeys(t *testing.T) {
	for place, want := range map[InputPlace]bool{
		{"LongFilter", "in"}:                              true,
		{"SaveCallRecordInput", "customerPersonId"}:       true,
		{"CustomerPersonInput", "id"}:                     true,
		{"IDFilter", "in"}:                                false,
		{"CreateCallInput", "id"}:                         false,
		{"AttachmentInput", "id"}:                         false,
		{"CallDetailInput", "callDetailId"}:               false,
		{"Query.callRecord", "id"}:                        true,
		{"Query.call", "id"}:                              false,
		{"Subscription.callChanged", "id"}:                false,
		{"Mutation.createCallFromRecord", "callRecordId"}: true,
	} {
		if got := NumericKeys()[place]; got != want {
			t.Errorf("NumericKeys()[%v] = %v, want %v", place, got, want)
		}
	}
	schema := Schema()
	for _, place := range parsedKeys {
		owner, field, _ := strings.Cut(place.Owner, ".")
		definition := schema.Types[owner].Fields.ForName(field)
		if definition == nil || definition.Arguments.ForName(place.Name) == nil {
			t.Errorf("the schema has no argument %s of %s, which parsedKeys names", place.Name, place.Owner)
		}
	}
}
