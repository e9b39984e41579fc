package model

import "context"

// CallStats are the figures of groups of calls.
type CallStats struct{ *Stats }

// Groups returns the groups, in order.
func (s CallStats) Groups(ctx context.Context) ([]*CallStatsGroup, error) {
	loaded, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	groups := make([]*CallStatsGroup, len(loaded.Groups))
	for i, group := range loaded.Groups {
		groups[i] = newCallStatsGroup(group)
	}
	return groups, nil
}

// Total returns one group of all calls.
func (s CallStats) Total(ctx context.Context) (*CallStatsGroup, error) {
	group, err := s.LoadAll(ctx)
	if err != nil {
		return nil, err
	}
	return newCallStatsGroup(group), nil
}

// CallStatsFigures are figures of calls, or differences or ratios of figures.
type CallStatsFigures struct {
	statsFigures[CallFilter, CallDistinctField]
}

func newCallStatsFigures(figure figureFunc) CallStatsFigures {
	return CallStatsFigures{statsFigures[CallFilter, CallDistinctField]{figure}}
}

// CallStatsGroup is a group of calls.
type CallStatsGroup struct {
	CallStatsFigures
	group *StatsGroup
}

func newCallStatsGroup(group *StatsGroup) *CallStatsGroup {
	return &CallStatsGroup{newCallStatsFigures(group.Figures.Figure), group}
}

// Key returns the values of the dimensions.
func (g *CallStatsGroup) Key() *CallStatsKey {
	key := &CallStatsKey{}
	setKey(key, g.group)
	return key
}

// DrillDown returns how its calls are read.
func (g *CallStatsGroup) DrillDown() *CallDrillDown { return newCallDrillDown(g.group) }

func newCallDrillDown(group *StatsGroup) *CallDrillDown {
	dataset, filter := group.DrillDown()
	return &CallDrillDown{Dataset: dataset, Filter: filter}
}

// Count returns how many calls pass a filter.
func (g *CallStatsGroup) Count(filter *CallFilter) int { return int(*g.CallStatsFigures.Count(filter)) }

// DistinctCount returns how many values a field has in rows that pass a filter.
func (g *CallStatsGroup) DistinctCount(of CallDistinctField, filter *CallFilter) int {
	return int(*g.CallStatsFigures.DistinctCount(of, filter))
}

// Compared returns the comparison with other calls, nil where there is nothing to compare with.
func (g *CallStatsGroup) Compared() *CallStatsComparison {
	if g.group.Other == nil {
		return nil
	}
	return &CallStatsComparison{g.group}
}

// CallStatsComparison is a group beside the calls with which it is compared.
type CallStatsComparison struct{ group *StatsGroup }

// DrillDown returns how the other calls are read.
func (c *CallStatsComparison) DrillDown() *CallDrillDown { return newCallDrillDown(c.group.Other) }

// Other returns the others' figures.
func (c *CallStatsComparison) Other() CallStatsFigures {
	return newCallStatsFigures(c.group.Other.Figures.Figure)
}

// Difference returns the group's figures less the others'.
func (c *CallStatsComparison) Difference() CallStatsFigures {
	return newCallStatsFigures(compared(c.group.Figures, c.group.Other.Figures, difference))
}

// Ratio returns the group's figures divided by the others'.
func (c *CallStatsComparison) Ratio() CallStatsFigures {
	return newCallStatsFigures(compared(c.group.Figures, c.group.Other.Figures, quotient))
}
