package sheet

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// maxTextsInMemory is how many bytes of shared texts are kept in memory; more are in a temporary file.
const maxTextsInMemory = 16 << 20

// maxTextRatio is how many times the bytes of its compressed part the shared texts of a workbook may take, beyond
// maxTextsInMemory. Those of real workbooks take ten times as many.
const maxTextRatio = 100

// sharedTexts are the texts of a workbook to which cells refer by number.
type sharedTexts struct {
	limit   int64 // of the bytes of texts and offsets
	count   int
	offsets spool // where each text ends, in offsetSize bytes
	texts   spool
}

const offsetSize = 8

func (t *sharedTexts) add(text []byte) error {
	if t.texts.size+t.offsets.size+int64(len(text))+offsetSize > t.limit {
		return tooLarge(Place{}, "the shared texts of the workbook take more than %d bytes", t.limit)
	}
	if err := t.texts.append(text); err != nil {
		return err
	}
	t.count++
	return t.offsets.append(binary.LittleEndian.AppendUint64(nil, uint64(t.texts.size)))
}

// get returns a text; false where there is none of that number.
func (t *sharedTexts) get(i int) (text string, exists bool, err error) {
	if i < 0 || i >= t.count {
		return "", false, nil
	}
	from := uint64(0)
	if i > 0 {
		if from, err = t.offset(i - 1); err != nil {
			return "", false, err
		}
	}
	to, err := t.offset(i)
	if err != nil {
		return "", false, err
	}
	out := make([]byte, to-from)
	err = t.texts.readAt(out, int64(from))
	return string(out), true, err
}

func (t *sharedTexts) offset(i int) (uint64, error) {
	var number [offsetSize]byte
	err := t.offsets.readAt(number[:], int64(i)*offsetSize)
	return binary.LittleEndian.Uint64(number[:]), err
}

func (t *sharedTexts) close() {
	t.offsets.close()
	t.texts.close()
}

// pageSize and maxPages bound what of a temporary file is kept in memory.
const (
	pageSize = 64 << 10
	maxPages = 128
)

// spool is a list of bytes: in memory, beyond maxTextsInMemory in a temporary file, which has no name any more.
type spool struct {
	size   int64
	memory []byte // all, or what is not yet in the file
	file   *os.File
	pages  map[int64][]byte // of the file
}

func (s *spool) append(p []byte) error {
	s.size += int64(len(p))
	s.memory = append(s.memory, p...)
	if s.file == nil && len(s.memory) < maxTextsInMemory || s.file != nil && len(s.memory) < pageSize {
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "callbook-texts-*")
		if err != nil {
			return fmt.Errorf("the texts of a workbook: %w", err)
		}
		_ = os.Remove(file.Name())
		s.file, s.pages = file, map[int64][]byte{}
	}
	_, err := s.file.Write(s.memory)
	s.memory = s.memory[:0]
	if cap(s.memory) > 2*pageSize {
		s.memory = nil
	}
	return err
}

// readAt reads bytes that were appended.
func (s *spool) readAt(p []byte, at int64) error {
	written := s.size - int64(len(s.memory))
	for len(p) > 0 {
		var n int
		if at >= written {
			n = copy(p, s.memory[at-written:])
		} else {
			page, err := s.page(at/pageSize, written)
			if err != nil {
				return err
			}
			n = copy(p, page[at%pageSize:])
		}
		p, at = p[n:], at+int64(n)
	}
	return nil
}

// page returns a page of the file. When there are maxPages all are forgotten: cells refer to texts nearly in order.
func (s *spool) page(number, written int64) ([]byte, error) {
	if page, ok := s.pages[number]; ok {
		return page, nil
	}
	if len(s.pages) == maxPages {
		clear(s.pages)
	}
	page := make([]byte, min(pageSize, written-number*pageSize))
	if _, err := io.ReadFull(io.NewSectionReader(s.file, number*pageSize, pageSize), page); err != nil {
		return nil, err
	}
	s.pages[number] = page
	return page, nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// maxCellBytes is the greatest size of a text of a cell that is read.
const maxCellBytes = 1 << 20

// richText collects the text of a shared text or a cell: that of all t, without phonetic guides.
type richText struct {
	text     []byte
	inText   bool
	phonetic int
}

func (r *richText) reset() { r.text, r.inText, r.phonetic = r.text[:0], false, 0 }

// visit takes a token of the text's element.
func (r *richText) visit(s *xmlScanner, token xmlToken, text []byte) error {
	switch {
	case token == textRun && r.inText && r.phonetic == 0:
		if len(r.text)+len(text) > maxCellBytes {
			return tooLarge(Place{}, "a text has more than %d bytes", maxCellBytes)
		}
		r.text = append(r.text, text...)
	case token != textRun && s.name == "rPh":
		if r.phonetic++; token == endTag {
			r.phonetic -= 2
		}
	case token != textRun && s.name == "t":
		r.inText = token == startTag
	}
	return nil
}

// readTexts reads the shared texts.
func (w *workbook) readTexts(name string) error {
	var text richText
	compressed := min(int64(w.parts[name].CompressedSize64), w.size)
	w.texts.limit = maxTextsInMemory + maxTextRatio*compressed
	return w.scan(name, maxPart, func(s *xmlScanner, token xmlToken, run []byte) error {
		switch {
		case token == startTag && s.name == "si":
			text.reset()
		case token == endTag && s.name == "si":
			return w.texts.add(unescapeText(text.text))
		default:
			return text.visit(s, token, run)
		}
		return nil
	})
}
