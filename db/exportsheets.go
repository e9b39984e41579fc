package db

import (
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
)

// exportSheets returns the tables of what hangs on calls, each once, in the order given. Which calls, a query says: it
// is made anew for each. It returns BAD_USER_INPUT for a sheet that comes twice.
func (s scope) exportSheets(sheets []model.ExportSheet, calls func() *bun.SelectQuery,
) (tables []*ExportTable, err error) {
	for i, sheet := range sheets {
		if slices.Contains(sheets[:i], sheet) {
			return nil, model.BadInput("sheets", "%s is named twice", sheet)
		}
		table := s.exportSheet(sheet, calls().ColumnExpr("call.id"))
		tables = append(tables, &table)
	}
	return tables, nil
}

// exportSheet returns the table of what hangs on the calls whose keys a query returns, by call.
func (s scope) exportSheet(sheet model.ExportSheet, calls *bun.SelectQuery) ExportTable {
	switch sheet {
	case model.ExportSheetTasks:
		q := s.selectFrom((*model.Task)(nil)).Where("task.call_id IN (?)", calls).Order("task.call_id", "task.id")
		return s.exportTable("Tasks", "Task", ExportColumns("Task"), q)
	case model.ExportSheetNotes:
		q := s.selectFrom((*model.Note)(nil)).Where("note.call_id IN (?)", calls).Order("note.call_id", "note.id")
		return s.exportTable("Notes", "Note", ExportColumns("Note"), q)
	}
	q := s.selectAny((*model.CallTag)(nil)).Where("call_tag.call_id IN (?)", calls).
		Order("call_tag.call_id", "call_tag.tag")
	return s.exportTable("Tags", "CallTag", tagColumns(), q)
}

// tagColumns returns the columns of the tags of calls, a row a tag. They have the captions that the key of a call has
// in notes, and that tags have in calls.
func tagColumns() []ExportColumn {
	captions := map[string]model.Caption{}
	for _, column := range slices.Concat(ExportColumns("Call"), ExportColumns("Note")) {
		captions[column.Field] = column.Caption
	}
	return []ExportColumn{
		{Field: "callId", Caption: captions["callId"], expr: "call_tag.call_id"},
		{Field: "tag", Caption: captions["tags"], expr: "call_tag.tag"},
	}
}
