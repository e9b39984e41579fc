package db

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	// MaxTranscriptPage is the greatest page of hits.
	MaxTranscriptPage = 100
	// maxRanked is how many hits are ranked by relevance at the most.
	maxRanked = 10000
)

// postgresIndexRow and sqliteIndexRow are a turn's entry in the index of transcripts.
type postgresIndexRow struct {
	bun.BaseModel `bun:"table:transcript_index"`

	TenantID     int64 `bun:",pk"`
	CallRecordID int64 `bun:",pk"`
	Position     int   `bun:",pk"`
	Tokens       string
}

type sqliteIndexRow struct {
	bun.BaseModel `bun:"table:transcript_index"`

	TurnID int64 `bun:"rowid,pk"`
	Tokens string
}

// indexTurns writes the index entries of turns, in one statement.
func (s scope) indexTurns(ctx context.Context, turns []*model.CallDetail) (err error) {
	if !s.dialect.columnTypes.IsPostgres {
		rows := make([]sqliteIndexRow, len(turns))
		for i, turn := range turns {
			rows[i] = sqliteIndexRow{TurnID: turn.TurnID, Tokens: indexText(turn)}
		}
		_, err = s.insertUntenanted(&rows).Replace().Exec(ctx)
		return err
	}
	rows := make([]postgresIndexRow, len(turns))
	for i, turn := range turns {
		rows[i] = postgresIndexRow{TenantID: s.actor.TenantID, CallRecordID: turn.CallRecordID, Position: turn.Position, Tokens: indexText(turn)}
	}
	_, err = s.insertUntenanted(&rows).On("CONFLICT (tenant_id, call_record_id, position) DO UPDATE").Set("tokens = EXCLUDED.tokens").Exec(ctx)
	return err
}

func indexText(turn *model.CallDetail) string {
	folded := turn.Text
	if turn.TextFold != nil {
		folded = *turn.TextFold
	}
	return strings.Join(text.SearchTokens(folded), " ")
}

// TranscriptSearch says which turns to find, and how to rank them.
type TranscriptSearch struct {
	Query   string
	Filter  *model.CallRecordFilter
	Speaker *model.CallDetailType
	OrderBy model.TranscriptOrder
	model.PageArgs
}

const foldedTurn = "COALESCE(call_detail.text_fold, call_detail.text)"

// SearchTranscripts is a page of the turns that match a search: one statement, one more where it ranks by relevance, and one more for
// the total and for each facet that is asked for.
func (d *DB) SearchTranscripts(ctx context.Context, search TranscriptSearch) (*model.TranscriptConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	q, err := model.ParseSearch(search.Query)
	if err != nil {
		return nil, err
	}
	cond, err := s.filter(search.Filter, recordFilterColumns)
	if err != nil {
		return nil, err
	}
	cond = allOf(s.matches(q), cond)
	if search.Speaker != nil {
		cond = allOf(cond, expr("call_detail.type = ?", *search.Speaker))
	}
	l := &list[model.TranscriptHit]{scope: s, kind: "transcripts " + search.Query, maxSize: MaxTranscriptPage, cond: cond, order: newestTurns,
		shape: withRecord, columns: "call_record.start_time, 0 AS relevance"}
	if search.OrderBy == model.TranscriptOrderRelevance {
		rank := relevance(q.Terms)
		ranked := *l
		ranked.order = append([]sortStep[model.TranscriptHit]{{sortKey: rank, desc: true}}, newestTurns...)
		ranked.columns, ranked.columnArgs = "call_record.start_time, "+rank.expr+" AS relevance", rank.args
		isRanked, err := s.canRank(ctx, &ranked, q, search.After)
		if err != nil {
			return nil, err
		}
		if search.OrderBy = model.TranscriptOrderNewest; isRanked {
			l, search.OrderBy = &ranked, model.TranscriptOrderRelevance
		}
	}
	l.prepare = func(hits []*model.TranscriptHit) {
		set := &model.RowSet[model.TranscriptHit]{Rows: hits}
		for _, hit := range hits {
			hit.Terms, hit.RowSet = q.Terms, set
		}
	}
	page, err := l.page(ctx, search.PageArgs)
	return &model.TranscriptConnection{Page: page, RankedBy: search.OrderBy, Facets: s.facets(cond)}, err
}

// withRecord joins the record of a turn, for its order and filter.
func withRecord(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Join("JOIN call_records AS call_record ON call_record.tenant_id = call_detail.tenant_id AND call_record.id = call_detail.call_record_id")
}

// matches finds turns by the index and looks again at the folded text, which makes it exact.
func (s scope) matches(q model.SearchQuery) cond {
	all := []cond{s.dialect.matchTurns(s.actor.TenantID, q.Terms)}
	for _, term := range q.Terms {
		all = append(all, expr("("+s.dialect.position+"("+foldedTurn+", ?) > 0)", term))
	}
	for _, term := range q.Excluded {
		all = append(all, expr("("+s.dialect.position+"("+foldedTurn+", ?) = 0)", term))
	}
	return allOf(all...)
}

// matchFTS5 asks SQLite's index, in which the tenant is that of the turn.
func matchFTS5(_ int64, terms []string) cond {
	text := indexQuery(terms, `"`, " AND ", " *")
	return expr("call_detail.turn_id IN (SELECT rowid FROM transcript_index WHERE transcript_index MATCH ?)", text)
}

