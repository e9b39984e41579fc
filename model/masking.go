package model

import (
	"slices"

	"callbook/text"
)

// maskedFields is the one list of fields that hold personal data, by type and field of the schema, and the mask that
// hides each. All rules follow from it: what the field's method returns, that nobody filters or orders by a field
// that is masked for them, and what histories show of it. CallRecord.phone and CustomerPerson.phone are filters
// alone. A test goes through the list.
var maskedFields = map[string]map[string]Mask{
	"Call": {
		"callerId":       MaskPhoneNumbers,
		"dialledNumber":  MaskPhoneNumbers,
		"voiceRecording": MaskRecordings,
	},
	"CallRecord": {
		"calledPhoneNumber": MaskPhoneNumbers,
		"phone":             MaskPhoneNumbers,
		"fullAudioUrl":      MaskRecordings,
		"customerAudioUrl":  MaskRecordings,
	},
	"CustomerPerson": {
		"phoneNumber":  MaskPhoneNumbers,
		"phone":        MaskPhoneNumbers,
		"wechatNumber": MaskPhoneNumbers,
	},
}

// MaskedFields returns the list of masked fields, by type and field of the schema. Callers must not change it.
func MaskedFields() map[string]map[string]Mask { return maskedFields }

// Visibility says which personal data a caller sees. The zero value sees none, so a row that nobody prepared is masked.
type Visibility struct{ PhoneNumbers, Recordings bool }

// fullVisibility sees all personal data.
var fullVisibility = Visibility{PhoneNumbers: true, Recordings: true}

// or returns what is seen by one or the other.
func (v Visibility) or(other Visibility) Visibility {
	return Visibility{v.PhoneNumbers || other.PhoneNumbers, v.Recordings || other.Recordings}
}

// Hides reports whether a field of a type, both by their names in the schema, is masked for the caller.
func (v Visibility) Hides(typeName, field string) bool {
	mask, isMasked := maskedFields[typeName][field]
	return isMasked && v.has(mask)
}

// has reports whether a mask applies to the caller.
func (v Visibility) has(m Mask) bool {
	return m == MaskPhoneNumbers && !v.PhoneNumbers || m == MaskRecordings && !v.Recordings
}

// Masks returns the masks that apply to the caller, in the order of the schema; empty where it sees everything.
func (v Visibility) Masks() []Mask {
	return slices.DeleteFunc(slices.Clone(AllMask), func(m Mask) bool { return !v.has(m) })
}

// show returns a field's value as the caller may see it: a masked telephone number with stars, a masked recording as
// nil.
func (v Visibility) show(typeName, field string, value *string) *string {
	if value == nil || !v.Hides(typeName, field) {
		return value
	}
	if maskedFields[typeName][field] == MaskPhoneNumbers {
		return new(text.MaskPhone(*value))
	}
	return nil
}

// CallerID returns the calling number, masked where the caller may not see it.
func (c *Call) CallerID() *string { return c.show("callerId", c.StoredCallerID) }

// DialledNumber returns the called number, masked where the caller may not see it.
func (c *Call) DialledNumber() *string { return c.show("dialledNumber", c.StoredDialledNumber) }

// VoiceRecording returns the recording's address, nil where the caller may not see it.
func (c *Call) VoiceRecording() *string { return c.show("voiceRecording", c.StoredVoiceRecording) }

func (c *Call) show(field string, value *string) *string {
	return c.Visibility.show("Call", field, value)
}

// CalledPhoneNumber returns the called number, masked where the caller may not see it.
func (r *CallRecord) CalledPhoneNumber() *string {
	return r.show("calledPhoneNumber", r.StoredPhoneNumber)
}

// FullAudioURL returns the recording's address, nil where the caller may not see it.
func (r *CallRecord) FullAudioURL() *string { return r.show("fullAudioUrl", r.StoredFullAudioURL) }

// CustomerAudioURL returns the address of the customer's channel, nil where the caller may not see it.
func (r *CallRecord) CustomerAudioURL() *string {
	return r.show("customerAudioUrl", r.StoredCustomerAudioURL)
}

func (r *CallRecord) show(field string, value *string) *string {
	return r.Visibility.show("CallRecord", field, value)
}

// PhoneNumber returns the customer's number, masked where the caller may not see it.
func (p *CustomerPerson) PhoneNumber() *string { return p.show("phoneNumber", p.StoredPhoneNumber) }

// WechatNumber returns the customer's WeChat account, masked where the caller may not see it.
func (p *CustomerPerson) WechatNumber() *string { return p.show("wechatNumber", p.StoredWechatNumber) }

func (p *CustomerPerson) show(field string, value *string) *string {
	return p.Visibility.show("CustomerPerson", field, value)
}

// Changes returns the changes of one write to a call, with old and new values masked as the fields themselves are.
func (e *CallHistoryEntry) Changes() []*FieldChange {
	changes := e.ChangeList.orEmpty()
	if e.Visibility == fullVisibility {
		return changes
	}
	shown := make([]*FieldChange, len(changes))
	for i, c := range changes {
		masked := *c
		masked.From, masked.To = e.Visibility.ShowAny("Call", c.Field, c.From), e.Visibility.ShowAny("Call", c.Field, c.To)
		shown[i] = &masked
	}
	return shown
}

// ShowAny returns the value of a field of a type, both by their names in the schema, as the caller may see it: of a
// history, where it may be of any type.
func (v Visibility) ShowAny(typeName, field string, value any) any {
	s, isText := value.(string)
	if !isText {
		return value
	}
	return orNil(v.show(typeName, field, &s))
}
