package files

import (
	"strconv"
	"strings"
	"time"

	"callbook/model"
)

// timeLayouts are the layouts in which the source documents write times. Times without a zone are in the configured
// one.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
}

// time returns an instant as it is stored: of text in one of timeLayouts, or of an epoch.
func (f *fields) time(name string) *time.Time {
	s := f.trimmed(name)
	if s == nil {
		return nil
	}
	if t, isEpoch := parseEpoch(*s); isEpoch {
		return new(model.Canonical(t))
	}
	for _, layout := range timeLayouts {
		t, err := time.ParseInLocation(layout, *s, f.location)
		if err != nil {
			continue
		}
		if err := model.CheckTime(t); err != nil {
			f.fail(name, "%v", err)
			return nil
		}
		return new(model.Canonical(t))
	}
	f.fail(name, "must be a time such as 2018-08-04 11:57:33, 2018-08-04T11:57:33+08:00 or 1533355053 (seconds since "+
		"1970; milliseconds have 13 digits), not %.40q", *s)
	return nil
}

// An epoch has this many digits, so that days such as 20180804 and times such as 20180804115733 are none.
const (
	secondsDigits      = 10
	millisecondsDigits = 13
)

// parseEpoch parses seconds or milliseconds since 1970, from 2001-09-09T01:46:40Z on, before which they have fewer
// digits, to the end of 2099. It reports false for any other text.
func parseEpoch(s string) (t time.Time, isEpoch bool) {
	if len(s) != secondsDigits && len(s) != millisecondsDigits || strings.Trim(s, "0123456789") != "" || s[0] == '0' {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if len(s) == secondsDigits {
		n *= 1000
	}
	t = time.UnixMilli(n).UTC()
	return t, err == nil && t.Year() < 2100
}
