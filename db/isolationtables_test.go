package db_test

import (
	"context"
	"maps"

	"callbook/db"
	"callbook/model"
)

func init() { maps.Copy(isolationCases, tableCases) }

// tableCases are the isolationCases of tables.
var tableCases = map[string]func(context.Context, *db.DB) (any, error){
	"CallTable": func(ctx context.Context, d *db.DB) (any, error) {
		return tableTexts(ctx)(d.CallTable(ctx, model.CallDatasetDefault, nil, nil, db.TableQuery{}))
	},
	"CallRecordTable": func(ctx context.Context, d *db.DB) (any, error) {
		return tableTexts(ctx)(d.CallRecordTable(ctx, nil, nil, db.TableQuery{}))
	},
	"SavedQueries": func(ctx context.Context, d *db.DB) (any, error) { return d.SavedQueries(ctx) },
	"SavedQuery":   func(ctx context.Context, d *db.DB) (any, error) { return d.SavedQuery(ctx, "secret") },
	"SaveQuery": func(ctx context.Context, d *db.DB) (any, error) {
		query, _, err := d.SaveQuery(ctx, model.SaveQueryInput{Name: "secret", Document: "overwritten"}, nil)
		return query, err
	},
	"DeleteQuery": func(ctx context.Context, d *db.DB) (any, error) { return nil, d.DeleteQuery(ctx, "secret") },
}

// tableTexts returns a function that returns the texts of all cells of a table.
func tableTexts(ctx context.Context) func(*db.Table, error) (any, error) {
	return func(table *db.Table, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		var texts []string
		_, err = table.Read(ctx, func(cells []db.Cell) error {
			for _, cell := range cells {
				texts = append(texts, string(cell.Text))
			}
			return nil
		})
		return texts, err
	}
}
