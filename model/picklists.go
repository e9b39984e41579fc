package model

import (
	"slices"
	"strings"

	"callbook/text"
)

// PicklistField is a field of an entity with its captions and known values, from the documents of the CRM and of the AI
// platform: the schema's Picklist.
type PicklistField struct {
	Type       PicklistType
	Field      string
	Caption    Caption
	Kind       *PicklistKind // nil where the field has no list of values
	Known      []KnownValue
	OnlyByName bool // its values, as many as there are people, jobs or owners, are listed only where it is named

	HasValues bool // its values are listed
	Query     *PicklistQuery
	RowSet    *RowSet[PicklistField]
}

// PicklistQuery says which values of fields are listed.
type PicklistQuery struct {
	Prefix string // ignoring the case of A to Z
	First  int    // at the most
}

// Matches reports whether a value begins with the prefix.
func (q PicklistQuery) Matches(value string) bool {
	return strings.HasPrefix(text.LowerASCII(value), text.LowerASCII(q.Prefix))
}

// TypeName returns the name of the type that the field is of.
func (p *PicklistField) TypeName() string { return picklistTypeNames[p.Type] }

var picklistTypeNames = map[PicklistType]string{
	PicklistTypeCall:           "Call",
	PicklistTypeAttachment:     "Attachment",
	PicklistTypeTask:           "Task",
	PicklistTypeNote:           "Note",
	PicklistTypeCallRecord:     "CallRecord",
	PicklistTypeCustomerPerson: "CustomerPerson",
}

// Key returns the name of the field with its type, such as Call.callType.
func (p *PicklistField) Key() string { return p.TypeName() + "." + p.Field }

// KnownValues returns the known values after an empty text, so that the list is never empty: SQL has no empty IN.
func (p *PicklistField) KnownValues() []string {
	values := []string{""}
	for _, known := range p.Known {
		values = append(values, known.Value)
	}
	return values
}

// KnownValue is a value with its captions.
type KnownValue struct {
	Value   string
	Caption Caption
}

// PicklistFields returns all fields of the entities, in the order in which the API lists them.
func PicklistFields() []*PicklistField {
	var all []*PicklistField
	for _, entity := range entityFields {
		for _, field := range entity.fields {
			field.Type = entity.ofType
			all = append(all, &field)
		}
	}
	return all
}

// entityFields lists the fields of each entity, by their names in the schema. The order is part of the API.
var entityFields = []struct {
	ofType PicklistType
	fields []PicklistField
}{
	{PicklistTypeCall, callFields},
	{PicklistTypeAttachment, attachmentFields},
	{PicklistTypeTask, taskFields},
	{PicklistTypeNote, noteFields},
	{PicklistTypeCallRecord, recordFields},
	{PicklistTypeCustomerPerson, customerFields},
}

// plain returns a field without a list of values.
func plain(field, en, zh string) PicklistField {
	return PicklistField{Field: field, Caption: Caption{en, zh}}
}

// open returns a text field that usually has one of the known values, but may have any.
func open(field, en, zh string, known ...KnownValue) PicklistField {
	return PicklistField{Field: field, Caption: Caption{en, zh}, Kind: new(PicklistKindOpen), Known: known}
}

// byName returns a text field without known values, whose values in use are listed only where it is named.
func byName(field, en, zh string) PicklistField {
	p := open(field, en, zh)
	p.OnlyByName = true
	return p
}

// closed returns a field of an enum.
func closed[E ~string](field, en, zh string, values []E, captions map[E]Caption) PicklistField {
	p := PicklistField{Field: field, Caption: Caption{en, zh}, Kind: new(PicklistKindClosed)}
	for _, value := range values {
		p.Known = append(p.Known, KnownValue{string(value), captions[value]})
	}
	return p
}

// known returns a known value, which is its own English caption.
func known(value, zh string) KnownValue { return KnownValue{value, Caption{value, zh}} }

