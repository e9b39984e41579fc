package db

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Distribute distributes the tables of tenants by tenant over the nodes of a Citus cluster, and returns the names of
// those that were not distributed before. All have their shards in the same places, so that the rows of a tenant live
// together on one node. It moves the rows that are there. The schema must be up to date: see Migrate. It fails where
// the database is not PostgreSQL with the extension citus, and a worker or the coordinator itself may have shards.
// It takes two statements for each table.
func Distribute(ctx context.Context, o Options) (distributed []string, err error) {
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.checkCitus(ctx); err != nil {
		return nil, err
	}
	for {
		table, err := d.nextToDistribute(ctx)
		if table == "" || err != nil {
			return distributed, err
		}
		if _, err := d.bun.DB.ExecContext(ctx, distributeTable, table); err != nil {
			return distributed, err
		}
		distributed = append(distributed, table)
	}
}

// checkCitus returns an error where the database cannot distribute tables.
func (d *DB) checkCitus(ctx context.Context) error {
	if !d.dialect.columnTypes.IsPostgres {
		return errors.New("only PostgreSQL with the extension citus distributes tables; this is " + d.dialect.name)
	}
	var hasCitus bool
	const ask = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')"
	if err := d.reader.QueryRowContext(ctx, ask).Scan(&hasCitus); err != nil {
		return err
	}
	if !hasCitus {
		return errors.New("the database has no extension citus; install it there with CREATE EXTENSION citus")
	}
	return nil
}

// nextToDistribute returns a table of tenants that is not distributed yet and refers to none that is not; an empty
// text where all are distributed.
func (d *DB) nextToDistribute(ctx context.Context) (table string, err error) {
	err = d.reader.QueryRowContext(ctx, tablesToDistribute, slices.Sorted(maps.Keys(d.dialect.tenantTables))).Scan(&table)
	return table, err
}

const (
	tablesToDistribute = `SELECT COALESCE(MIN(c.relname), '') FROM pg_class AS c
 WHERE c.relname = ANY($1) AND c.relkind = 'r' AND pg_table_is_visible(c.oid)
 AND c.oid NOT IN (SELECT logicalrelid FROM pg_dist_partition)
 AND NOT EXISTS (SELECT 1 FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conrelid = c.oid
  AND f.confrelid <> c.oid AND f.confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition))`
	distributeTable = `SELECT create_distributed_table(CAST($1 AS regclass), 'tenant_id', colocate_with => COALESCE(
 (SELECT MIN(CAST(logicalrelid AS text)) FROM pg_dist_partition WHERE partmethod = 'h'), 'default'))`
)
