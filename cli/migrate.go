package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"callbook/db"
)

type migrateCommand struct {
	Up      migrateUpCommand      `cmd:"" default:"withargs" help:"Apply what is missing (the default)."`
	Status  migrateStatusCommand  `cmd:"" help:"List the steps and when each was applied; changes nothing."`
	Recount migrateRecountCommand `cmd:"" help:"Count summaries anew, after another program wrote to the database."`
}

type migrateRecountCommand struct{ dbFlag }

// Run counts anew what summaries count.
func (m migrateRecountCommand) Run(ctx context.Context, c Console) error {
	err := db.Recount(ctx, db.Options{DSN: m.DB})
	if err == nil {
		fmt.Fprintln(c.Out, "counted")
	}
	return err
}

type migrateUpCommand struct {
	dbFlag

	Citus bool `help:"Then distribute the tables by tenant over the nodes of a Citus cluster."`
}

// Run applies the migrations that are missing, distributes tables where that is asked for, and prints their names.
func (m migrateUpCommand) Run(ctx context.Context, c Console) error {
	applied, err := db.Migrate(ctx, db.Options{DSN: m.DB})
	for _, step := range applied {
		fmt.Fprintf(c.Out, "applied %04d_%s\n", step.Version, step.Name)
	}
	var distributed []string
	if err == nil && m.Citus {
		distributed, err = db.Distribute(ctx, db.Options{DSN: m.DB})
	}
	for _, table := range distributed {
		fmt.Fprintf(c.Out, "distributed %s\n", table)
	}
	if err == nil && len(applied)+len(distributed) == 0 {
		fmt.Fprintln(c.Out, "up to date")
	}
	return err
}

type migrateStatusCommand struct{ dbFlag }

// Run prints the migrations as a table.
func (m migrateStatusCommand) Run(ctx context.Context, c Console) error {
	steps, err := db.MigrationStatus(ctx, db.Options{DSN: m.DB})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, step := range steps {
		when := "to be applied"
		if step.AppliedAt != nil {
			when = step.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%04d_%s\t%s\n", step.Version, step.Name, when)
	}
	return table.Flush()
}
