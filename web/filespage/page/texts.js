// What people read on the page of files, in English and Chinese.

import { addTexts } from "./language.js";

export * from "./language.js";

const en = {
  title: "Callbook · Files", openFiles: "Open the files",
  import: "Import",
  importNote: "Calls or robot calls from a table, whose headers tell its columns. Check it before you write it.",
  mode: "Rows", UPSERT: "Create and update", CREATE: "Create only", UPDATE: "Update only",
  timeZone: "Zone of times without one",
  check: "Check", startImport: "Import", checking: "The file is being checked; nothing is written.",
  importing: "The import has begun.", imported: "This file was imported so before: its job is in the list.",
  dryRun: "A check: nothing was written.", createdRows: "{0} created", updatedRows: "{0} changed",
  restoredRows: "{0} restored", unchangedRows: "{0} unchanged", warnedRows: "{0} with warnings",
  problems: "What is wrong",
  cell: "Cell", rowId: "Key", message: "What is wrong", moreProblems: "The first twenty are shown.",
  errorFile: "The table with its errors",
  drop: "Choose a file, or drop it here.", formats: "Excel, CSV, NDJSON or JSON, up to 2 GiB.",
  templates: "Templates to fill in:", templateCalls: "calls", templateRecords: "robot calls",
  uploading: "{0} of {1}", uploaded: "{0}, stored for seven days", paused: "Paused at {0} of {1}", pause: "Pause",
  resume: "Go on", discard: "Another file", lost: "The connection was lost at {0} of {1}. It goes on where it was.",
  export: "Export", exportNote: "All rows as they are at one instant, as far as you may read them.",
  entity: "What", CALLS: "Calls", CALL_RECORDS: "Robot calls", dataset: "Data set",
  DEFAULT: "All calls", CLOSED: "Closed", NOT_CLOSED: "To do", from: "From", to: "To", format: "Format",
  captions: "First line", EN: "English", ZH: "中文", fieldNames: "Names of fields", startExport: "Start export",
  jobs: "Jobs and files", noJobs: "No jobs yet. They are remembered for seven days.",
  EXPORT: "Export", IMPORT: "Import", UNDO: "Undo", WAITING: "Waiting", RUNNING: "Running", DONE: "Done", FAILED: "Failed",
  CANCELLED: "Cancelled", cancel: "Cancel", download: "Download", rows: "{0} rows", rowsOf: "{0} of {1} rows",
  rate: "{0} rows a second", left: "{0} left", failedRows: "{0} at fault", startedBy: "{0}, {1}", until: "until {0}",
  forbidden: "Your key may neither import nor export.", failed: "That did not work: {0}",
  badPeriod: "The first day is after the last one.",
};

const zh = {
  title: "Callbook · 文件", openFiles: "打开文件",
  import: "导入", importNote: "从表格导入通话或外呼记录，按表头识别各列。写入前请先检查。",
  mode: "方式", UPSERT: "新建并更新", CREATE: "仅新建", UPDATE: "仅更新", timeZone: "未注明时区的时间按",
  check: "检查", startImport: "导入", checking: "正在检查，不会写入数据。",
  importing: "导入已开始。", imported: "此文件已按相同方式导入过，任务在列表中。",
  dryRun: "仅检查，未写入数据。", createdRows: "新建 {0}", updatedRows: "更新 {0}",
  restoredRows: "恢复 {0}", unchangedRows: "未变 {0}", warnedRows: "警告 {0}", problems: "查看错误",
  cell: "单元格", rowId: "键", message: "问题", moreProblems: "只显示前二十条。",
  errorFile: "带错误标注的表格",
  drop: "选择文件，或拖到这里。", formats: "Excel、CSV、NDJSON 或 JSON，最大 2 GiB。",
  templates: "填写模板：", templateCalls: "通话", templateRecords: "机器人外呼",
  uploading: "{0} / {1}", uploaded: "{0}，保存七天", paused: "已暂停：{0} / {1}", pause: "暂停",
  resume: "继续", discard: "换一个文件", lost: "连接中断：{0} / {1}。可从断点继续。",
  export: "导出", exportNote: "导出同一时刻您有权读取的全部数据。",
  entity: "内容", CALLS: "通话", CALL_RECORDS: "机器人外呼", dataset: "数据集",
  DEFAULT: "全部通话", CLOSED: "关闭的", NOT_CLOSED: "未关闭的", from: "从", to: "至", format: "格式",
  captions: "首行", EN: "English", ZH: "中文", fieldNames: "字段名", startExport: "开始导出",
  jobs: "任务与文件", noJobs: "还没有任务。任务保留七天。",
  EXPORT: "导出", IMPORT: "导入", UNDO: "撤销导入", WAITING: "等待中", RUNNING: "进行中", DONE: "完成", FAILED: "失败",
  CANCELLED: "已取消", cancel: "取消", download: "下载", rows: "{0} 行", rowsOf: "{0} / {1} 行",
  rate: "每秒 {0} 行", left: "剩余 {0}", failedRows: "{0} 行有误", startedBy: "{0}，{1}", until: "保存至 {0}",
  forbidden: "您的密钥无权导入或导出。", failed: "操作失败：{0}",
  badPeriod: "开始日期晚于结束日期。",
};

addTexts({ en, zh });
