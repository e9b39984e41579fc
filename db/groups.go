package db

import (
	"context"

	"callbook/model"
)

// Limits of groups.
const (
	MaxGroups     = 10000 // in one answer
	defaultGroups = 1000  // where the caller does not say how many
	maxDimensions = 8
	maxHaving     = 8
	maxFigures    = 200 // each is a column of the statement
)

// GroupQuery says how rows are grouped, and what is computed of the groups.
type GroupQuery struct {
	GroupBy   []string // dimensions, by their names in the schema
	Having    []GroupCondition
	OrderBy   []GroupOrder
	First     *int
	TimeZone  string
	Fill      *model.StatsFill
	CompareTo *GroupComparison
	// WrittenFilter is the filter as the caller wrote it, for drillDown; nil for none.
	WrittenFilter map[string]any
	// Groups and Total are what is computed of each group, and of all rows.
	Groups, Total *model.StatsPlan
}

// GroupCondition is a condition on a figure of groups; operators that are nil are none.
type GroupCondition struct {
	Measure          string
	Gt, Gte, Lt, Lte *float64
}

// GroupOrder is a step of an order: by a dimension or by a measure.
type GroupOrder struct {
	Dimension, Measure string // one of them is empty
	Desc               bool
}

// GroupComparison says with which rows groups are compared.
type GroupComparison struct {
	CallFilter    *model.CallFilter       // of calls; nil for that of the groups
	RecordFilter  *model.CallRecordFilter // of records; nil for that of the groups
	WrittenFilter map[string]any
	Shift         *model.StatsShift
}

// grouping is a question about groups that has been checked.
type grouping struct {
	scope
	source     *groupSource
	query      GroupQuery
	dimensions []dimension
	order      []groupStep
	rows       groupRows
	other      *groupRows // nil where there is nothing to compare with
	wanted     []groupRow // whose keys come first, before all others; nil for no such order
}

// groupRows are the rows that are grouped, and how they are read.
type groupRows struct {
	cond    cond
	dataset model.CallDataset // empty for records
	filter  map[string]any    // as JSON
}

// groupStep is a step of the order of groups: by the dimension at a place, or by a measure.
type groupStep struct {
	place int
	by    *model.StatsMeasure // nil where the step is by a dimension
	desc  bool
}

// CallStats returns figures of groups of the calls of a data set that pass a filter. It returns BAD_USER_INPUT,
// LIMIT_EXCEEDED, and FORBIDDEN for filters and dimensions that are masked for the actor. The groups take one
// statement, when they are first asked for, and one more for what they are compared with; so does the group of all
// calls.
func (d *DB) CallStats(ctx context.Context, dataset model.CallDataset, filter *model.CallFilter, q GroupQuery,
) (*model.Stats, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	g := &grouping{scope: s, source: groupsOfCalls, query: q}
	g.rows, err = s.groupedCalls("filter", dataset, filter, q.WrittenFilter)
	if err != nil {
		return nil, err
	}
	switch c := q.CompareTo; {
	case c == nil:
	case c.CallFilter == nil:
		g.other = &g.rows
	default:
		other, err := s.groupedCalls("compareTo.filter", dataset, c.CallFilter, c.WrittenFilter)
		if err != nil {
			return nil, err
		}
		g.other = &other
	}
	return g.stats()
}

func (s scope) groupedCalls(path string, dataset model.CallDataset, filter *model.CallFilter, written map[string]any,
) (groupRows, error) {
	filtered, err := s.filterAt(path, filter, callFilterColumns)
	return groupRows{cond: s.inDataset(dataset, allOf(expr(isLive), filtered)), dataset: model.CallDatasetDefault,
		filter: frozen(dataset, written, model.Canonical(s.now))}, err
}

// CallRecordStats returns figures of groups of the records that pass a filter. Errors and statements are those of
// CallStats; FORBIDDEN, too, for customers' groups where the actor may not read customers.
func (d *DB) CallRecordStats(ctx context.Context, filter *model.CallRecordFilter, q GroupQuery) (*model.Stats, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	g := &grouping{scope: s, source: groupsOfRecords, query: q}
	g.rows, err = s.groupedRecords("filter", filter, q.WrittenFilter)
	if err != nil {
		return nil, err
	}
	switch c := q.CompareTo; {
	case c == nil:
	case c.RecordFilter == nil:
		g.other = &g.rows
	default:
		other, err := s.groupedRecords("compareTo.filter", c.RecordFilter, c.WrittenFilter)
		if err != nil {
			return nil, err
		}
		g.other = &other
	}
	return g.stats()
}

