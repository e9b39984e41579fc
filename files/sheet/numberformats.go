package sheet

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat says what a number is by the format in which it is shown.
type numberFormat uint8

const (
	plainNumber    numberFormat = iota
	dateFormat                  // with a year, a month or a day
	clockFormat                 // hours, minutes, seconds: below 1 a duration, else a time
	durationFormat              // hours that go on after 24, or minutes and seconds alone
)

// readStyles reads what the numbers of cells are, by the cells' styles.
func (w *workbook) readStyles(name string) error {
	custom := map[string]numberFormat{}
	inCells := false
	return w.scan(name, maxSmallPart, func(s *xmlScanner, token xmlToken, _ []byte) error {
		switch {
		case s.name == "cellXfs":
			inCells = token == startTag
		case token != startTag:
		case s.name == "numFmt":
			custom[s.attribute("numFmtId")] = formatOf(s.attribute("formatCode"))
		case s.name == "xf" && inCells:
			if len(w.formats) == maxStyles {
				return tooLarge(Place{}, "the workbook has more than %d styles", maxStyles)
			}
			id := s.attribute("numFmtId")
			format, isCustom := custom[id]
			if !isCustom {
				format = builtInFormat(id)
			}
			w.formats = append(w.formats, format)
		}
		return nil
	})
}

// builtInFormat returns what a number is by a format that all programs know by its number; 27 to 36 and 50 to 58 are
// those of Chinese, Japanese and Korean.
func builtInFormat(id string) numberFormat {
	n, _ := strconv.Atoi(id)
	switch {
	case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58:
		return dateFormat
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 55, n == 56:
		return clockFormat
	case n >= 45 && n <= 47:
		return durationFormat
	}
	return plainNumber
}

// formatOf returns what a number is by the code of a format, such as yyyy-mm-dd hh:mm.
func formatOf(code string) numberFormat {
	has := formatLetters(code)
	switch {
	case strings.ContainsAny(has, "yd"), strings.Contains(has, "m") && !strings.ContainsAny(has, "hs"):
		return dateFormat
	case strings.Contains(has, "["), strings.Contains(has, "m") && !strings.Contains(has, "h"):
		return durationFormat
	case strings.ContainsAny(has, "hs"):
		return clockFormat
	}
	return plainNumber
}

// formatLetters returns the letters of the first section of a format that stand for parts of a time, and [ where one of
// them is in brackets.
func formatLetters(code string) string {
	var has strings.Builder
	for i := 0; i < len(code) && code[i] != ';'; i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			i += 1 + strings.IndexByte(code[i+1:]+`"`, '"')
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '[':
			inside, _, _ := strings.Cut(code[i+1:], "]")
			i += len(inside) + 1
			if inside = strings.ToLower(inside); isElapsed(inside) {
				has.WriteString("[" + inside)
			}
		case strings.IndexByte("ymdhs", c) >= 0:
			has.WriteByte(c)
		}
	}
	return has.String()
}

const (
	day        = 24 * time.Hour
	lastSerial = 2958465 // the day 9999-12-31
)

// The days that are 0.
var (
	epoch1900 = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // from the day 61 on
	epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

// isElapsed reports whether what is in brackets counts hours, minutes or seconds; else it is a color or a language.
func isElapsed(inside string) bool {
	return inside != "" && strings.Contains("hms", inside[:1]) && strings.Trim(inside, inside[:1]) == ""
}

// serialCell returns the cell of a number that stands for a time. Days are counted from 1900-01-01, which is 1, with a
// day 60 that never was, or from 1904-01-01, which is 0.
func serialCell(number string, format numberFormat, is1904 bool) Cell {
	serial, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(serial) || serial < 0 || serial >= lastSerial+1 {
		return Cell{Kind: Bad, Text: fmt.Sprintf("is no date: it has the number %.40s", number)}
	}
	days := int(serial)
	clock := clockOf(serial - float64(days))
	switch {
	case format == durationFormat, format == clockFormat && serial < 1:
		hours := int(clock/time.Hour) + 24*days
		return Cell{Kind: Duration, Text: strconv.Itoa(hours) + epoch1904.Add(clock%time.Hour).Format(":04:05.999999")}
	case is1904:
		return TimeCell(epoch1904.AddDate(0, 0, days).Add(clock))
	case days == 0:
		return Cell{Kind: Bad, Text: fmt.Sprintf("is no date: the number %.40s is before the first day", number)}
	case days == 60:
		return Cell{Kind: Bad, Text: "is 1900-02-29, a day that never was"}
	case days < 60:
		days++
	}
	return TimeCell(epoch1900.AddDate(0, 0, days).Add(clock))
}

// clockOf returns a part of a day, to the microsecond; to the second where it is as near to one as numbers of days are.
func clockOf(part float64) time.Duration {
	clock := time.Duration(math.Round(part*float64(day/time.Microsecond))) * time.Microsecond
	if second := clock.Round(time.Second); (clock - second).Abs() <= 2*time.Microsecond {
		return second
	}
	return clock
}

// serialOf returns the number by which a workbook holds a time; false for one that it cannot hold: before 1900-03-01
// programs disagree.
func serialOf(t time.Time) (float64, bool) {
	_, offset := t.Zone()
	us := t.UnixMicro() + int64(offset)*1e6 - epoch1900.UnixMicro()
	const usOfDay = int64(day / time.Microsecond)
	days, clock := us/usOfDay, us%usOfDay
	return float64(days) + float64(clock)/float64(usOfDay), days > 60 && days <= lastSerial
}

// numberText returns a number as people write it: without an exponent where it is a whole one of at most 15 digits, as
// telephone numbers are.
func numberText(number string) (string, bool) {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return "", false
	}
	if !strings.ContainsAny(number, "eE") {
		return strings.TrimPrefix(number, "+"), true
	}
	if value == math.Trunc(value) && math.Abs(value) < 1e15 {
		return strconv.FormatFloat(value, 'f', -1, 64), true
	}
	return strconv.FormatFloat(value, 'g', -1, 64), true
}
