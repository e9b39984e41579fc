package sheet

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRun is the greatest distance between two angle brackets of a part of a workbook, in bytes. The longest text of a
// cell takes 32,767 times seven bytes (_x0001_).
const maxRun = 256 << 10

// maxDepth is how deep elements may be nested. Those of workbooks are some ten deep.
const maxDepth = 64

var (
	errNotXML  = errors.New("the part is no well-formed XML")
	errLongRun = errors.New("a text or tag has more than 262,144 bytes")
	errDoctype = errors.New("the part has a document type, which workbooks do not need")
	errTooDeep = errors.New("elements are nested more than 64 deep")
)

// xmlScanner reads the XML of a workbook's parts: elements, attributes and text, without namespaces. encoding/xml takes
// ten times as long and keeps a text of any length. It refuses document types, so that entities are the five of XML.
type xmlScanner struct {
	source     io.Reader
	buffer     []byte
	start, end int // of what is not yet scanned
	ended      bool

	open    []string // names of open elements, by their local parts
	names   map[string]string
	name    string // of the tag that was read last
	tag     []byte // its attributes
	isEmpty bool   // <a/>: its end follows
}

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{source: r, buffer: make([]byte, 2*maxRun), names: map[string]string{}}
}

// xmlToken is what next returns.
type xmlToken uint8

const (
	startTag xmlToken = iota + 1 // name and attributes
	endTag                       // name
	textRun                      // text with its entities replaced
)

// next returns the next token, and io.EOF where the document ends with all elements closed. The text is valid until the
// next call.
func (s *xmlScanner) next() (token xmlToken, text []byte, err error) {
	if s.isEmpty {
		s.isEmpty = false
		s.open = s.open[:len(s.open)-1]
		return endTag, nil, nil
	}
	for {
		more, err := s.fill('<')
		if err != nil {
			return 0, nil, err
		}
		if more > 0 {
			run := s.take(more)
			if len(s.open) == 0 {
				if len(bytes.TrimSpace(bytes.TrimPrefix(run, utf8BOM))) > 0 {
					return 0, nil, errNotXML
				}
				continue
			}
			text, err := unescapeXML(withNewlines(run))
			return textRun, text, err
		}
		if s.start == s.end {
			if len(s.open) > 0 {
				return 0, nil, io.ErrUnexpectedEOF
			}
			return 0, nil, io.EOF
		}
		token, text, err := s.markup()
		if token != 0 || err != nil {
			return token, text, err
		}
	}
}

// fill reads until the buffer has the byte c, and returns how many bytes are before it; all that is left where the
// source ends.
func (s *xmlScanner) fill(c byte) (int, error) {
	for scanned := 0; ; {
		if i := bytes.IndexByte(s.buffer[s.start+scanned:s.end], c); i >= 0 {
			return scanned + i, nil
		}
		scanned = s.end - s.start
		if s.ended {
			return scanned, nil
		}
		if scanned > maxRun {
			return 0, errLongRun
		}
		if err := s.read(); err != nil {
			return 0, err
		}
	}
}

// read reads more into the buffer, and moves what is left to its front where it is full.
func (s *xmlScanner) read() error {
	if s.end == len(s.buffer) {
		s.end = copy(s.buffer, s.buffer[s.start:s.end])
		s.start = 0
	}
	n, err := s.source.Read(s.buffer[s.end:])
	s.end += n
	if err == io.EOF {
		s.ended = true
		return nil
	}
	return err
}

func (s *xmlScanner) take(n int) []byte {
	run := s.buffer[s.start : s.start+n]
	s.start += n
	return run
}

// markup reads what begins with <. It returns no token for comments and processing instructions.
func (s *xmlScanner) markup() (xmlToken, []byte, error) {
	for s.end-s.start < len("<![CDATA[") && !s.ended {
		if err := s.read(); err != nil {
			return 0, nil, err
		}
	}
	rest := s.buffer[s.start:s.end]
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(s.open) > 0:
		run, err := s.until("<![CDATA[", "]]>")
		return textRun, run, err
	case bytes.HasPrefix(rest, []byte("<!--")):
		_, err := s.until("<!--", "-->")
		return 0, nil, err
	case bytes.HasPrefix(rest, []byte("<?")):
		_, err := s.until("<?", "?>")
		return 0, nil, err
	case bytes.HasPrefix(rest, []byte("<!")):
		return 0, nil, errDoctype
	}
	more, err := s.fillTag()
	if err != nil {
		return 0, nil, err
	}
	return s.element(s.take(more + 1)[1:more])
}

