package report

import (
	"slices"
	"strconv"
	"strings"

	"callbook/model"
	"callbook/report/pdf"
)

// callPage is a call as it stands on paper, whatever the format.
type callPage struct {
	Key, Title, Mark string
	Facts            []pdf.Fact
	Texts            []pdf.Fact // longer ones, over the whole width
	Tasks            []pageItem
	MoreTasks        string // says that there are more than are shown; empty where there are not
	Notes            []pageItem
	MoreNotes        string
	Record           []pdf.Fact
	Turns            []turnLine
}

// pageItem is a task or a note, which has no subject.
type pageItem struct{ Subject, About, Text string }

type turnLine struct {
	Speaker, Text string
	IsPerson      bool
}

// Headings of the sections.
var (
	tasksHeading      = model.Caption{En: "Tasks", Zh: "任务"}
	notesHeading      = model.Caption{En: "Notes", Zh: "备注"}
	recordHeading     = model.Caption{En: "Robot's call", Zh: "机器人通话"}
	transcriptHeading = model.Caption{En: "Transcript", Zh: "对话内容"}
	callHeading       = model.Caption{En: "Call", Zh: "通话"}
	callsHeading      = model.Caption{En: "Calls", Zh: "通话"}
	moreNotShown      = model.Caption{En: "More are not shown here.", Zh: "其余未显示。"}
)

func (s Style) callPage(c *Call) callPage {
	p := callPage{
		Key:   s.of(callHeading) + " " + c.ID,
		Title: c.title(),
		Mark:  s.enum("Call.callStatus", c.CallStatus),
		Facts: s.facts(c),
		Texts: present(
			pdf.Fact{Name: s.name("Call.callAgenda"), Value: orEmpty(c.CallAgenda)},
			pdf.Fact{Name: s.name("Call.description"), Value: orEmpty(c.Description)},
			pdf.Fact{Name: s.name("Call.voiceRecording"), Value: orEmpty(c.VoiceRecording)},
			pdf.Fact{Name: s.name("Call.attachments"), Value: attachmentNames(c.Attachments)},
		),
	}
	for _, t := range c.Tasks.Nodes {
		about := joined(" · ", s.value("Task.status", t.Status), s.time(t.DueAt), orEmpty(t.Assignee))
		p.Tasks = append(p.Tasks, pageItem{t.Subject, about, orEmpty(t.Description)})
	}
	for _, n := range c.Notes.Nodes {
		p.Notes = append(p.Notes, pageItem{About: n.CreatedBy + " · " + s.time(&n.CreatedAt), Text: n.Text})
	}
	p.MoreTasks, p.MoreNotes = s.more(c.Tasks.PageInfo.HasNextPage), s.more(c.Notes.PageInfo.HasNextPage)
	if c.CallRecord != nil {
		p.Record = s.recordFacts(c.CallRecord)
		p.Turns = s.turns(c.CallRecord.Details)
	}
	return p
}

func (s Style) more(hasMore bool) string {
	if hasMore {
		return s.of(moreNotShown)
	}
	return ""
}

// title returns what the call is called: its name, else its subject, else its key.
func (c *Call) title() string {
	for _, text := range []*string{c.Name, c.Subject} {
		if strings.TrimSpace(orEmpty(text)) != "" {
			return *text
		}
	}
	return c.ID
}

// facts returns the short fields of a call that are not empty.
func (s Style) facts(c *Call) []pdf.Fact {
	subject := orEmpty(c.Subject)
	if subject == c.title() {
		subject = ""
	}
	owner := joined(" / ", s.enum("Call.ownerType", c.OwnerType), orEmpty(c.OwnerSubtype), orEmpty(c.OwnerID))
	named := func(field, value string) pdf.Fact { return pdf.Fact{Name: s.name("Call." + field), Value: value} }
	return present(
		named("callType", s.enum("Call.callType", c.CallType)),
		named("outgoingCallStatus", s.enum("Call.outgoingCallStatus", c.OutgoingCallStatus)),
		named("callStartTime", s.time(c.CallStartTime)),
		named("callDuration", orEmpty(c.CallDuration)),
		named("callPurpose", s.enum("Call.callPurpose", c.CallPurpose)),
		named("callResult", s.enum("Call.callResult", c.CallResult)),
		named("callerId", orEmpty(c.CallerID)),
		named("dialledNumber", orEmpty(c.DialledNumber)),
		named("subject", subject),
		pdf.Fact{Name: s.name("Call.ownerType"), Value: owner},
		named("reminder", s.enum("Call.reminder", c.Reminder)),
		named("scheduledInCrm", s.yesOrNo(c.ScheduledInCrm)),
		named("ctiEntry", s.yesOrNo(c.CtiEntry)),
		named("tags", strings.Join(c.Tags, s.of(model.Caption{En: ", ", Zh: "、"}))),
		named("createdBy", c.CreatedBy+" · "+s.time(&c.CreatedAt)),
		named("updatedBy", c.UpdatedBy+" · "+s.time(&c.UpdatedAt)),
	)
}

func (s Style) recordFacts(r *Record) []pdf.Fact {
	named := func(field, value string) pdf.Fact { return pdf.Fact{Name: s.name("CallRecord." + field), Value: value} }
	return present(
		named("id", r.ID),
		named("resultStatus", s.enum("CallRecord.resultStatus", r.ResultStatus)),
		named("intentLevel", s.enum("CallRecord.intentLevel", r.IntentLevel)),
		named("realIntentLevel", s.enum("CallRecord.realIntentLevel", r.RealIntentLevel)),
		named("startTime", s.time(r.StartTime)),
		named("chatDuration", duration(r.ChatDuration)),
		named("chatRound", number(r.ChatRound)),
		named("analysisBasis", orEmpty(r.AnalysisBasis)),
	)
}

func (s Style) turns(details []Turn) (lines []turnLine) {
	for _, t := range details {
		kind := model.CallDetailType(t.Type)
		lines = append(lines, turnLine{
			Speaker: s.of(model.CallDetailTypeCaptions[kind]), Text: t.Text, IsPerson: kind == model.CallDetailTypePerson,
		})
	}
	return lines
}

// enum returns the caption of a value; empty for nil.
func (s Style) enum(key string, value *string) string {
	if value == nil {
		return ""
	}
	return s.value(key, *value)
}

// present returns the facts that have a value.
func present(facts ...pdf.Fact) []pdf.Fact {
	return slices.DeleteFunc(facts, func(f pdf.Fact) bool { return strings.TrimSpace(f.Value) == "" })
}

func attachmentNames(attachments []Attachment) string {
	var names []string
	for _, a := range attachments {
		names = append(names, joined(" · ", orEmpty(a.Name), orEmpty(a.Title), orEmpty(a.FileID)))
	}
	return strings.Join(names, "\n")
}

// joined joins the parts that are not empty.
func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), separator)
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// duration returns seconds as mm:ss; empty for nil.
func duration(seconds *int) string {
	if seconds == nil {
		return ""
	}
	return model.FormatDuration(*seconds)
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
