package model

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// NodeID returns the global object identifier of a row: base64url of the type and the key.
func NodeID(typeName, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(typeName + ":" + id))
}

// nodeTypes are the types of the schema's interface Node.
var nodeTypes = []string{"Call", "CallRecord", "CustomerPerson", "Note", "Task"}

// ParseNodeID splits a nodeId into the type's name and the key; ok is false for text that is no nodeId.
func ParseNodeID(nodeID string) (typeName, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nodeID)
	if err != nil || CheckText(string(raw)) != nil {
		return "", "", false
	}
	typeName, id, ok = strings.Cut(string(raw), ":")
	return typeName, id, ok && slices.Contains(nodeTypes, typeName)
}

// NodeID returns the object identifier of the schema's interface Node.
func (c *Call) NodeID() string { return NodeID("Call", c.ID) }

// NodeID returns the object identifier of the schema's interface Node.
func (r *CallRecord) NodeID() string { return NodeID("CallRecord", strconv.FormatInt(r.ID, 10)) }

// NodeID returns the object identifier of the schema's interface Node.
func (p *CustomerPerson) NodeID() string {
	return NodeID("CustomerPerson", strconv.FormatInt(p.ID, 10))
}

// NodeID returns the object identifier of the schema's interface Node.
func (t *Task) NodeID() string { return NodeID("Task", t.ID) }

// NodeID returns the object identifier of the schema's interface Node.
func (n *Note) NodeID() string { return NodeID("Note", n.ID) }

// IsNode marks a type of the schema's interface Node.
func (*Call) IsNode() {}

// IsNode marks a type of the schema's interface Node.
func (*CallRecord) IsNode() {}

// IsNode marks a type of the schema's interface Node.
func (*CustomerPerson) IsNode() {}

// IsNode marks a type of the schema's interface Node.
func (*Note) IsNode() {}

// IsNode marks a type of the schema's interface Node.
func (*Task) IsNode() {}
