package graph

import (
	"context"

	"callbook/model"
)

// Node returns any object by its nodeId, null where there is none. Errors: BAD_USER_INPUT for a text that is no nodeId,
// FORBIDDEN where the caller may not read the type.
func (r query) Node(ctx context.Context, nodeID string) (model.Node, error) {
	typeName, id, ok := model.ParseNodeID(nodeID)
	if !ok {
		return nil, model.BadInput("nodeId", "is no nodeId")
	}
	needed := readPermission(typeName)
	if actor, _ := model.ActorFrom(ctx); !actor.May(needed) {
		return nil, model.Forbidden("nodeId", "a %s takes the permission %s, which you lack", typeName, needed)
	}
	switch typeName {
	case "Call":
		return asNode(r.Call(ctx, id, false))
	case "CallRecord", "CustomerPerson":
		key, err := model.ParseLong(id)
		if err != nil {
			return nil, model.BadInput("nodeId", "is no nodeId")
		}
		if typeName == "CallRecord" {
			return asNode(r.db.CallRecord(ctx, key))
		}
		return asNode(r.db.CustomerPerson(ctx, key))
	case "Task":
		return asNode(r.db.Task(ctx, id))
	case "Note":
		return asNode(r.db.Note(ctx, id))
	}
	return nil, model.BadInput("nodeId", "is no nodeId")
}

// asNode turns a nil object into a nil interface, which a typed nil is not.
func asNode[T any, N interface {
	*T
	model.Node
}](object N, err error) (model.Node, error) {
	if object == nil {
		return nil, err
	}
	return object, err
}
