package db

import (
	"context"
	"log/slog"
	"time"

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
	return d.write(ctx, func(ctx context.Context, s scope) error {
		_, err := s.deleteFrom((*model.Job)(nil)).Where("expires_at <= ?", now).Where("ended_at IS NOT NULL").Exec(ctx)
		return err
	})
}
