package model

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"

	"callbook/text"
)

const (
	maxTagLength  = 100
	maxTagsLength = 2000 // all tags of one call, in characters, joined by commas as in the CRM's own text
)

// NormalizeTags returns the tags as they are stored: trimmed, without blank ones, each once, sorted by code point. It
// returns BAD_USER_INPUT errors about field for a tag with a comma or of more than 100 characters, and for more than
// 2,000 characters in all, each comma between tags counted.
func NormalizeTags(field string, tags []string) ([]string, Errors) {
	var errs Errors
	var out []string
	seen := map[string]bool{}
	for _, tag := range tags {
		tag = strings.TrimSpace(tag)
		if tag == "" || seen[tag] {
			continue
		}
		seen[tag] = true
		if len(out) > maxTagsLength/2 { // each tag takes a character and a comma
			return nil, append(errs, BadInput(field,
				"has more than %d tags; with their commas they have at most %d characters in all", maxTagsLength/2, maxTagsLength))
		}
		length := utf8.RuneCountInString(tag)
		if length > maxTagLength {
			errs = append(errs, BadInput(field, "a tag has %d characters; at most %d", length, maxTagLength))
		}
		if strings.Contains(tag, ",") {
			errs = append(errs, BadInput(field, "tag %s contains a comma", text.Quote(tag)))
		}
		out = append(out, tag)
	}
	if err := CheckTagsLength(field, out); err != nil {
		errs = append(errs, err)
	}
	slices.Sort(out)
	return out, errs
}

// CheckTagsLength returns a BAD_USER_INPUT error where tags, joined by commas, have more than 2,000 characters, else
// nil.
func CheckTagsLength(field string, tags []string) *Error {
	if n := utf8.RuneCountInString(strings.Join(tags, ",")); n > maxTagsLength {
		return BadInput(field, "the tags have %d characters in all; at most %d", n, maxTagsLength)
	}
	return nil
}

// CallTag is one tag of one call.
type CallTag struct {
	bun.BaseModel `bun:"table:call_tags,alias:call_tag"`

	TenantID int64  `bun:",pk"`
	CallID   string `bun:",pk"`
	Tag      string `bun:",pk"`
	TagFold  *string
}

// TagsPatch returns the patch that gives a call exactly these tags.
func TagsPatch(tags []string) CallPatch {
	return CallPatch{Tags: graphql.OmittableOf(tags)}
}
