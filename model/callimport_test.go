package model_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

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
