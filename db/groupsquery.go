package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// groupRow is a row of the statement: the keys, each an int64, a string, or nil, and the figures by the parts of the
// plan.
type groupRow struct {
	keys   []any
	values []*float64
}

// name returns a text that is the same for equal keys alone.
func (r groupRow) name() string { return fmt.Sprintf("%#v", r.keys) }

// groupStatement is a statement that computes the figures of a plan.
type groupStatement struct {
	*grouping
	plan  *model.StatsPlan
	lists []*percentileList
}

// read groups rows in one statement, and returns one group more than limit where there are more.
func (g *grouping) read(ctx context.Context, rows groupRows, plan *model.StatsPlan, dimensions []dimension, limit int,
) ([]groupRow, error) {
	measures := plan.Parts
	if dimensions != nil {
		measures = append(slices.Clone(measures), g.sortedBy()...)
	}
	lists, release := percentileListsOf(measures, accountOf(ctx))
	defer release()
	s := groupStatement{g, plan, lists}
	q := where(g.selectFrom(g.source.rows), rows.cond)
	g.source.join(g.scope, q, dimensions)
	columns := newGroupColumns(dimensions)
	for i, d := range dimensions {
		value := g.valueOf(d)
		q.ColumnExpr(value.sql, value.args...).GroupExpr(strconv.Itoa(i + 1))
	}
	q.ColumnExpr(asFigure + "COUNT(*)" + asFigureEnd) // so that there is a column
	if err := s.addFigures(q, columns, rows.cond); err != nil {
		return nil, err
	}
	if dimensions != nil {
		s.choose(q)
		s.sort(q, len(dimensions))
		q.Limit(int64(limit) + 1)
	}
	if err := q.Scan(ctx, columns.dest...); err != nil {
		return nil, fmt.Errorf("grouping: %w", err)
	}
	return columns.rows(plan)
}

// sortedBy returns the measures by which groups are sorted or chosen.
func (g *grouping) sortedBy() (measures []model.StatsMeasure) {
	for _, step := range g.order {
		if step.by != nil {
			measures = append(measures, *step.by)
		}
	}
	for _, h := range g.query.Having {
		measures = append(measures, MeasureOf(h.Measure))
	}
	return measures
}

// addFigures adds the columns of the plan: one for each part, and one for each list of percentiles.
func (s *groupStatement) addFigures(q *bun.SelectQuery, columns *groupColumns, rows cond) error {
	for i, part := range s.plan.Parts {
		if part.Kind == model.StatsPercentile {
			continue
		}
		figure, err := s.partOf(part, s.plan, rows)
		if err != nil {
			return err
		}
		q.ColumnExpr(asFigure+figure.sql+asFigureEnd, figure.args...)
		columns.addFigure(i)
	}
	for _, list := range s.lists {
		c, err := s.conditionOf(model.StatsMeasure{Kind: model.StatsPercentile, Of: list.of, Filter: list.filter}, s.plan)
		if err != nil {
			return err
		}
		all := s.percentilesOf(list, c)
		q.ColumnExpr(strings.ReplaceAll(s.dialect.listText, "{percentiles}", all.sql), all.args...)
		columns.addList(list)
	}
	return nil
}

// percentilesOf returns the aggregate of the percentiles of a list, of the rows for which c holds.
func (s *groupStatement) percentilesOf(list *percentileList, c cond) cond {
	return filteredBy(list.aggregate(s.dialect.percentiles, s.source.numbers[list.of]), c)
}

// Figures are of one type, so that both engines return the same.
const (
	asFigure    = "CAST("
	asFigureEnd = " AS double precision)"
)

// groupColumns are the columns of the statement as they are scanned.
type groupColumns struct {
	dest    []any
	texts   map[int]*[]sql.NullString
	numbers map[int]*[]sql.NullInt64
	keys    int
	count   *[]float64
	figures []figureColumn
	lists   []listColumn
}

// figureColumn is the column of the part at a place in the plan.
type figureColumn struct {
	part   int
	values *[]sql.NullFloat64
}

// listColumn is the column of a list of percentiles.
type listColumn struct {
	list   *percentileList
	values *[]sql.NullString
}

func newGroupColumns(dimensions []dimension) *groupColumns {
	c := &groupColumns{texts: map[int]*[]sql.NullString{}, numbers: map[int]*[]sql.NullInt64{}, keys: len(dimensions),
		count: new([]float64)}
	for i, d := range dimensions {
		if d.isNumber {
			c.numbers[i] = new([]sql.NullInt64)
			c.dest = append(c.dest, c.numbers[i])
		} else {
			c.texts[i] = new([]sql.NullString)
			c.dest = append(c.dest, c.texts[i])
		}
	}
	c.dest = append(c.dest, c.count)
	return c
}

