package sheet

import "strings"

// DoneMark in the error column says that a row went in: it is left out when the file is read again.
const DoneMark = "done"

// errorColumns are the headers of the column in which errors are reported, in English and in Chinese.
var errorColumns = [...]string{"Import errors", "导入错误"}

// isErrorColumn reports whether a header is that of the column in which errors are reported.
func isErrorColumn(name string) bool {
	return strings.EqualFold(name, errorColumns[0]) || name == errorColumns[1]
}
