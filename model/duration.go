package model

import (
	"fmt"
	"regexp"
	"strconv"
)

// FormatDuration returns seconds written as mm:ss. Minutes may exceed 59.
func FormatDuration(seconds int) string {
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

var durationText = regexp.MustCompile(`^([0-9]{1,8}):([0-5][0-9])$`)

// ParseDuration parses mm:ss and returns seconds. Minutes may exceed 59. It returns BAD_USER_INPUT for any other text
// and for more seconds than an Int holds.
func ParseDuration(s string) (seconds int, err error) {
	m := durationText.FindStringSubmatch(s)
	if m == nil {
		return 0, badValue("must be a duration written mm:ss, such as 05:30")
	}
	minutes, _ := strconv.Atoi(m[1])
	rest, _ := strconv.Atoi(m[2])
	seconds = minutes*60 + rest
	if seconds > MaxInt {
		return 0, badValue("is longer than %d seconds", MaxInt)
	}
	return seconds, nil
}