func (c *groupColumns) addFigure(part int) {
	values := new([]sql.NullFloat64)
	c.figures = append(c.figures, figureColumn{part, values})
	c.dest = append(c.dest, values)
}

func (c *groupColumns) addList(list *percentileList) {
	values := new([]sql.NullString)
	c.lists = append(c.lists, listColumn{list, values})
	c.dest = append(c.dest, values)
}

// rows returns what was scanned of a plan.
func (c *groupColumns) rows(plan *model.StatsPlan) ([]groupRow, error) {
	rows := make([]groupRow, len(*c.count))
	for n := range rows {
		row := groupRow{keys: make([]any, c.keys), values: make([]*float64, len(plan.Parts))}
		for i, column := range c.texts {
			if text := (*column)[n]; text.Valid {
				row.keys[i] = text.String
			}
		}
		for i, column := range c.numbers {
			if number := (*column)[n]; number.Valid {
				row.keys[i] = number.Int64
			}
		}
		for _, column := range c.figures {
			if figure := (*column.values)[n]; figure.Valid {
				row.values[column.part] = &figure.Float64
			}
		}
		for _, column := range c.lists {
			if err := column.read(n, plan, row.values); err != nil {
				return nil, err
			}
		}
		rows[n] = row
	}
	return rows, nil
}

// read sets those values of a plan that the list of row n has.
func (c listColumn) read(n int, plan *model.StatsPlan, values []*float64) error {
	text := (*c.values)[n]
	if !text.Valid {
		return nil
	}
	var found []float64
	if err := json.Unmarshal([]byte(text.String), &found); err != nil {
		return fmt.Errorf("percentiles: %w", err)
	}
	for i, part := range plan.Parts {
		if part.Kind == model.StatsPercentile && part.Of == c.list.of && part.Filter == c.list.filter {
			values[i] = &found[c.list.place(part)]
		}
	}
	return nil
}

// valueOf returns the expression of a dimension.
func (g *grouping) valueOf(d dimension) cond {
	if d.part != "" {
		return expr(g.dialect.partOf(d.part, g.source.start, g.query.TimeZone))
	}
	return expr(d.expr, g.clockArguments(d.expr)...)
}

// choose adds the conditions on groups.
func (s *groupStatement) choose(q *bun.SelectQuery) {
	for _, h := range s.query.Having {
		figure := s.figure(MeasureOf(h.Measure))
		for _, operand := range []struct {
			operator string
			value    *float64
		}{{">", h.Gt}, {">=", h.Gte}, {"<", h.Lt}, {"<=", h.Lte}} {
			if operand.value != nil {
				q.Having("("+figure.sql+" "+operand.operator+" ?)", append(slices.Clone(figure.args), *operand.value)...)
			}
		}
	}
}

// sort adds the order: the groups that are wanted, the steps, and then all dimensions.
func (s *groupStatement) sort(q *bun.SelectQuery, dimensions int) {
	direction := map[bool]string{false: " ASC NULLS LAST", true: " DESC NULLS LAST"}
	if s.wanted != nil {
		isWanted := s.isWanted()
		q.OrderExpr("CASE WHEN "+isWanted.sql+" THEN 0 ELSE 1 END", isWanted.args...)
	}
	for _, step := range s.order {
		if step.by == nil {
			q.OrderExpr(strconv.Itoa(step.place+1) + direction[step.desc])
		} else {
			figure := s.figure(*step.by)
			q.OrderExpr(figure.sql+direction[step.desc], figure.args...)
		}
	}
	for i := range dimensions {
		q.OrderExpr(strconv.Itoa(i+1) + direction[false])
	}
}

// partOf returns the expression of a part of a measure of the rows of a condition.
func (g *grouping) partOf(m model.StatsMeasure, plan *model.StatsPlan, rows cond) (cond, error) {
	filtered, err := g.conditionOf(m, plan)
	if err != nil {
		return cond{}, err
	}
	if m.Kind == model.StatsTotal {
		return expr("(?)", where(where(g.selectFrom(g.source.rows), rows), filtered).ColumnExpr("COUNT(*)")), nil
	}
	return g.aggregate(m, filtered), nil
}

