package db

import (
	"context"
	"database/sql"
	"fmt"
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

// read groups rows in one statement, and returns one group more than limit where there are more.
func (g *grouping) read(ctx context.Context, rows groupRows, plan *model.StatsPlan, dimensions []dimension, limit int,
) ([]groupRow, error) {
	q := where(g.selectFrom(g.source.rows), rows.cond)
	g.source.join(g.scope, q, dimensions)
	columns := newGroupColumns(dimensions)
	for i, d := range dimensions {
		value := g.valueOf(d)
		q.ColumnExpr(value.sql, value.args...).GroupExpr(strconv.Itoa(i + 1))
	}
	q.ColumnExpr(asFigure + "COUNT(*)" + asFigureEnd) // so that there is a column
	for _, part := range plan.Parts {
		figure, err := g.partOf(part, plan, rows.cond)
		if err != nil {
			return nil, err
		}
		q.ColumnExpr(asFigure+figure.sql+asFigureEnd, figure.args...)
		columns.addFigure()
	}
	for _, c := range g.having {
		if dimensions != nil {
			q.Having(c.sql, c.args...)
		}
	}
	if dimensions != nil {
		g.sort(q, len(dimensions))
		q.Limit(int64(limit) + 1)
	}
	if err := q.Scan(ctx, columns.dest...); err != nil {
		return nil, fmt.Errorf("grouping: %w", err)
	}
	return columns.rows(), nil
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
	figures []*[]sql.NullFloat64
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

func (c *groupColumns) addFigure() {
	c.figures = append(c.figures, new([]sql.NullFloat64))
	c.dest = append(c.dest, c.figures[len(c.figures)-1])
}

// rows returns what was scanned.
func (c *groupColumns) rows() []groupRow {
	rows := make([]groupRow, len(*c.count))
	for n := range rows {
		row := groupRow{keys: make([]any, c.keys), values: make([]*float64, len(c.figures))}
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
		for i, column := range c.figures {
			if figure := (*column)[n]; figure.Valid {
				row.values[i] = &figure.Float64
			}
		}
		rows[n] = row
	}
	return rows
}

// valueOf returns the expression of a dimension.
func (g *grouping) valueOf(d dimension) cond {
	if d.part != "" {
		return expr(g.dialect.partOf(d.part, g.source.start, g.query.TimeZone))
	}
	return expr(d.expr, g.clockArguments(d.expr)...)
}

// sort adds the order: the steps, and then all dimensions.
func (g *grouping) sort(q *bun.SelectQuery, dimensions int) {
	direction := map[bool]string{false: " ASC NULLS LAST", true: " DESC NULLS LAST"}
	for _, step := range g.order {
		if step.by.sql == "" {
			q.OrderExpr(strconv.Itoa(step.place+1) + direction[step.desc])
		} else {
			q.OrderExpr(step.by.sql+direction[step.desc], step.by.args...)
		}
	}
	for i := range dimensions {
		q.OrderExpr(strconv.Itoa(i+1) + direction[false])
	}
}

// partOf returns the expression of a part of a measure of the rows of a condition.
func (g *grouping) partOf(m model.StatsMeasure, plan *model.StatsPlan, rows cond) (cond, error) {
	filtered := cond{}
	if m.Filter != "" {
		var err error
		if filtered, err = g.filter(plan.Filters[m.Filter], g.source.columns); err != nil {
			return cond{}, err
		}
	}
	if m.Kind == model.StatsTotal {
		return expr("(?)", where(where(g.selectFrom(g.source.rows), rows), filtered).ColumnExpr("COUNT(*)")), nil
	}
	if m.Kind == model.StatsDistinct && !g.source.isSeen(g.actor, g.source.distinct[m.Of]) {
		return cond{}, model.Forbidden("of", "%s is masked for you, so its values are not counted",
			g.source.distinct[m.Of].field)
	}
	return g.aggregate(m, filtered), nil
}

// aggregate returns the aggregate that computes a part of a measure of the rows for which c holds.
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
	case model.StatsPercentile:
		fraction := strconv.FormatFloat(m.Percent/100, 'f', -1, 64)
		return filteredBy(strings.NewReplacer("{value}", number, "{fraction}", fraction).Replace(g.dialect.percentile), c)
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
func (g *grouping) figure(m model.StatsMeasure) cond {
	parts := m.Parts()
	first := g.aggregate(parts[0], cond{})
	if len(parts) == 1 {
		return expr(asFigure+first.sql+asFigureEnd, first.args...)
	}
	second := g.aggregate(parts[1], cond{})
	return expr("("+asFigure+first.sql+asFigureEnd+" / NULLIF("+second.sql+", 0))", append(first.args, second.args...)...)
}

// measureOf returns the measure with a name of the schema, such as DURATION_P95.
func measureOf(name string) model.StatsMeasure {
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
