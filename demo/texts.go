package demo

import "callbook/model"

// topics are what the sample's calls are about.
var topics = []struct{ name, subject, description string }{
	{
		"Offer follow-up", "Questions about the offer",
		"Asked for a second offer with a longer term. Send it before the next call.",
	},
	{
		"Contract renewal", "Renewal of the yearly contract",
		"The term ends next quarter. Wants to know the price for two years.",
	},
	{"Delivery date", "When the order arrives", "Needs the delivery in the morning; the gate is closed after noon."},
	{"Onboarding", "First steps with the product", "Walked through the first three screens. A colleague joins next time."},
	{"Invoice question", "An item on the invoice", "The second item is booked twice. Accounting checks and writes back."},
	{"产品演示", "预约产品演示", "客户希望先看报表功能，再谈价格。"},
	{"售后回访", "安装后的使用情况", "使用正常，希望增加两个账号。"},
	{"报价确认", "确认报价单内容", "对数量有疑问，需要重新核对后回电。"},
}

// dialogues are what the sample's robots and customers say, in turn, the robot first.
var dialogues = []struct {
	intent   model.IntentLevel
	concerns []string
	basis    string
	turns    []string
}{
	{model.IntentLevelA, []string{"价格", "安装"}, "主动询问价格并同意回访", []string{
		"您好，这里是宽带升级服务，请问现在方便说话吗？", "方便，你说吧。",
		"您的线路可以免费升级到千兆，首年价格不变，您有兴趣了解吗？", "价格多少？以后会涨吗？",
		"每月九十九元，两年内价格不变。", "那安装要等多久？",
		"最快第二天上午就可以上门安装。", "可以，你让人给我回个电话吧。",
		"好的，已经为您登记，祝您生活愉快，再见。", "再见。"}},
	{model.IntentLevelB, []string{"位置", "时间"}, "询问地点，需要再次联系", []string{
		"您好，周末我们有一场免费的健康讲座，想邀请您参加。", "在什么地方？",
		"在市图书馆一楼报告厅，地铁二号线可以直达。", "几点开始？",
		"周六上午九点半开始，大约两个小时。", "我看看时间吧，不一定有空。",
		"没关系，我们周五再给您打一次电话确认，好吗？", "行。"}},
	{model.IntentLevelD, nil, "明确表示不需要", []string{
		"您好，打扰您一分钟，想了解一下您对上次服务的评价。", "我现在在开会。",
		"抱歉打扰您了，请问下午三点方便吗？", "不用了，谢谢。",
		"好的，感谢您接听，再见。"}},
	{model.IntentLevelE, []string{"发票"}, "需要人工跟进发票问题", []string{
		"您好，您的订单已经签收，请问商品有没有问题？", "东西没问题，就是发票还没收到。",
		"请问您需要电子发票还是纸质发票？", "电子发票，发到邮箱就行。",
		"好的，请问邮箱和下单时填写的一样吗？", "一样的。",
		"已经登记，我们会有同事跟进处理。", "尽快吧，月底要报销。"}},
	{model.IntentLevelA, []string{"price", "delivery"}, "asks for the price and agrees to a call back", []string{
		"Hello, this is an automated call about your request for an offer. Is now a good time?", "Yes, go ahead.",
		"You asked about forty units. Shall I read you the price?", "Please. And does it include delivery?",
		"It is twelve hundred in all, delivery included within five working days.",
		"That sounds fine. Can somebody call me back tomorrow?",
		"Of course. A colleague will call you tomorrow morning.", "Thank you, bye."}},
	{model.IntentLevelC, nil, "回答不明确", []string{
		"您好，请问您最近有考虑学习英语口语吗？", "嗯，什么？",
		"我们有免费的试听课，可以先体验一下。", "不清楚，再说吧。",
		"好的，那我们下次再联系您，再见。", "嗯。"}},
}
