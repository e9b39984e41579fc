package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"callbook/model"
)

// count returns a number with a comma between thousands.
func count(n int) string {
	digits := strconv.Itoa(n)
	var out strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}

// percent returns a share with one decimal where it is below ten per cent, and none above.
func percent(share float64) string {
	if share == 0 || share >= 0.0995 {
		return fmt.Sprintf("%.0f%%", share*100)
	}
	if share < 0.001 {
		return "<0.1%"
	}
	return fmt.Sprintf("%.1f%%", share*100)
}

// figure returns a value with its unit; a dash for none.
func (s Style) figure(name, unit string, value *float64) string {
	switch {
	case value == nil:
		return "–"
	case unit == "share":
		return fmt.Sprintf("%.1f%%", *value*100)
	case unit == "rounds":
		return fmt.Sprintf("%.1f", *value)
	case name == "durationSum":
		return s.hours(int(math.Round(*value)))
	case unit == "seconds":
		return model.FormatDuration(int(math.Round(*value)))
	}
	return count(int(math.Round(*value)))
}

// hours returns seconds as hours, from one hour on, or as minutes.
func (s Style) hours(seconds int) string {
	h, min := s.of(model.Caption{En: " h", Zh: " 小时"}), s.of(model.Caption{En: " min", Zh: " 分"})
	switch {
	case seconds < 60:
		return strconv.Itoa(seconds) + s.of(model.Caption{En: " s", Zh: " 秒"})
	case seconds < 3600:
		return strconv.Itoa(seconds/60) + min
	case seconds < 100*3600:
		return fmt.Sprintf("%.1f", float64(seconds)/3600) + h
	}
	return count((seconds+1800)/3600) + h
}

// change returns how a figure has changed, with an arrow: in points for shares, else in per cent. It is empty where
// there is nothing to compare.
func (s Style) change(h Headline) string {
	if h.Value == nil || h.Before == nil || h.Unit != "share" && *h.Before == 0 {
		return ""
	}
	by, unit := (*h.Value-*h.Before)*100, s.of(model.Caption{En: " points", Zh: " 个百分点"})
	if h.Unit != "share" {
		by, unit = (*h.Value / *h.Before - 1)*100, "%"
	}
	text := fmt.Sprintf("%.1f", math.Abs(by))
	switch {
	case math.Abs(by) >= 1000:
		text = count(int(math.Abs(by)))
	case text == "0.0":
		return "= 0" + unit
	}
	if by < 0 {
		return "▼ " + text + unit
	}
	return "▲ " + text + unit
}

// niceSteps returns a round step of an axis up to a number, and how many of them reach it.
func niceSteps(most int) (step, steps int) {
	if most == 0 {
		return 1, 1
	}
	for step = 1; step*4 < most; {
		for _, factor := range []int{2, 5, 10} {
			if step*factor*4 >= most || factor == 10 {
				step *= factor
				break
			}
		}
	}
	return step, (most + step - 1) / step
}

// dayLabel returns a day as it stands below a column: 10-31, and for months 2026-10.
func dayLabel(day string, interval model.ReportInterval) string {
	if interval == model.ReportIntervalMonth {
		return day[:len("2026-10")]
	}
	return day[len("2026-"):]
}

// clock returns an hour of the day as a time.
func clock(hour int) string { return time.Date(1, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04") }

// short returns a number in at most four characters: 12k for 12,345.
func short(n int) string {
	switch {
	case n >= 1_000_000:
		return strconv.Itoa(n/1_000_000) + "M"
	case n >= 10_000:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n)
}
