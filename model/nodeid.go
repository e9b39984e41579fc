package model

import (
	"encoding/base64"
	"strconv"
	"strings"
)

func nodeID(typeName, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(typeName + ":" + id))
}

// ParseNodeID splits a nodeId into the type's name and the key; false for text that is none.
func ParseNodeID(nodeID string) (typeName, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nodeID)
	if err != nil || CheckText(string(raw)) != nil {
		return "", "", false
	}
	return strings.Cut(string(raw), ":")
}

func (c *Call) NodeID() string       { return nodeID("Call", c.ID) }
func (r *CallRecord) NodeID() string { return nodeID("CallRecord", strconv.FormatInt(r.ID, 10)) }
func (p *CustomerPerson) NodeID() string {
	return nodeID("CustomerPerson", strconv.FormatInt(p.ID, 10))
}
func (t *Task) NodeID() string { return nodeID("Task", t.ID) }
func (n *Note) NodeID() string { return nodeID("Note", n.ID) }

func (*Task) IsNode()           {}
func (*Note) IsNode()           {}
func (*Call) IsNode()           {}
func (*CallRecord) IsNode()     {}
func (*CustomerPerson) IsNode() {}
