package model

import "context"

// PageArgs are the paging arguments every list takes.
type PageArgs struct {
	First  *int
	After  *string
	Last   *int
	Before *string
	Offset *int
}

// Page is one page of a list. It carries two closures of package db, because a total takes a statement that runs only
// where it is asked for, and cursors are made only for edges.
type Page[T any] struct {
	Nodes    []*T
	PageInfo *PageInfo
	Cursor   func(*T) string                    // returns a row's cursor
	Count    func(context.Context) (int, error) // counts the rows on all pages, in one statement
}

// TotalCount counts the rows on all pages; it costs a statement, so it runs only when asked for.
func (p Page[T]) TotalCount(ctx context.Context) (int, error) { return p.Count(ctx) }

type (
	CallConnection           struct{ Page[Call] }
	CallRecordConnection     struct{ Page[CallRecord] }
	CallHistoryConnection    struct{ Page[CallHistoryEntry] }
	CustomerPersonConnection struct{ Page[CustomerPerson] }
	TaskConnection           struct{ Page[Task] }
)

func (c *CallConnection) Edges() []*CallEdge {
	return edges(c.Page, func(cursor string, node *Call) *CallEdge { return &CallEdge{Cursor: cursor, Node: node} })
}

func (c *CallRecordConnection) Edges() []*CallRecordEdge {
	return edges(c.Page, func(cursor string, node *CallRecord) *CallRecordEdge {
		return &CallRecordEdge{Cursor: cursor, Node: node}
	})
}

func (c *CallHistoryConnection) Edges() []*CallHistoryEdge {
	return edges(c.Page, func(cursor string, node *CallHistoryEntry) *CallHistoryEdge {
		return &CallHistoryEdge{Cursor: cursor, Node: node}
	})
}

func (c *TaskConnection) Edges() []*TaskEdge {
	return edges(c.Page, func(cursor string, node *Task) *TaskEdge { return &TaskEdge{Cursor: cursor, Node: node} })
}

func (c *CustomerPersonConnection) Edges() []*CustomerPersonEdge {
	return edges(c.Page, func(cursor string, node *CustomerPerson) *CustomerPersonEdge {
		return &CustomerPersonEdge{Cursor: cursor, Node: node}
	})
}

// TranscriptConnection is a page of hits.
type TranscriptConnection struct {
	Page[TranscriptHit]
	RankedBy TranscriptOrder
	Facets   *TranscriptFacets
}

func (c *TranscriptConnection) Edges() []*TranscriptEdge {
	return edges(c.Page, func(cursor string, node *TranscriptHit) *TranscriptEdge {
		return &TranscriptEdge{Cursor: cursor, Node: node}
	})
}

func edges[T, E any](p Page[T], edge func(string, *T) *E) []*E {
	list := make([]*E, len(p.Nodes))
	for i, node := range p.Nodes {
		list[i] = edge(p.Cursor(node), node)
	}
	return list
}
