package model

import "context"

// PageArgs are the paging arguments of every list.
type PageArgs struct {
	First  *int
	After  *string
	Last   *int
	Before *string
	Offset *int
}

// Page is one page of a list. It holds functions of package db because cursors and totals depend on the query that read
// it: Cursor returns the cursor of a node, Count counts the rows on all pages.
type Page[T any] struct {
	Nodes    []*T
	PageInfo *PageInfo
	Cursor   func(*T) string                    // returns a row's cursor
	Count    func(context.Context) (int, error) // counts the rows on all pages, in one statement
}

// EmptyPage returns the page of a list without rows.
func EmptyPage[T any]() Page[T] {
	return Page[T]{Nodes: []*T{}, PageInfo: &PageInfo{}, Count: func(context.Context) (int, error) { return 0, nil }}
}

// TotalCount returns the number of rows on all pages. It takes one SQL statement, only where the field is asked for.
func (p Page[T]) TotalCount(ctx context.Context) (int, error) { return p.Count(ctx) }

// The connections of the schema.
type (
	CallConnection           struct{ Page[Call] }
	CallDetailConnection     struct{ Page[CallDetail] }
	CallRecordConnection     struct{ Page[CallRecord] }
	CallHistoryConnection    struct{ Page[CallHistoryEntry] }
	CustomerPersonConnection struct{ Page[CustomerPerson] }
	NoteConnection           struct{ Page[Note] }
	TaskConnection           struct{ Page[Task] }
)

// Edges returns the nodes with their cursors.
func (c *CallConnection) Edges() []*CallEdge {
	return edges(c.Page, func(cursor string, node *Call) *CallEdge { return &CallEdge{Cursor: cursor, Node: node} })
}

// Edges returns the nodes with their cursors.
func (c *CallDetailConnection) Edges() []*CallDetailEdge {
	return edges(c.Page, func(cursor string, node *CallDetail) *CallDetailEdge {
		return &CallDetailEdge{Cursor: cursor, Node: node}
	})
}

// Edges returns the nodes with their cursors.
func (c *CallRecordConnection) Edges() []*CallRecordEdge {
	return edges(c.Page, func(cursor string, node *CallRecord) *CallRecordEdge {
		return &CallRecordEdge{Cursor: cursor, Node: node}
	})
}

// Edges returns the nodes with their cursors.
func (c *CallHistoryConnection) Edges() []*CallHistoryEdge {
	return edges(c.Page, func(cursor string, node *CallHistoryEntry) *CallHistoryEdge {
		return &CallHistoryEdge{Cursor: cursor, Node: node}
	})
}

// Edges returns the nodes with their cursors.
func (c *NoteConnection) Edges() []*NoteEdge {
	return edges(c.Page, func(cursor string, node *Note) *NoteEdge { return &NoteEdge{Cursor: cursor, Node: node} })
}

// Edges returns the nodes with their cursors.
func (c *TaskConnection) Edges() []*TaskEdge {
	return edges(c.Page, func(cursor string, node *Task) *TaskEdge { return &TaskEdge{Cursor: cursor, Node: node} })
}

// Edges returns the nodes with their cursors.
func (c *CustomerPersonConnection) Edges() []*CustomerPersonEdge {
	return edges(c.Page, func(cursor string, node *CustomerPerson) *CustomerPersonEdge {
		return &CustomerPersonEdge{Cursor: cursor, Node: node}
	})
}

// TranscriptConnection is a page of turns that match a search.
type TranscriptConnection struct {
	Page[TranscriptHit]
	RankedBy TranscriptOrder
	Facets   *TranscriptFacets
	IsCapped func(context.Context) (bool, error) // reports whether too many turns match to count all
}

// CountsAreCapped reports whether the total is a lower bound, and facets are those of the newest records. It takes at
// most two SQL statements, only where the field is asked for.
func (c *TranscriptConnection) CountsAreCapped(ctx context.Context) (bool, error) {
	return c.IsCapped(ctx)
}

// Edges returns the nodes with their cursors.
func (c *TranscriptConnection) Edges() []*TranscriptEdge {
	return edges(c.Page, func(cursor string, node *TranscriptHit) *TranscriptEdge {
		return &TranscriptEdge{Cursor: cursor, Node: node}
	})
}

// edges returns the edges of a page, never nil.
func edges[T, E any](p Page[T], edge func(string, *T) *E) []*E {
	list := make([]*E, len(p.Nodes))
	for i, node := range p.Nodes {
		list[i] = edge(p.Cursor(node), node)
	}
	return list
}
