package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// What a workbook may have. A sheet of a million rows of 25 columns takes some 2 GB of XML.
const (
	maxPart      = 1<<32 - 1 // bytes of a sheet, and of all shared texts
	maxSmallPart = 32 << 20  // bytes of the workbook's lists and styles
	maxParts     = 10000
	maxSheets    = 1000
	maxStyles    = 65536 // 64,000 are allowed
)

// sheetInfo is a sheet of a workbook.
type sheetInfo struct {
	name     string
	part     string
	isHidden bool
}

// workbook is an XLSX file: a zip archive of XML parts. Only parts that are needed are read; those once, with their
// size and check sum. Neither excelize v2.11 nor xlsxreader v1.2 tells the types of cells row by row, and both answer
// nothing, without an error, for sheets that are cut off.
type workbook struct {
	size    int64 // of the file
	parts   map[string]*zip.File
	sheets  []sheetInfo
	is1904  bool
	formats []numberFormat // by the style of a cell
	texts   *sharedTexts
}

// openWorkbook reads what sheets need: their list, styles and shared texts.
func openWorkbook(r io.ReaderAt, size int64) (*workbook, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, bad(Place{}, "the file begins like a workbook, but it is cut off or damaged: %v", err)
	}
	if len(archive.File) > maxParts {
		return nil, tooLarge(Place{}, "the workbook has %d parts; at most %d", len(archive.File), maxParts)
	}
	w := &workbook{size: size, parts: map[string]*zip.File{}, texts: &sharedTexts{}}
	for _, part := range archive.File {
		name := partName(part.Name)
		if w.parts[name] != nil {
			return nil, bad(Place{}, "the workbook has the part %q twice", part.Name)
		}
		w.parts[name] = part
	}
	if err := w.readParts(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *workbook) close() { w.texts.close() }

// partName returns the name of a part by which it is found: some programs write other cases, or backslashes.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (w *workbook) readParts() error {
	main, _, err := w.related("", "officeDocument")
	switch {
	case err != nil:
		return err
	case main == "" && w.parts["mimetype"] != nil:
		return bad(Place{}, "the file is an OpenDocument file; save it as .xlsx")
	case main == "" || w.parts[main] == nil:
		return bad(Place{}, "the file is a zip archive, but no workbook (.xlsx)")
	case strings.HasSuffix(main, ".bin"):
		return bad(Place{}, "the file is a binary workbook (.xlsb); save it as .xlsx")
	}
	if err := w.readSheets(main); err != nil {
		return err
	}
	styles, _, err := w.related(main, "styles")
	if err == nil && w.parts[styles] != nil {
		err = w.readStyles(styles)
	}
	if err != nil {
		return err
	}
	texts, _, err := w.related(main, "sharedStrings")
	if err == nil && w.parts[texts] != nil {
		err = w.readTexts(texts)
	}
	return err
}

// scan reads a part, and calls visit with each start tag and text; visit reads from the scanner on. The part is read to
// its end, so that its size and check sum are right.
func (w *workbook) scan(name string, limit uint64, visit func(s *xmlScanner, token xmlToken, text []byte) error) error {
	part := w.parts[name]
	body, err := w.open(part, limit)
	if err != nil {
		return err
	}
	defer body.Close()
	scanner := newXMLScanner(body)
	for {
		token, text, err := scanner.next()
		if err == io.EOF { //nolint:errorlint // the scanner ends with io.EOF itself
			return nil
		}
		if err == nil {
			err = visit(scanner, token, text)
		}
		if err != nil {
			return partError(part.Name, err)
		}
	}
}

// open opens a part of at most limit bytes.
func (w *workbook) open(part *zip.File, limit uint64) (io.ReadCloser, error) {
	if part.UncompressedSize64 > limit {
		return nil, tooLarge(Place{}, "the part %q of the workbook has %d bytes; at most %d", part.Name,
			part.UncompressedSize64, limit)
	}
	if part.Flags&1 != 0 {
		return nil, bad(Place{}, "the workbook has a password; save it without")
	}
	body, err := part.Open()
	if err != nil {
		return nil, partError(part.Name, err)
	}
	return &exactReader{body, part.UncompressedSize64}, nil
}

