// What people read, in English and Chinese, and how they write numbers and times.

const en = {
  title: "Callbook · Dashboard", Explorer: "Explorer", Dashboard: "Dashboard", Files: "Files",
  forgetKey: "Forget key", loading: "Loading …", signIn: "Sign in", key: "API key or token",
  needsKey: "This server answers only who has an API key or a token.", openDashboard: "Open the dashboard",
  keyHint: "It stays in this tab, and is forgotten when the tab is closed. To make one, on the server:",
  period: "Period", today: "Today", "7d": "7 days", "30d": "30 days", "90d": "90 days", "12m": "12 months",
  all: "All time", custom: "Other …", from: "From", to: "To", filters: "Filters", reset: "Reset",
  dataset: "Data set", DEFAULT: "All calls", CLOSED: "Closed", NOT_CLOSED: "To do",
  type: "Type", INBOUND: "Inbound", OUTBOUND: "Outbound", MISSED: "Missed",
  agent: "Agent", owner: "Owner type", tag: "Tag", job: "Robot job", any: "All",
  calls: "Calls", records: "Robot calls", comparedWith: "compared with {0}", ofCalls: "calls only", ofRobots: "robot calls only",
  total: "Calls", answeredRate: "Answered", medianDuration: "Median duration", talkTime: "Talk time", overdue: "Overdue",
  attempts: "Attempts", interestedRate: "Interested", noChange: "no change", noneBefore: "none before",
  points: "{0} pts", before: "‹ Back", after: "Next ›", newly: "new",
  byHOUR_OF_DAY: "Calls per hour by status", byDAY: "Calls per day by status", byMONTH: "Calls per month by status", durations: "How long calls take",
  durationNote: "Half are under {0}, nine in ten under {1}", hours: "When calls come in the week",
  hoursNote: "Each cell is an hour of the week", ranking: "Top ten",
  byAgent: "Agents", byOwner: "Owners", byTag: "Tags", byPurpose: "Purposes", byResult: "Results",
  funnel: "From attempt to intent", intents: "Grades of intent", jobs: "Robot jobs", previous: "Period before",
  answered: "Answered", talked: "Talked, 3 rounds or more", interested: "Interested, grade A or B", strong: "Strong intent, grade A",
  ofStep: "{0} of the step before", name: "Name", count: "Calls", change: "Change", median: "Median", rate: "Answered",
  without: "(none)", more: "The ten largest are shown.", nothing: "No calls in this period.",
  nothingFiltered: "No calls match these filters.", empty: "There is nothing here yet. Calls appear as soon as they are saved.",
  forbiddenCalls: "Your key may not read calls.", forbiddenRecords: "Your key may not read call records.",
  failed: "The figures cannot be read: {0}", retry: "Try again", unreachable: "The server does not answer.",
  live: "Live", offline: "Not live", close: "Close", export: "Export", rowsOf: "{0} calls", recordsOf: "{0} robot calls",
  place: "{0}–{1} of {2}", noRows: "No rows: they have changed meanwhile.", exporting: "The file is being made …",
  exported: "The download has begun.", callsAt: "{0}: {1} calls", less: "fewer", secondsUnit: "s", minutesUnit: "m", results: "How attempts ended", share: "Share", moreCalls: "more",
  start: "Start", status: "Status", duration: "Duration", person: "Agent", ownerOf: "Owner", result: "Result", dialled: "Number",
  intent: "Grade", rounds: "Rounds",
  RECEIVED: "Received", ATTENDED_DIALLED: "Reached", UNATTENDED_DIALLED: "Not reached", SCHEDULED: "Planned",
  OVERDUE: "Overdue", CANCELLED: "Cancelled", NONE: "Without status",
  ANSWERED: "Answered", NO_ANSWER: "No answer", BUSY: "Busy", POWER_OFF: "Power off", OUT_OF_SERVICE: "Out of service",
  REFUSED: "Refused", VACANT_NUMBER: "Vacant number", CAN_NOT_CONNECT: "Cannot connect",
  FROM_PHONE_ERROR: "Calling number unavailable", SYSTEM_ERROR: "System error",
};

