package model

import "context"

// CallRecordStats are the figures of groups of call records.
type CallRecordStats struct{ *Stats }

// Groups returns the groups, in order.
func (s CallRecordStats) Groups(ctx context.Context) ([]*CallRecordStatsGroup, error) {
	loaded, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	groups := make([]*CallRecordStatsGroup, len(loaded.Groups))
	for i, group := range loaded.Groups {
		groups[i] = newCallRecordStatsGroup(group)
	}
	return groups, nil
}

// Total returns one group of all call records.
func (s CallRecordStats) Total(ctx context.Context) (*CallRecordStatsGroup, error) {
	group, err := s.LoadAll(ctx)
	if err != nil {
		return nil, err
	}
	return newCallRecordStatsGroup(group), nil
}

// CallRecordStatsFigures are figures of call records, or differences or ratios of figures.
type CallRecordStatsFigures struct {
	statsFigures[CallRecordFilter, CallRecordDistinctField]
}

// Rounds returns figures of the rounds of records that pass a filter.
func (f CallRecordStatsFigures) Rounds(filter *CallRecordFilter) *StatsValues {
	return &StatsValues{f.figure, StatsRounds, FilterName(filter)}
}

func newCallRecordStatsFigures(figure figureFunc) CallRecordStatsFigures {
	return CallRecordStatsFigures{statsFigures[CallRecordFilter, CallRecordDistinctField]{figure}}
}

// CallRecordStatsGroup is a group of call records.
type CallRecordStatsGroup struct {
	CallRecordStatsFigures
	group *StatsGroup
}

func newCallRecordStatsGroup(group *StatsGroup) *CallRecordStatsGroup {
	return &CallRecordStatsGroup{newCallRecordStatsFigures(group.Figures.Figure), group}
}

// Key returns the values of the dimensions.
func (g *CallRecordStatsGroup) Key() *CallRecordStatsKey {
	key := &CallRecordStatsKey{}
	setKey(key, g.group)
	return key
}

// DrillDown returns how its call records are read.
func (g *CallRecordStatsGroup) DrillDown() *CallRecordDrillDown {
	return newCallRecordDrillDown(g.group)
}

func newCallRecordDrillDown(group *StatsGroup) *CallRecordDrillDown {
	_, filter := group.DrillDown()
	return &CallRecordDrillDown{Filter: filter}
}

// Count returns how many call records pass a filter.
func (g *CallRecordStatsGroup) Count(filter *CallRecordFilter) int {
	return int(*g.CallRecordStatsFigures.Count(filter))
}

// DistinctCount returns how many values a field has in rows that pass a filter.
func (g *CallRecordStatsGroup) DistinctCount(of CallRecordDistinctField, filter *CallRecordFilter) int {
	return int(*g.CallRecordStatsFigures.DistinctCount(of, filter))
}

// Compared returns the comparison with other call records, nil where there is nothing to compare with.
func (g *CallRecordStatsGroup) Compared() *CallRecordStatsComparison {
	if g.group.Other == nil {
		return nil
	}
	return &CallRecordStatsComparison{g.group}
}

// CallRecordStatsComparison is a group beside the call records with which it is compared.
type CallRecordStatsComparison struct{ group *StatsGroup }

// DrillDown returns how the other call records are read.
func (c *CallRecordStatsComparison) DrillDown() *CallRecordDrillDown {
	return newCallRecordDrillDown(c.group.Other)
}

// Other returns the others' figures.
func (c *CallRecordStatsComparison) Other() CallRecordStatsFigures {
	return newCallRecordStatsFigures(c.group.Other.Figures.Figure)
}

// Difference returns the group's figures less the others'.
func (c *CallRecordStatsComparison) Difference() CallRecordStatsFigures {
	return newCallRecordStatsFigures(compared(c.group.Figures, c.group.Other.Figures, difference))
}

// Ratio returns the group's figures divided by the others'.
func (c *CallRecordStatsComparison) Ratio() CallRecordStatsFigures {
	return newCallRecordStatsFigures(compared(c.group.Figures, c.group.Other.Figures, quotient))
}
