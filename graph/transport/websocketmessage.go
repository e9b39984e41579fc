package transport

import (
	"bytes"
	"encoding/json"
	"strings"

	"callbook/graph/operation"
)

const maxOperationID = 1000 // bytes

// message is a message of the protocol graphql-transport-ws, either way.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// parseMessage reads a message. ok is false for what is no JSON object, or exceeds a limit of requests.
func parseMessage(body []byte, limits operation.Limits) (m message, ok bool) {
	_, bad := parseObject(string(body), "the message", "", limits)
	return m, bad == nil && json.Unmarshal(body, &m) == nil
}

// isComplete reports whether a message has what its type needs: an id, a payload that is an object.
func (m message) isComplete() bool {
	payload := bytes.TrimSpace(m.Payload)
	isObject := len(payload) > 0 && payload[0] == '{'
	switch m.Type {
	case "subscribe":
		return m.hasID() && isObject
	case "complete":
		return m.hasID()
	}
	return m.Type != "" && (isObject || len(payload) == 0 || string(payload) == "null")
}

func (m message) hasID() bool { return m.ID != "" && len(m.ID) <= maxOperationID }

// credentialsIn returns the credentials of a connection_init's payload by name: authorization, apiKey. Names of members
// are taken in any case, with hyphens or without. ok is false for a credential that is no text, or that is there twice.
func credentialsIn(payload json.RawMessage) (given map[string]string, ok bool) {
	var members map[string]json.RawMessage
	if len(payload) > 0 {
		_ = json.Unmarshal(payload, &members) // an object, or null
	}
	given = map[string]string{}
	for name, value := range members {
		var credential string
		switch strings.ReplaceAll(strings.ToLower(name), "-", "") {
		case "authorization":
			name = "authorization"
		case "apikey", "xapikey":
			name = "apiKey"
		default:
			continue
		}
		if json.Unmarshal(value, &credential) != nil || given[name] != "" {
			return nil, false
		}
		given[name] = credential
	}
	return given, true
}
