package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/model"
)

// The tenants of a load: the database is filled with the rows of the first.
const (
	loudTenant  = 1
	quietTenant = 2
)

// longLength is how many characters the longest text of a call has.
const longLength = 32_000

// longText returns one of the longest texts of a call, in characters of three bytes.
func longText(n int) string {
	characters := make([]rune, longLength)
	for i := range characters {
		characters[i] = rune(0x4e00 + (i*7919+n*104729)%20000)
	}
	return string(characters)
}

// tenants are what two tenants have before they are measured, beside the rows of the fill.
type tenants struct {
	longIDs   []string // of calls of the loud tenant with the longest descriptions
	quietIDs  []string // of calls of the quiet tenant
	loudKeys  []string // credentials, in clear
	quietKey  string
	freshKeys []string // of the quiet tenant, which nobody has presented
}

// asAdministrator returns a context of a tenant's administrator.
func asAdministrator(ctx context.Context, tenant int64) context.Context {
	return model.WithActor(ctx, model.NewActor(tenant, "bench", []model.Role{model.RoleAdmin}, nil))
}

// prepare writes what the tenants need into a database on which no server runs: so many calls with the longest texts,
// transcripts that repeat one character, a few small calls, and keys.
func prepare(ctx context.Context, dsn string, longCalls, loudKeys, freshKeys int) (t tenants, err error) {
	d, err := db.Open(ctx, db.Options{DSN: dsn})
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	loud, quiet := asAdministrator(ctx, loudTenant), asAdministrator(ctx, quietTenant)
	if t.longIDs, err = createCalls(loud, d, "long", longCalls, longText); err != nil {
		return t, err
	}
	if err := createRepetitive(loud, d); err != nil {
		return t, err
	}
	small := func(n int) string { return fmt.Sprint("A small description, number ", n) }
	if t.quietIDs, err = createCalls(quiet, d, "quiet", 200, small); err != nil {
		return t, err
	}
	if t.loudKeys, err = createKeys(loud, d, loudKeys); err != nil {
		return t, err
	}
	if t.freshKeys, err = createKeys(quiet, d, freshKeys+1); err != nil {
		return t, err
	}
	t.quietKey, t.freshKeys = t.freshKeys[0], t.freshKeys[1:]
	return t, d.Analyze(ctx)
}

// createCalls creates calls whose ids begin with a subject, and returns the ids.
func createCalls(ctx context.Context, d *db.DB, subject string, n int, description func(n int) string) (ids []string,
	err error,
) {
	for len(ids) < n {
		var inputs []*model.CreateCallInput
		for range min(50, n-len(ids)) {
			in := model.CreateCallInput{ID: new(fmt.Sprintf("%s-%05d", subject, len(ids)))}
			in.Subject = graphql.OmittableOf(&subject)
			in.Description = graphql.OmittableOf(new(description(len(ids))))
			inputs, ids = append(inputs, &in), append(ids, *in.ID)
		}
		if _, err := d.CreateCalls(ctx, inputs, db.Batch{}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// createRepetitive delivers a record of 300 turns that are one character again and again.
func createRepetitive(ctx context.Context, d *db.DB) error {
	in := &model.SaveCallRecordInput{ID: 1 << 40}
	for n := range 300 {
		in.Details = append(in.Details, &model.CallDetailInput{Position: new(n + 1), Type: model.CallDetailTypePerson,
			Text: "哈" + strings.Repeat("啊", 5000)})
	}
	_, err := d.SaveCallRecords(ctx, []*model.SaveCallRecordInput{in})
	return err
}

func createKeys(ctx context.Context, d *db.DB, n int) (keys []string, err error) {
	for i := range n {
		in := model.CreateAPIKeyInput{Name: fmt.Sprint("bench ", i), Roles: []model.Role{model.RoleManager}}
		_, text, err := d.CreateAPIKey(ctx, in)
		if err != nil {
			return nil, err
		}
		keys = append(keys, text)
	}
	return keys, nil
}
