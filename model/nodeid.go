package model

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// nodeID returns the global object identifier of a row: base64url of the type and the key.
func nodeID(typeName, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(typeName + ":" + id))
}

// ParseNodeID splits a nodeId into the type's name and the key; ok is false for text that is no nodeId.
func ParseNodeID(nodeID string) (typeName, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nodeID)
	if err != nil || CheckText(string(raw)) != nil {
		return "", "", false
	}
	return strings.Cut(string(raw), ":")
}

// NodeID returns the object identifier of the schema's interface Node.
func (c *Call) NodeID() string { return nodeID("Call", c.ID) }

// NodeID returns the object identifier of the schema's interface Node.
func (r *CallRecord) NodeID() string { return nodeID("CallRecord", strconv.FormatInt(r.ID, 10)) }

// NodeID returns the object identifier of the schema's interface Node.
func (p *CustomerPerson) NodeID() string {
	return nodeID("CustomerPerson", strconv.FormatInt(p.ID, 10))
}

// NodeID returns the object identifier of the schema's interface Node.
func (t *Task) NodeID() string { return nodeID("Task", t.ID) }

// NodeID returns the object identifier of the schema's interface Node.
func (n *Note) NodeID() string { return nodeID("Note", n.ID) }

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
