package model

// ImportPreviewRow is a row of a file as an import would have it.
type ImportPreviewRow struct {
	Row     int
	RowID   *string
	Outcome RowOutcome
	Values  JSONObject // by the names of fields
}
