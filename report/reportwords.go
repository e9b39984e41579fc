package report

import "callbook/model"

// Words of reports.
var (
	callReportTitle   = model.Caption{En: "Call report", Zh: "通话报告"}
	recordReportTitle = model.Caption{En: "Robot call report", Zh: "机器人外呼报告"}
	comparedWith      = model.Caption{En: "compared with", Zh: "对比"}
	beforeWord        = model.Caption{En: "before: ", Zh: "上期："}
	answeredWord      = model.Caption{En: "Answered", Zh: "已接通"}
	notAnsweredWord   = model.Caption{En: "Other", Zh: "其他"}
	peakWord          = model.Caption{En: "Peak ", Zh: "峰值 "}
	busiestWord       = model.Caption{En: "Busiest: ", Zh: "最忙："}
	otherValues       = model.Caption{En: "Other values", Zh: "其他"}
	noValue           = model.Caption{En: "Not set", Zh: "未填写"}
	nothingHere       = model.Caption{En: "No calls in this period.", Zh: "该时段没有通话。"}
	nothingRecorded   = model.Caption{En: "No records in this period.", Zh: "该时段没有记录。"}
	nothingOpen       = model.Caption{En: "Nothing is open.", Zh: "没有待办事项。"}
	noneNamed         = model.Caption{En: "None in this period.", Zh: "该时段没有。"}
	hoursHeading      = model.Caption{En: "By weekday and hour", Zh: "按星期和小时"}
	durationsHeading  = model.Caption{En: "Duration", Zh: "通话时长分布"}
	openHeading       = model.Caption{En: "Open work, as of now", Zh: "当前待办"}
	funnelHeading     = model.Caption{En: "From call to intent", Zh: "意向漏斗"}
	figuresSheet      = model.Caption{En: "Figures", Zh: "数据"}
	reportSheet       = model.Caption{En: "Report", Zh: "报告"}
	valueWord         = model.Caption{En: "Value", Zh: "数值"}
	beforeHeader      = model.Caption{En: "Before", Zh: "上期"}
	changeHeader      = model.Caption{En: "Change", Zh: "变化"}
)

var courseHeadings = map[bool]map[model.ReportInterval]model.Caption{
	false: {
		model.ReportIntervalDay:   {En: "Calls a day", Zh: "每日通话"},
		model.ReportIntervalWeek:  {En: "Calls a week", Zh: "每周通话"},
		model.ReportIntervalMonth: {En: "Calls a month", Zh: "每月通话"},
	},
	true: {
		model.ReportIntervalDay:   {En: "Robot calls a day", Zh: "每日外呼"},
		model.ReportIntervalWeek:  {En: "Robot calls a week", Zh: "每周外呼"},
		model.ReportIntervalMonth: {En: "Robot calls a month", Zh: "每月外呼"},
	},
}

var headlineWords = map[string]model.Caption{
	"count":        {En: "Calls", Zh: "通话数"},
	"answeredRate": {En: "Answered", Zh: "接通率"},
	"durationSum":  {En: "Talk time", Zh: "总通话时长"},
	"durationAvg":  {En: "Average duration", Zh: "平均时长"},
	"durationP50":  {En: "Median duration", Zh: "时长中位数"},
	"durationP90":  {En: "90th percentile", Zh: "时长 90 分位"},
	"roundsAvg":    {En: "Average rounds", Zh: "平均轮次"},
	"customers":    {En: "Customers", Zh: "客户数"},
}

// breakdownWords are headings of breakdowns where the field's caption is none.
var breakdownWords = map[string]model.Caption{
	"ownerId":        {En: "Top owners", Zh: "所属数据排行"},
	"createdBy":      {En: "Top creators", Zh: "建立人排行"},
	"tags":           {En: "Top tags", Zh: "标签排行"},
	"robotCallJobId": {En: "Top jobs", Zh: "外呼任务排行"},
}

var partWords = map[string]model.Caption{
	"0s": {En: "0 s", Zh: "0 秒"}, "1-29s": {En: "under 30 s", Zh: "30 秒以下"}, "30-59s": {En: "30–59 s", Zh: "30–59 秒"},
	"1-2min": {En: "1–2 min", Zh: "1–2 分"}, "2-5min": {En: "2–5 min", Zh: "2–5 分"},
	"5-10min": {En: "5–10 min", Zh: "5–10 分"}, "10-20min": {En: "10–20 min", Zh: "10–20 分"},
	"20min+":      {En: "over 20 min", Zh: "20 分以上"},
	"overdueWeek": {En: "Calls overdue, over a week", Zh: "通话逾期一周以上"},
	"overdue":     {En: "Calls overdue", Zh: "通话逾期一周内"},
	"dueInAWeek":  {En: "Calls within a week", Zh: "一周内的通话"}, "later": {En: "Calls later on", Zh: "更晚的通话"},
	"noStart": {En: "Calls without a date", Zh: "未定时间的通话"},
	openTasks: {En: "Tasks, open", Zh: "未完成的任务"}, overdueTasks: {En: "Tasks, overdue", Zh: "逾期的任务"},
	"called": {En: "Called", Zh: "外呼"}, "answered": {En: "Answered", Zh: "接听"},
	"interested": {En: "Intent A or B", Zh: "意向 A 或 B"}, "strong": {En: "Intent A", Zh: "意向 A"},
}

var weekdayWords = []model.Caption{
	{En: "Mon", Zh: "周一"}, {En: "Tue", Zh: "周二"}, {En: "Wed", Zh: "周三"}, {En: "Thu", Zh: "周四"},
	{En: "Fri", Zh: "周五"}, {En: "Sat", Zh: "周六"}, {En: "Sun", Zh: "周日"},
}
