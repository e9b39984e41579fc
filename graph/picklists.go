package graph

import (
	"context"
	"slices"

	"callbook/model"
)

func (r query) Picklists(ctx context.Context, typeName *string, fields []string) ([]*model.PicklistField, error) {
	all := model.PicklistFields()
	isOfType := func(p *model.PicklistField) bool { return typeName == nil || p.Type == *typeName }
	if !slices.ContainsFunc(all, isOfType) {
		return nil, model.BadInput("type", "must be Call, Attachment, Task, Note, CallRecord or CustomerPerson")
	}
	actor, _ := model.ActorFrom(ctx)
	set := &model.RowSet[model.PicklistField]{Rows: []*model.PicklistField{}}
	for _, p := range all {
		isAsked := isOfType(p) && (fields == nil || slices.Contains(fields, p.Field))
		if isAsked && actor.May(readPermission(p.Type)) {
			p.RowSet = set
			set.Rows = append(set.Rows, p)
		}
	}
	return set.Rows, nil
}

// Values returns the known values in their order, then others in use, the most used first.
func (r picklist) Values(ctx context.Context, p *model.PicklistField) ([]*model.PicklistValue, error) {
	used, err := model.Load(p.RowSet, "used",
		func(fields []*model.PicklistField) (map[string][]*model.PicklistValue, error) {
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