func (s scope) groupedRecords(path string, filter *model.CallRecordFilter, written map[string]any) (groupRows, error) {
	filtered, err := s.filterAt(path, filter, recordFilterColumns)
	return groupRows{cond: filtered, filter: written}, err
}

// stats checks the question, and returns the figures that answer it.
func (g *grouping) stats() (*model.Stats, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	stats := &model.Stats{AsOf: model.Canonical(g.now), TimeZone: g.query.TimeZone}
	for _, d := range g.dimensions {
		if _, isPersonal := model.MaskedFields()[g.source.typeName][d.field]; isPersonal {
			stats.Personal = append(stats.Personal, d.field)
		}
	}
	stats.Load = loadOnce(g.groups)
	stats.LoadAll = loadOnce(g.total)
	return stats, nil
}

// groups returns the groups, in order.
func (g *grouping) groups(ctx context.Context) (*model.StatsGroups, error) {
	limit := g.limit()
	found, err := g.read(ctx, g.rows, g.query.Groups, g.dimensions, limit)
	if err != nil {
		return nil, err
	}
	hasMore := len(found) > limit
	if hasMore && g.query.First == nil {
		return nil, model.LimitExceeded("groupBy",
			"makes more than %d groups; say by first how many of them you want, at most %d", limit, MaxGroups)
	}
	found = found[:min(len(found), limit)]
	if g.query.Fill != nil {
		if found, err = g.filled(found); err != nil {
			return nil, err
		}
	}
	others, err := g.others(ctx, found)
	if err != nil {
		return nil, err
	}
	groups := make([]*model.StatsGroup, len(found))
	for i, row := range found {
		groups[i] = g.group(row, g.rows, g.query.Groups, g.dimensions)
		if others != nil {
			groups[i].Other = others[i]
		}
	}
	return &model.StatsGroups{Groups: groups, HasMore: hasMore}, nil
}

// limit returns how many groups are answered at the most.
func (g *grouping) limit() int {
	switch {
	case g.query.First != nil:
		return *g.query.First
	case g.query.Fill != nil:
		return MaxGroups
	}
	return defaultGroups
}

// total returns one group of all rows.
func (g *grouping) total(ctx context.Context) (*model.StatsGroup, error) {
	one := func(rows groupRows) (*model.StatsGroup, error) {
		found, err := g.read(ctx, rows, g.query.Total, nil, 1)
		if err != nil {
			return nil, err
		}
		return g.group(found[0], rows, g.query.Total, nil), nil
	}
	group, err := one(g.rows)
	if err == nil && g.other != nil {
		group.Other, err = one(*g.other)
	}
	return group, err
}

// others returns the groups with which groups are compared, by their places; nil where there are none to compare with.
func (g *grouping) others(ctx context.Context, found []groupRow) ([]*model.StatsGroup, error) {
	if g.other == nil {
		return nil, nil
	}
	if len(found) == 0 {
		return []*model.StatsGroup{}, nil
	}
	other := *g
	other.query.Having, other.order, other.wanted = nil, nil, make([]groupRow, len(found))
	for i, row := range found {
		other.wanted[i].keys = g.unshifted(row.keys)
	}
	rows, err := other.read(ctx, *g.other, g.query.Groups, g.dimensions, len(found))
	if err != nil {
		return nil, err
	}
	byKey := map[string]groupRow{}
	for _, row := range rows {
		byKey[row.name()] = row
	}
	empty := g.emptyRow(rows)
	groups := make([]*model.StatsGroup, len(found))
	for i := range found {
		keys := other.wanted[i].keys
		match, isThere := byKey[groupRow{keys: keys}.name()]
		if !isThere {
			match = groupRow{keys: keys, values: empty}
		}
		groups[i] = g.group(match, *g.other, g.query.Groups, g.dimensions)
	}
	return groups, nil
}

// group returns a row as a group of the answer.
func (g *grouping) group(row groupRow, of groupRows, plan *model.StatsPlan, dimensions []dimension) *model.StatsGroup {
	group := &model.StatsGroup{Figures: &model.StatsRow{Plan: plan, Values: row.values}}
	for i, d := range dimensions {
		group.Fields = append(group.Fields, d.key)
		group.Keys = append(group.Keys, d.shown(row.keys[i]))
	}
	group.DrillDown = func() (model.CallDataset, model.JSONObject) {
		return of.dataset, g.drillDown(of, dimensions, row.keys)
	}
	return group
}