// Known values of the CRM's open picklists.
var (
	callPurposes = []KnownValue{
		known("Prospecting", "勘察"),
		known("Administrative", "行政"),
		known("Negotiation", "协商"),
		known("Demo", "演示"),
		known("Project", "项目"),
		known("Desk", "服务台"),
	}
	callResults = []KnownValue{
		known("Interested", "感兴趣"),
		known("Not interested", "不感兴趣"),
		known("No response/Busy", "无应答/忙"),
		known("Requested more info", "需要更多信息"),
		known("Requested call back", "要求回电"),
		known("Invalid number", "号码无效"),
	}
	reminders = []KnownValue{
		known("None", "无"),
		known("5 minutes before", "5分钟前"),
		known("10 minutes before", "10分钟前"),
		known("15 minutes before", "15分钟前"),
		known("30 minutes before", "30分钟前"),
		known("1 hours before", "1小时前"),
		known("2 hours before", "2小时前"),
		known("1 days before", "1天前"),
		known("2 days before", "2天前"),
	}
	ownerTypes = []KnownValue{
		known("LEAD", "线索"),
		known("DEAL", "商机"),
		known("ACCOUNT", "客户"),
		known("CONTACT", "联系人"),
		known("TASK", "任务"),
		known("PROJECT", "项目"),
		known("PRODUCT", "产品"),
	}
)

// auditFields are the fields about who wrote a row and when.
var auditFields = []PicklistField{
	byName("createdBy", "Created by", "建立人"),
	closed("createdByKind", "Created by (kind)", "建立方式", AllCreatorKind, CreatorKindCaptions),
	plain("createdAt", "Created at", "建立时间"),
	byName("updatedBy", "Updated by", "更新人"),
	plain("updatedAt", "Updated at", "更新时间"),
}

var callFields = slices.Concat([]PicklistField{
	plain("id", "Key", "标识"),
	plain("version", "Version", "版本"),
	plain("name", "Name", "名称"),
	plain("subject", "Subject", "主题"),
	closed("callType", "Call type", "通话类型", AllCallType, CallTypeCaptions),
	closed("outgoingCallStatus", "Outgoing call status", "去电通话状态", AllOutgoingCallStatus, OutgoingCallStatusCaptions),
	closed("callStatus", "Call status", "通话状态", AllCallStatus, CallStatusCaptions),
	plain("callStartTime", "Call start time", "通话开始时间"),
	plain("callDuration", "Call duration", "通话持续时间"),
	plain("callDurationInSeconds", "Call duration (seconds)", "通话持续时间(秒)"),
	open("callPurpose", "Call purpose", "通话目的", callPurposes...),
	open("callResult", "Call result", "通话结果", callResults...),
	plain("callAgenda", "Call agenda", "通话议程"),
	open("reminder", "Reminder", "提醒", reminders...),
	plain("scheduledInCrm", "Scheduled in CRM", "在CRM中已预定"),
	plain("ctiEntry", "CTI entry", "CTI条目"),
	plain("callerId", "Caller id", "呼叫者ID"),
	plain("dialledNumber", "Dialled number", "拨打的号码"),
	plain("voiceRecording", "Voice recording", "语音录音"),
	plain("tags", "Tags", "标签"),
	plain("description", "Description", "描述"),
	byName("ownerId", "Owner id", "所属数据标识"),
	open("ownerType", "Owner type", "所属数据对象", ownerTypes...),
	open("ownerSubtype", "Owner sub-type", "所属对象子类型"),
	plain("attachments", "Attachments", "附件"),
}, auditFields, []PicklistField{
	plain("deletedAt", "Deleted at", "删除时间"),
	plain("relatedCounts", "Counters", "关联计数"),
	plain("tasks", "Tasks", "任务"),
	plain("notes", "Notes", "备注"),
	plain("history", "History", "变更历史"),
	plain("callRecord", "Robot's record", "机器人通话记录"),
})

var attachmentFields = []PicklistField{
	plain("attachmentId", "Key", "标识"),
	plain("name", "File name", "名称"),
	plain("title", "Title", "标题"),
	plain("fileId", "File", "文件标识"),
}

