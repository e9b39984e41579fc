package graph

import (
	"context"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

func (r query) SearchTranscripts(
	ctx context.Context, query string, filter *model.CallRecordFilter, speaker *model.CallDetailType,
	orderBy model.TranscriptOrder, first *int, after *string, offset *int,
) (*model.TranscriptConnection, error) {
	page, err := r.db.SearchTranscripts(ctx, db.TranscriptSearch{
		Query: query, Filter: filter, Speaker: speaker, OrderBy: orderBy,
		PageArgs: model.PageArgs{First: first, After: after, Offset: offset},
	})
	if err == nil {
		noteAct(ctx, auth.Act{Event: "searched", What: "transcripts", Rows: len(page.Nodes),
			Filter: auth.FilterShape(filter)})
	}
	return page, reportAll(ctx, err)
}

func (r hit) CallRecord(ctx context.Context, h *model.TranscriptHit) (*model.CallRecord, error) {
	ofRecord := func(h *model.TranscriptHit) *int64 { return &h.CallRecordID }
	return loadRow(ctx, r.db, h.RowSet, "callRecord", h, ofRecord, db.RecordColumns,
		(*db.DB).CallRecordsByID)
}

func (r hit) Before(ctx context.Context, h *model.TranscriptHit) (*model.CallDetail, error) {
	turns, err := r.neighbours(ctx, h)
	return turns[h.CallRecordID][h.Position-1], err
}

func (r hit) After(ctx context.Context, h *model.TranscriptHit) (*model.CallDetail, error) {
	turns, err := r.neighbours(ctx, h)
	return turns[h.CallRecordID][h.Position+1], err
}

// turnsByPosition are turns by record and position.
type turnsByPosition = map[int64]map[int]*model.CallDetail

// neighbours returns the turns next to all hits that were found together.
func (r hit) neighbours(ctx context.Context, h *model.TranscriptHit) (turnsByPosition, error) {
	return model.Load(h.RowSet, "neighbours", func(hits []*model.TranscriptHit) (turnsByPosition, error) {
		return r.db.Neighbours(ctx, hits)
	})
}
