package template

import (
	"callbook/files"
	"callbook/model"
)

// words are the texts of a template.
type words struct {
	language, title, intro, rows, help, values, yes, no, isRequired, between, comma, orOther string
	characters, digits, exampleNote                                                          string

	helpHeaders [7]string
	types       map[files.ColumnType]string
}

func wordsOf(kind files.Kind, locale model.Locale) words {
	w := english
	records := [3]string{"Call records", "Import call records", "通话记录"}
	if locale == model.LocaleZh {
		w = chinese
		records[0], records[1] = "通话记录", "通话记录导入模板"
	}
	if kind == files.RecordKind {
		w.rows, w.title = records[0], records[1]
	}
	return w
}

var english = words{
	language: "en", title: "Import calls", rows: "Calls", help: "Help", values: "Values", yes: "True", no: "False",
	intro: "Fill in the first sheet, a row each, and import the file. Columns may be left out, moved, and left empty " +
		"but for those whose header is red. Headers and values may be in English or Chinese. The row with the key EXAMPLE " +
		"shows how it is done, and is never imported. A row whose key is stored already changes what is stored; what has " +
		"no column stays as it is.",
	isRequired: "required", between: "; ", comma: ", ", orOther: ", or any other text",
	characters: "at most %d characters", digits: "at most %d digits",
	exampleNote: "An example: overwrite it, delete it, or leave it. A row with the key EXAMPLE is never imported.",
	helpHeaders: [7]string{"Column", "Field", "Required", "Takes", "Limit", "Values", "Example"},
	types: map[files.ColumnType]string{
		files.TextColumn: "Text", files.KeyColumn: "A key: digits, as text", files.CountColumn: "A whole number, 0 or more",
		files.BoolColumn:     "True or False",
		files.TimeColumn:     "A date and time, such as 2024-05-17 09:30:00, in the zone of the import",
		files.DurationColumn: "Minutes and seconds as text, such as 02:05", files.URLColumn: "A web address (http or https)",
		files.ListColumn: "Texts with commas between, or a JSON list", files.JSONColumn: "JSON",
	},
}

var chinese = words{
	language: "zh", title: "通话导入模板", rows: "通话", help: "填写说明", values: "可选值", yes: "是", no: "否",
	intro: "请在第一个工作表中填写数据，每行一条，然后导入本文件。除红色表头的列外，其他列可以删除、移动或留空。" +
		"表头和取值可以使用中文或英文。标识为 EXAMPLE 的行是示例，不会被导入。" +
		"如果标识已存在，则更新已有数据；没有对应列的字段保持不变。",
	isRequired: "必填", between: "；", comma: "、", orOther: "，或其他文本", characters: "最多 %d 个字符", digits: "最多 %d 位数字",
	exampleNote: "示例：可以覆盖、删除或保留。标识为 EXAMPLE 的行不会被导入。",
	helpHeaders: [7]string{"列", "字段名", "必填", "填写内容", "长度限制", "可选值", "示例"},
	types: map[files.ColumnType]string{
		files.TextColumn: "文本", files.KeyColumn: "编号：数字（文本格式）", files.CountColumn: "整数，0 或以上",
		files.BoolColumn: "是或否", files.TimeColumn: "日期时间，例如 2024-05-17 09:30:00，按导入时选择的时区",
		files.DurationColumn: "分:秒（文本格式），例如 02:05", files.URLColumn: "网址（http 或 https）",
		files.ListColumn: "多个文本，用逗号分隔，或 JSON 列表", files.JSONColumn: "JSON",
	},
}
