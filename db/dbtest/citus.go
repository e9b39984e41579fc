package dbtest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"callbook/db"
)

// hasCitus reports whether a database has the extension citus. Where the one in TEST_DATABASE_URL has it, tests run on
// databases whose tables are distributed.
func hasCitus(dsn string) (has bool, err error) {
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.Background())
	const ask = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')"
	return has, conn.QueryRow(context.Background(), ask).Scan(&has)
}

// distribute makes a new database a Citus cluster of one node, with the tables of Callbook distributed in it.
func distribute(dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	node := fmt.Sprintf("'%s', %d", config.Host, config.Port)
	err = run(dsn, "CREATE EXTENSION citus", "SELECT citus_set_coordinator_host("+node+")",
		"SELECT citus_set_node_property("+node+", 'shouldhaveshards', true)")
	if err != nil {
		return err
	}
	_, err = db.Migrate(context.Background(), db.Options{DSN: dsn})
	if err == nil {
		_, err = db.Distribute(context.Background(), db.Options{DSN: dsn})
	}
	return err
}
