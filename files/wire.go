package files

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// row reads one wire object as the kind that the options say, or that its members decide.
func (o Options) row(f *fields) Row {
	raw := f.raw
	kind := o.Kind
	if kind == AnyKind {
		kind = kindOf(raw)
	}
	size := 0
	for name, value := range raw {
		size += len(name) + len(value)
		if !utf8.Valid(value) {
			f.fail(name, "is not valid UTF-8; convert the file, or save it as UTF-8")
		} else if hasHalfPair(value) {
			f.fail(name, "has half a surrogate pair")
		}
	}
	adoptSchemaNames(raw, kind)
	var row Row
	switch kind {
	case CallKind:
		row.Call = o.readCall(f)
	case RecordKind:
		row.Record = o.readRecord(f)
	default:
		row = wrongRow(0, "", "is neither a call (call_type, call_start_time, …) nor a call record (callRecordId, …)")
		row.ID = idOf(raw)
		return row
	}
	row.ID, row.Size = idOf(raw), size
	row.Errors, row.Warnings, row.Ignored = f.errs, f.warnings, f.ignored()
	return row
}

// recordNames are members that only call records have.
var recordNames = []string{
	"callRecordId", "robotCallJobId", "robotCallTaskId", "callDetailList", "calledPhoneNumber", "resultStatus",
}

// callNames are members that only calls have, commonNames those that other objects may have, too: beside an id they
// make a call.
var (
	callNames = []string{
		"call_type", "call_start_time", "call_duration", "call_duration_in_seconds", "call_purpose", "call_result",
		"call_agenda", "outgoing_call_status", "caller_id", "dialled_number", "cti_entry", "scheduled_in_crm", "subject",
		"reminder", "voice_recording_s", "owner_id", "owner_type", "owner_subtype", "create_man", "update_man",
	}
	commonNames = []string{"name", "tag", "description", "attachments", "create_time", "update_time"}
)

// kindOf returns the kind of an object by the names of its members, AnyKind where they do not decide.
func kindOf(raw map[string]json.RawMessage) Kind {
	has := func(name string) bool { _, ok := raw[name]; return ok }
	switch {
	case slices.ContainsFunc(recordNames, has):
		return RecordKind
	case slices.ContainsFunc(callNames, has), has("id") && slices.ContainsFunc(commonNames, has), has("callType"),
		has("callStartTime"), has("outgoingCallStatus"):
		return CallKind
	}
	return AnyKind
}

// schemaNames are the names of fields in the schema that have another one in the wire form, with that, by kind. Exports
// write them.
var schemaNames = func() map[Kind]map[string]string {
	names := map[Kind]map[string]string{CallKind: {}, RecordKind: {}}
	for kind, byField := range names {
		for _, c := range Columns(kind) {
			if c.Wire != c.Field && !strings.HasPrefix(c.Field, customerPrefix) {
				byField[c.Field] = c.Wire
			}
		}
	}
	return names
}()

// adoptSchemaNames gives members that have a field's name in the schema that of the wire form, where the object has no
// such member.
func adoptSchemaNames(raw map[string]json.RawMessage, kind Kind) {
	for name, wire := range schemaNames[kind] {
		value, isThere := raw[name]
		if _, isTaken := raw[wire]; isThere && !isTaken {
			raw[wire] = value
			delete(raw, name)
		}
	}
}

// maxShownID is the greatest length of a key in reports, in characters. Keys that are accepted are no longer.
const maxShownID = model.MaxIDLength

// idOf returns an object's key as it is written, shortened; empty where it has none that is text or a number.
func idOf(raw map[string]json.RawMessage) string {
	for _, name := range []string{"callRecordId", "id"} {
		value, isThere := raw[name]
		if !isThere || len(value) == 0 || strings.ContainsRune("{[ntf", rune(value[0])) {
			continue
		}
		id := string(value)
		if text, isPlain := plainText(value); isPlain {
			id = text
		} else if value[0] == '"' && json.Unmarshal(value, &id) != nil {
			continue
		}
		if len(id) <= maxShownID {
			return id
		}
		if characters := []rune(id); len(characters) > maxShownID {
			id = string(characters[:maxShownID]) + "…"
		}
		return id
	}
	return ""
}

// Check returns everything that is wrong with the row that can be found without a database, under the names of the wire
// form. It normalizes a record.
func (r Row) Check() model.Errors {
	switch {
	case len(r.Errors) > 0:
		return r.Errors
	case r.Call != nil:
		return r.WireErrors(r.Call.Check())
	}
	return r.WireErrors(r.Record.Normalize())
}