// conditionOf returns the condition that a measure has on rows. It returns the errors of its filter, and FORBIDDEN for
// values that are masked for the actor.
func (g *grouping) conditionOf(m model.StatsMeasure, plan *model.StatsPlan) (cond, error) {
	if m.Kind == model.StatsDistinct && !g.source.isSeen(g.actor, g.source.distinct[m.Of]) {
		return cond{}, model.Forbidden(plan.Places[m]+".of", "%s is masked for you, so its values are not counted",
			g.source.distinct[m.Of].field)
	}
	if m.Filter == "" {
		return cond{}, nil
	}
	return g.filterAt(plan.Places[m]+".filter", plan.Filters[m.Filter], g.source.columns)
}

// aggregate returns the aggregate that computes a part of a measure, no percentile, of the rows for which c holds.
func (g *grouping) aggregate(m model.StatsMeasure, c cond) cond {
	number := g.source.numbers[m.Of]
	switch m.Kind {
	case model.StatsDistinct:
		return filteredBy("COUNT(DISTINCT "+g.source.distinct[m.Of].expr+")", c)
	case model.StatsAnswered:
		return filteredBy("COUNT(*)", allOf(expr(g.source.answered), c))
	case model.StatsAttempts:
		return filteredBy("COUNT(*)", allOf(expr(g.source.attempts), c))
	case model.StatsValued:
		return filteredBy("COUNT("+number+")", c)
	case model.StatsSum, model.StatsMin, model.StatsMax:
		return filteredBy(strings.ToUpper(string(m.Kind))+"("+number+")", c)
	default:
		return filteredBy("COUNT(*)", c)
	}
}

// filteredBy returns an aggregate of the rows for which c holds.
func filteredBy(aggregate string, c cond) cond {
	switch {
	case c.never:
		return expr(aggregate + " FILTER (WHERE FALSE)")
	case c.always():
		return expr(aggregate)
	}
	return expr(aggregate+" FILTER (WHERE "+c.sql+")", c.args...)
}

// figure returns the expression of a figure by which groups are sorted or chosen.
func (s *groupStatement) figure(m model.StatsMeasure) cond {
	if m.Kind == model.StatsPercentile {
		list := listOf(s.lists, m)
		all := s.percentilesOf(list, cond{})
		return expr(asFigure+strings.NewReplacer("{percentiles}", all.sql, "{place}", strconv.Itoa(list.place(m))).
			Replace(s.dialect.listElement)+asFigureEnd, all.args...)
	}
	parts := m.Parts()
	first := s.aggregate(parts[0], cond{})
	if len(parts) == 1 {
		return expr(asFigure+first.sql+asFigureEnd, first.args...)
	}
	second := s.aggregate(parts[1], cond{})
	return expr("("+asFigure+first.sql+asFigureEnd+" / NULLIF("+second.sql+", 0))", append(first.args, second.args...)...)
}

// MeasureOf returns the measure with a name of the schema, such as DURATION_P95.
func MeasureOf(name string) model.StatsMeasure {
	number, kind, isOfNumber := strings.Cut(name, "_")
	switch {
	case name == "ANSWERED_RATE":
		return model.StatsMeasure{Kind: model.StatsRate}
	case !isOfNumber:
		return model.StatsMeasure{Kind: model.StatsCount}
	}
	if percent, err := strconv.Atoi(strings.TrimPrefix(kind, "P")); err == nil {
		return model.StatsMeasure{Kind: model.StatsPercentile, Of: number, Percent: float64(percent)}
	}
	return model.StatsMeasure{Kind: model.StatsKind(strings.ToLower(kind)), Of: number}
}

// isWanted returns the condition on groups that their keys are among those wanted: on texts that are the same for equal
// keys alone.
func (s *groupStatement) isWanted() cond {
	names := make([]string, len(s.wanted))
	for i, row := range s.wanted {
		for _, key := range row.keys {
			if key != nil {
				names[i] += "=" + strings.NewReplacer("~", "~0", "|", "~1").Replace(fmt.Sprint(key))
			}
			names[i] += "|"
		}
	}
	list, _ := json.Marshal(names) // texts are always JSON
	parts, args := []string{"''"}, []any{}
	for _, d := range s.dimensions {
		value := s.valueOf(d)
		text := "REPLACE(REPLACE(CAST(" + value.sql + " AS text), '~', '~0'), '|', '~1')"
		parts = append(parts, "COALESCE('=' || "+text+", '') || '|'")
		args = append(args, value.args...)
	}
	return expr(strings.Join(parts, " || ")+" IN (SELECT element.value FROM "+s.dialect.jsonElements+")",
		append(args, string(list))...)
}
