package model

import "strings"

// Caption is the text that people read for a field or a value, in English and in Chinese.
type Caption struct{ En, Zh string }

// Captions of the enums, from the documents of the CRM and of the AI platform. Files may hold them instead of names.
var (
	CallTypeCaptions = map[CallType]Caption{
		CallTypeInbound:  {"Inbound", "呼入"},
		CallTypeOutbound: {"Outbound", "呼出"},
		CallTypeMissed:   {"Missed", "未接"},
	}
	OutgoingCallStatusCaptions = map[OutgoingCallStatus]Caption{
		OutgoingCallStatusScheduled: {"Scheduled", "已计划"},
		OutgoingCallStatusOverdue:   {"Overdue", "已逾期"},
		OutgoingCallStatusCompleted: {"Completed", "已完成"},
		OutgoingCallStatusCancelled: {"Cancelled", "已取消"},
	}
	CallStatusCaptions = map[CallStatus]Caption{
		CallStatusReceived:          {"Received", "已接来电"},
		CallStatusAttendedDialled:   {"Attended dialled", "已接去电"},
		CallStatusUnattendedDialled: {"Unattended dialled", "未接去电"},
		CallStatusMissed:            {"Missed", "未接"},
		CallStatusScheduled:         {"Scheduled", "已计划"},
		CallStatusOverdue:           {"Overdue", "已逾期"},
		CallStatusCancelled:         {"Cancelled", "已取消"},
	}
	TaskStatusCaptions = map[TaskStatus]Caption{
		TaskStatusNotStarted: {"Not started", "未启动"},
		TaskStatusPostponed:  {"Postponed", "推迟"},
		TaskStatusInProgress: {"In progress", "进行中"},
		TaskStatusDone:       {"Done", "已完成"},
		TaskStatusWaiting:    {"Waiting", "等待中"},
	}
	ResultStatusCaptions = map[ResultStatus]Caption{
		ResultStatusAnswered:       {"Answered", "已接听"},
		ResultStatusNoAnswer:       {"No answer", "未接"},
		ResultStatusBusy:           {"Busy", "占线"},
		ResultStatusPowerOff:       {"Power off", "关机"},
		ResultStatusOutOfService:   {"Out of service", "被叫停机"},
		ResultStatusRefused:        {"Refused", "拒接"},
		ResultStatusVacantNumber:   {"Vacant number", "空号"},
		ResultStatusCanNotConnect:  {"Cannot connect", "无法接通"},
		ResultStatusFromPhoneError: {"Calling number unavailable", "主叫号码不可用"},
		ResultStatusSystemError:    {"System error", "外呼失败"},
	}
	IntentLevelCaptions = map[IntentLevel]Caption{
		IntentLevelA: {"Strong", "较强"},
		IntentLevelB: {"Fair", "一般"},
		IntentLevelC: {"Cannot be judged", "无法判断"},
		IntentLevelD: {"Little", "很少"},
		IntentLevelE: {"Follow up", "需要再次跟进"},
		IntentLevelF: {"No follow-up needed", "无需再次跟进"},
	}
	ReadStatusCaptions = map[ReadStatus]Caption{
		ReadStatusNotRead: {"Not read", "未读"},
		ReadStatusHasRead: {"Read", "已读"},
	}
	CallDetailTypeCaptions = map[CallDetailType]Caption{
		CallDetailTypeRobot:  {"Robot", "机器人"},
		CallDetailTypePerson: {"Person", "客户"},
	}
	CreatorKindCaptions = map[CreatorKind]Caption{
		CreatorKindAPIKey: {"API key", "API密钥"},
		CreatorKindToken:  {"Token", "令牌"},
		CreatorKindImport: {"Import", "导入"},
	}
	CustomerSourceCaptions = map[CustomerSource]Caption{
		CustomerSourceUploadedByYourself:              {"Uploaded", "自行上传"},
		CustomerSourceImportedFromInternationalWaters: {"From the shared pool", "公海导入"},
		CustomerSourceTransferedFromOthers:            {"Handed over", "他人转交"},
		CustomerSourceImportedFromCallIn:              {"Called in", "呼入导入"},
		CustomerSourceBackToPublic:                    {"Back to the shared pool", "退回公海"},
		CustomerSourceImportedFromPush:                {"Pushed", "推送导入"},
	}
	GenderCaptions = map[Gender]Caption{
		GenderMale:    {"Male", "男"},
		GenderFemale:  {"Female", "女"},
		GenderUnknown: {"Unknown", "未知"},
	}
)

// ParseEnum returns the value whose name, English or Chinese caption text is, whatever the case; false where there is
// none. Of a grade only the part before 级 counts: the AI platform writes A级(较强) and E级别(需要再次跟进).
func ParseEnum[E ~string](captions map[E]Caption, text string) (E, bool) {
	if grade, _, ok := strings.Cut(text, "级"); ok {
		text = grade
	}
	for value, caption := range captions {
		if strings.EqualFold(text, string(value)) || strings.EqualFold(text, caption.En) || text == caption.Zh {
			return value, true
		}
	}
	return "", false
}
