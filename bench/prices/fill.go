package prices

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"callbook/bench/fill"
)

// Fill fills an empty database with so many calls, records and tasks, and a tenth as many customers.
func Fill(ctx context.Context, dsn string, rows int, now time.Time) error {
	size := fill.Size{Calls: rows, Records: rows, Customers: max(rows/10, 1)}
	if err := fill.Fill(ctx, dsn, size, now, func(string, int, int) {}); err != nil {
		return err
	}
	return fillTasks(ctx, dsn)
}

// tasks makes a task of each call; rank is what varies from one to the next.
const tasks = `INSERT INTO tasks (tenant_id, id, version, call_id, subject, subject_fold, status, due_at, closed_at,
  assignee, created_by, created_at, updated_by, updated_at)
SELECT tenant_id, 'task-' || id, 1, id, subject, subject_fold, CASE WHEN cti_entry THEN 'DONE' ELSE 'WAITING' END,
  call_start_time, CASE WHEN cti_entry THEN updated_at END, owner_id, created_by, created_at, updated_by, updated_at
FROM calls`

func fillTasks(ctx context.Context, dsn string) error {
	driver, address := "pgx", dsn
	if isSQLite(dsn) {
		driver, address = "sqlite", "file:"+dsn[len("sqlite:"):]
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, tasks); err != nil {
		return fmt.Errorf("filling tasks: %w", err)
	}
	_, err = pool.ExecContext(ctx, "ANALYZE")
	return err
}
