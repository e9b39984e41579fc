package graph

import (
	"context"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/graph/internal/gen"
	"callbook/model"
)

func (r query) CallStats(
	ctx context.Context, dataset model.CallDataset, filter *model.CallFilter, groupBy []model.CallDimension,
	having []*model.CallStatsHaving, orderBy []*model.CallStatsOrder, first *int, timeZone string, fill *model.StatsFill,
	compareTo *model.CallStatsCompareTo,
) (*model.CallStats, error) {
	q := db.GroupQuery{GroupBy: namesOf(groupBy), Having: mapped(having, callHaving), OrderBy: mapped(orderBy, callOrder),
		First: first, TimeZone: timeZone, Fill: fill, WrittenFilter: writtenFilter(ctx, "filter")}
	var err error
	if q.Groups, q.Total, err = plansOf[model.CallFilter, model.CallDistinctField](ctx); err != nil {
		return nil, err
	}
	if compareTo != nil {
		q.CompareTo = &db.GroupComparison{CallFilter: compareTo.Filter, Shift: compareTo.Shift,
			WrittenFilter: writtenFilter(ctx, "compareTo", "filter")}
	}
	stats, err := r.db.CallStats(ctx, dataset, filter, q)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	noteGroups(stats, "callStats", filter)
	return &model.CallStats{Stats: stats}, nil
}

func (r query) CallRecordStats(
	ctx context.Context, filter *model.CallRecordFilter, groupBy []model.CallRecordDimension,
	having []*model.CallRecordStatsHaving, orderBy []*model.CallRecordStatsOrder, first *int, timeZone string,
	fill *model.StatsFill, compareTo *model.CallRecordStatsCompareTo,
) (*model.CallRecordStats, error) {
	q := db.GroupQuery{GroupBy: namesOf(groupBy), Having: mapped(having, recordHaving),
		OrderBy: mapped(orderBy, recordOrder), First: first, TimeZone: timeZone, Fill: fill,
		WrittenFilter: writtenFilter(ctx, "filter")}
	var err error
	if q.Groups, q.Total, err = plansOf[model.CallRecordFilter, model.CallRecordDistinctField](ctx); err != nil {
		return nil, err
	}
	if compareTo != nil {
		q.CompareTo = &db.GroupComparison{RecordFilter: compareTo.Filter, Shift: compareTo.Shift,
			WrittenFilter: writtenFilter(ctx, "compareTo", "filter")}
	}
	stats, err := r.db.CallRecordStats(ctx, filter, q)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	noteGroups(stats, "callRecordStats", filter)
	return &model.CallRecordStats{Stats: stats}, nil
}

// noteGroups has the audit log told of groups by personal data, once they are read: how many there were, by which
// fields, and by which fields and operators their rows were filtered.
func noteGroups(stats *model.Stats, what string, filter any) {
	if stats.Personal == nil {
		return
	}
	var once sync.Once
	load := stats.Load
	stats.Load = func(ctx context.Context) (*model.StatsGroups, error) {
		groups, err := load(ctx)
		if err == nil {
			once.Do(func() {
				noteListed(ctx, what+" by "+strings.Join(stats.Personal, ","), len(groups.Groups), filter)
			})
		}
		return groups, err
	}
}

// mapped returns what a function makes of each value of a list; nil of none.
func mapped[T, R any](list []T, to func(T) R) (out []R) {
	for _, value := range list {
		out = append(out, to(value))
	}
	return out
}

// namesOf returns enums as texts.
func namesOf[E ~string](enums []E) []string {
	names := make([]string, len(enums))
	for i, e := range enums {
		names[i] = string(e)
	}
	return names
}

func callHaving(h *model.CallStatsHaving) db.GroupCondition {
	return db.GroupCondition{Measure: string(h.Measure), Gt: h.Gt, Gte: h.Gte, Lt: h.Lt, Lte: h.Lte}
}

func recordHaving(h *model.CallRecordStatsHaving) db.GroupCondition {
	return db.GroupCondition{Measure: string(h.Measure), Gt: h.Gt, Gte: h.Gte, Lt: h.Lt, Lte: h.Lte}
}

func callOrder(o *model.CallStatsOrder) db.GroupOrder {
	return groupOrder(o.Dimension, o.Measure, o.Direction)
}

func recordOrder(o *model.CallRecordStatsOrder) db.GroupOrder {
	return groupOrder(o.Dimension, o.Measure, o.Direction)
}

func groupOrder[D, M ~string](dimension *D, measure *M, direction model.OrderDirection) db.GroupOrder {
	o := db.GroupOrder{Desc: direction == model.OrderDirectionDesc}
	if dimension != nil {
		o.Dimension = string(*dimension)
	}
	if measure != nil {
		o.Measure = string(*measure)
	}
	return o
}

