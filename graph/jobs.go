package graph

import (
	"context"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/jobs"
	"callbook/model"
	"callbook/text"
)

// jobPollInterval is how often a subscription looks at its job, which another process may run.
const jobPollInterval = time.Second

func (r query) Job(ctx context.Context, id string) (*model.Job, error) {
	job, err := r.db.Job(ctx, id)
	if job == nil || err != nil {
		return nil, err
	}
	return job, withFiles(ctx, r.db, job)
}

func (r query) Jobs(ctx context.Context, filter *model.JobFilter, first int) ([]*model.Job, error) {
	all, err := r.db.Jobs(ctx, filter, first)
	if err != nil {
		return nil, err
	}
	return all, withFiles(ctx, r.db, all...)
}

// withFiles gives jobs the files that they have made. It takes one statement, none where there are none.
func withFiles(ctx context.Context, d *db.DB, all ...*model.Job) error {
	var ids []string
	for _, job := range all {
		if job.FileID != nil {
			ids = append(ids, *job.FileID)
		}
	}
	files, err := d.FilesByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, job := range all {
		if job.FileID == nil || files[*job.FileID] == nil {
			continue
		}
		file, err := jobs.PublicFile(ctx, d, files[*job.FileID])
		if err != nil {
			return err
		}
		if job.Kind == model.JobKindImport {
			job.ErrorFile = file
		} else {
			job.File = file
		}
	}
	return nil
}

func (r query) ExportLink(ctx context.Context, input model.ExportInput, validFor int) (*model.ExportLink, error) {
	if err := checkValidFor(validFor); err != nil {
		return nil, err
	}
	ctx, input, err := resolvers(r).mayExport(ctx, input)
	if err != nil {
		return nil, err
	}
	if asked, ok := model.ValueFrom[*AskedExport](ctx); ok {
		asked.Input = input
		asked.Actor, _ = model.ActorFrom(ctx)
		return &model.ExportLink{}, nil
	}
	path, parameters, err := jobs.ExportAddress(input)
	if err != nil {
		return nil, err
	}
	ends := r.db.Now().Add(time.Duration(validFor) * time.Second)
	address, ends, err := jobs.SignLink(ctx, r.db, path, parameters, ends)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "export link made", actor, "entity", input.Entity, "ends", ends, "requestId", RequestID(ctx))
	return &model.ExportLink{URL: address, EndsAt: ends}, nil
}

// AskedExport is what exportLink was asked for, for who puts it into the context of the operation: it exports the rows
// itself, after the operation was checked, priced and permitted as every other.
type AskedExport struct {
	Input model.ExportInput
	Actor model.Actor // the caller, as it may export that
}

// mayExport checks what is to be exported, and returns it with its columns, and the context with the caller as it may
// export that.
func (r resolvers) mayExport(ctx context.Context, in model.ExportInput) (context.Context, model.ExportInput, error) {
	actor, _ := model.ActorFrom(ctx)
	needs := jobs.ExportPermissions(in.Entity)
	if missing := missingPermission(actor, needs, nil); missing != "" {
		return ctx, in, model.Forbidden("", "the export takes the permission %s, which you lack", missing)
	}
	in, err := withColumnSet(ctx, r.db, in)
	if err == nil {
		ctx = model.WithActor(ctx, actor.For(needs, nil))
		_, err = r.db.NewExport(ctx, in)
	}
	return ctx, in, reportAll(ctx, err)
}

func (r mutation) StartExport(ctx context.Context, input model.ExportInput) (*model.StartExportPayload, error) {
	_, input, err := resolvers(r).mayExport(ctx, input)
	if err != nil {
		return nil, err
	}
	job, err := r.db.StartJob(ctx, model.JobKindExport, input)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "export started", actor, "job", job.ID, "entity", input.Entity, "requestId", RequestID(ctx))
	return &model.StartExportPayload{Job: job}, withFiles(ctx, r.db, job)
}

func (r mutation) CancelJob(ctx context.Context, id string) (*model.CancelJobPayload, error) {
	job, err := r.db.CancelJob(ctx, id)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "job cancelled", actor, "job", id, "requestId", RequestID(ctx))
	return &model.CancelJobPayload{Job: job}, withFiles(ctx, r.db, job)
}

// JobProgress sends a job as it is, then whenever it has changed, until it has ended.
func (r subscription) JobProgress(ctx context.Context, id string) (<-chan *model.Job, error) {
	job, err := query(r).Job(ctx, id)
	if err != nil {
		return nil, err
	}
	if job == nil {
		return nil, model.NotFound("id", "there is no job with the id %s", text.Quote(id))
	}
	watch := &jobWatch{db: r.db, next: job}
	return deliver(ctx, r.feed, watch.changed), nil
}

// jobWatch looks at a job.
type jobWatch struct {
	db   *db.DB
	next *model.Job // to be sent at once; nil where there is none
	last *model.Job // that was sent
}

// changed waits until the job is otherwise than it was sent last. It returns an error after its end.
func (w *jobWatch) changed(ctx context.Context) ([]*model.Job, error) {
	if w.last != nil && w.last.HasEnded() {
		return nil, context.Canceled
	}
	tick := time.NewTicker(jobPollInterval)
	defer tick.Stop()
	for job := w.next; ; {
		if job != nil && (w.last == nil || isOther(w.last, job)) {
			w.next, w.last = nil, job
			return []*model.Job{job}, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		var err error
		if job, err = (query{db: w.db}).Job(ctx, w.last.ID); job == nil || err != nil {
			return nil, orCancelled(err)
		}
	}
}

// orCancelled returns an error, and for none that which ends a subscription.
func orCancelled(err error) error {
	if err == nil {
		return context.Canceled
	}
	return err
}

// isOther reports whether clients see a job otherwise than they did.
func isOther(a, b *model.Job) bool {
	return a.State != b.State || a.RowsRead != b.RowsRead || a.RowsWritten != b.RowsWritten || a.RowsFailed != b.RowsFailed
}
