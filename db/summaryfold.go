package db

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/uptrace/bun"

	"callbook/model"
)

const (
	// foldAfter is how many changes of a tenant's summaries are appended before they are added to the counts: so many
	// take readers about a millisecond.
	foldAfter = 2000
	// maxFolded is how many deltas are added at once.
	maxFolded = 2000
)

// summaryCount is how many rows of a tenant have a value.
type summaryCount struct {
	bun.BaseModel `bun:"table:summary_counts,alias:summary_count"`

	TenantID int64       `bun:",pk"`
	Kind     summaryKind `bun:",pk"`
	Value    string      `bun:",pk"`
	RowCount int
}

// InTenant sets the tenant that the row belongs to.
func (c *summaryCount) InTenant(id int64) { c.TenantID = id }

// summaryDeltaRow is what a transaction has changed in a tenant's counts.
type summaryDeltaRow struct {
	bun.BaseModel `bun:"table:summary_deltas,alias:summary_delta"`

	TenantID int64 `bun:",pk"`
	ID       int64 `bun:",pk"`
	Changes  model.JSONList[summaryChange]
}

// InTenant sets the tenant that the row belongs to.
func (d *summaryDeltaRow) InTenant(id int64) { d.TenantID = id }

// summaryChange is an element of a delta: [kind, value, difference].
type summaryChange struct {
	fact
	n int
}

// UnmarshalJSON reads a change.
func (c *summaryChange) UnmarshalJSON(text []byte) error {
	if c.readPlain(text) {
		return nil
	}
	return json.Unmarshal(text, &[3]any{&c.kind, &c.value, &c.n})
}

// readPlain reads a change without escapes other than line breaks, as most are, and reports whether it is one.
func (c *summaryChange) readPlain(text []byte) bool {
	pieces := bytes.Split(text, []byte{'"'})
	if len(pieces) != 5 {
		return false
	}
	value := bytes.ReplaceAll(pieces[3], []byte(`\n`), []byte("\n"))
	n, err := strconv.Atoi(string(bytes.Trim(pieces[4], ", ]")))
	if err != nil || bytes.IndexByte(value, '\\') >= 0 {
		return false
	}
	c.kind, c.value, c.n = summaryKind(pieces[1]), string(value), n
	return true
}

// folder adds deltas to the counts in the background, one transaction at a time for each tenant.
type folder struct {
	mu       sync.Mutex
	appended map[int64]int // changes since the tenant's last fold began; absent for a tenant that has not written yet
	running  map[int64]bool
	work     sync.WaitGroup
	stop     context.CancelFunc
	ctx      context.Context // ends when the database is closed
}

func newFolder() *folder {
	f := &folder{appended: map[int64]int{}, running: map[int64]bool{}}
	f.ctx, f.stop = context.WithCancel(context.Background())
	return f
}

// close stops what is under way and waits for its end.
func (f *folder) close() {
	f.mu.Lock()
	f.stop()
	f.mu.Unlock()
	f.work.Wait()
}

// begin notes that changes were appended, and reports whether it is time to fold them: also the first time, because an
// earlier process may have left deltas. It is followed by end.
func (f *folder) begin(tenantID int64, changes int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, isKnown := f.appended[tenantID]
	f.appended[tenantID] += changes
	if f.running[tenantID] || isKnown && f.appended[tenantID] < foldAfter || f.ctx.Err() != nil {
		return false
	}
	f.appended[tenantID], f.running[tenantID] = 0, true
	f.work.Add(1)
	return true
}

func (f *folder) end(tenantID int64) {
	f.mu.Lock()
	delete(f.running, tenantID)
	f.mu.Unlock()
	f.work.Done()
}

// forget has the tenant's next write fold.
func (f *folder) forget(tenantID int64) {
	f.mu.Lock()
	delete(f.appended, tenantID)
	f.mu.Unlock()
}

// foldLater notes how many changes a committed transaction has appended, and folds in the background when it is time.
func (d *DB) foldLater(tenantID int64, appended int) {
	if appended == 0 || !d.folder.begin(tenantID, appended) {
		return
	}
	go func() {
		defer d.folder.end(tenantID)
		actor := model.Actor{TenantID: tenantID, Name: "summaries"}
		if err := d.fold(model.WithActor(d.folder.ctx, actor)); err != nil && d.folder.ctx.Err() == nil {
			d.folder.forget(tenantID)
			slog.Warn("summaries are not folded; the next write tries again", "error", err)
		}
	}()
}

// fold adds deltas of the actor's tenant to its counts. Readers see the same sums before and after. It takes one
// statement, two where there are deltas, one more for each kind with a count of 0, and those of packLines.
func (d *DB) fold(ctx context.Context) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		oldest := s.selectAny((*summaryDeltaRow)(nil)).Column("id").Order("id").Limit(maxFolded)
		var deltas []*summaryDeltaRow
		gone := s.deleteFrom((*summaryDeltaRow)(nil)).Where("id IN (?)", oldest).Returning("changes")
		if _, err := gone.Exec(ctx, &deltas); err != nil || len(deltas) == 0 {
			return err
		}
		counts, lines := sumDeltas(deltas)
		if err := s.packLines(ctx, lines); err != nil {
			return err
		}
		if len(counts) > 0 {
			q := insertInto(s, counts).On("CONFLICT (tenant_id, kind, value) DO UPDATE").
				Set("row_count = summary_count.row_count + EXCLUDED.row_count")
			var now []*summaryCount
			if _, err := q.Returning("kind, value, row_count").Exec(ctx, &now); err != nil {
				return err
			}
			return s.deleteEmptyCounts(ctx, now)
		}
		return nil
	})
}

// deleteEmptyCounts deletes those of counts that are 0, so that values which no row has any more are not kept: one
// statement for each kind of them.
func (s scope) deleteEmptyCounts(ctx context.Context, counts []*summaryCount) error {
	empty := map[summaryKind][]string{}
	for _, count := range counts {
		if count.RowCount == 0 {
			empty[count.Kind] = append(empty[count.Kind], count.Value)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(empty)) {
		q := s.deleteFrom((*summaryCount)(nil)).Where("kind = ? AND value IN (?)", kind, bun.List(empty[kind]))
		if _, err := q.Where("row_count = 0").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sumDeltas returns what deltas change in all, counts and lines of text blocks apart, in the order of the keys, so that
// concurrent folds lock in one order.
func sumDeltas(deltas []*summaryDeltaRow) (counts, lines []*summaryCount) {
	sums := map[fact]int{}
	for _, delta := range deltas {
		for _, change := range delta.Changes.V {
			sums[change.fact] += change.n
		}
	}
	for f, n := range sums {
		switch {
		case n == 0:
		case f.kind.isText():
			lines = append(lines, &summaryCount{Kind: f.kind, Value: f.value, RowCount: n})
		default:
			counts = append(counts, &summaryCount{Kind: f.kind, Value: f.value, RowCount: n})
		}
	}
	for _, list := range [][]*summaryCount{counts, lines} {
		slices.SortFunc(list, func(a, b *summaryCount) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
		})
	}
	return counts, lines
}
