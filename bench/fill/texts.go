package fill

// topic is what a call is about.
type topic struct{ name, subject, description string }

var topics = []topic{
	{"Offer follow-up", "Questions about the offer", "Asked for a second offer with a longer term."},
	{"Contract renewal", "Renewal of the yearly contract", "Wants to know the price for two years."},
	{"Delivery date", "When the order arrives", "Needs the delivery in the morning; the gate is closed after noon."},
	{"Onboarding", "First steps with the product", "Walked through the first three screens. A colleague joins next time."},
	{"Invoice question", "An item on the invoice", "The second item is booked twice. Accounting checks and writes back."},
	{"产品演示", "预约产品演示", "客户希望先看报表功能，再谈价格。"},
	{"售后回访", "安装后的使用情况", "使用正常，希望增加两个账号。"},
	{"报价确认", "确认报价单内容", "对数量有疑问，需要重新核对后回电。"},
}

// robotLines and customerLines are what the turns say; @ stands for a number of six digits.
var (
	robotLines = []string{
		"您好，这里是宽带升级服务，请问现在方便说话吗？", "您的线路可以免费升级到千兆，您有兴趣了解吗？", "每月九十九元，两年内价格不变。",
		"最快第二天上午就可以上门安装。", "好的，已经为您登记，祝您生活愉快，再见。", "您好，周末我们有一场免费的健康讲座，想邀请您参加。",
		"在市图书馆一楼报告厅，地铁二号线可以直达。", "周六上午九点半开始，大约两个小时。", "没关系，我们周五再给您打一次电话确认，好吗？",
		"您好，您的订单@已经签收，请问商品有没有问题？", "请问您需要电子发票还是纸质发票？", "好的，请问邮箱和下单时填写的一样吗？",
		"已经登记，我们会有同事跟进处理。", "Hello, this is an automated call about your request @. Is now a good time?",
		"You asked about forty units. Shall I read you the price?", "It is twelve hundred in all, delivery included.",
		"A colleague will call you tomorrow morning.", "您好，请问您最近有考虑学习英语口语吗？", "我们有免费的试听课，可以先体验一下。",
		"您的合同@下个月到期，请问需要续签吗？",
	}
	customerLines = []string{
		"方便，你说吧。", "价格多少？以后会涨吗？", "那安装要等多久？", "可以，你让人给我回个电话吧。", "再见。", "在什么地方？", "几点开始？",
		"我看看时间吧，不一定有空。", "行。", "东西没问题，就是发票还没收到。", "电子发票，发到邮箱就行。", "一样的。", "尽快吧，月底要报销。",
		"Yes, go ahead.", "Please. And does it include delivery?", "That sounds fine.", "嗯，什么？", "不清楚，再说吧。",
		"我的订单号是@，帮我查一下。", "不用了，谢谢。",
	}
)
