package jobs

import (
	"encoding/json"
	"slices"
	"strconv"

	"callbook/db"
	"callbook/model"
)

// turnColumns are the columns of a turn, which stand in place of the column details.
var turnColumns = []db.ExportColumn{
	{Field: "details.position", Caption: model.Caption{En: "Turn", Zh: "轮次"}, Kind: db.NumberValue},
	{Field: "details.type", Caption: model.Caption{En: "Who speaks", Zh: "说话方"}, Kind: db.TextValue},
	{Field: "details.text", Caption: model.Caption{En: "Text", Zh: "内容"}, Kind: db.TextValue},
}

// columnsOfTurns returns the columns of rows of turns: those of their records, whose last one is the list of turns, and
// those of a turn.
func columnsOfTurns(columns []db.ExportColumn) []db.ExportColumn {
	ofRecord := columns[:len(columns)-1]
	return append(slices.Clip(ofRecord), turnColumns...)
}

// turnRows writes a row for every turn of a record, with the columns of the record in each, and one for a record
// without turns.
type turnRows struct {
	RowWriter
	cells []db.Cell
}

// WriteRow writes the rows of a record, whose last cell is the list of its turns.
func (t *turnRows) WriteRow(table *db.ExportTable, cells []db.Cell) (rows int64, err error) {
	last := len(cells) - 1
	var turns []struct{ Type, Text string }
	if !cells[last].IsNull {
		if err := json.Unmarshal(cells[last].Text, &turns); err != nil {
			return 0, err
		}
	}
	t.cells = append(t.cells[:0], cells[:last]...)
	if len(turns) == 0 {
		null := db.Cell{IsNull: true}
		return t.RowWriter.WriteRow(table, append(t.cells, null, null, null))
	}
	for i, turn := range turns {
		written, err := t.RowWriter.WriteRow(table, append(t.cells, db.Cell{Text: strconv.AppendInt(nil, int64(i)+1, 10)},
			db.Cell{Text: []byte(turn.Type)}, db.Cell{Text: []byte(turn.Text)}))
		if rows += written; err != nil {
			return rows, err
		}
	}
	return rows, nil
}
