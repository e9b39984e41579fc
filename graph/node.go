package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/model"
)

// maxNodes is how many objects nodes returns at the most: as many as the longest page has.
const maxNodes = 1000

// Node returns any object by its nodeId, null where there is none. Errors: BAD_USER_INPUT for a text that is no nodeId,
// FORBIDDEN where the caller may not read the type.
func (r query) Node(ctx context.Context, nodeID string) (model.Node, error) {
	typeName, key, err := parseNodeID(ctx, "nodeId", nodeID)
	if err != nil {
		return nil, err
	}
	found, err := r.nodesOf(ctx, typeName, []string{key})
	return found[key], err
}

// Nodes returns objects by their nodeIds, null where there is none, in one statement for each type. Errors:
// LIMIT_EXCEEDED for too many, and those of Node at the place of each.
func (r query) Nodes(ctx context.Context, nodeIDs []string) ([]model.Node, error) {
	if len(nodeIDs) > maxNodes {
		return nil, model.LimitExceeded("nodeIds", "has %d nodeIds; at most %d", len(nodeIDs), maxNodes)
	}
	type place struct{ typeName, key string }
	places := make([]place, len(nodeIDs))
	keys := map[string][]string{} // by type
	for i, nodeID := range nodeIDs {
		typeName, key, err := parseNodeID(ctx, fmt.Sprintf("nodeIds.%d", i), nodeID)
		if err != nil {
			graphql.AddError(atElement(ctx, i), err)
			continue
		}
		places[i] = place{typeName, key}
		keys[typeName] = append(keys[typeName], key)
	}
	found := map[string]map[string]model.Node{}
	for typeName, keys := range keys {
		var err error
		if found[typeName], err = r.nodesOf(ctx, typeName, keys); err != nil {
			return nil, err
		}
	}
	nodes := make([]model.Node, len(nodeIDs))
	for i, p := range places {
		nodes[i] = found[p.typeName][p.key]
	}
	noteListed(ctx, "nodes", len(nodes), nil)
	return nodes, nil
}

// atElement returns the context of an element of the list that the current field returns.
func atElement(ctx context.Context, index int) context.Context {
	field := graphql.GetFieldContext(ctx).Field
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: field, Index: &index})
}

// parseNodeID splits a nodeId. Errors, which name the argument: BAD_USER_INPUT for a text that is no nodeId, FORBIDDEN
// where the caller may not read the type.
func parseNodeID(ctx context.Context, argument, nodeID string) (typeName, key string, err error) {
	typeName, key, ok := model.ParseNodeID(nodeID)
	if !ok || hasLongKey(typeName) && longKeys([]string{key}) == nil {
		return "", "", model.BadInput(argument, "is no nodeId")
	}
	needed := readPermission(typeName)
	if actor, _ := model.ActorFrom(ctx); !actor.May(needed) {
		return "", "", model.Forbidden(argument, "a %s takes the permission %s, which you lack", typeName, needed)
	}
	return typeName, key, nil
}

// nodesOf returns the objects of a type by key, in one statement; those that are missing are absent.
func (r query) nodesOf(ctx context.Context, typeName string, keys []string) (map[string]model.Node, error) {
	switch typeName {
	case "Call":
		return asNodes(r.db.CallsByID(ctx, keys, selected(ctx, db.CallColumns)))
	case "Task":
		return asNodes(r.db.TasksByID(ctx, keys, selected(ctx, db.TaskColumns)))
	case "Note":
		return asNodes(r.db.NotesByID(ctx, keys, selected(ctx, db.NoteColumns)))
	case "CallRecord":
		return asNodes(r.db.CallRecordsByID(ctx, longKeys(keys), selected(ctx, db.RecordColumns)))
	}
	return asNodes(r.db.CustomerPersonsByID(ctx, longKeys(keys), selected(ctx, db.CustomerColumns)))
}

// hasLongKey reports whether the objects of a type have numeric keys.
func hasLongKey(typeName string) bool {
	return typeName == "CallRecord" || typeName == "CustomerPerson"
}

// longKeys returns the numeric keys among keys.
func longKeys(keys []string) (numbers []int64) {
	for _, key := range keys {
		if n, err := model.ParseLong(key); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// asNodes returns rows by key as objects of the interface Node.
func asNodes[K string | int64, T any, N interface {
	*T
	model.Node
}](rows map[K]N, err error) (map[string]model.Node, error) {
	nodes := make(map[string]model.Node, len(rows))
	for key, row := range rows {
		nodes[fmt.Sprint(key)] = row
	}
	return nodes, err
}
