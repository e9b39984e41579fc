package db

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxTranscriptPage is the greatest page of hits.
const MaxTranscriptPage = 100

// TranscriptSearch says which turns to find, and how to rank them.
type TranscriptSearch struct {
	Query   string
	Filter  *model.CallRecordFilter
	Speaker *model.CallDetailType
	OrderBy model.TranscriptOrder
	model.PageArgs
}

const foldedTurn = "COALESCE(call_detail.text_fold, call_detail.text)"

// SearchTranscripts returns a page of the turns that match a search. It returns BAD_USER_INPUT, LIMIT_EXCEEDED and
// FORBIDDEN as CallRecords does, and BAD_USER_INPUT for a query without terms. Where too many turns match to be
// ranked by relevance, the newest come first, and RankedBy says so; where too many match to be counted, IsCapped does.
// It takes two statements, at most six where the terms are frequent, and one more for the total and for each facet that
// is asked for; they take at most two more together to say whether they are capped.
func (d *DB) SearchTranscripts(ctx context.Context, search TranscriptSearch) (*model.TranscriptConnection, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	q, err := model.ParseSearch(search.Query)
	if err != nil {
		return nil, err
	}
	t, err := s.newTurnSearch(search, q)
	if err != nil {
		return nil, err
	}
	if search.OrderBy == model.TranscriptOrderRelevance {
		ranked, err := t.ranked(ctx, search.After)
		if err != nil {
			return nil, err
		}
		if ranked != nil {
			page, err := ranked.page(ctx, search.PageArgs)
			return t.connection(page, model.TranscriptOrderRelevance), err
		}
	}
	page, err := t.newest(ctx, search.PageArgs)
	return t.connection(page, model.TranscriptOrderNewest), err
}

// byRelevance returns a list of turns with the most relevant first.
func byRelevance(l *list[model.TranscriptHit], terms []string) *list[model.TranscriptHit] {
	rank := relevance(l.scope.dialect, terms)
	ranked := *l
	ranked.order = append([]sortStep[model.TranscriptHit]{{sortKey: rank, desc: true}}, newestTurns...)
	ranked.columns, ranked.columnArgs = "call_record.start_time, "+rank.expr+" AS relevance", rank.args
	return &ranked
}

// withRecord joins the record of a turn, for its order and filter.
func withRecord(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Join("JOIN call_records AS call_record" +
		" ON call_record.tenant_id = call_detail.tenant_id AND call_record.id = call_detail.call_record_id")
}

// relevance returns the sort key of a turn's score: 1000 × occurrences of the terms / (20 + length of the turn).
func relevance(d *dialect, terms []string) sortKey[model.TranscriptHit] {
	var parts []string
	var args []any
	for _, term := range terms {
		count := d.countInTurn(term)
		parts, args = append(parts, count.sql), append(args, count.args...)
	}
	key := intKey("relevance", "((("+strings.Join(parts, " + ")+") * 1000) / (20 + LENGTH("+foldedTurn+")))",
		func(h *model.TranscriptHit) *int { return &h.Relevance }).required()
	key.args = args
	return key
}

// newestTurns is the latest start of the record first, then by key and position.
var newestTurns = []sortStep[model.TranscriptHit]{
	{sortKey: timeKey("startTime", "call_record.start_time",
		func(h *model.TranscriptHit) *time.Time { return h.StartTime }), desc: true},
	{sortKey: longKey("callRecordId", "call_detail.call_record_id",
		func(h *model.TranscriptHit) *int64 { return &h.CallRecordID }).required()},
	{sortKey: intKey("position", "call_detail.position",
		func(h *model.TranscriptHit) *int { return &h.Position }).required()},
}

// Neighbours returns the turns before and after hits, by record and position. It takes one statement, none for no hits.
func (d *DB) Neighbours(ctx context.Context, hits []*model.TranscriptHit) (map[int64]map[int]*model.CallDetail, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var near []cond
	for _, hit := range hits {
		near = append(near, expr("(call_detail.call_record_id = ? AND call_detail.position IN (?, ?))", hit.CallRecordID,
			hit.Position-1, hit.Position+1))
	}
	turns := map[int64]map[int]*model.CallDetail{}
	if near == nil {
		return turns, nil
	}
	var rows []*model.CallDetail
	q := s.selectFrom(&rows).ColumnExpr(DetailColumns.list(DetailColumns.listed))
	if err := where(q, anyOf(near...)).Scan(ctx); err != nil {
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
