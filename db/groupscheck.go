package db

import (
	"slices"

	"callbook/model"
)

// check checks the question and prepares its order and conditions. It returns BAD_USER_INPUT, LIMIT_EXCEEDED and
// FORBIDDEN.
func (g *grouping) check() error {
	if err := CheckTimeZone(g.query.TimeZone); err != nil {
		return err
	}
	if first := g.query.First; first != nil && (*first < 0 || *first > MaxGroups) {
		return model.BadInput("first", "must be from 0 to %d", MaxGroups)
	}
	if err := g.checkFigures(); err != nil {
		return err
	}
	for _, check := range []func() error{g.findDimensions, g.findOrder, g.checkHaving, g.checkFill, g.checkShift} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (g *grouping) checkFigures() error {
	for _, plan := range []*model.StatsPlan{g.query.Groups, g.query.Total} {
		if n := len(plan.Parts); n > maxFigures {
			return model.LimitExceeded("", "the fields of the groups take %d figures; at most %d", n, maxFigures)
		}
		for _, part := range plan.Parts {
			if _, err := g.conditionOf(part, plan); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *grouping) findDimensions() error {
	if n := len(g.query.GroupBy); n > maxDimensions {
		return model.LimitExceeded("groupBy", "has %d dimensions; at most %d", n, maxDimensions)
	}
	g.dimensions = []dimension{}
	for i, name := range g.query.GroupBy {
		d := g.source.dimensions[name]
		switch {
		case slices.Index(g.query.GroupBy, name) < i:
			return model.BadInput("groupBy", "has %s twice", name)
		case !g.source.isSeen(g.actor, d):
			return model.Forbidden("groupBy", "%s is masked for you, so nothing is grouped by it", d.field)
		case d.list == "customers" && !g.actor.May(model.PermissionCustomerPersonRead):
			return model.Forbidden("groupBy", "to group by customers' groups takes the permission %s",
				model.PermissionCustomerPersonRead)
		}
		g.dimensions = append(g.dimensions, d)
	}
	return nil
}

func (g *grouping) findOrder() error {
	if n := len(g.query.OrderBy); n > maxOrderSteps {
		return model.LimitExceeded("orderBy", "has %d steps; at most %d", n, maxOrderSteps)
	}
	for _, o := range g.query.OrderBy {
		step := groupStep{place: slices.Index(g.query.GroupBy, o.Dimension), desc: o.Desc}
		switch {
		case (o.Dimension == "") == (o.Measure == ""):
			return model.BadInput("orderBy", "a step must have a dimension or a measure, and not both")
		case o.Measure != "":
			step.by = new(MeasureOf(o.Measure))
		case step.place < 0:
			return model.BadInput("orderBy", "%s is no dimension of groupBy", o.Dimension)
		}
		g.order = append(g.order, step)
	}
	return nil
}

func (g *grouping) checkHaving() error {
	if n := len(g.query.Having); n > maxHaving {
		return model.LimitExceeded("having", "has %d conditions; at most %d", n, maxHaving)
	}
	return nil
}

// checkFill returns BAD_USER_INPUT for a question whose groups cannot be filled.
func (g *grouping) checkFill() error {
	fill := g.query.Fill
	if fill == nil {
		return nil
	}
	switch {
	case g.query.Having != nil || g.query.First != nil:
		return model.BadInput("fill", "takes no having and no first")
	case slices.ContainsFunc(g.order, func(step groupStep) bool { return step.by != nil }):
		return model.BadInput("fill", "takes an order by dimensions")
	case g.hasDependentTimes():
		return model.BadInput("fill", "takes dimensions of time that do not depend on each other")
	case fill.From != nil && fill.To != nil && !fill.From.Before(*fill.To):
		return model.BadInput("fill.to", "must be after from")
	}
	return nil
}

// hasDependentTimes reports whether one of the dimensions of time says something of another.
func (g *grouping) hasDependentTimes() bool {
	count, calendar := map[localPart]int{}, 0
	for _, d := range g.dimensions {
		count[d.part]++
		if d.part != "" && d.part.isCalendar() {
			calendar++
		}
	}
	return calendar > 1 || count[minuteOfDay] > 0 && count[hourOfDay] > 0 || count[ofDay] > 0 && count[weekday] > 0
}

// checkShift returns BAD_USER_INPUT for a shift that does not lead from a stretch of the calendar to another.
func (g *grouping) checkShift() error {
	if g.query.CompareTo == nil || g.query.CompareTo.Shift == nil {
		return nil
	}
	shift, hasCalendar := g.query.CompareTo.Shift, false
	const maxDays, maxMonths = 366 * 100, 12 * 100
	if max(shift.Days, -shift.Days) > maxDays || max(shift.Months, -shift.Months) > maxMonths {
		return model.BadInput("compareTo.shift", "must be at most 100 years")
	}
	for _, d := range g.dimensions {
		if d.part == "" || !d.part.isCalendar() {
			continue
		}
		hasCalendar = true
		fits := map[localPart]bool{ofDay: shift.Months == 0, ofWeek: shift.Months == 0 && shift.Days%7 == 0,
			ofMonth: shift.Days == 0, ofQuarter: shift.Days == 0 && shift.Months%3 == 0,
			ofYear: shift.Days == 0 && shift.Months%12 == 0}
		if !fits[d.part] {
			return model.BadInput("compareTo.shift", "does not lead from one %s to another", d.part)
		}
	}
	if !hasCalendar {
		return model.BadInput("compareTo.shift", "takes a dimension DAY, WEEK, MONTH, QUARTER or YEAR")
	}
	return nil
}
