package db

import (
	"context"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"callbook/model"
)

// searchLimits bound what a search for turns reads. Candidates are the turns that the index has under all terms.
type searchLimits struct {
	read    int // candidates that are read to sort them for a page
	ranked  int // hits that are ranked by relevance, divided by the number of terms
	counted int // candidates that are counted
	probed  int // records whose turns are looked through for a page of frequent terms
	records int // records whose turns are looked through where those probed do not fill the page, and for facets
}

// transcriptLimits are the limits of all searches. A record has about 17 turns, so that looking through its records
// takes as long as counting candidates.
var transcriptLimits = searchLimits{read: 2000, ranked: 10000, counted: 30000, probed: 128, records: 2000}

// turnSearch is a search for turns that is under way. What the index finds is read where there are few candidates.
// Otherwise the turns of the newest records are looked through, until a page is full, without the index.
type turnSearch struct {
	scope   scope
	terms   []string
	kind    string                  // in cursors
	text    cond                    // on turns
	filter  cond                    // on their records
	records *list[model.CallRecord] // that pass the filter, the newest first
	limits  searchLimits

	lock       sync.Mutex // of what follows: the total and facets may be read at once
	candidates int
	counted    int   // how many of them were counted at the most; 0 for not yet
	isOfFew    *bool // whether no more than limits.records records pass the filter; nil for not known
}

// newTurnSearch returns a search for turns. It returns BAD_USER_INPUT, LIMIT_EXCEEDED and FORBIDDEN for its filter.
func (s scope) newTurnSearch(search TranscriptSearch, q model.SearchQuery) (*turnSearch, error) {
	records, err := s.recordList(RecordQuery{Filter: search.Filter,
		Columns: RecordColumns.Of("robotCallJobId") | RecordColumns.Of("intentLevel")})
	if err != nil {
		return nil, err
	}
	t := &turnSearch{scope: s, terms: q.Terms, kind: "transcripts " + search.Query, text: s.hasTerms(q),
		filter: records.cond, records: records, limits: transcriptLimits}
	if search.Speaker != nil {
		t.text = allOf(t.text, expr("call_detail.type = ?", *search.Speaker))
	}
	return t, nil
}

// hasTerms returns the condition on turns that their folded text has all terms, and none that are excluded.
func (s scope) hasTerms(q model.SearchQuery) cond {
	var all []cond
	for _, term := range q.Terms {
		all = append(all, s.dialect.turnHas(term))
	}
	for _, term := range q.Excluded {
		has := s.dialect.turnHas(term)
		all = append(all, expr("(NOT "+has.sql+")", has.args...))
	}
	return allOf(all...)
}

// connection returns a page of hits in an order.
func (t *turnSearch) connection(page model.Page[model.TranscriptHit], order model.TranscriptOrder,
) *model.TranscriptConnection {
	return &model.TranscriptConnection{Page: page, RankedBy: order, Facets: t.facets(), IsCapped: t.isCapped}
}

// byIndex returns the list of the hits, the newest first, as the index finds them.
func (t *turnSearch) byIndex() *list[model.TranscriptHit] {
	return t.list(allOf(t.among(0), t.text, t.filter), withRecord)
}

// within returns the list of the hits in the turns of so many records, the newest first, from that of a place in the
// order of hits on; from the newest where it is nil.
func (t *turnSearch) within(records int, from []any) *list[model.TranscriptHit] {
	return t.list(t.text, t.withNewest(records, from))
}

func (t *turnSearch) list(c cond, shape func(*bun.SelectQuery) *bun.SelectQuery) *list[model.TranscriptHit] {
	return &list[model.TranscriptHit]{scope: t.scope, kind: t.kind, maxSize: MaxTranscriptPage, cond: c,
		order: newestTurns, shape: shape, columns: "call_record.start_time, 0 AS relevance", counting: t.count,
		prepare: func(s scope, hits []*model.TranscriptHit) {
			prepareRows(s, hits)
			for _, hit := range hits {
				hit.Terms = t.terms
			}
		}}
}

// among returns the condition on turns that they are candidates: among the first so many of the index, 0 for all.
func (t *turnSearch) among(most int) cond {
	entries := t.entries(most)
	return expr(t.scope.dialect.indexedKey+" IN ("+entries.sql+")", entries.args...)
}

// entries returns the query of the keys of the first so many candidates, 0 for all.
func (t *turnSearch) entries(most int) cond {
	entries := t.scope.dialect.indexEntries(t.scope.actor.TenantID, t.terms)
	if most > 0 {
		entries = expr(entries.sql+" LIMIT ?", append(entries.args, most)...)
	}
	return entries
}

// withNewest returns a function that joins the newest records that pass the filter to turns, in place of all records.
func (t *turnSearch) withNewest(records int, from []any) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		newest := t.newestRecords(records, from)
		return q.Join("JOIN (?) AS call_record ON call_record.id = call_detail.call_record_id", newest)
	}
}

// newestRecords returns the query of so many records that pass the filter, the newest first, from that of a place in
// the order of hits on.
func (t *turnSearch) newestRecords(records int, from []any) *bun.SelectQuery {
	w := window{size: records - 1} // a window's query has one row more
	if from != nil {
		w.cursor = []any{from[0], from[1].(int64) - 1} // the turns behind the place are in the same record, too
	}
	var rows []*model.CallRecord
	return t.records.query(w, &rows)
}

