package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// The parts of a workbook that are always the same.
const (
	xmlStart = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

	mainSpace     = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relationSpace = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packageSpace  = `http://schemas.openxmlformats.org/package/2006/`
	contentPrefix = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	rootRelations = xmlStart + `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` +
		relationSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`

	// sheetStart begins a sheet whose header stays in sight: it takes the header's row, and the next one.
	sheetStart = xmlStart + `<worksheet ` + mainSpace + ` xmlns:r="` + relationSpace + `"><sheetViews><sheetView ` +
		`workbookViewId="0"><pane ySplit="%d" topLeftCell="A%d" activePane="bottomLeft" ` +
		`state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>` +
		`<sheetFormatPr defaultRowHeight="15"/><cols>`

	plainStyle   = 0 // of cells
	headerStyle  = 1
	timeStyle    = 2
	badStyles    = 3 // a bad cell's style is as many later
	wrappedStyle = 6

	styles = xmlStart + `<styleSheet ` + mainSpace + `><numFmts count="1"><numFmt numFmtId="164" ` +
		`formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>` +
		`<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/></font></fonts><fills count="4"><fill>` +
		`<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill>` +
		`<patternFill patternType="solid"><fgColor rgb="FF1F4E78"/></patternFill></fill><fill>` +
		`<patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/></patternFill></fill></fills><borders count="1"><border>` +
		`<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" ` +
		`fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" ` +
		`xfId="0"/><xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" ` +
		`applyAlignment="1"><alignment vertical="center"/></xf><xf numFmtId="164" fontId="0" fillId="0" borderId="0" ` +
		`xfId="0" applyNumberFormat="1"/>` + badXf + `numFmtId="0"/>` + badXf + `numFmtId="0"/>` + badXf +
		`numFmtId="164" applyNumberFormat="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" ` +
		`applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>` +
		`</cellStyles></styleSheet>`
)

// badXf begins the style of a bad cell.
const badXf = `<xf fontId="0" fillId="3" borderId="0" xfId="0" applyFill="1" `

// textPart is a part of a workbook.
type textPart struct{ name, text string }

// lists returns the parts that list sheets and headers.
func (x *xlsxWriter) lists() []textPart {
	var types, book, relations, texts strings.Builder
	types.WriteString(xmlStart + `<Types xmlns="` + packageSpace + `content-types"><Default ` +
		`Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`)
	override := func(part, kind string) {
		fmt.Fprintf(&types, `<Override PartName="/xl/%s.xml" ContentType="%s%s+xml"/>`, part, contentPrefix, kind)
	}
	override("workbook", "sheet.main")
	override("styles", "styles")
	override("sharedStrings", "sharedStrings")
	book.WriteString(xmlStart + `<workbook ` + mainSpace + ` xmlns:r="` + relationSpace + `"><sheets>`)
	relations.WriteString(xmlStart + `<Relationships xmlns="` + packageSpace + `relationships">`)
	relation := func(id int, kind, target string) {
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/%s" Target="%s.xml"/>`, id, relationSpace, kind, target)
	}
	for i, name := range x.sheets {
		override(fmt.Sprintf("worksheets/sheet%d", i+1), "worksheet")
		if x.hasNotes[i] {
			override(fmt.Sprintf("comments%d", i+1), "comments")
		}
		fmt.Fprintf(&book, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`,
			appendXMLText(nil, strings.ReplaceAll(name, `"`, "'")), i+1, i+1)
		relation(i+1, "worksheet", fmt.Sprintf("worksheets/sheet%d", i+1))
	}
	relation(len(x.sheets)+1, "styles", "styles")
	relation(len(x.sheets)+2, "sharedStrings", "sharedStrings")
	fmt.Fprintf(&texts, xmlStart+`<sst %s count="%d" uniqueCount="%d">`, mainSpace, len(x.headers), len(x.headers))
	for _, header := range x.headers {
		fmt.Fprintf(&texts, `<si><t xml:space="preserve">%s</t></si>`, appendXMLText(nil, header))
	}
	return []textPart{
		{"xl/sharedStrings.xml", texts.String() + `</sst>`},
		{"xl/styles.xml", styles},
		{"xl/workbook.xml", book.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relations.String() + `</Relationships>`},
		{"[Content_Types].xml", types.String() + `</Types>`},
	}
}

// sheetName returns a name that a sheet may have, and no other has: at most 31 UTF-16 units, without []:*?/\. The parts
// of a table after the first are numbered.
func sheetName(name string, part int, taken []string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) {
			return '_'
		}
		return r
	}, name), "'")
	if name == "" {
		name = "Sheet"
	}
	for number := part; ; number++ {
		suffix := ""
		if number > 1 {
			suffix = fmt.Sprintf(" (%d)", number)
		}
		candidate := cutUnits(name, 31-len(suffix)) + suffix
		if !slices.ContainsFunc(taken, func(t string) bool { return strings.EqualFold(t, candidate) }) {
			return candidate
		}
	}
}

// cutUnits returns the beginning of a text of at most n UTF-16 units.
func cutUnits(text string, n int) string {
	for i, r := range text {
		if n -= max(1, utf16.RuneLen(r)); n < 0 {
			return text[:i]
		}
	}
	return text
}

// continued matches headers of columns in which a text goes on, as continuedName makes them.
var continued = regexp.MustCompile(`^(.+) … [0-9]+$`)

func continuedName(name string, part int) string { return fmt.Sprintf("%s … %d", name, part) }