var noteFields = slices.Concat([]PicklistField{
	plain("id", "Key", "标识"),
	plain("version", "Version", "版本"),
	plain("callId", "Call id", "通话标识"),
	plain("call", "Call", "通话"),
	plain("text", "Text", "内容"),
}, auditFields)

var taskFields = slices.Concat([]PicklistField{
	plain("id", "Key", "标识"),
	plain("version", "Version", "版本"),
	plain("callId", "Call id", "通话标识"),
	plain("call", "Call", "通话"),
	plain("statusCode", "Status (number)", "状态编号"),
	plain("subject", "Subject", "主题"),
	plain("description", "Description", "描述"),
	closed("status", "Status", "状态", AllTaskStatus, TaskStatusCaptions),
	plain("dueAt", "Due at", "到期时间"),
	plain("closedAt", "Closed at", "关闭时间"),
	open("assignee", "Assignee", "负责人"),
}, auditFields)

var recordFields = slices.Concat([]PicklistField{
	plain("id", "Record id", "通话ID"),
	byName("robotCallJobId", "Job id", "任务id"),
	byName("dialogFlowId", "Script id", "话术id"),
	plain("robotCallTaskId", "Sub-task id", "子任务id"),
	plain("phoneNumberId", "Line id", "电话线路id"),
	plain("customerPersonId", "Customer id", "接收电话客户id"),
	plain("calledPhoneNumber", "Called number", "被叫客户电话号码"),
	closed("resultStatus", "Result", "通话结果", AllResultStatus, ResultStatusCaptions),
	closed("intentLevel", "Intent", "意向等级", AllIntentLevel, IntentLevelCaptions),
	closed("realIntentLevel", "Real intent", "真实意向等级", AllIntentLevel, IntentLevelCaptions),
	plain("customerConcern", "Customer's concerns", "客户关注点"),
	plain("attributes", "Parameters", "参数"),
	plain("fullAudioUrl", "Full recording", "完整音频地址"),
	plain("customerAudioUrl", "Customer's recording", "客户音频地址"),
	plain("analysisBasis", "Basis of the grade", "说明"),
	plain("startTime", "Start", "开始拨打时间"),
	plain("endTime", "End", "结束拨打时间"),
	plain("endsBeforeStart", "Ends before it starts", "结束早于开始"),
	plain("chatDuration", "Duration (seconds)", "通话时长"),
	plain("chatRound", "Rounds", "通话轮次"),
	closed("readStatus", "Read", "阅读状态", AllReadStatus, ReadStatusCaptions),
	plain("details", "Transcript", "对话内容"),
	plain("transcript", "Transcript, in pages", "对话内容（分页）"),
	plain("version", "Version", "版本"),
	plain("customerPerson", "Customer", "客户"),
	plain("tags", "Tags", "标签"),
	plain("call", "CRM call", "CRM通话"),
}, auditFields)

var customerFields = []PicklistField{
	plain("id", "Customer id", "客户id"),
	plain("customerGroupId", "Group id", "分组ID"),
	open("customerGroupName", "Group", "分组名称"),
	plain("name", "Name", "客户姓名"),
	plain("phoneNumber", "Phone number", "电话号码"),
	plain("wechatNumber", "WeChat number", "微信号"),
	closed("source", "Source", "来源", AllCustomerSource, CustomerSourceCaptions),
	closed("gender", "Gender", "性别", AllGender, GenderCaptions),
	plain("properties", "Properties", "属性"),
	plain("lastFollowTime", "Last follow-up", "最近跟进时间"),
	plain("lastChatDuration", "Last duration (seconds)", "最近通话时长"),
	plain("lastStartTime", "Last call", "最近拨打时间"),
	closed("lastIntentLevel", "Last intent", "最近意向等级", AllIntentLevel, IntentLevelCaptions),
	closed("lastDialStatus", "Last result", "最近通话结果", AllResultStatus, ResultStatusCaptions),
	plain("assignTime", "Assigned at", "分配时间"),
	plain("creationTime", "Created at", "创建时间"),
	plain("callRecords", "Call records", "通话记录"),
}