// matchTSVector asks PostgreSQL's index.
func matchTSVector(tenantID int64, terms []string) cond {
	text := indexQuery(terms, "'", " & ", ":*")
	return expr("(call_detail.call_record_id, call_detail.position) IN (SELECT indexed.call_record_id, indexed.position"+
		" FROM transcript_index AS indexed WHERE indexed.tenant_id = ? AND indexed.tokens @@ CAST(? AS tsquery))", tenantID, text)
}

// indexQuery asks for all tokens of all terms; a term of one character is the beginning of a token.
func indexQuery(terms []string, quote, and, prefix string) string {
	var parts []string
	for _, term := range terms {
		tokens, isPrefix := text.MatchTokens(term)
		for _, token := range tokens {
			part := quote + token + quote
			if isPrefix {
				part += prefix
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, and)
}

// canRank tells whether few enough turns match to rank them all: the more terms, the fewer. A later page goes on as the first began.
func (s scope) canRank(ctx context.Context, ranked *list[model.TranscriptHit], q model.SearchQuery, after *string) (bool, error) {
	if after != nil {
		_, err := ranked.parseCursor("after", *after)
		return err == nil, nil
	}
	most := maxRanked / len(q.Terms)
	some := where(withRecord(s.selectFrom((*model.CallDetail)(nil))), ranked.cond).ColumnExpr("1 AS hit").Limit(int64(most))
	var n int
	err := s.unionOf([]*bun.SelectQuery{some}).ColumnExpr("COUNT(*)").Scan(ctx, &n)
	return n < most, err
}

// relevance counts how often the terms come, in thousandths of a turn's length.
func relevance(terms []string) sortKey[model.TranscriptHit] {
	var parts []string
	var args []any
	for _, term := range terms {
		parts = append(parts, "(LENGTH("+foldedTurn+") - LENGTH(REPLACE("+foldedTurn+", ?, ''))) / LENGTH(?)")
		args = append(args, term, term)
	}
	key := intKey("relevance", "((("+strings.Join(parts, " + ")+") * 1000) / (20 + LENGTH("+foldedTurn+")))", func(h *model.TranscriptHit) *int { return &h.Relevance }).required()
	key.args = args
	return key
}

// newestTurns is the latest start of the record first, then by key and position.
var newestTurns = []sortStep[model.TranscriptHit]{
	{sortKey: timeKey("startTime", "call_record.start_time", func(h *model.TranscriptHit) *time.Time { return h.StartTime }), desc: true},
	{sortKey: longKey("callRecordId", "call_detail.call_record_id", func(h *model.TranscriptHit) *int64 { return &h.CallRecordID }).required()},
	{sortKey: intKey("position", "call_detail.position", func(h *model.TranscriptHit) *int { return &h.Position }).required()},
}

// Neighbours are the turns next to hits, by record and position, over gaps: one statement.
func (d *DB) Neighbours(ctx context.Context, hits []*model.TranscriptHit) (map[int64]map[int]*model.CallDetail, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var near []cond
	for _, hit := range hits {
		near = append(near, expr("(call_detail.call_record_id = ? AND call_detail.position IN ((?), (?)))", hit.CallRecordID,
			s.turnsOf(hit).ColumnExpr("MAX(call_detail.position)").Where("call_detail.position < ?", hit.Position),
			s.turnsOf(hit).ColumnExpr("MIN(call_detail.position)").Where("call_detail.position > ?", hit.Position)))
	}
	turns := map[int64]map[int]*model.CallDetail{}
	if near == nil {
		return turns, nil
	}
	var rows []*model.CallDetail
	if err := where(s.selectFrom(&rows).ExcludeColumn("text_fold"), anyOf(near...)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		if turns[row.CallRecordID] == nil {
			turns[row.CallRecordID] = map[int]*model.CallDetail{}
		}
		turns[row.CallRecordID][row.Position] = row
	}
	return turns, nil
}

func (s scope) turnsOf(hit *model.TranscriptHit) *bun.SelectQuery {
	return s.selectFrom((*model.CallDetail)(nil)).Where("call_detail.call_record_id = ?", hit.CallRecordID)
}

// facets say how the turns that meet a condition spread.
func (s scope) facets(c cond) *model.TranscriptFacets {
	from := func() *bun.SelectQuery { return where(withRecord(s.selectFrom((*model.CallDetail)(nil))), c) }
	return &model.TranscriptFacets{
		JobCounts: func(ctx context.Context) ([]*model.JobFacet, error) {
			jobs := []*model.JobFacet{}
			err := from().ColumnExpr("call_record.robot_call_job_id, COUNT(*) AS count").GroupExpr("1").OrderExpr("2 DESC, 1 NULLS LAST").Limit(100).Scan(ctx, &jobs)
			return jobs, err
		},
		IntentCounts: func(ctx context.Context) ([]*model.IntentCount, error) {
			counts := []*model.IntentCount{}
			err := from().ColumnExpr("call_record.intent_level, COUNT(*) AS count").GroupExpr("1").OrderExpr("1 NULLS LAST").Scan(ctx, &counts)
			return counts, err
		},
		DayCounts: func(ctx context.Context, timeZone string) ([]*model.DayFacet, error) {
			if err := CheckTimeZone(timeZone); err != nil {
				return nil, err
			}
			days := []*model.DayFacet{}
			day := strings.Replace(s.dialect.localDate, "?", "call_record.start_time", 1)
			err := from().ColumnExpr(day+" AS date", timeZone).ColumnExpr("COUNT(*) AS count").Where(hasDay, firstDay, lastDay).
				GroupExpr("1").OrderExpr("1 DESC").Limit(400).Scan(ctx, &days)
			return days, err
		},
	}
}
