package db

import "context"

// maintenance is a kind of statement that reads or writes rows of all tenants. Every statement that does so is of a
// kind that stands here: the guard stops others. Its text begins with a mark that names the kind, for those who read
// the database's log.
type maintenance struct{ name, reason string }

var (
	definesSchema   = maintenance{"migrations", "they define the tables of all tenants, and may change their rows"}
	countsAnew      = maintenance{"recount", "summaries of all tenants are counted anew"}
	sweepsKeys      = maintenance{"sweep", "old idempotency keys go, also of tenants that send none any more"}
	sweepsFiles     = maintenance{"sweep-files", "files and jobs whose time is over go, of all tenants"}
	sweepsEvents    = maintenance{"sweep-events", "events go that are too old, of all tenants"}
	queuesJobs      = maintenance{"job-queue", "a process runs jobs of all tenants, in turn"}
	makesStatistics = maintenance{"statistics", "the planner learns of tables, which have rows of all tenants"}
	looksForKeys    = maintenance{"sign-in", "whether credentials are needed is decided before there is an actor"}
)

// mark returns a statement that begins with the kind's name.
func (m maintenance) mark(sql string) string { return "/* maintenance: " + m.name + " */ " + sql }

type crossTenantKey struct{}

// crossTenant returns a context under which the guard lets statements of a kind pass. A test lists the functions that
// call it.
func crossTenant(ctx context.Context, m maintenance) context.Context {
	return context.WithValue(ctx, crossTenantKey{}, m)
}

// maintenanceOf returns the kind of maintenance that a context is for, and whether it is for any.
func maintenanceOf(ctx context.Context) (m maintenance, ok bool) {
	m, ok = ctx.Value(crossTenantKey{}).(maintenance)
	return m, ok
}