// writtenFilter returns the filter that the current field has at a place in its arguments, as the caller wrote it; nil
// where there is none.
func writtenFilter(ctx context.Context, place ...string) map[string]any {
	operation, field := currentField(ctx)
	if field == nil {
		return nil
	}
	at := field.ArgumentMap(operation.Variables)
	for _, name := range place {
		at, _ = at[name].(map[string]any)
	}
	written, _ := asWritten(at).(map[string]any)
	return written
}

// asWritten returns a copy of an input in which empty lists are no nulls, as they are in literals.
func asWritten(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value == nil {
			return nil
		}
		object := make(map[string]any, len(value))
		for name, field := range value {
			object[name] = asWritten(field)
		}
		return object
	case []any:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = asWritten(element)
		}
		return list
	}
	return value
}

// plansOf returns what the fields below the current one, of statistics, ask to be computed of groups and of all rows,
// so that one statement computes it all. F is the filter of the rows, D names the fields whose values are counted. It
// returns BAD_USER_INPUT for a percentile that is not from 0 to 100.
func plansOf[F any, D ~string](ctx context.Context) (groups, total *model.StatsPlan, err error) {
	groups, total = model.NewStatsPlan(), model.NewStatsPlan()
	operation, field := currentField(ctx)
	if field == nil {
		return groups, total, nil
	}
	p := &planner[F, D]{ctx: ctx, operation: operation}
	typeName := field.Definition.Type.Name()
	for _, below := range graphql.CollectFields(operation, field.Selections, []string{typeName}) {
		switch below.Name {
		case "groups":
			p.figures(groups, below, below.Alias)
		case "total":
			p.figures(total, below, below.Alias)
		}
	}
	return groups, total, p.err
}

// planner adds what fields ask for to plans.
type planner[F any, D ~string] struct {
	ctx       context.Context
	operation *graphql.OperationContext
	err       error // the first one
}

// below returns the fields that are selected of a field.
func (p *planner[F, D]) below(of graphql.CollectedField) []graphql.CollectedField {
	return graphql.CollectFields(p.operation, of.Selections, []string{of.Definition.Type.Name()})
}

// figures adds what a field at a place, an object of figures, asks for.
func (p *planner[F, D]) figures(plan *model.StatsPlan, of graphql.CollectedField, place string) {
	for _, field := range p.below(of) {
		at := place + "." + field.Alias
		if field.Name == "compared" {
			p.compared(plan, field, at)
			continue
		}
		arguments, err := gen.Arguments(p.ctx, field, p.operation.Variables)
		if err != nil {
			continue // the field itself reports it
		}
		filter, _ := arguments["filter"].(*F)
		kinds := map[string]model.StatsKind{"count": model.StatsCount, "share": model.StatsShare,
			"answeredRate": model.StatsRate, "distinctCount": model.StatsDistinct}
		switch field.Name {
		case "duration", "rounds":
			p.values(plan, strings.ToUpper(field.Name), filter, field, at)
		case "count", "share", "answeredRate", "distinctCount":
			of, _ := arguments["of"].(D)
			plan.Add(model.StatsMeasure{Kind: kinds[field.Name], Of: string(of)}, filter, at)
		}
	}
}

// compared adds what a field at a place, a comparison, asks for.
func (p *planner[F, D]) compared(plan *model.StatsPlan, of graphql.CollectedField, place string) {
	for _, field := range p.below(of) {
		if field.Name != "drillDown" {
			p.figures(plan, field, place+"."+field.Alias)
		}
	}
}

// values adds what a field of StatsValues at a place asks for.
func (p *planner[F, D]) values(plan *model.StatsPlan, of string, filter *F, field graphql.CollectedField,
	place string,
) {
	percents := map[string]float64{"p50": 50, "p90": 90, "p95": 95, "p99": 99}
	for _, value := range p.below(field) {
		m := model.StatsMeasure{Kind: model.StatsPercentile, Of: of, Percent: percents[value.Name]}
		switch value.Name {
		case "sum", "avg", "min", "max":
			m.Kind = model.StatsKind(value.Name)
		case "percentile":
			arguments, err := gen.Arguments(p.ctx, value, p.operation.Variables)
			percent, isNumber := arguments["percent"].(float64)
			if err != nil || !isNumber {
				continue // the field itself reports it
			}
			if p.err == nil && (percent < 0 || percent > 100) {
				p.err = model.BadInput(place+"."+value.Alias+".percent", "is %v; it must be from 0 to 100", percent)
			}
			m.Percent = percent
		case "__typename":
			continue
		}
		plan.Add(m, filter, place)
	}
}
