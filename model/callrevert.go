package model

import "encoding/json"

// Revert returns the patch that sets back what an entry of a call's history changed, without its deletion.
func (e *CallHistoryEntry) Revert() (patch CallPatch, err error) {
	before := map[string]any{}
	for _, change := range e.ChangeList.V {
		before[change.Field] = change.From
	}
	text, err := json.Marshal(before)
	if err == nil {
		err = json.Unmarshal(text, &patch)
	}
	return patch, err
}
