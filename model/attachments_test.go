package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

func applyAttachments(call *model.Call, links ...*model.AttachmentInput) (isChanged bool, errs model.Errors) {
	patch := model.CallPatch{Attachments: graphql.OmittableOf(links)}
	changes, errs := patch.Apply(call, true)
	return len(changes) > 0, errs
}

func callWithLinks() *model.Call {
	call := &model.Call{}
	call.AttachmentList.V = []*model.Attachment{
		{AttachmentID: "1", Name: new("a")}, {AttachmentID: "2", Name: new("b")},
	}
	return call
}

// TestAttachmentKeys gives links with and without keys to a call that has a (1) and b (2). "new" stands for a new key.
func TestAttachmentKeys(t *testing.T) {
	link := func(id, name string) *model.AttachmentInput {
		return &model.AttachmentInput{ID: orNull(id), Name: &name}
	}
	for _, c := range []struct {
		name      string
		in        []*model.AttachmentInput
		want      string
		isChanged bool
	}{
		{"the same with keys", []*model.AttachmentInput{link("1", "a"), link("2", "b")}, "1:a 2:b", false},
		{"the same without keys", []*model.AttachmentInput{link("", "a"), link("", "b")}, "1:a 2:b", false},
		{"in another order", []*model.AttachmentInput{link("", "b"), link("", "a")}, "2:b 1:a", true},
		{"one more without a key", []*model.AttachmentInput{link("", "a"), link("", "b"), link("", "a")}, "1:a 2:b new:a",
			true},
		{"another name", []*model.AttachmentInput{link("1", "c")}, "1:c", true},
		{"the key is taken by another link", []*model.AttachmentInput{link("", "a"), link("1", "c")}, "new:a 1:c", true},
		{"a new key", []*model.AttachmentInput{link("9", "a")}, "9:a", true},
		{"none", nil, "", true},
	} {
		call := callWithLinks()
		isChanged, errs := applyAttachments(call, c.in...)
		expectErrors(t, c.name, errs)
		var got []string
		for _, a := range call.Attachments() {
			id := a.AttachmentID
			if len(id) == 36 {
				id = "new"
			}
			got = append(got, id+":"+orZero(a.Name))
		}
		if strings.Join(got, " ") != c.want || isChanged != c.isChanged {
			t.Errorf("%s: %v, changed %v, want %s, %v", c.name, got, isChanged, c.want, c.isChanged)
		}
	}
}

func TestAttachmentChecks(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []*model.AttachmentInput
		want []string
	}{
		{"the longest", []*model.AttachmentInput{{ID: new(strings.Repeat("x", 100)), Name: new(strings.Repeat("x", 200)),
			Title: new(strings.Repeat("x", 100)), FileID: new(strings.Repeat("x", 500))}}, nil},
		{"too long", []*model.AttachmentInput{{}, {ID: new(strings.Repeat("x", 101)), Name: new(strings.Repeat("x", 201)),
			Title: new(strings.Repeat("x", 101)), FileID: new(strings.Repeat("x", 501))}}, []string{
			"attachments.1.id: has 101 characters; at most 100", "attachments.1.name: has 201 characters; at most 200",
			"attachments.1.title: has 101 characters; at most 100", "attachments.1.fileId: has 501 characters; at most 500"}},
		{"a key twice", []*model.AttachmentInput{{ID: new("1")}, {ID: new("1")}},
			[]string{`attachments.1.id: "1" is there twice`}},
		{"100", manyLinks(100), nil},
		{"101", manyLinks(101), []string{"attachments: has 101 links; at most 100"}},
	} {
		_, errs := applyAttachments(&model.Call{}, c.in...)
		expectErrors(t, c.name, errs, c.want...)
	}
}

func manyLinks(n int) (links []*model.AttachmentInput) {
	for i := range n {
		links = append(links, &model.AttachmentInput{ID: new(fmt.Sprint(i))})
	}
	return links
}
