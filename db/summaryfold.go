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
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

const (
	// foldAfter is how many changes of a tenant's summaries are appended before they are added to the counts: so many
	// take readers about a millisecond.
	foldAfter = 2000
	// maxFolded is how many deltas are added at once, and maxFoldedBytes about how many bytes of them: a delta that
	// goes beyond is the last.
	maxFolded      = 2000
	maxFoldedBytes = 4 << 20
	// erasePause is how long a fold waits for further erasures, so that many of them do not each read all blocks.
	erasePause = time.Second
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
	erased   map[int64]bool // rows of the tenant were erased since its last fold began
	work     sync.WaitGroup
	stop     context.CancelFunc
	ctx      context.Context // ends when the database is closed
}

func newFolder() *folder {
	f := &folder{appended: map[int64]int{}, running: map[int64]bool{}, erased: map[int64]bool{}}
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

// inBackground runs something else in the background, until the database is closed.
func (f *folder) inBackground(run func(context.Context)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx.Err() == nil {
		f.work.Go(func() { run(f.ctx) })
	}
}

// begin notes that changes were appended, or rows erased, and reports whether it is time to fold: also after an
// erasure, and the first time, because an earlier process may have left deltas. It is followed by start and end.
func (f *folder) begin(tenantID int64, changes int, erased bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, isKnown := f.appended[tenantID]
	f.appended[tenantID] += changes
	if erased {
		f.erased[tenantID] = true
	}
	isTime := f.erased[tenantID] || !isKnown || f.appended[tenantID] >= foldAfter
	if f.running[tenantID] || !isTime || f.ctx.Err() != nil {
		return false
	}
	f.running[tenantID] = true
	f.work.Add(1)
	return true
}

// start begins a fold: after an erasure when erasePause has passed.
func (f *folder) start(tenantID int64) {
	f.mu.Lock()
	isErased := f.erased[tenantID]
	f.mu.Unlock()
	if isErased {
		select {
		case <-time.After(erasePause):
		case <-f.ctx.Done():
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.appended[tenantID] = 0
	delete(f.erased, tenantID)
}

// end ends a fold, and reports whether another is to follow at once, because rows were erased meanwhile. After a fold
// that failed none does: the tenant's next write folds.
func (f *folder) end(tenantID int64, failed bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.erased[tenantID] && !failed && f.ctx.Err() == nil {
		return true
	}
	if failed {
		delete(f.appended, tenantID)
	}
	delete(f.running, tenantID)
	f.work.Done()
	return false
}

// foldLater notes how many changes a committed transaction has appended, and folds in the background when it is time.
func (d *DB) foldLater(tenantID int64, appended int) {
	if appended > 0 && d.folder.begin(tenantID, appended, false) {
		go d.foldUntilDone(tenantID)
	}
}

// foldErased folds in the background what a committed transaction has appended that has erased rows.
func (d *DB) foldErased(tenantID int64, appended int) {
	if d.folder.begin(tenantID, appended, true) {
		go d.foldUntilDone(tenantID)
	}
}

func (d *DB) foldUntilDone(tenantID int64) {
	actor := model.Actor{TenantID: tenantID, Name: "summaries"}
	for isMore := true; isMore; {
		d.folder.start(tenantID)
		err := d.fold(model.WithActor(d.folder.ctx, actor))
		if err != nil && d.folder.ctx.Err() == nil {
			slog.Warn("summaries are not folded; the next write tries again", "error", err)
		}
		isMore = d.folder.end(tenantID, err != nil)
	}
}

// fold adds the deltas of the actor's tenant to its counts, a part in each transaction, and takes lines that are gone
// out of its text blocks. Readers see the same sums before and after. It takes the statements of foldPart for each
// part, and those of takeLinesOut.
func (d *DB) fold(ctx context.Context) error {
	for isMore := true; isMore; {
		err := d.write(ctx, func(ctx context.Context, s scope) (err error) {
			isMore, err = s.foldPart(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.takeLinesOut(ctx)
}

// foldPart adds the oldest deltas to the counts, and reports whether there may be more. It takes one statement, three
// where there are deltas, one more for each kind with a count of 0, and those of packLines.
func (s scope) foldPart(ctx context.Context) (isMore bool, err error) {
	deltas, isMore, err := s.takeDeltas(ctx)
	if err != nil || len(deltas) == 0 { // another fold may have taken them
		return isMore && err == nil, err
	}
	counts, lines := sumDeltas(deltas)
	if err := s.packLines(ctx, lines); err != nil || len(counts) == 0 {
		return isMore, err
	}
	q := insertInto(s, counts).On("CONFLICT (tenant_id, kind, value) DO UPDATE").
		Set("row_count = summary_count.row_count + EXCLUDED.row_count")
	var now []*summaryCount
	if _, err := q.Returning("kind, value, row_count").Exec(ctx, &now); err != nil {
		return false, err
	}
	return isMore, s.deleteEmptyCounts(ctx, now)
}

// takeDeltas deletes and returns the oldest deltas, as many as are folded at once, in two statements, one where there
// are none. It reports whether there may be more.
func (s scope) takeDeltas(ctx context.Context) (deltas []*summaryDeltaRow, isMore bool, err error) {
	var oldest []struct{ ID, Size int64 }
	err = s.selectAny((*summaryDeltaRow)(nil)).Column("id").ColumnExpr(s.dialect.deltaSize+" AS size").Order("id").
		Limit(maxFolded).Scan(ctx, &oldest)
	if err != nil || len(oldest) == 0 {
		return nil, false, err
	}
	var ids []int64
	size := int64(0)
	for _, delta := range oldest {
		ids = append(ids, delta.ID)
		if size += delta.Size; size >= maxFoldedBytes {
			break
		}
	}
	q := s.deleteFrom((*summaryDeltaRow)(nil)).Where("id IN (?)", bun.List(ids)).Returning("changes")
	_, err = q.Exec(ctx, &deltas)
	return deltas, len(ids) < len(oldest) || len(oldest) == maxFolded, err
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
