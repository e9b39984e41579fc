package db

// WaitForFolds waits until no deltas are being added in the background. Nobody may write meanwhile.
func (d *DB) WaitForFolds() { d.folder.work.Wait() }

// JSONText returns a text as deltas have it.
func JSONText(text string) string { return string(appendJSONText(nil, text)) }
