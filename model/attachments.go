package model

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"callbook/text"
)

const maxAttachments = 100

// Attachment is a link to a file on a call, as it is stored in the call's row and as the GraphQL object.
type Attachment struct {
	AttachmentID string  `json:"id"`
	Name         *string `json:"name,omitempty"`
	Title        *string `json:"title,omitempty"`
	FileID       *string `json:"fileId,omitempty"`
}

// applyAttachments replaces the list of links. At most 100 are allowed, and no key twice.
func (p *CallPatch) applyAttachments(a *applier, c *Call) {
	inputs, isSet := p.Attachments.ValueOK()
	if !isSet {
		return
	}
	if len(inputs) > maxAttachments {
		a.fail(BadInput("attachments", "has %d links; at most %d", len(inputs), maxAttachments))
		return
	}
	list := make([]*Attachment, len(inputs))
	seen, taken := map[string]bool{}, map[string]bool{}
	for _, in := range inputs {
		taken[deref(in.ID)] = true
	}
	for i, in := range inputs {
		field := fmt.Sprintf("attachments.%d.", i)
		id := deref(in.ID)
		if id == "" {
			id = attachmentID(c, in, taken)
			taken[id] = true
		}
		if seen[id] {
			a.fail(BadInput(field+"id", "%s is there twice", text.Quote(id)))
		}
		seen[id] = true
		a.checkLength(field+"id", id, MaxIDLength)
		a.checkLength(field+"name", deref(in.Name), 200)
		a.checkLength(field+"title", deref(in.Title), 100)
		a.checkLength(field+"fileId", deref(in.FileID), 500)
		list[i] = &Attachment{AttachmentID: id, Name: in.Name, Title: in.Title, FileID: in.FileID}
	}
	if !slices.EqualFunc(list, c.AttachmentList.V, sameAttachment) {
		a.change("attachments", c.Attachments(), list)
		c.AttachmentList.V = list
	}
}

// attachmentID returns the key of a link that is given without one: that of an equal stored link whose key is not
// taken, so that giving a link again changes nothing, else a new key.
func attachmentID(c *Call, in *AttachmentInput, taken map[string]bool) string {
	for _, stored := range c.AttachmentList.V {
		if !taken[stored.AttachmentID] && equal(stored.Name, in.Name) && equal(stored.Title, in.Title) &&
			equal(stored.FileID, in.FileID) {
			return stored.AttachmentID
		}
	}
	return uuid.Must(uuid.NewV7()).String()
}

func sameAttachment(a, b *Attachment) bool {
	return a.AttachmentID == b.AttachmentID && equal(a.Name, b.Name) && equal(a.Title, b.Title) &&
		equal(a.FileID, b.FileID)
}
