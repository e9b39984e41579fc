package db

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	// MaxFileBytes is the greatest file: 2 GiB less one, which is the greatest Int of GraphQL.
	MaxFileBytes = model.MaxInt
	// FileLife is how long files and ended jobs are kept: long enough for a weekend and a holiday.
	FileLife = 7 * 24 * time.Hour
	// maxTenantBytes is what the files of a tenant may have in all: five of the greatest.
	maxTenantBytes = 10 << 30
	// maxCredentialBytes is what those of one credential may have, so that it leaves room to others.
	maxCredentialBytes = maxTenantBytes / 2
	// maxTenantFiles and maxCredentialFiles are how many files there may be, however small.
	maxTenantFiles, maxCredentialFiles = 2000, 1000
	// openFileLife is how long a file is kept that is not whole, after its last chunk.
	openFileLife    = 6 * time.Hour
	maxFileName     = 200 // characters
	maxContentType  = 100
	errFileName     = "must have 1 to 200 characters, without slashes and control characters"
	errContentType  = "must be a media type, such as text/csv"
	errAnnouncedSum = "must be a SHA-256 in 64 hexadecimal digits"
)

var (
	mediaType = regexp.MustCompile(`^[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*(; ?[a-z]+=[\w-]+)?$`)
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// NewFile is a file that is about to be stored.
type NewFile struct {
	Kind        model.FileKind
	Name        string
	ContentType string
	Bytes       int64   // 0 where it is not known
	SHA256      *string // in hexadecimal digits, as announced; nil where it is not
	// Needs are the permissions by which it is made, and which its readers must have: see model.ReadingRights.
	Needs []model.Permission
}

func (f *NewFile) check() error {
	f.ContentType = orText(f.ContentType, "application/octet-stream")
	var errs model.Errors
	name := utf8.RuneCountInString(f.Name)
	if name == 0 || name > maxFileName || strings.ContainsAny(f.Name, `/\`) || !model.IsName(f.Name) ||
		strings.Trim(f.Name, ". ") == "" {
		errs = append(errs, model.BadInput("name", errFileName))
	}
	if len(f.ContentType) > maxContentType || !mediaType.MatchString(f.ContentType) {
		errs = append(errs, model.BadInput("contentType", errContentType))
	}
	if f.SHA256 != nil {
		if f.SHA256 = new(strings.ToLower(*f.SHA256)); !sha256Hex.MatchString(*f.SHA256) {
			errs = append(errs, model.BadInput("sha256", errAnnouncedSum))
		}
	}
	switch {
	case f.Bytes < 0:
		errs = append(errs, model.BadInput("bytes", "must be 0 or more"))
	case f.Bytes > MaxFileBytes:
		errs = append(errs, model.LimitExceeded("bytes", "are %d; at most %d", f.Bytes, MaxFileBytes))
	}
	return errs.Err()
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// BeginFile begins to store a file of the actor's credential: see Receive and FinishFile. It returns BAD_USER_INPUT,
// and LIMIT_EXCEEDED for a file that is too large, by itself or with the others of the tenant. It takes two statements.
func (d *DB) BeginFile(ctx context.Context, f NewFile) (*model.StoredFile, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return once(ctx, d, func(ctx context.Context) (file *model.StoredFile, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if err := s.checkFileQuota(ctx, f.Bytes); err != nil {
				return err
			}
			file = &model.StoredFile{ID: newFileID(), Kind: f.Kind, State: model.FileStateOpen, Name: f.Name,
				ContentType: f.ContentType, Bytes: f.Bytes, ExpectedSHA256: f.SHA256, Credential: credentialOf(s.actor),
				CreatedBy: s.actor.Name, CreatedAt: s.now, ExpiresAt: s.now.Add(openFileLife),
				Rights: model.ReadingRightsOf(s.actor, f.Needs)}
			s.keep(func() *keptResult { return keptOne(file.ID, model.RowOutcomeCreated) })
			_, err := insertInto(s, []*model.StoredFile{file}).Exec(ctx)
			return err
		})
		return file, err
	}, d.keptFile)
}

// keptFile returns the file that a step has made, as it is now.
func (d *DB) keptFile(ctx context.Context, kept *keptResult) (*model.StoredFile, error) {
	file, err := d.File(ctx, kept.row().Key)
	if file == nil && err == nil {
		err = erased("file")
	}
	return file, err
}

// newFileID returns a key that grows with time, and that nobody guesses.
func newFileID() string { return uuid.Must(uuid.NewV7()).String() }

// fileUse is what files take of a quota.
type fileUse struct{ Files, Bytes int64 }

// checkFileQuota returns LIMIT_EXCEEDED where files of the tenant, or of the actor's credential, are too many, or have
// too many bytes with so many more. It takes one statement.
func (s scope) checkFileQuota(ctx context.Context, more int64) error {
	const (
		size  = "CASE WHEN bytes > received THEN bytes ELSE received END"
		total = "CAST(COALESCE(SUM(" + size + "), 0) AS BIGINT)"
		isOwn = "CASE WHEN credential = ? THEN "
	)
	var all, own fileUse
	credential := credentialOf(s.actor)
	err := s.selectAny((*model.StoredFile)(nil)).Where("file.state <> ?", model.FileStateErased).
		Where("file.expires_at > ?", s.now).ColumnExpr("COUNT(*), "+total).
		ColumnExpr("COUNT("+isOwn+"1 END)", credential).
		ColumnExpr("CAST(COALESCE(SUM("+isOwn+size+" ELSE 0 END), 0) AS BIGINT)", credential).
		Scan(ctx, &all.Files, &all.Bytes, &own.Files, &own.Bytes)
	if err == nil {
		err = own.check("the credential's", more, fileUse{maxCredentialFiles, maxCredentialBytes})
	}
	if err == nil {
		err = all.check("the tenant's", more, fileUse{maxTenantFiles, maxTenantBytes})
	}
	return err
}

// check returns LIMIT_EXCEEDED where another file with so many bytes would be too much. whose begins the message.
func (u fileUse) check(whose string, more int64, most fileUse) error {
	switch {
	case u.Files >= most.Files:
		return model.LimitExceeded("", "%s files are %d; at most %d", whose, u.Files, most.Files)
	case u.Bytes+more > most.Bytes:
		return model.LimitExceeded("bytes", "%s files have %d bytes, and this one %d; at most %d in all", whose, u.Bytes,
			more, most.Bytes)
	}
	return nil
}

// CheckFileRoom returns LIMIT_EXCEEDED where the files of the tenant, or of the actor's credential, have too many bytes
// with so many more. It takes one statement.
func (d *DB) CheckFileRoom(ctx context.Context, bytes int64) error {
	s, err := d.read(ctx)
	if err != nil {
		return err
	}
	return s.checkFileQuota(ctx, bytes)
}

// mine returns a query of rows that belong to credentials: those of the actor's, and for administrators all of the
// tenant.
func (s scope) mine(rows any) *bun.SelectQuery {
	q := s.selectAny(rows)
	if s.actor.May(model.PermissionAdmin) && !s.actor.OwnOnly {
		return q
	}
	return q.Where("?TableAlias.credential = ?", credentialOf(s.actor))
}

// myFiles is mine for files, with those that jobs have made which the actor's credential has asked for after somebody
// else had started them.
func (s scope) myFiles(rows any) *bun.SelectQuery {
	if s.actor.May(model.PermissionAdmin) && !s.actor.OwnOnly {
		return s.selectAny(rows)
	}
	own := credentialOf(s.actor)
	sharing := s.selectAny((*model.JobSharer)(nil)).Column("job_id").Where("job_sharer.credential = ?", own)
	made := s.selectAny((*model.Job)(nil)).Column("file_id").Where("job.id IN (?)", sharing)
	return s.selectAny(rows).Where("(file.credential = ? OR file.id IN (?))", own, made)
}

// File returns a file of the actor's credential, for administrators any of the tenant; nil where there is none, its
// time is over, or the actor lacks what it takes to read it: see model.ReadingRights. It takes one statement.
func (d *DB) File(ctx context.Context, id string) (*model.StoredFile, error) {
	files, err := d.FilesByID(ctx, []string{id})
	return files[id], err
}

// FilesByID returns files as File does, by key; those that are missing are absent. It takes one statement, none for no
// keys.
func (d *DB) FilesByID(ctx context.Context, ids []string) (map[string]*model.StoredFile, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]*model.StoredFile{}
	if len(ids) == 0 {
		return found, nil
	}
	var files []*model.StoredFile
	err = s.myFiles(&files).Where("file.id IN (?)", bun.List(ids)).Where("file.state <> ?", model.FileStateErased).
		Where("file.expires_at > ?", s.now).Scan(ctx)
	for _, file := range files {
		if file.MayBeReadBy(s.actor) {
			found[file.ID] = file
		}
	}
	return found, err
}

// FinishFile ends the storing of an open file. It returns BAD_USER_INPUT where its SHA-256 is not the one that was
// announced: then the file is as if nothing had been received. It takes one statement.
func (d *DB) FinishFile(ctx context.Context, file *model.StoredFile) error {
	sum := file.HashState
	state, err := hashFrom(sum)
	if err != nil {
		return err
	}
	digest := hexSum(state)
	if file.ExpectedSHA256 != nil && *file.ExpectedSHA256 != digest {
		if err := d.emptyFile(ctx, file); err != nil {
			return err
		}
		return model.BadInput("sha256", "was announced as %s; the bytes that came have %s, and are thrown away: send them "+
			"again", *file.ExpectedSHA256, digest)
	}
	return d.changeOpen(ctx, file, func(s scope, q *bun.UpdateQuery) {
		file.State, file.Bytes, file.SHA256 = model.FileStateReady, file.Received, &digest
		file.ExpiresAt = s.now.Add(FileLife)
		q.Set("state = ?, bytes = ?, sha256 = ?, expires_at = ?", file.State, file.Bytes, digest, file.ExpiresAt)
	})
}

// emptyFile has an open file begin anew.
func (d *DB) emptyFile(ctx context.Context, file *model.StoredFile) error {
	if err := d.fileFolder.drop(file.TenantID, file.ID); err != nil {
		return err
	}
	if err := d.dropChunks(ctx, file.ID); err != nil {
		return err
	}
	return d.changeOpen(ctx, file, func(_ scope, q *bun.UpdateQuery) {
		file.Received, file.HashState = 0, ""
		q.Set("received = 0, hash_state = ''")
	})
}

// changeOpen changes the row of an open file, if it still has the bytes that the caller knows of, else it returns
// ErrFileChanged.
func (d *DB) changeOpen(ctx context.Context, file *model.StoredFile, set func(scope, *bun.UpdateQuery)) error {
	known := file.Received
	return d.writeShort(WithClaim(ctx, nil), func(ctx context.Context, s scope) error {
		q := s.update((*model.StoredFile)(nil)).Where("id = ? AND state = ? AND received = ?", file.ID,
			model.FileStateOpen, known)
		set(s, q)
		result, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 0 || err != nil {
			return orError(err, ErrFileChanged)
		}
		return nil
	})
}

func orError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// ErrFileChanged says that a file is not as the caller knew it: CONFLICT.
var ErrFileChanged error = model.Conflict("Upload-Offset", "the file was written, ended or erased meanwhile; ask by "+
	"HEAD where it is")

// DropFile ends a file, if it is there: nobody can read it any more, and its bytes go with the next sweep. It takes one
// statement.
func (d *DB) DropFile(ctx context.Context, id string) error {
	err := d.writeShort(WithClaim(ctx, nil), func(ctx context.Context, s scope) error {
		return s.dropFile(ctx, id, credentialOf(s.actor))
	})
	d.background.sweepSoon()
	return err
}

// dropFile ends a file of a credential.
func (s scope) dropFile(ctx context.Context, id, credential string) error {
	_, err := s.update((*model.StoredFile)(nil)).Set("state = ?, expires_at = ?", model.FileStateErased, s.now).
		Where("id = ?", id).Where("credential = ?", credential).Exec(ctx)
	return err
}

// eraseFiles ends all files of the tenant, ready or open, for they may have rows that the transaction erases. It takes
// one statement.
func (s scope) eraseFiles(ctx context.Context) error {
	_, err := s.execReady(ctx, writeShape{name: "eraseFiles"}, func() string {
		return "UPDATE files SET state = 'ERASED', name = '', expires_at = $2 WHERE tenant_id = $1 AND state <> 'ERASED'"
	}, s.now)
	return err
}

// fileText returns a file's name for messages.
func fileText(file *model.StoredFile) string { return text.Quote(file.Name) }
