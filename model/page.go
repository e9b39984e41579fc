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

// Page is one page of a list, with what is needed for its cursors and its total.
type Page[T any] struct {
	Nodes    []*T
	PageInfo *PageInfo
	Cursor   func(*T) string
	Count    func(context.Context) (int, error)
}

// TotalCount counts the rows on all pages; it costs a statement, so it runs only when asked for.
func (p Page[T]) TotalCount(ctx context.Context) (int, error) { return p.Count(ctx) }

type (
	CallConnection       struct{ Page[Call] }
	CallRecordConnection struct{ Page[CallRecord] }
)

func (c *CallConnection) Edges() []*CallEdge {
	edges := make([]*CallEdge, len(c.Nodes))
	for i, node := range c.Nodes {
		edges[i] = &CallEdge{Cursor: c.Cursor(node), Node: node}
	}
	return edges
}

func (c *CallRecordConnection) Edges() []*CallRecordEdge {
	edges := make([]*CallRecordEdge, len(c.Nodes))
	for i, node := range c.Nodes {
		edges[i] = &CallRecordEdge{Cursor: c.Cursor(node), Node: node}
	}
	return edges
}