// newest returns a page of hits, the newest first. It takes two statements where there are few candidates, otherwise at
// most five.
func (t *turnSearch) newest(ctx context.Context, args model.PageArgs,
) (page model.Page[model.TranscriptHit], err error) {
	index := t.byIndex()
	w, err := index.window(args)
	if err != nil {
		return page, err
	}
	looks := []int{t.limits.probed, t.limits.records}
	if t.hasCharacter() {
		if page, err = t.fill(ctx, args, w.cursor, looks[:1]); err != nil || page.PageInfo.HasNextPage {
			return page, err
		}
		looks = looks[1:]
	}
	if areMany, err := t.hasMore(ctx, t.limits.read); err != nil {
		return page, err
	} else if !areMany {
		return index.page(ctx, args)
	}
	if page, err = t.fill(ctx, args, w.cursor, looks); err != nil || page.PageInfo.HasNextPage {
		return page, err
	}
	if isEnd, err := t.hasFewRecords(ctx, w.cursor); err != nil || isEnd {
		return page, err
	}
	return index.page(ctx, args)
}

// fill returns the page of the hits in the turns of so many records, of more of them where those do not fill it.
func (t *turnSearch) fill(ctx context.Context, args model.PageArgs, from []any, records []int,
) (page model.Page[model.TranscriptHit], err error) {
	for _, n := range records {
		page, err = t.within(n, from).page(ctx, args)
		if err != nil || page.PageInfo.HasNextPage {
			break
		}
	}
	return page, err
}

// hasCharacter reports whether a term is a single character. The index takes time for each turn that has it before it
// returns the first; and most are frequent.
func (t *turnSearch) hasCharacter() bool {
	return slices.ContainsFunc(t.terms, func(term string) bool { return utf8.RuneCountInString(term) == 1 })
}

// ranked returns the list of the hits by relevance; nil where there are too many, or the cursor of a later page is of
// the newest first. It takes at most three statements.
func (t *turnSearch) ranked(ctx context.Context, after *string) (*list[model.TranscriptHit], error) {
	index := byRelevance(t.byIndex(), t.terms)
	if after != nil && !index.isCursor(*after) {
		return nil, nil
	}
	most := t.limits.ranked / len(t.terms)
	areMany, err := t.hasMore(ctx, most-1)
	if err != nil || !areMany {
		return index, err
	}
	areFew, err := t.hasFewRecords(ctx, nil)
	if err != nil {
		return nil, err
	}
	if areFew {
		var n int
		some := t.ofNewest().ColumnExpr("1 AS hit").Limit(int64(most))
		err := t.scope.unionOf([]*bun.SelectQuery{some}).ColumnExpr("COUNT(*)").Scan(ctx, &n)
		if err != nil || n < most {
			return byRelevance(t.within(t.limits.records, nil), t.terms), err
		}
	}
	if after != nil {
		return index, nil // as the page before it
	}
	return nil, nil
}

// hasMore reports whether there are more candidates than a number. It takes one statement, none where so many were
// counted before.
func (t *turnSearch) hasMore(ctx context.Context, most int) (bool, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	isKnown := t.candidates > most || t.counted > 0 && t.candidates < t.counted
	if !isKnown {
		n, err := t.scope.countEntries(ctx, t.entries(most+1))
		if err != nil {
			return false, err
		}
		t.candidates, t.counted = n, most+1
	}
	return t.candidates > most, nil
}

// hasFewRecords reports whether at most limits.records records pass the filter, from that of a place in the order of
// hits on. It takes one statement, none where that is known.
func (t *turnSearch) hasFewRecords(ctx context.Context, from []any) (bool, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if from == nil && t.isOfFew != nil {
		return *t.isOfFew, nil
	}
	var n int
	records := []*bun.SelectQuery{t.newestRecords(t.limits.records+1, from)}
	err := t.scope.unionOf(records).ColumnExpr("COUNT(*)").Scan(ctx, &n)
	if err != nil {
		return false, err
	}
	areFew := n <= t.limits.records
	if from == nil {
		t.isOfFew = &areFew
	}
	return areFew, nil
}

// isCapped reports whether there are too many candidates to count all hits. It takes at most two statements.
func (t *turnSearch) isCapped(ctx context.Context) (bool, error) {
	_, isCapped, err := t.counting(ctx)
	return isCapped, err
}

// counting returns the query of the hits that are counted, and whether these are not all. It takes at most two
// statements.
func (t *turnSearch) counting(ctx context.Context) (hits func() *bun.SelectQuery, isCapped bool, err error) {
	areMany, err := t.hasMore(ctx, t.limits.counted)
	if err != nil || !areMany {
		return func() *bun.SelectQuery { return t.ofCandidates(0) }, false, err
	}
	areFew, err := t.hasFewRecords(ctx, nil)
	return t.ofNewest, !areFew, err
}

// count returns how many hits there are; where they are capped, how many the candidates have that are counted.
func (t *turnSearch) count(ctx context.Context) (int, error) {
	hits, isCapped, err := t.counting(ctx)
	if err != nil {
		return 0, err
	}
	if isCapped {
		hits = func() *bun.SelectQuery { return t.ofCandidates(t.limits.counted) }
	}
	all, err := hits().Count(ctx)
	return int(all), err
}

// ofCandidates returns a query of the hits among the first so many candidates, 0 for all.
func (t *turnSearch) ofCandidates(most int) *bun.SelectQuery {
	return where(withRecord(t.turns()), allOf(t.among(most), t.text, t.filter))
}

// ofNewest returns a query of the hits in the newest records.
func (t *turnSearch) ofNewest() *bun.SelectQuery {
	return where(t.withNewest(t.limits.records, nil)(t.turns()), t.text)
}

func (t *turnSearch) turns() *bun.SelectQuery { return t.scope.selectFrom((*model.CallDetail)(nil)) }
