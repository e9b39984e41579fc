package sheet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// encoded returns a text in an encoding.
func encoded(t testing.TB, text string, e Encoding) []byte {
	t.Helper()
	decoding, known := e.decoding()
	if !known {
		t.Fatalf("the encoding %s is unknown", e)
	}
	if decoding == nil {
		return []byte(text)
	}
	out, err := decoding.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEncodings reads a Chinese text in each encoding, with and without a byte order mark, without being told which.
func TestEncodings(t *testing.T) {
	simplified := "标识,名称,描述\r\n1,王芳,\"客户对价格感兴趣,要求回电\"\r\n2,李雷,无应答\r\n"
	traditional := "標識,名稱,描述\r\n1,王芳,\"客戶對價格感興趣,要求回電\"\r\n2,李雷,無應答\r\n"
	ascii := strings.Repeat("x,y,z\r\n", 30000)
	for _, c := range []struct {
		text string
		e    Encoding
		mark string
	}{
		{simplified, UTF8, ""}, {simplified, UTF8, "\xEF\xBB\xBF"}, {traditional, UTF8, ""},
		{simplified, UTF16LE, "\xFF\xFE"}, {simplified, UTF16BE, "\xFE\xFF"}, {traditional, UTF16LE, ""},
		{simplified, UTF16BE, ""},
		{simplified, GB18030, ""}, {traditional, Big5, ""}, {traditional, GB18030, ""},
		{ascii + simplified, GB18030, ""}, {ascii + simplified, UTF8, ""}, {ascii, UTF8, ""},
	} {
		file := append([]byte(c.mark), encoded(t, c.text, c.e)...)
		r, err := Open(bytes.NewReader(file), int64(len(file)), Options{Format: CSV})
		if err != nil || r.Encoding != c.e {
			t.Errorf("%.20q in %s: got %+v and %v", c.text, c.e, r, err)
			continue
		}
		r.Close()
		cells, err := outcome(file, Options{Format: CSV})
		if want := strings.Contains(c.text, "2,李雷"); err != nil || want && !strings.HasPrefix(cells[len(cells)-2], "李雷") {
			t.Errorf("%.20q in %s: got the last cells %q and %v", c.text, c.e, cells[len(cells)-3:], err)
		}
	}
}

// TestDialects reads texts whose delimiter and quote are found, or set.
func TestDialects(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\n1,2\n":                            "[1 2]",
		"a;b;c\n1,5;2,5;x\n3,5;4,5;y\n":         "[1,5 2,5 x 3,5 4,5 y]",
		"a\tb\n1, 2\t3\n":                       "[1, 2 3]",
		"a|b\n1|2\n":                            "[1 2]",
		"'a','b'\n'it''s','x,y'\n":              "[it's x,y]",
		"a,b\r1,2\r":                            "[1 2]",
		"\"a\",\"b\"\n\"1\n2\",\"\"\"q\"\"\"\n": "[1\n2 \"q\"]",
		"a,b\n5\" pipe,x\n":                     "[5\" pipe x]",
		"a,b\n\n\n1,2":                          "[1 2]",
	} {
		got, err := outcome([]byte(text), Options{})
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: got %q and %v, want %s", text, got, err, want)
		}
	}
	got, err := outcome([]byte("a\"b,c\n\"1,2\n"), Options{Quote: NoQuote, Delimiter: ','})
	if err != nil || fmt.Sprint(got) != `["1 2]` {
		t.Errorf("without quotes: got %q and %v", got, err)
	}
	file := []byte("1,x\n2,y\n")
	r, err := Open(bytes.NewReader(file), int64(len(file)), Options{NoHeader: true})
	if err != nil || r.Columns[1].Name != "B" {
		t.Fatalf("without a header: got %+v and %v, want the columns A and B", r, err)
	}
	if row, err := r.Next(); err != nil || row.Number != 1 || row.Cells[1].Text != "x" {
		t.Errorf("without a header: got %+v and %v, want the first row", row, err)
	}
}

