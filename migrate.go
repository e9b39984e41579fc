package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"callbook/db"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" default:"withargs" help:"Apply what is missing (the default)."`
	Status migrateStatusCmd `cmd:"" help:"List the steps and when each was applied; changes nothing."`
}

type migrateUpCmd struct{ dbFlag }

func (m migrateUpCmd) Run(ctx context.Context, c console) error {
	applied, err := db.Migrate(ctx, db.Options{DSN: m.DB})
	for _, step := range applied {
		fmt.Fprintf(c.out, "applied %04d_%s\n", step.Version, step.Name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(c.out, "up to date")
	}
	return err
}

type migrateStatusCmd struct{ dbFlag }

func (m migrateStatusCmd) Run(ctx context.Context, c console) error {
	steps, err := db.MigrationStatus(ctx, db.Options{DSN: m.DB})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, step := range steps {
		when := "to be applied"
		if step.AppliedAt != nil {
			when = step.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%04d_%s\t%s\n", step.Version, step.Name, when)
	}
	return table.Flush()
}
