package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"callbook/model"
)

// bookParts returns the parts of a workbook whose only sheet has this XML within worksheet.
func bookParts(sheet string) map[string]string {
	return map[string]string{
		"_rels/.rels": rootRelations,
		"xl/workbook.xml": xmlStart + `<workbook ` + mainSpace + ` xmlns:r="` + relationSpace + `"><sheets><sheet name="A" ` +
			`sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xmlStart + `<Relationships xmlns="` + packageSpace + `relationships"><Relationship ` +
			`Id="rId1" Type="` + relationSpace + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` +
			relationSpace + `/styles" Target="styles.xml"/><Relationship Id="rId3" Type="` + relationSpace +
			`/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml": styles,
		"xl/sharedStrings.xml": `<sst ` + mainSpace + `><si><t>first</t></si><si><r><t>sec</t></r><rPh><t>x</t></rPh><r>` +
			`<t>ond_x000D_</t></r></si></sst>`,
		"xl/worksheets/sheet1.xml": xmlStart + `<worksheet ` + mainSpace + `>` + sheet + `</worksheet>`,
	}
}

// zipped returns an archive of parts.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, text := range parts {
		part, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// text returns a cell of text.
func textXML(ref, text string) string {
	return `<c r="` + ref + `" t="inlineStr"><is><t>` + text + `</t></is></c>`
}

// headed returns the data of a sheet with the header "a" and "b", and rows.
func headed(rows string) string {
	return `<sheetData><row r="1">` + textXML("A1", "a") + textXML("B1", "b") + `</row>` + rows + `</sheetData>`
}

// outcome reads a file, and returns its first error, that of a row or a cell included, and otherwise its cells.
func outcome(file []byte, o Options) (cells []string, err error) {
	r, err := Open(bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return cells, nil
		}
		if err != nil {
			return nil, err
		}
		if row.Error != nil {
			return nil, row.Error
		}
		for i, cell := range row.Cells {
			if err := r.CellError(i); err != nil {
				return nil, err
			}
			cells = append(cells, cell.String())
		}
	}
}

// TestBadWorkbooks reads workbooks that are no good, each of which is refused with its place.
func TestBadWorkbooks(t *testing.T) {
	cases := map[string]struct{ sheet, want string }{
		"cut off": {`<sheetData><row r="1">` + textXML("A1", "a"), "no well-formed XML"},
		"entity expansion": {headed(`<row r="2"><c r="A2" t="inlineStr"><is><t>&lol;</t></is></c></row>`),
			"well-formed"},
		"error cell": {headed(`<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>`),
			`sheet "A", cell A2: the cell has the error #N/A`},
		"formula": {headed(`<row r="2"><c r="B2"><f>A1</f></c></row>`),
			`cell B2: the cell is a formula whose value was not kept`},
		"shared text": {headed(`<row r="2"><c r="B2" t="s"><v>2</v></c></row>`),
			`cell B2: refers to the shared text "2"; the workbook has 2`},
		"shared text -1": {headed(`<row r="2"><c r="B2" t="s"><v>-1</v></c></row>`),
			`cell B2: refers to the shared text "-1"`},
		"row 1,048,577": {headed(`<row r="1048577">` + textXML("A1048577", "x") + `</row>`),
			"at most 1048576 rows"},
		"rows backwards": {headed(`<row r="1">` + textXML("A1", "x") + `</row>`), "after row 1"},
		"column XFE":     {headed(`<row r="2">` + textXML("XFE2", "x") + `</row>`), "at most 16384 columns"},
		"column XFD": {headed(`<row r="2">` + textXML("XFD2", "x") + `</row>`),
			`cell XFD2: the cell has a value, but its column has no header`},
		"cells backwards": {headed(`<row r="2">` + textXML("B2", "x") + textXML("A2", "x") + `</row>`),
			"after column B"},
		"serial 60": {headed(`<row r="2"><c r="A2" s="2"><v>60</v></c></row>`),
			"1900-02-29, a day that never was"},
		"negative serial": {headed(`<row r="2"><c r="A2" s="2"><v>-1</v></c></row>`), "is no date"},
		"merged cells": {headed(`<row r="2">`+textXML("A2", "x")+`</row><row r="3">`+textXML("B3", "x")+`</row>`) +
			`<mergeCells><mergeCell ref="A2:A3"/></mergeCells>`, "cell A3: the cell is one of the merged cells A2:A3"},
		"text of 300 KiB": {headed(`<row r="2">` + textXML("A2", strings.Repeat("x", 300<<10)) + `</row>`),
			"262,144 bytes"},
		"spaces of 300 KiB":   {headed(strings.Repeat(" ", 300<<10)), "262,144 bytes"},
		"deep elements":       {strings.Repeat("<x>", 100), "nested more than 64 deep"},
		"no data":             {`<cols/>`, "the sheet has no data"},
		"no rows":             {`<sheetData/>`, "the table has no rows"},
		"text after the data": {headed("") + "</worksheet>text<worksheet>", "well-formed"},
	}
	for name, c := range cases {
		_, err := outcome(zipped(t, bookParts(c.sheet)), Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || model.AsErrors(err) == nil {
			t.Errorf("%s: got %v, want an error of the model: %s", name, err, c.want)
		}
	}
}

// TestBadArchives reads files that are no workbooks, or whose archive is no good.
func TestBadArchives(t *testing.T) {
	whole := zipped(t, bookParts(headed(`<row r="2">`+textXML("A2", "x")+`</row>`)))
	with := func(name, text string) []byte {
		parts := bookParts(headed(""))
		parts[name] = text
		return zipped(t, parts)
	}
	lying := bytes.Clone(whole)
	at := bytes.LastIndex(lying, []byte("PK\x01\x02")) // the last part's entry in the directory: its size, 24 bytes on
	lying[at+24]++
	damaged := bytes.Clone(with("xl/worksheets/sheet1.xml", xmlStart+`<worksheet>`+headed(strings.Repeat(" ", 1000))+
		`</worksheet>`))
	damaged[bytes.Index(damaged, []byte("sheet1.xml"))+60] ^= 0x55
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "the file is empty"},
		"an old workbook": {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), "with a password, or an old one"},
		"cut off":         {whole[:len(whole)/2], "cut off or damaged"},
		"a lying size":    {lying, "of the workbook"},
		"damaged":         {damaged, "cannot be read"},
		"a cut-off sheet": {with("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r='1'>"), "is cut off"},
		"no workbook":     {zipped(t, map[string]string{"a.txt": "x"}), "no workbook"},
		"OpenDocument":    {zipped(t, map[string]string{"mimetype": "application/vnd.oasis"}), "OpenDocument"},
		"a document type": {with("xl/worksheets/sheet1.xml", `<!DOCTYPE x [<!ENTITY a "aaa">]><worksheet/>`),
			"document type"},
		"external entity": {with("xl/sharedStrings.xml", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst/>`),
			"document type"},
		"all sheets hidden": {with("xl/workbook.xml", strings.ReplaceAll(bookParts("")["xl/workbook.xml"], `sheetId`,
			`state="veryHidden" sheetId`)), "hidden (A)"},
		"a missing sheet": {with("xl/workbook.xml", strings.ReplaceAll(bookParts("")["xl/workbook.xml"], `rId1`, `rId9`)),
			"does not have it"},
	} {
		_, err := outcome(c.file, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || model.AsErrors(err) == nil {
			t.Errorf("%s: got %v, want an error of the model: %s", name, err, c.want)
		}
	}
	if _, err := outcome(whole, Options{Sheet: "B"}); err == nil || !strings.Contains(err.Error(),
		"no such sheet, but A") {
		t.Errorf("a sheet that is not there: got %v, want its name and those that are", err)
	}
}

// TestZipBombs reads workbooks that grow when they are read, and checks that they are refused before they are.
func TestZipBombs(t *testing.T) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, text := range bookParts("") {
		part, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
		if name == "xl/sharedStrings.xml" { // 64 MB of text in one run
			_, _ = io.WriteString(part, "<si><t>")
			for range 64 {
				_, _ = part.Write(bytes.Repeat([]byte{'x'}, 1<<20))
			}
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := outcome(out.Bytes(), Options{}); err == nil {
		t.Error("a text of 64 MB: got no error, want one")
	}
	huge := zipped(t, bookParts(headed("")))
	for at := 0; ; { // every part says that it has 4 GiB less one
		next := bytes.Index(huge[at:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		at += next
		copy(huge[at+24:], []byte{0xFE, 0xFF, 0xFF, 0xFF})
		at += 4
	}
	_, err := outcome(huge, Options{})
	if err == nil || !strings.Contains(err.Error(), "4294967294 bytes; at most") {
		t.Errorf("parts of 4 GB: got %v, want them refused", err)
	}
}

// TestDates reads serial numbers of both epochs, in several formats.
func TestDates(t *testing.T) {
	for _, c := range []struct {
		serial, want string
		is1904       bool
	}{
		{"1", "1900-01-01 00:00:00", false},
		{"59", "1900-02-28 00:00:00", false},
		{"61", "1900-03-01 00:00:00", false},
		{"45429.396180555559", "2024-05-17 09:30:30", false},
		{"45429.999988425923", "2024-05-17 23:59:59", false},
		{"2958465.5", "9999-12-31 12:00:00", false},
		{"43967.396180555559", "2024-05-17 09:30:30", true},
		{"0", "1904-01-01 00:00:00", true},
		{"45429.5000000001", "2024-05-17 12:00:00.000009", false},
	} {
		if got := serialCell(c.serial, dateFormat, c.is1904); got.String() != c.want {
			t.Errorf("%s (1904 %v): got %v, want %s", c.serial, c.is1904, got, c.want)
		}
	}
	for code, want := range map[string]numberFormat{
		"yyyy-mm-dd": dateFormat, `yyyy"年"m"月"d"日"`: dateFormat, "h:mm AM/PM": clockFormat, "[h]:mm:ss": durationFormat,
		"mm:ss": durationFormat, "mmm": dateFormat, "General": plainNumber,
		`0.00"days"`: plainNumber, "[Red]0.0": plainNumber,
		`#,##0\d`: plainNumber, "[$-804]dddd": dateFormat, "0.00E+00": plainNumber, "": plainNumber, `"`: plainNumber,
		"[": plainNumber, `\`: plainNumber,
	} {
		if got := formatOf(code); got != want {
			t.Errorf("the format %q: got %d, want %d", code, got, want)
		}
	}
	if got := serialCell("0.520833333333333", clockFormat, false); got.Kind != Duration || got.Text != "12:30:00" {
		t.Errorf("12:30 as a clock: got %v, want the duration 12:30:00", got)
	}
	if got := serialCell("1.5", durationFormat, false); got.Text != "36:00:00" {
		t.Errorf("a day and a half: got %v, want 36:00:00", got)
	}
}

// TestOddWorkbooks reads what is odd and good.
func TestOddWorkbooks(t *testing.T) {
	rows := `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>` +
		`<row r="1048576"><c r="A1048576" t="str"><f>X</f><v>kept</v></c><c r="B1048576"><v>1.38E10</v></c></row>`
	got, err := outcome(zipped(t, bookParts(headed(rows))), Options{})
	if want := []string{"first", "second\r", "kept", "13800000000"}; err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
	parts := bookParts(headed(`<row r="2">` + textXML("A2", "seen") + `</row>`))
	parts["xl/workbook.xml"] = strings.ReplaceAll(parts["xl/workbook.xml"], `<sheets>`,
		`<sheets><sheet name="secret" state="hidden" sheetId="7" r:id="rId1"/>`)
	file := zipped(t, parts)
	r, err := Open(bytes.NewReader(file), int64(len(file)), Options{})
	if err != nil || r.Sheet != "A" || len(r.Sheets) != 1 || r.Rows != 2 {
		t.Fatalf("a hidden sheet first: got %+v and %v, want the sheet A with 2 rows", r, err)
	}
	r.Close()
}
