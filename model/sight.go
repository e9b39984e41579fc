package model

import (
	"slices"

	"callbook/text"
)

// Sight is what a caller sees of personal data. The zero value sees nothing of it, so a row that nobody marked is masked.
type Sight struct{ PhoneNumbers, Recordings bool }

var fullSight = Sight{PhoneNumbers: true, Recordings: true}

// Lacks tells whether something masked for the caller is among masks.
func (s Sight) Lacks(m Mask) bool {
	return m == MaskPhoneNumbers && !s.PhoneNumbers || m == MaskRecordings && !s.Recordings
}

// Masks are what the caller does not see.
func (s Sight) Masks() []Mask {
	return slices.DeleteFunc(slices.Clone(AllMask), func(m Mask) bool { return !s.Lacks(m) })
}

func (s Sight) phone(number *string) *string {
	if s.PhoneNumbers || number == nil {
		return number
	}
	return new(text.MaskPhone(*number))
}

func (s Sight) recording(address *string) *string {
	if s.Recordings {
		return address
	}
	return nil
}

// What GraphQL answers for fields that may be masked; gqlgen.yml binds them.

func (c *Call) ShownCallerID() *string       { return c.Sight.phone(c.CallerID) }
func (c *Call) ShownDialledNumber() *string  { return c.Sight.phone(c.DialledNumber) }
func (c *Call) ShownVoiceRecording() *string { return c.Sight.recording(c.VoiceRecording) }

func (r *CallRecord) ShownCalledPhoneNumber() *string { return r.Sight.phone(r.CalledPhoneNumber) }
func (r *CallRecord) ShownFullAudioURL() *string      { return r.Sight.recording(r.FullAudioURL) }
func (r *CallRecord) ShownCustomerAudioURL() *string  { return r.Sight.recording(r.CustomerAudioURL) }

func (p *CustomerPerson) ShownPhoneNumber() *string  { return p.Sight.phone(p.PhoneNumber) }
func (p *CustomerPerson) ShownWechatNumber() *string { return p.Sight.phone(p.WechatNumber) }

// Changes are the entry's changes, with what the caller may not see masked.
func (e *CallHistoryEntry) Changes() []*FieldChange {
	changes := e.ChangeList.orEmpty()
	if e.Sight == fullSight {
		return changes
	}
	shown := make([]*FieldChange, len(changes))
	for i, change := range changes {
		masked := *change
		masked.From, masked.To = e.Sight.change(change.Field, change.From), e.Sight.change(change.Field, change.To)
		shown[i] = &masked
	}
	return shown
}

func (s Sight) change(field string, value any) any {
	text, isText := value.(string)
	switch {
	case !isText:
		return value
	case field == "callerId" || field == "dialledNumber":
		return *s.phone(&text)
	case field == "voiceRecording" && !s.Recordings:
		return nil
	}
	return value
}