// WireErrors returns copies of errors about the row's inputs with the fields' names in the wire form; those of a row of
// a table as they are.
func (r Row) WireErrors(errs model.Errors) model.Errors {
	if r.isMapped {
		return errs
	}
	out := make(model.Errors, len(errs))
	for i, err := range errs {
		wired := *err
		if r.Call != nil {
			name, rest, _ := strings.Cut(err.Field, ".") // members of attachments have the same names
			wired.Field = strings.TrimSuffix(callWireName(name)+"."+rest, ".")
		} else {
			wired.Field = recordWireNames.Replace(err.Field)
		}
		out[i] = &wired
	}
	return out
}

var recordWireNames = strings.NewReplacer(
	"details.", "callDetailList.",
	"customerPerson.id", "customerPerson.customerPersonId",
)

// callWireName returns the CRM's name of a field of calls.
func callWireName(field string) string {
	switch field {
	case "tags":
		return "tag"
	case "voiceRecording":
		return "voice_recording_s"
	case "createdBy":
		return "create_man"
	case "createdAt":
		return "create_time"
	case "updatedBy":
		return "update_man"
	case "updatedAt":
		return "update_time"
	}
	var b strings.Builder
	for _, r := range field {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// readCall reads a call in the CRM's wire form. Absent members are left out of the patch, null clears.
func (o Options) readCall(f *fields) *model.CallImport {
	c := &model.CallImport{}
	if id := f.trimmed("id"); id != nil {
		c.ID = *id
	} else {
		f.fail("id", "is missing; without it, loading twice would double the call")
	}
	o.checkTenant(f, "tenantId", "tenant_id")
	setIfPresent(f, "name", &c.Name, f.text)
	setIfPresent(f, "subject", &c.Subject, f.text)
	setIfPresent(f, "call_type", &c.CallType, captioned(f, model.CallTypeCaptions))
	setIfPresent(f, "outgoing_call_status", &c.OutgoingCallStatus, captioned(f, model.OutgoingCallStatusCaptions))
	setIfPresent(f, "call_start_time", &c.CallStartTime, f.time)
	setIfPresent(f, "call_duration", &c.CallDuration, f.trimmed)
	setIfPresent(f, "call_duration_in_seconds", &c.CallDurationInSeconds, f.int)
	setIfPresent(f, "call_purpose", &c.CallPurpose, f.text)
	setIfPresent(f, "call_result", &c.CallResult, f.text)
	setIfPresent(f, "call_agenda", &c.CallAgenda, f.text)
	setIfPresent(f, "reminder", &c.Reminder, f.text)
	setIfPresent(f, "scheduled_in_crm", &c.ScheduledInCrm, f.bool)
	setIfPresent(f, "cti_entry", &c.CtiEntry, f.bool)
	setIfPresent(f, "caller_id", &c.CallerID, f.text)
	setIfPresent(f, "dialled_number", &c.DialledNumber, f.text)
	if address, isKept := f.url("voice_recording_s"); isKept {
		c.VoiceRecording = graphql.OmittableOf(address)
	}
	setIfPresent(f, "description", &c.Description, f.text)
	setIfPresent(f, "owner_id", &c.OwnerID, f.text)
	setIfPresent(f, "owner_type", &c.OwnerType, f.text)
	setIfPresent(f, "owner_subtype", &c.OwnerSubtype, f.text)
	if f.has("tag") {
		c.Tags = graphql.OmittableOf(readTags(f))
	}
	if f.has("attachments") {
		c.Attachments = graphql.OmittableOf(readAttachments(f))
	}
	c.CreatedBy, c.CreatedAt = f.name("create_man"), f.time("create_time")
	f.read["update_man"], f.read["update_time"] = true, true // known, but the server sets them
	return c
}

// setIfPresent sets a field of a patch to a member that is there, be it null.
func setIfPresent[T any](f *fields, name string, dst *graphql.Omittable[*T], read func(string) *T) {
	if f.has(name) {
		*dst = graphql.OmittableOf(read(name))
	}
}

// captioned returns a reader of an enum.
func captioned[E ~string](f *fields, captions map[E]model.Caption) func(string) *E {
	return func(name string) *E { return enum(f, name, captions) }
}

// readTags reads tags as the CRM's text with commas between, or as a list.
func readTags(f *fields) []string {
	if raw := f.raw["tag"]; len(raw) > 0 && raw[0] == '[' {
		return f.texts("tag")
	}
	if text := f.text("tag"); text != nil {
		return strings.Split(*text, ",")
	}
	return nil
}

func readAttachments(f *fields) (list []*model.AttachmentInput) {
	f.objects("attachments", func(a *fields) {
		list = append(list, &model.AttachmentInput{
			ID:     a.trimmed("id"),
			Name:   a.text("name"),
			Title:  a.text("title"),
			FileID: a.firstText("fileId", "file_id", "fileid"),
		})
	})
	return list
}

// readRecord reads a call record in the AI platform's wire form, as its list or its detail has it.
func (o Options) readRecord(f *fields) *model.SaveCallRecordInput {
	r := &model.SaveCallRecordInput{ID: needed(f, "callRecordId", f.long)}
	o.checkTenant(f, "tenantId")
	r.RobotCallJobID = f.long("robotCallJobId")
	r.DialogFlowID = f.long("dialogFlowId")
	r.RobotCallTaskID = f.long("robotCallTaskId")
	r.PhoneNumberID = f.long("phoneNumberId")
	r.CustomerPersonID = f.long("customerPersonId")
	r.CalledPhoneNumber = f.trimmed("calledPhoneNumber")
	r.ResultStatus = enum(f, "resultStatus", model.ResultStatusCaptions)
	r.IntentLevel = enum(f, "intentLevel", model.IntentLevelCaptions)
	r.RealIntentLevel = enum(f, "realIntentLevel", model.IntentLevelCaptions)
	r.CustomerConcern = f.texts("customerConcern")
	r.Attributes = f.texts("attributes")
	r.FullAudioURL, _ = f.url("fullAudioUrl")
	r.CustomerAudioURL, _ = f.url("customerAudioUrl")
	r.AnalysisBasis = f.text("analysisBasis")
	r.StartTime = f.time("startTime")
	r.EndTime = f.time("endTime")
	r.ChatDuration = f.int("chatDuration")
	r.ChatRound = f.int("chatRound")
	r.ReadStatus = enum(f, "readStatus", model.ReadStatusCaptions)
	f.objects("callDetailList", func(d *fields) { r.Details = append(r.Details, readDetail(d)) })
	f.object("customerPerson", func(p *fields) { r.CustomerPerson = o.readPerson(p) })
	return r
}

// needed returns a member that must be there. Where it is not, and nothing else is wrong yet, that is an error.
func needed[T any](f *fields, name string, read func(string) *T) (value T) {
	v := read(name)
	if v != nil {
		return *v
	}
	if len(f.errs) == 0 {
		f.fail(name, "is missing")
	}
	return value
}

// checkTenant rejects an object that names another tenant, by any of these members.
func (o Options) checkTenant(f *fields, names ...string) {
	for _, name := range names {
		if tenant := f.long(name); tenant != nil && *tenant != o.TenantID {
			f.fail(name, "is %d, but the data goes to tenant %d", *tenant, o.TenantID)
		}
	}
}

func readDetail(f *fields) *model.CallDetailInput {
	d := &model.CallDetailInput{CallDetailID: f.trimmed("callDetailId")}
	d.Type = needed(f, "type", captioned(f, model.CallDetailTypeCaptions))
	if text := f.text("text"); text != nil {
		d.Text = *text
	} else {
		f.fail("text", "is missing")
	}
	return d
}

func (o Options) readPerson(f *fields) *model.CustomerPersonInput {
	p := &model.CustomerPersonInput{ID: needed(f, "customerPersonId", f.long)}
	o.checkTenant(f, "tenantId")
	p.CreationTime = f.time("creationTime")
	p.CustomerGroupID = f.long("customerGroupId")
	p.CustomerGroupName = f.text("customerGroupName")
	p.Name = f.text("name")
	p.PhoneNumber = f.trimmed("phoneNumber")
	p.WechatNumber = f.text("wechatNumber")
	p.Source = enum(f, "source", model.CustomerSourceCaptions)
	p.Gender = enum(f, "gender", model.GenderCaptions)
	p.LastFollowTime = f.time("lastFollowTime")
	p.LastChatDuration = f.int("lastChatDuration")
	p.LastStartTime = f.time("lastStartTime")
	p.LastIntentLevel = enum(f, "lastIntentLevel", model.IntentLevelCaptions)
	p.LastDialStatus = enum(f, "lastDialStatus", model.ResultStatusCaptions)
	p.AssignTime = f.time("assignTime")
	f.object("properties", func(properties *fields) {
		p.Properties = []*model.CustomerPropertyInput{}
		for name := range properties.raw {
			if value := properties.text(name); value != nil {
				p.Properties = append(p.Properties, &model.CustomerPropertyInput{Name: name, Value: *value})
			}
		}
	})
	return p
}

// surrogate matches escapes of surrogates: pairs, and halves, which are six bytes long. It matches escaped
// backslashes too, so that what follows them is not taken for an escape.
var surrogate = regexp.MustCompile(`(?i)\\(\\|u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})?)`)

// hasHalfPair reports whether JSON escapes half a surrogate pair, which encoding/json would silently replace by U+FFFD.
func hasHalfPair(raw json.RawMessage) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return false
	}
	for _, escape := range surrogate.FindAll(raw, -1) {
		if len(escape) == len(`\ud800`) {
			return true
		}
	}
	return false
}
