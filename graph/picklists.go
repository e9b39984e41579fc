package graph

import (
	"context"
	"slices"

	"callbook/model"
)

func (r query) Picklists(ctx context.Context, typeName *string, fields []string) ([]*model.PicklistField, error) {
	all := model.PicklistFields()
	actor, _ := model.ActorFrom(ctx)
	chosen := slices.DeleteFunc(slices.Clone(all), func(p *model.PicklistField) bool {
		return !actor.May(readPermission(p.Type)) || typeName != nil && p.Type != *typeName || fields != nil && !slices.Contains(fields, p.Field)
	})
	if typeName != nil && !slices.ContainsFunc(all, func(p *model.PicklistField) bool { return p.Type == *typeName }) {
		return nil, model.BadInput("type", "must be Call, Attachment, Task, Note, CallRecord or CustomerPerson")
	}
	set := &model.RowSet[model.PicklistField]{Rows: chosen}
	for _, p := range chosen {
		p.RowSet = set
	}
	return chosen, nil
}

// Values are the known values in their order, then others in use.
func (r picklist) Values(ctx context.Context, p *model.PicklistField) ([]*model.PicklistValue, error) {
	used, err := model.Load(p.RowSet, "used", func(fields []*model.PicklistField) (map[string][]*model.PicklistValue, error) {
		return r.db.ValuesInUse(ctx, fields)
	})
	if err != nil {
		return nil, err
	}
	values := []*model.PicklistValue{}
	others := slices.Clone(used[p.Key()])
	for _, known := range p.Known {
		value := &model.PicklistValue{Value: known.Value, Caption: &known.Caption}
		others = slices.DeleteFunc(others, func(other *model.PicklistValue) bool {
			if other.Value == known.Value {
				value.Count = other.Count
			}
			return other.Value == known.Value
		})
		values = append(values, value)
	}
	return append(values, others...), nil
}
