package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
)

const (
	// maxReindexed is how many turns a transaction indexes anew.
	maxReindexed = 20000
	// reindexProgress is how often the log says how many turns are indexed.
	reindexProgress = 10 * time.Second
)

// reindexTurns writes SQLite's index of transcripts anew where migration 0014 has emptied it, maxReindexed turns in a
// transaction: a process that ends meanwhile leaves the rest to the next one. It takes one statement where there is
// nothing to do.
func (d *DB) reindexTurns(ctx context.Context) error {
	if d.dialect.forUpdate {
		return nil
	}
	ctx = crossTenant(ctx, definesSchema)
	indexed, isTold, toldAt := 0, false, time.Now()
	for {
		n, isDone, err := d.reindexPart(ctx)
		if err != nil {
			return err
		}
		indexed += n
		if isDone {
			break
		}
		if time.Since(toldAt) >= reindexProgress {
			slog.Info("the index of transcripts is written anew", "turns", indexed)
			isTold, toldAt = true, time.Now()
		}
	}
	if isTold {
		slog.Info("the index of transcripts has been written anew", "turns", indexed)
	}
	return nil
}

// reindexPart indexes the next turns in one transaction, and reports how many, and whether there are no more.
func (d *DB) reindexPart(ctx context.Context) (indexed int, isDone bool, err error) {
	if isDone, err = isReindexed(ctx, d.bun); isDone || err != nil {
		return 0, isDone, err
	}
	err = d.bun.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) (err error) {
		if isDone, err = isReindexed(ctx, tx); isDone || err != nil { // by another process
			return err
		}
		indexed, err = reindexNext(ctx, tx)
		if isDone = err == nil && indexed == 0; isDone {
			_, err = tx.ExecContext(ctx, definesSchema.mark("DROP TABLE transcript_reindex"))
		}
		return err
	})
	return indexed, isDone, err
}

// isReindexed reports whether nothing is to be indexed anew.
func isReindexed(ctx context.Context, idb bun.IDB) (is bool, err error) {
	const text = "SELECT COUNT(*) = 0 FROM sqlite_master WHERE name = 'transcript_reindex'"
	err = idb.QueryRowContext(ctx, definesSchema.mark(text)).Scan(&is)
	return is, err
}

// reindexNext indexes the turns after the last one that is indexed, and returns how many.
func reindexNext(ctx context.Context, tx bun.Tx) (indexed int, err error) {
	const next = " FROM call_details WHERE (tenant_id, turn_id) >" +
		" (SELECT last_tenant, last_turn FROM transcript_reindex) ORDER BY tenant_id, turn_id LIMIT ?"
	var tenantID, turnID int64
	err = tx.QueryRowContext(ctx, definesSchema.mark("SELECT tenant_id, turn_id FROM (SELECT tenant_id, turn_id"+next+
		") AS part ORDER BY 1 DESC, 2 DESC LIMIT 1"), maxReindexed).Scan(&tenantID, &turnID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, definesSchema.mark("INSERT INTO transcript_index (rowid, tokens)"+
		" SELECT turn_id, "+indexedText+"(tenant_id, COALESCE(text_fold, text))"+next), maxReindexed)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, definesSchema.mark("UPDATE transcript_reindex SET last_tenant = ?, last_turn = ?"),
		tenantID, turnID)
	n, failed := result.RowsAffected()
	return int(n), errors.Join(err, failed)
}