// exactReader fails where a part has more bytes than it says, before they are used.
type exactReader struct {
	io.ReadCloser
	left uint64
}

func (r *exactReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if uint64(n) > r.left {
		return 0, zip.ErrFormat
	}
	r.left -= uint64(n)
	return n, err
}

// partError returns an error of reading a part with its name.
func partError(name string, err error) error {
	if own, isOwn := errors.AsType[*Error](err); isOwn {
		return own
	}
	switch {
	case errors.Is(err, errLongRun), errors.Is(err, errTooDeep):
		return tooLarge(Place{}, "the part %q of the workbook: %v", name, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return bad(Place{}, "the part %q of the workbook is cut off", name)
	}
	return bad(Place{}, "the part %q of the workbook cannot be read: %v", name, err)
}

// related returns the part to which another one, or with an empty name the workbook as a whole, has the first relation
// of a kind, and all its relations by their ids.
func (w *workbook) related(from, kind string) (first string, byID map[string]string, err error) {
	folder, file := path.Split(from)
	name := folder + "_rels/" + file + ".rels"
	byID = map[string]string{}
	if w.parts[name] == nil {
		return "", byID, nil
	}
	err = w.scan(name, maxSmallPart, func(s *xmlScanner, token xmlToken, _ []byte) error {
		if token != startTag || s.name != "Relationship" || s.attribute("TargetMode") == "External" {
			return nil
		}
		target := s.attribute("Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", folder, strings.ReplaceAll(target, `\`, "/"))
		}
		target = partName(target)
		byID[s.attribute("Id")] = target
		if first == "" && path.Base(s.attribute("Type")) == kind {
			first = target
		}
		return nil
	})
	return first, byID, err
}

// readSheets reads the list of sheets.
func (w *workbook) readSheets(main string) error {
	_, byID, err := w.related(main, "worksheet")
	if err != nil {
		return err
	}
	err = w.scan(main, maxSmallPart, func(s *xmlScanner, token xmlToken, _ []byte) error {
		switch {
		case token != startTag:
		case s.name == "workbookPr":
			w.is1904 = isTrue(s.rawAttribute("date1904"))
		case s.name == "sheet":
			if len(w.sheets) == maxSheets {
				return tooLarge(Place{}, "the workbook has more than %d sheets", maxSheets)
			}
			part := byID[sheetRelation(s)]
			if w.parts[part] == nil {
				return bad(Place{Sheet: s.attribute("name")}, "the workbook lists this sheet, but does not have it")
			}
			w.sheets = append(w.sheets, sheetInfo{s.attribute("name"), part, s.attribute("state") != "" &&
				s.attribute("state") != "visible"})
		}
		return nil
	})
	if err == nil && len(w.sheets) == 0 {
		err = bad(Place{}, "the workbook has no sheets")
	}
	return err
}

// sheetRelation returns r:id of a sheet. Its sheetId has another name.
func sheetRelation(s *xmlScanner) string { return s.attribute("id") }

func isTrue(value []byte) bool { return string(value) == "1" || bytes.EqualFold(value, []byte("true")) }

// sheet returns a sheet by its name; with an empty name the first that is not hidden.
func (w *workbook) sheet(name string) (sheetInfo, error) {
	var names []string
	for _, s := range w.sheets {
		if name == "" && !s.isHidden || name != "" && s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	if name == "" {
		return sheetInfo{}, bad(Place{}, "all sheets of the workbook are hidden (%s); name one", strings.Join(names, ", "))
	}
	return sheetInfo{}, bad(Place{Sheet: name}, "the workbook has no such sheet, but %s", strings.Join(names, ", "))
}