// TestBadTexts reads texts that are no good: errors name the row and the column.
func TestBadTexts(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\n1,2,3\n":  "cell C2: the cell has a value, but its column has no header",
		"a,b\n1,\x00\n": "cell B2: the cell has the character NUL",
		"a,b\n" + strings.Repeat("王芳", 20) + ",\xCD\xF5\xB7\xBC\n": "cell B2: the cell has bytes that are not UTF-8",
		"a,b\n1,\"2\"x\n":                            "cell B2: text follows a quote that closes",
		"a,b\n1,2\n1,\"2\n3,4\n":                     "cell B3: a quote opens here and is never closed",
		"a,b\n\"" + strings.Repeat("x", maxRowBytes): "row 2: the row has more than 16777216 bytes",
		"\n\n":                 "the table has no rows",
		"{\"a\":1}\n{\"a\":\n": "row 2: the line is no JSON object",
		"{\"a\":1}\n[1]\n":     "row 2: the line is no JSON object",
		"a,b\n" + strings.Repeat(",", 1<<20) + "\n":                    "row 2: the row has more than 1000 columns",
		"{\"a\":1}\n{" + strings.Repeat(`"a":1,`, 1001) + "\"a\":1}\n": "row 2: the line has more than 1000 members",
		"{\"a\":1}\n{\"a\":\"\\ud800\"}\n":                             "cell A2: the cell has half a surrogate pair",
		strings.Repeat("\x00\x01\x02", 1000):                           "the file is no text",
	} {
		_, err := outcome([]byte(text), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
	for _, o := range []Options{{Quote: 'é'}, {Delimiter: '"'}, {Encoding: "EBCDIC"}, {Format: "XLS"}} {
		if _, err := outcome([]byte("a,b\n1,2\n"), o); err == nil {
			t.Errorf("%+v: got no error, want one", o)
		}
	}
}

// TestProblems finds what is odd about headers.
func TestProblems(t *testing.T) {
	for text, want := range map[string]string{
		"a,b,A\n1,2,3\n":          `row 1, cell`,
		"1,2,2024-05-17\n1,2,3\n": "looks like values",
	} {
		r, err := Open(strings.NewReader(text), int64(len(text)), Options{})
		if err != nil || len(r.Problems) != 1 {
			t.Errorf("%q: got %v and %v, want a problem", text, r, err)
			continue
		}
		if got := r.Problems[0].Error(); !strings.Contains(got, want) && !strings.Contains(got, "is there twice") {
			t.Errorf("%q: got the problem %q, want %q", text, got, want)
		}
	}
	text := "a,b,c\n1,2\n"
	r, err := Open(strings.NewReader(text), int64(len(text)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := r.Next(); err != nil || row.Error != nil || row.Warning == nil || row.Cells[2].Kind != Empty {
		t.Errorf("a short row: got %+v and %v, want a warning", row, err)
	}
}

// TestFormulasAreDefused writes texts that programs take for formulas.
func TestFormulasAreDefused(t *testing.T) {
	row := [][]Cell{{TextCell("=1+1"), TextCell("+1"), TextCell("-1"), TextCell("@x"), TextCell("\tx"), TextCell("x=1"),
		NumberCell(-1), {}, TextCell(""), TextCell("x;=y"), TextCell("＝1"), TextCell("'=1"), TextCell("+A1")}}
	columns := make([]WriteColumn, len(row[0]))
	got := string(writeTable(t, CSV, WriteOptions{Columns: columns, BOM: true}, row))
	want := "\"'=1+1\",+1,\"'-1\",\"'@x\",\"'\tx\",x=1,-1,,\"\",\"x;=y\",\"'＝1\",\"''=1\",\"'+A1\"\r\n"
	if !strings.HasPrefix(got, "\ufeff") || !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end with %q", got, want)
	}
}

// TestDefusedTextsComeBack reads texts that were defused: each is what it was, also where it
// has an apostrophe of its own.
func TestDefusedTextsComeBack(t *testing.T) {
	texts := []string{
		"=1+1", "+86 (138) 001-38000", "+86138x", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "'=1", "''+1",
		"'+86138", "'x", "''", "x;=cmd", "x\t=cmd",
	}
	var rows [][]Cell
	for i, text := range texts {
		rows = append(rows, []Cell{NumberCell(int64(i)), TextCell(text)})
	}
	file := writeTable(t, CSV, WriteOptions{Columns: []WriteColumn{{Name: "key"}, {Name: "text"}}}, rows)
	_, read := readTable(t, file)
	if len(read) != len(texts) {
		t.Fatalf("got %d rows, want %d", len(read), len(texts))
	}
	for i, text := range texts {
		if got := read[i][1].Text; got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if !strings.Contains(string(file), ",+86 (138) 001-38000\r\n") {
		t.Errorf("got %q, want the telephone number as it is", file)
	}
}

// TestRealCalls reads the bank's calls, whose delimiter is a semicolon.
func TestRealCalls(t *testing.T) {
	folder := os.Getenv("CALLBOOK_DATA")
	if folder == "" {
		folder = "../../../shared/data"
	}
	file, err := os.ReadFile(filepath.Join(folder, "bank-calls.csv"))
	if err != nil {
		t.Skip(err)
	}
	columns, rows := readTable(t, file)
	if len(rows) != 4119 || len(columns) != 12 {
		t.Errorf("got %d rows of %d columns, want 4119", len(rows), len(columns))
	}
}

// FuzzCSV reads any text: it must end, and without a panic.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "{", "a;b\n\"1\n", "\xFF\xFEa\x00",
		"{\"a\":1}\n{}", "'a','b'\r'c'\r", "a\n\"\"\"", "\x84\x31"} {
		f.Add([]byte(seed), uint8(0))
	}
	f.Fuzz(func(t *testing.T, file []byte, option uint8) {
		o := Options{NoHeader: option&1 != 0, Encoding: []Encoding{"", UTF8, GB18030, UTF16LE}[option>>1&3]}
		if option&8 != 0 {
			o.Quote = NoQuote
		}
		checkOutcome(t, file, o)
	})
}

// FuzzXLSX reads any sheet and any shared texts in a workbook.
func FuzzXLSX(f *testing.F) {
	f.Add(headed(`<row r="2"><c r="B2" t="s"><v>1</v></c></row>`), "<sst><si><t>x</t></si></sst>", "yyyy")
	f.Add(headed(`<row><c s="1"><v>1e5</v></c><c t="d"><v>2024-05-17</v></c></row>`)+
		`<mergeCell ref="A1:B2"/>`, "<x/>", "[h]")
	f.Fuzz(func(t *testing.T, sheet, texts, format string) {
		parts := bookParts(sheet)
		parts["xl/sharedStrings.xml"] = texts
		parts["xl/styles.xml"] = strings.ReplaceAll(styles, `yyyy\-mm\-dd\ hh:mm:ss`, format)
		file := zipped(t, parts)
		checkOutcome(t, file, Options{})
		checkOutcome(t, []byte(sheet), Options{Format: XLSX})
	})
}

// checkOutcome reads a file. What is wrong with it is an error of the file.
func checkOutcome(t *testing.T, file []byte, o Options) {
	t.Helper()
	_, err := outcome(file, o)
	if err != nil && !strings.Contains(fmt.Sprintf("%T", err), "sheet.Error") {
		t.Errorf("got %T %v, want an error of the file", err, err)
	}
}