const zh = {
  title: "Callbook · 数据看板", Explorer: "查询", Dashboard: "看板", Files: "文件",
  forgetKey: "忘记密钥", loading: "加载中…", signIn: "登录", key: "API 密钥或令牌",
  needsKey: "此服务器只回应持有 API 密钥或令牌的人。", openDashboard: "打开看板",
  keyHint: "密钥只保存在此标签页，关闭后即忘记。在服务器上创建密钥：",
  period: "时间", today: "今天", "7d": "7 天", "30d": "30 天", "90d": "90 天", "12m": "12 个月",
  all: "全部", custom: "自定义…", from: "从", to: "至", filters: "筛选", reset: "重置",
  dataset: "数据集", DEFAULT: "全部通话", CLOSED: "关闭的", NOT_CLOSED: "未关闭的",
  type: "类型", INBOUND: "呼入", OUTBOUND: "呼出", MISSED: "未接",
  agent: "坐席", owner: "所属类型", tag: "标签", job: "机器人任务", any: "全部",
  calls: "通话", records: "机器人外呼", comparedWith: "对比 {0}", ofCalls: "仅通话", ofRobots: "仅机器人外呼",
  total: "通话数", answeredRate: "接通率", medianDuration: "时长中位数", talkTime: "总通话时长", overdue: "已逾期",
  attempts: "外呼次数", interestedRate: "有意向", noChange: "持平", noneBefore: "上期没有",
  points: "{0} 个百分点", before: "‹ 上一页", after: "下一页 ›", newly: "新增",
  byHOUR_OF_DAY: "每小时通话（按状态）", byDAY: "每日通话（按状态）", byMONTH: "每月通话（按状态）", durations: "通话时长分布",
  durationNote: "一半在 {0} 以内，九成在 {1} 以内", hours: "一周通话时段",
  hoursNote: "每格为一周中的一小时", ranking: "前十名",
  byAgent: "坐席", byOwner: "所属对象", byTag: "标签", byPurpose: "目的", byResult: "结果",
  funnel: "意向漏斗", intents: "意向等级", jobs: "机器人任务", previous: "上一周期",
  answered: "已接听", talked: "对话 3 轮以上", interested: "有意向（A、B 级）", strong: "强意向（A 级）",
  ofStep: "上一步的 {0}", name: "名称", count: "次数", change: "变化", median: "中位数", rate: "接通率",
  without: "（无）", more: "只显示最多的十项。", nothing: "这段时间没有通话。",
  nothingFiltered: "没有符合筛选条件的通话。", empty: "这里还没有数据。保存通话后会立即出现。",
  forbiddenCalls: "您的密钥无权读取通话。", forbiddenRecords: "您的密钥无权读取外呼记录。",
  failed: "无法读取数据：{0}", retry: "重试", unreachable: "服务器没有回应。",
  live: "实时", offline: "未连接", close: "关闭", export: "导出", rowsOf: "{0} 通电话", recordsOf: "{0} 条外呼记录",
  place: "第 {0}–{1} 条，共 {2} 条", noRows: "没有数据：期间已有变化。", exporting: "正在生成文件…",
  exported: "下载已开始。", callsAt: "{0}：{1} 通", less: "少", secondsUnit: "秒", minutesUnit: "分", results: "外呼结果", share: "占比", moreCalls: "多",
  start: "开始时间", status: "状态", duration: "时长", person: "坐席", ownerOf: "所属", result: "结果", dialled: "号码",
  intent: "等级", rounds: "轮数",
  RECEIVED: "已接来电", ATTENDED_DIALLED: "拨出已接通", UNATTENDED_DIALLED: "拨出未接通", SCHEDULED: "已计划",
  OVERDUE: "已逾期", CANCELLED: "已取消", NONE: "无状态",
  ANSWERED: "已接听", NO_ANSWER: "未接", BUSY: "占线", POWER_OFF: "关机", OUT_OF_SERVICE: "停机", REFUSED: "拒接",
  VACANT_NUMBER: "空号", CAN_NOT_CONNECT: "无法接通", FROM_PHONE_ERROR: "主叫号码不可用", SYSTEM_ERROR: "外呼失败",
};

const storedLanguage = "callbook-language";
const texts = { en, zh };

/** language is en or zh: what the address says, else what was chosen the last time, else what the browser prefers. */
export let language = [
  new URLSearchParams(location.search).get("lang"), localStorage.getItem(storedLanguage),
  navigator.language?.slice(0, 2),
].find((name) => texts[name]) ?? "en";

/** toggleLanguage changes to the other language, for the next visits, too. */
export function toggleLanguage() {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem(storedLanguage, language);
  const params = new URLSearchParams(location.search);
  params.delete("lang");
  history.replaceState(null, "", location.pathname + (params.size ? `?${params}` : ""));
}

/** text returns a text by its name, with its places {0}, {1} … filled; the name itself where there is none. */
export const text = (name, ...values) => (texts[language][name] ?? name).replace(/\{(\d)\}/g, (_, i) => values[i]);

/** translate writes the texts of the page: of elements with data-text, and the names of those with data-label. */
export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("title");
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = text(e.dataset.text);
  for (const e of document.querySelectorAll("[data-label]")) e.setAttribute("aria-label", text(e.dataset.label));
  const toggle = document.getElementById("language");
  toggle.textContent = language === "en" ? "中文" : "English";
  toggle.lang = language === "en" ? "zh" : "en";
}

const format = (kind, value, options) => new Intl[kind](language === "zh" ? "zh-CN" : "en", options).format(value);

/** number writes a whole number. */
export const number = (n) => format("NumberFormat", n, { maximumFractionDigits: 0 });

/** brief writes a number in little room. */
export const brief = (n) => format("NumberFormat", n, { notation: "compact", maximumFractionDigits: 1 });

/** percent writes a share; a dash for none. */
export const percent = (share, digits = 1) => (share === null || share === undefined
  ? "–" : format("NumberFormat", share, { style: "percent", maximumFractionDigits: digits }));

/** signed writes a difference with its sign. */
export const signed = (n, options) => format("NumberFormat", n, { signDisplay: "exceptZero", ...options });

/** dateText writes a time of the browser's zone. */
export const dateText = (date, options) => format("DateTimeFormat", date, options);

/** clock writes seconds as 1:05 or 1:02:05; a dash for none. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const all = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h ? `${number(h)}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** hoursText writes many seconds as hours or minutes; a dash for none. */
export function hoursText(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const [unit, size] = seconds < 3600 ? ["minute", 60] : ["hour", 3600];
  const n = seconds / size;
  return format("NumberFormat", n, { style: "unit", unit, maximumFractionDigits: n < 10 ? 1 : 0 });
}
