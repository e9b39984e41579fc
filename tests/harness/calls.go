package harness

import (
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// CreateCalls stores n calls with a description, "" for none, and returns their ids: a prefix and 0, 1 and so on.
func CreateCalls(t testing.TB, e *dbtest.Env, n int, prefix, description string) (ids []string) {
	t.Helper()
	inputs := make([]*model.CreateCallInput, n)
	for i := range inputs {
		ids = append(ids, fmt.Sprint(prefix, i))
		inputs[i] = &model.CreateCallInput{ID: &ids[i]}
		if description != "" {
			inputs[i].Description = graphql.OmittableOf(&description)
		}
	}
	if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
		t.Fatal(err)
	}
	return ids
}
