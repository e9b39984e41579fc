package sheet

import (
	"bufio"
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	utf16text "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the characters of a text are written. GBK and GB2312 are parts of GB18030.
type Encoding string

const (
	UTF8    Encoding = "UTF-8"    // of most files
	UTF16LE Encoding = "UTF-16LE" // of Excel's "Unicode text"
	UTF16BE Encoding = "UTF-16BE" // the other order of bytes
	GB18030 Encoding = "GB18030"  // of Chinese Windows
	Big5    Encoding = "BIG5"     // of Taiwan and Hong Kong
)

var utf8BOM = []byte("\xEF\xBB\xBF")

// decoding returns how texts of an encoding are decoded, nil for UTF-8 and false for an unknown one.
func (e Encoding) decoding() (encoding.Encoding, bool) {
	switch e {
	case UTF8:
		return nil, true
	case UTF16LE:
		return utf16text.UTF16(utf16text.LittleEndian, utf16text.IgnoreBOM), true
	case UTF16BE:
		return utf16text.UTF16(utf16text.BigEndian, utf16text.IgnoreBOM), true
	case GB18030:
		return simplifiedchinese.GB18030, true
	case Big5:
		return traditionalchinese.Big5, true
	}
	return nil, false
}

// decode returns a text in UTF-8 without its byte order mark. What is no character of the encoding becomes U+FFFD, but
// UTF-8 is left as it is.
func decode(r io.Reader, e Encoding) (io.Reader, error) {
	decoding, known := e.decoding()
	if !known {
		return nil, bad(Place{}, "the encoding %.40q is unknown; %s, %s, %s, %s and %s are known", e, UTF8, UTF16LE, UTF16BE,
			GB18030, Big5)
	}
	if decoding != nil {
		r = transform.NewReader(r, decoding.NewDecoder())
	}
	buffered := bufio.NewReaderSize(r, sniffed)
	if start, _ := buffered.Peek(len(utf8BOM)); bytes.Equal(start, utf8BOM) {
		_, _ = buffered.Discard(len(utf8BOM))
	}
	return buffered, nil
}

// detectEncoding returns the encoding of a text: by its byte order mark, by where NULs are, as UTF-8 where it is that,
// else by which of GB18030 and Big5 makes more of the usual characters. It looks at what follows the first byte that is
// not ASCII.
func detectEncoding(r io.ReaderAt, size int64) (Encoding, error) {
	start := make([]byte, min(size, sniffed))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), start); err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(start, utf8BOM):
		return UTF8, nil
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE}):
		return UTF16LE, nil
	case bytes.HasPrefix(start, []byte{0xFE, 0xFF}):
		return UTF16BE, nil
	case bytes.HasPrefix(start, []byte{0x84, 0x31, 0x95, 0x33}):
		return GB18030, nil
	}
	if e := utf16ByNULs(start); e != "" {
		return e, nil
	}
	sample, err := sampleBeyondASCII(r, size)
	if err != nil || isUTF8(sample) {
		return UTF8, err
	}
	if encodingScore(sample, Big5) > encodingScore(sample, GB18030) {
		return Big5, nil
	}
	return GB18030, nil
}

// utf16ByNULs returns the encoding of a text in which every other byte is often NUL, as those of Latin letters, digits
// and delimiters are; none where it is not so.
func utf16ByNULs(start []byte) Encoding {
	var even, odd int
	for i, c := range start {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	switch pairs := len(start) / 2; {
	case even+odd < 4: // one is damage
	case odd*10 > pairs && even*20 < odd:
		return UTF16LE
	case even*10 > pairs && odd*20 < even:
		return UTF16BE
	}
	return ""
}

// sampleBeyondASCII returns what follows the first byte that is not ASCII; nothing where there is none.
func sampleBeyondASCII(r io.ReaderAt, size int64) ([]byte, error) {
	buffer := make([]byte, sniffed)
	for at := int64(0); at < size; {
		n, err := r.ReadAt(buffer[:min(int64(len(buffer)), size-at)], at)
		if n == 0 && err != nil {
			return nil, err
		}
		if i := bytes.IndexFunc(buffer[:n], func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			sample := make([]byte, min(size-at-int64(i), 4*sniffed))
			_, err := io.ReadFull(io.NewSectionReader(r, at+int64(i), size), sample)
			return sample, err
		}
		at += int64(n)
	}
	return nil, nil
}

// isUTF8 reports whether a text is UTF-8, but for a character that is cut off at its end.
func isUTF8(sample []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(sample); cut++ {
		whole := sample[:len(sample)-cut]
		if utf8.Valid(whole) && (cut == 0 || !utf8.FullRune(sample[len(sample)-cut:])) {
			return true
		}
	}
	// A few bytes that are none, among many characters, are damage in a text of UTF-8.
	invalid, characters := 0, 0
	for rest := sample; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			invalid++
		} else if n > 1 {
			characters++
		}
		rest = rest[n:]
	}
	return characters > 2*invalid
}

// encodingScore counts how usual the characters are that an encoding makes of a text.
func encodingScore(sample []byte, e Encoding) int {
	decoding, _ := e.decoding()
	decoded, _ := decoding.NewDecoder().Bytes(sample)
	score := usualPairs(sample, e)
	for _, r := range string(decoded) {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Co, r):
			score -= 10
		case unicode.Is(unicode.Han, r):
			score++
		}
	}
	return score
}

// usualPairs counts the pairs of bytes that stand for usual characters, which are the first in both: B0 to D7 in
// GB2312, A4 to C6 in Big5.
func usualPairs(sample []byte, e Encoding) (pairs int) {
	first, last := byte(0xB0), byte(0xD7)
	if e == Big5 {
		first, last = 0xA4, 0xC6
	}
	lead := byte(0)
	for _, c := range sample {
		switch {
		case lead != 0:
			if lead >= first && lead <= last && (c >= 0xA1 || e == Big5 && c >= 0x40 && c <= 0x7E) {
				pairs++
			}
			lead = 0
		case c >= 0x81:
			lead = c
		}
	}
	return pairs
}
