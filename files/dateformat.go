package files

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// datePatterns are the parts of a date format, the longest of each letter first, with Go's layouts. They are those of
// spreadsheets and of Java.
var datePatterns = []struct{ pattern, layout string }{
	{"yyyy", "2006"}, {"yy", "06"},
	{"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"},
	{"dd", "02"}, {"d", "2"},
	{"HH", "15"}, {"H", "15"}, {"hh", "03"}, {"h", "3"},
	{"mm", "04"}, {"m", "4"},
	{"ss", "05"}, {"s", "5"},
	{"a", "PM"}, {"XXX", "Z07:00"}, {"XX", "Z0700"},
}

// dateLayout returns Go's layout of a date format such as dd/MM/yyyy HH:mm; empty for an empty format. Letters that are
// no part of a pattern are an error, other characters stand for themselves.
func dateLayout(format string) (layout string, err error) {
	var out strings.Builder
	hasYear := format == ""
	for rest := format; rest != ""; {
		part := ""
		for _, p := range datePatterns {
			if strings.HasPrefix(rest, p.pattern) {
				part = p.pattern
				out.WriteString(p.layout)
				break
			}
		}
		if part == "" {
			r, length := utf8.DecodeRuneInString(rest)
			if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return "", fmt.Errorf("%q is no date format, because of %q; use yyyy, MM, dd, HH, mm, ss, as in dd/MM/yyyy HH:mm",
					format, r)
			}
			part = rest[:length]
			out.WriteString(part)
		}
		hasYear = hasYear || part[0] == 'y'
		rest = rest[len(part):]
	}
	if !hasYear {
		return "", fmt.Errorf("%q is no date format: it has no year, yyyy", format)
	}
	return out.String(), nil
}
