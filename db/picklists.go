package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"callbook/model"
)

// maxValuesInUse is how many values of one field are counted at the most.
const maxValuesInUse = 200

// FieldValue names a value of a field in use.
type FieldValue struct{ Type, Field, Value string }

// picklistColumns are where the values of picklists are.
var picklistColumns = map[string]struct {
	model  any
	column map[string]string
	where  string
}{
	"Call": {(*model.Call)(nil), map[string]string{"callType": "call.call_type", "outgoingCallStatus": effectiveStatus, "callStatus": callStatus,
		"callPurpose": "call.call_purpose", "callResult": "call.call_result", "reminder": "call.reminder", "ownerType": "call.owner_type",
		"ownerSubtype": "call.owner_subtype"}, "call.deleted_at IS NULL"},
	"Task": {(*model.Task)(nil), map[string]string{"status": "task.status", "assignee": "task.assignee"}, ofLiveCall},
	"CallRecord": {(*model.CallRecord)(nil), map[string]string{"resultStatus": "call_record.result_status", "intentLevel": "call_record.intent_level",
		"realIntentLevel": "call_record.real_intent_level", "readStatus": "call_record.read_status"}, "1 = 1"},
	"CustomerPerson": {(*model.CustomerPerson)(nil), map[string]string{"customerGroupName": "customer_person.customer_group_name",
		"source": "customer_person.source", "gender": "customer_person.gender", "lastIntentLevel": "customer_person.last_intent_level",
		"lastDialStatus": "customer_person.last_dial_status"}, "1 = 1"},
}

// ValuesInUse counts the values of fields in use, the most used first: one statement for all fields.
func (d *DB) ValuesInUse(ctx context.Context, fields []*model.PicklistField) (map[string][]*model.PicklistValue, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var parts []*bun.SelectQuery
	for _, field := range fields {
		if field.Kind == nil {
			continue
		}
		entity := picklistColumns[field.Type]
		column := entity.column[field.Field]
		value := bun.SafeQuery(column, s.nows(column)...)
		parts = append(parts, s.selectFrom(entity.model).ColumnExpr("? AS field, ? AS value, COUNT(*) AS count", field.Key(), value).
			Where(entity.where).Where("(?) IS NOT NULL", value).GroupExpr("?", value).
			OrderExpr("CASE WHEN ? IN (?) THEN 0 ELSE 1 END, COUNT(*) DESC, 2", value, bun.List(field.KnownValues())).Limit(maxValuesInUse))
	}
	used := map[string][]*model.PicklistValue{}
	if parts == nil {
		return used, nil
	}
	var rows []struct {
		Field, Value string
		Count        int
	}
	if err := s.unionOf(parts).OrderExpr("field, count DESC, value").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("counting values in use: %w", err)
	}
	for _, row := range rows {
		used[row.Field] = append(used[row.Field], &model.PicklistValue{Value: row.Value, Count: row.Count, Caption: &model.Caption{En: row.Value, Zh: row.Value}})
	}
	return used, nil
}
