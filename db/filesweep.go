package db

import (
	"context"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// sweepSoon has files swept in the background.
func (b *background) sweepSoon() {
	select {
	case b.erased <- struct{}{}:
	default: // it will
	}
}

// sweepFiles deletes the files and jobs of all tenants whose time is over, and files that were erased, and logs where
// it cannot.
func (d *DB) sweepFiles(ctx context.Context) {
	now := model.Canonical(d.now())
	tenants, err := d.tenantsWithOldFiles(ctx, now)
	for _, tenantID := range tenants {
		if err == nil {
			err = d.sweepFilesOf(model.WithActor(ctx, model.Actor{TenantID: tenantID, Name: "sweeper"}), now)
		}
	}
	if err != nil && ctx.Err() == nil {
		slog.Warn("old files are not deleted; the next sweep tries again", "error", err)
	}
}

// sweepFilesOf deletes the files and jobs of the actor's tenant whose time is over, a few MiB at a time.
func (d *DB) sweepFilesOf(ctx context.Context, now time.Time) error {
	s, err := d.read(ctx)
	if err != nil {
		return err
	}
	var files []*model.StoredFile
	if err := s.selectAny(&files).Column("id").Where("file.expires_at <= ?", now).Scan(ctx); err != nil {
		return err
	}
	for _, file := range files {
		if err := d.fileFolder.drop(s.actor.TenantID, file.ID); err != nil {
			return err
		}
		if err := d.dropChunks(ctx, file.ID); err != nil {
			return err
		}
		err := d.writeShort(ctx, func(ctx context.Context, s scope) error {
			_, err := s.deleteFrom((*model.StoredFile)(nil)).Where("id = ?", file.ID).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := d.sweepOutcomes(ctx, now); err != nil {
		return err
	}
	return d.write(ctx, func(ctx context.Context, s scope) error {
		_, err := s.deleteFrom((*model.Job)(nil)).Where("expires_at <= ?", now).Where("ended_at IS NOT NULL").Exec(ctx)
		return err
	})
}

// sweptOutcomes is how many outcomes of imports are deleted in one transaction.
const sweptOutcomes = 2000

// sweepOutcomes ends the time of imports and undos that have ended and whose files are gone, by their age or by a
// purge, and deletes the outcomes of jobs whose time is over: they have values of the files.
func (d *DB) sweepOutcomes(ctx context.Context, now time.Time) error {
	err := d.writeShort(ctx, func(ctx context.Context, s scope) error {
		files := s.selectAny((*model.StoredFile)(nil)).Column("id").Where("file.state <> ?", model.FileStateErased)
		kinds := bun.List([]model.JobKind{model.JobKindImport, model.JobKindUndo})
		_, err := s.update((*model.Job)(nil)).Set("expires_at = ?", now).Where("kind IN (?)", kinds).
			Where("ended_at IS NOT NULL").Where("expires_at > ?", now).Where("source_id NOT IN (?)", files).Exec(ctx)
		return err
	})
	for n := int64(1); n > 0 && err == nil; {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			over := s.selectAny((*model.Job)(nil)).Column("id").Where("job.expires_at <= ?", now).
				Where("job.ended_at IS NOT NULL")
			some := s.selectAny((*model.JobOutcome)(nil)).Column("job_id", "row_number").
				Where("job_outcome.job_id IN (?)", over).Limit(sweptOutcomes)
			result, err := s.deleteFrom((*model.JobOutcome)(nil)).Where("(job_id, row_number) IN (?)", some).Exec(ctx)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		})
	}
	return err
}