// fillTag reads until the buffer has the end of the tag with which it begins, and returns its place. Attributes may
// have the character > in quotes.
func (s *xmlScanner) fillTag() (int, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		for s.start+i >= s.end {
			if s.ended {
				return 0, io.ErrUnexpectedEOF
			}
			if i > maxRun {
				return 0, errLongRun
			}
			if err := s.read(); err != nil {
				return 0, err
			}
		}
		switch c := s.buffer[s.start+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, nil
		case c == '<':
			return 0, errNotXML
		}
	}
}

// until returns what is between two marks.
func (s *xmlScanner) until(from, to string) ([]byte, error) {
	for {
		rest := s.buffer[s.start+len(from) : s.end]
		if i := bytes.Index(rest, []byte(to)); i >= 0 {
			return s.take(len(from) + i + len(to))[len(from) : len(from)+i], nil
		}
		if s.ended {
			return nil, io.ErrUnexpectedEOF
		}
		if len(rest) > maxRun {
			return nil, errLongRun
		}
		if err := s.read(); err != nil {
			return nil, err
		}
	}
}

// element reads a tag without its angle brackets.
func (s *xmlScanner) element(tag []byte) (xmlToken, []byte, error) {
	if len(tag) > 0 && tag[0] == '/' {
		name := s.intern(bytes.TrimRight(tag[1:], " \t\r\n"))
		if len(s.open) == 0 || s.open[len(s.open)-1] != name {
			return 0, nil, errNotXML
		}
		s.open = s.open[:len(s.open)-1]
		s.name = name
		return endTag, nil, nil
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		s.isEmpty = true
		tag = tag[:len(tag)-1]
	}
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	s.name, s.tag = s.intern(tag[:end]), tag[end:]
	if s.name == "" {
		return 0, nil, errNotXML
	}
	if len(s.open) == maxDepth {
		return 0, nil, errTooDeep
	}
	s.open = append(s.open, s.name)
	return startTag, nil, nil
}

// maxNames is how many names of elements are kept; workbooks have some hundred.
const maxNames = 1000

// intern returns the local part of a name, without copying one that was read before.
func (s *xmlScanner) intern(name []byte) string {
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if known, ok := s.names[string(name)]; ok {
		return known
	}
	if len(s.names) == maxNames {
		clear(s.names)
	}
	fresh := string(name)
	s.names[fresh] = fresh
	return fresh
}

// attribute returns the value of an attribute of the start tag that was read last, empty where it has none.
func (s *xmlScanner) attribute(name string) string {
	value, _ := unescapeXML(bytes.Clone(s.rawAttribute(name)))
	return string(value)
}

// rawAttribute is attribute without replacing entities.
func (s *xmlScanner) rawAttribute(name string) []byte {
	rest := s.tag
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		key, after, found := bytes.Cut(rest, []byte{'='})
		if !found {
			return nil
		}
		after = bytes.TrimLeft(after, " \t\r\n")
		if len(after) < 2 {
			return nil
		}
		end := bytes.IndexByte(after[1:], after[0])
		if end < 0 {
			return nil
		}
		key = bytes.TrimRight(key, " \t\r\n")
		if i := bytes.LastIndexByte(key, ':'); i >= 0 && string(key[:i]) != "xmlns" {
			key = key[i+1:]
		}
		if string(key) == name {
			return after[1 : 1+end]
		}
		rest = after[end+2:]
	}
}

// withNewlines returns text with each end of a line as one \n, as XML has it.
func withNewlines(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}

// unescapeXML replaces entities, in place.
func unescapeXML(text []byte) ([]byte, error) {
	at := bytes.IndexByte(text, '&')
	if at < 0 {
		return text, nil
	}
	out := text[:at]
	for rest := text[at:]; len(rest) > 0; {
		if rest[0] != '&' {
			next := bytes.IndexByte(rest, '&')
			if next < 0 {
				next = len(rest)
			}
			out, rest = append(out, rest[:next]...), rest[next:]
			continue
		}
		end := bytes.IndexByte(rest, ';')
		if end < 0 {
			return nil, errNotXML
		}
		r, ok := entity(string(rest[1:end]))
		if !ok {
			return nil, errNotXML
		}
		out, rest = utf8.AppendRune(out, r), rest[end+1:]
	}
	return out, nil
}

// entity returns the character that an entity stands for.
func entity(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if digits == name {
		return 0, false
	}
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n > 0 && utf8.ValidRune(rune(n))
}
