package graph

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"callbook/files"
	"callbook/load"
	"callbook/model"
)

// shownRow returns a row of a preview.
func shownRow(source *load.Source, row *files.Row, outcome model.RowOutcome) *model.ImportPreviewRow {
	return &model.ImportPreviewRow{Row: int(source.RowNumber(row)), RowID: orNull(row.ID), Outcome: outcome,
		Values: valuesOf(row)}
}

// valuesOf returns the values that a row of a file has, by the names of fields in the schema.
func valuesOf(row *files.Row) model.JSONObject {
	if row.Record != nil {
		return objectOf(reflect.ValueOf(row.Record).Elem())
	}
	if row.Call == nil {
		return model.JSONObject{}
	}
	return callValues(row.Call)
}

// callValues returns the values that a call of a file has.
func callValues(c *model.CallImport) model.JSONObject {
	call := &model.Call{}
	_, _ = c.Apply(call, false) // what is at fault has failed before
	stored := objectOf(reflect.ValueOf(call).Elem())
	values := model.JSONObject{"id": c.ID}
	for _, column := range files.Columns(files.CallKind) {
		name := column.Field
		if _, isMasked := stored["stored"+strings.ToUpper(name[:1])+name[1:]]; isMasked {
			name = "stored" + strings.ToUpper(name[:1]) + name[1:]
		}
		if value, isThere := stored[name]; isThere && !column.IsOutput && column.Type != files.JSONColumn {
			values[column.Field] = value
		}
	}
	if call.StoredStatus != nil {
		values["outgoingCallStatus"] = *call.StoredStatus
	}
	if tags := c.Tags.Value(); len(tags) > 0 {
		values["tags"] = tags
	}
	if list := c.Attachments.Value(); len(list) > 0 {
		values["attachments"] = list
	}
	if c.CreatedBy != nil {
		values["createdBy"] = *c.CreatedBy
	}
	if c.CreatedAt != nil {
		values["createdAt"] = *c.CreatedAt
	}
	return values
}

// objectOf returns the exported fields of a struct that have a value.
func objectOf(input reflect.Value) model.JSONObject {
	values := model.JSONObject{}
	for i := range input.NumField() {
		if field := input.Field(i); input.Type().Field(i).IsExported() && !field.IsZero() {
			values[fieldName(input.Type().Field(i).Name)] = plainOf(field)
		}
	}
	return values
}

// fieldName returns the name in the schema of a field of Go: fullAudioUrl of FullAudioURL.
func fieldName(name string) string {
	name = strings.NewReplacer("URL", "Url", "ID", "Id").Replace(name)
	return strings.ToLower(name[:1]) + name[1:]
}

// plainOf returns a value of an input as JSON has it: keys are texts.
func plainOf(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return plainOf(v.Elem())
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plainOf(v.Index(i))
		}
		return list
	case reflect.Struct:
		if at, isTime := reflect.TypeAssert[time.Time](v); isTime {
			return at.UTC()
		}
		return objectOf(v)
	}
	return v.Interface()
}
