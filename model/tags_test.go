package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/model"
)

func TestNormalizeTags(t *testing.T) {
	many := func(n int) (tags []string) { // of 3 characters
		for i := range n {
			tags = append(tags, fmt.Sprintf("%03d", i))
		}
		return tags
	}
	for _, c := range []struct {
		name     string
		in, want []string
		errs     []string
	}{
		{"nil", nil, nil, nil},
		{"blanks", []string{"", " ", "\t"}, nil, nil},
		{"trimmed, each once, sorted by code point", []string{" b", "a", "价", "b ", "Z"}, []string{"Z", "a", "b", "价"}, nil},
		{"case is kept", []string{"vip", "VIP"}, []string{"VIP", "vip"}, nil},
		{"longest tag", []string{strings.Repeat("价", 100)}, []string{strings.Repeat("价", 100)}, nil},
		{"tag too long", []string{strings.Repeat("价", 101)}, []string{strings.Repeat("价", 101)},
			[]string{"tags: a tag has 101 characters; at most 100"}},
		{"comma", []string{"a,b"}, []string{"a,b"}, []string{`tags: tag "a,b" contains a comma`}},
		{"most characters", append(many(499), "12345"), append(many(499), "12345"), []string{
			"tags: the tags have 2001 characters in all; at most 2000"}},
		{"too many characters", append(many(499), "1234"), append(many(499), "1234"), nil},
	} {
		got, errs := model.NormalizeTags("tags", c.in)
		expectErrors(t, c.name, errs, c.errs...)
		if c.errs == nil {
			want, _ := model.NormalizeTags("tags", c.want) // sorted
			if !reflect.DeepEqual(got, want) || len(got) != len(c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
	tags := []string{}
	for i := range 1100 {
		tags = append(tags, string(rune('一'+i)))
	}
	got, errs := model.NormalizeTags("tags", tags)
	expectErrors(t, "1,100 tags", errs,
		"tags: has more than 1000 tags; with their commas they have at most 2000 characters in all")
	if got != nil {
		t.Errorf("%d tags beside an error that ends the reading, want none", len(got))
	}
}

func TestTagsPatch(t *testing.T) {
	for _, tags := range [][]string{{"a"}, {}, nil} {
		patch := model.TagsPatch(tags)
		if got, isSet := patch.Tags.ValueOK(); !isSet || !reflect.DeepEqual(got, tags) {
			t.Errorf("TagsPatch(%v) sets %v, %v", tags, got, isSet)
		}
	}
}
