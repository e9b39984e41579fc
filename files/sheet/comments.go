package sheet

import (
	"fmt"
	"strings"
)

// comment is a comment on a cell.
type comment struct {
	row, column int
	text        string
}

// maxComments is how many comments a sheet is given: programs become slow with more.
const maxComments = 10000

// addComment keeps a comment until the sheet ends.
func (x *xlsxWriter) addComment(c comment) {
	if len(x.comments) < maxComments {
		c.text = cutUnits(c.text, 1000)
		x.comments = append(x.comments, c)
	}
}

// writeComments writes the comments of the sheet that ended, with the boxes in which programs show them.
func (x *xlsxWriter) writeComments() error {
	if len(x.comments) == 0 {
		return nil
	}
	number := len(x.sheets)
	var texts, boxes strings.Builder
	texts.WriteString(xmlStart + `<comments ` + mainSpace + `><authors><author>Callbook</author></authors><commentList>`)
	boxes.WriteString(`<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" ` +
		`xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="t" coordsize="21600,21600" o:spt="202" ` +
		`path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/></v:shapetype>`)
	for i, c := range x.comments {
		fmt.Fprintf(&texts, `<comment ref="%s%d" authorId="0"><text><t xml:space="preserve">%s</t></text></comment>`,
			Letters(c.column), c.row, appendXMLText(nil, c.text))
		fmt.Fprintf(&boxes, `<v:shape id="s%d" type="#t" style="position:absolute;width:240pt;height:80pt;`+
			`visibility:hidden" `+
			`fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:textbox/><x:ClientData ObjectType="Note">`+
			`<x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column>`+
			`</x:ClientData></v:shape>`, i, c.row-1, c.column-1)
	}
	x.comments = x.comments[:0]
	for _, part := range []textPart{
		{fmt.Sprintf("xl/comments%d.xml", number), texts.String() + `</commentList></comments>`},
		{fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", number), boxes.String() + `</xml>`},
		{fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", number), fmt.Sprintf(xmlStart+`<Relationships xmlns="`+
			packageSpace+`relationships"><Relationship Id="rId1" Type="`+relationSpace+`/vmlDrawing" Target="../drawings/`+
			`vmlDrawing%d.vml"/><Relationship Id="rId2" Type="`+relationSpace+`/comments" Target="../comments%d.xml"/>`+
			`</Relationships>`, number, number)},
	} {
		if err := x.writePart(part.name, part.text); err != nil {
			return err
		}
	}
	return nil
}
