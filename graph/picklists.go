package graph

import (
	"context"
	"slices"
	"unicode/utf8"

	"callbook/db"
	"callbook/model"
)

// maxPicklistPrefix is the greatest length of a prefix of values, in characters: that of the longest value.
const maxPicklistPrefix = 255

func (r query) Picklists(
	ctx context.Context, types []model.PicklistType, fields []string, prefix *string, first int,
) ([]*model.PicklistField, error) {
	values := &model.PicklistQuery{First: first}
	if prefix != nil {
		values.Prefix = *prefix
	}
	if n := utf8.RuneCountInString(values.Prefix); n > maxPicklistPrefix {
		return nil, model.BadInput("prefix", "has %d characters; at most %d", n, maxPicklistPrefix)
	}
	if err := db.CheckFirst(first, db.MaxPicklistValues); err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	set := &model.RowSet[model.PicklistField]{Rows: []*model.PicklistField{}}
	for _, p := range model.PicklistFields() {
		isAsked := (types == nil || slices.Contains(types, p.Type)) && (fields == nil || slices.Contains(fields, p.Field))
		if isAsked && actor.May(readPermission(p.TypeName())) {
			p.RowSet, p.Query = set, values
			p.HasValues = p.Kind != nil && (!p.OnlyByName || fields != nil)
			set.Rows = append(set.Rows, p)
		}
	}
	return set.Rows, nil
}

// Values returns the known values in their order, then others in use, the most used first.
func (r picklist) Values(ctx context.Context, p *model.PicklistField) ([]*model.PicklistValue, error) {
	used, err := model.Load(p.RowSet, "used",
		func(fields []*model.PicklistField) (map[string][]*model.PicklistValue, error) {
			return r.db.ValuesInUse(ctx, fields, *p.Query)
		})
	if err != nil {
		return nil, err
	}
	values := []*model.PicklistValue{}
	others := slices.Clone(used[p.Key()])
	for _, known := range p.Known {
		if !p.Query.Matches(known.Value) {
			continue
		}
		value := &model.PicklistValue{Value: known.Value, Caption: &known.Caption}
		others = slices.DeleteFunc(others, func(other *model.PicklistValue) bool {
			if other.Value == known.Value {
				value.Count = other.Count
			}
			return other.Value == known.Value
		})
		values = append(values, value)
	}
	values = append(values, others...)
	return values[:min(len(values), p.Query.First)], nil
}
