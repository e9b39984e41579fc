package db_test

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// storedTexts returns what text blocks and deltas of the tenant hold.
func storedTexts(t *testing.T, e *dbtest.Env) map[string]string {
	t.Helper()
	texts, err := db.StoredTexts(e.Ctx, e.DB)
	expectNoError(t, err)
	return texts
}

// expectErased expects that no block nor delta holds a text.
func expectErased(t *testing.T, e *dbtest.Env, erased ...string) {
	t.Helper()
	for place, stored := range storedTexts(t, e) {
		for _, text := range erased {
			if strings.Contains(stored, text) {
				t.Errorf("%s: has %q, want it erased", place, text)
			}
		}
	}
}

const erasedCalls = 1500 // of so many calls and records two are erased

func fillForErasure(t *testing.T, e *dbtest.Env) {
	t.Helper()
	calls := callsWithNames(erasedCalls, func(i int) string { return fmt.Sprint("e", i) },
		func(i int) string { return fmt.Sprintf("%s %04d", "person with a long enough name", i) })
	for part := range slices.Chunk(calls, 500) {
		_, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, part)
		expectNoError(t, err)
	}
	var records []*model.SaveCallRecordInput
	for i := range erasedCalls {
		in := &model.SaveCallRecordInput{ID: int64(i + 1)}
		in.CustomerPerson = &model.CustomerPersonInput{ID: int64(i + 1), PhoneNumber: new(fmt.Sprintf("555010%04d", i))}
		records = append(records, in)
	}
	for part := range slices.Chunk(records, 500) {
		_, err := e.DB.SaveCallRecords(e.Ctx, part)
		expectNoError(t, err)
	}
	db.WaitForFolds(e.DB)
	expectNoError(t, e.DB.Fold(e.Ctx))
}

// erase deletes calls and records for good, and returns the texts by which they are found.
func erase(t *testing.T, e *dbtest.Env) []string {
	t.Helper()
	stored := strings.Join(slices.Collect(maps.Values(storedTexts(t, e))), "")
	texts := []string{"long enough name 0003", "long enough name 1450", "5550100003", "5550101450"}
	for _, text := range texts {
		if !strings.Contains(stored, text) {
			t.Fatalf("before the erasure: blocks do not have %q", text)
		}
	}
	calls := model.CallSelector{Ids: []string{"e3", "e1450"}}
	_, err := e.DB.DeleteCalls(e.Ctx, calls, db.Batch{})
	expectNoError(t, err)
	_, err = e.DB.PurgeCalls(e.Ctx, calls, db.Batch{})
	expectNoError(t, err)
	_, err = e.DB.DeleteRecords(e.Ctx, model.CallRecordSelector{Ids: []int64{4, 1451}}, db.Batch{})
	expectNoError(t, err)
	return texts
}

// TestErasedTexts erases two of many calls and records: without another write, blocks and deltas have them no more, and
// have all others.
func TestErasedTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		fillForErasure(t, e)
		before := storedTexts(t, e)
		erased := erase(t, e)
		db.WaitForFolds(e.DB)
		expectErased(t, e, erased...)
		after := storedTexts(t, e)
		changed := 0
		for place, stored := range before {
			if after[place] != stored {
				changed++
			}
		}
		if len(before) < 10 || changed < 1 || changed > 4 {
			t.Errorf("got %d of %d blocks written, want the 1 to 4 that had the lines", changed, len(before))
		}
		lines, err := db.TextBlocks(e.Ctx, e.DB)
		expectNoError(t, err)
		if want := 2 * (erasedCalls - 2); lines[1] != want || lines[-1] != 0 {
			t.Errorf("got %v lines by sign, want %d with 1 and none with -1", lines, want)
		}
		folded := summaries(t, e)
		expectNoError(t, e.DB.RebuildSummaries(e.Ctx))
		expectSame(t, "after the erasure", folded, summaries(t, e))
	})
}

// TestErasedTextsAfterCrash erases rows in a process that ends before it has folded, or before it has taken lines out:
// the tenant's first write in another process has that done.
func TestErasedTextsAfterCrash(t *testing.T) {
	for _, isPacked := range []bool{false, true} {
		dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
			e := dbtest.NewEnv(t, engine, dsn)
			fillForErasure(t, e)
			db.StopFolds(e.DB)
			erased := erase(t, e)
			if isPacked {
				_, err := db.FoldPart(e.Ctx, e.DB)
				expectNoError(t, err)
				lines, err := db.TextBlocks(e.Ctx, e.DB)
				expectNoError(t, err)
				if lines[-1] != len(erased) {
					t.Fatalf("got %v lines by sign, want %d with -1", lines, len(erased))
				}
			}
			other := dbtest.NewEnv(t, engine, dsn)
			_, err := other.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, callsWithNames(1, func(int) string { return "next" },
				func(int) string { return "next" }))
			expectNoError(t, err)
			db.WaitForFolds(other.DB)
			expectErased(t, e, erased...)
		})
	}
}

// TestErasureDuringFold has a fold follow one that is under way and may not know what is erased.
func TestErasureDuringFold(t *testing.T) {
	for _, erased := range []bool{false, true} {
		if got := db.FoldsAgain(erased); got != erased {
			t.Errorf("erased during a fold %v: got another fold %v", erased, got)
		}
	}
}

// TestErasuresOneByOne erases rows one after the other.
func TestErasuresOneByOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var erased []string
		for i := range int64(10) {
			number := fmt.Sprintf("777%04d", i)
			in := &model.SaveCallRecordInput{ID: i + 1}
			in.CustomerPerson = &model.CustomerPersonInput{ID: i + 1, PhoneNumber: &number}
			_, err := e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{in})
			expectNoError(t, err)
			_, err = e.DB.DeleteRecords(e.Ctx, model.CallRecordSelector{Ids: []int64{i + 1}}, db.Batch{})
			expectNoError(t, err)
			erased = append(erased, number)
		}
		db.WaitForFolds(e.DB)
		expectErased(t, e, erased...)
	})
}

// TestLinesThatNobodyHas takes back lines that no block has, more than are looked for at once, and one that a block
// has: that is taken out, the others stay, so that sums stay what they are.
func TestLinesThatNobodyHas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const missing = 300
		expectNoError(t, db.AppendNames(e.Ctx, e.DB, 1, map[string]string{"there": "there", "kept": "kept"}))
		db.WaitForFolds(e.DB)
		names := map[string]string{"there": "there"}
		for i := range missing {
			names[fmt.Sprint("m", i)] = strings.Repeat("m", 1000)
		}
		expectNoError(t, db.AppendNames(e.Ctx, e.DB, -1, names))
		want := summaries(t, e)
		for range 2 {
			expectNoError(t, e.DB.Fold(e.Ctx))
			lines, err := db.TextBlocks(e.Ctx, e.DB)
			expectNoError(t, err)
			if lines[1] != 1 || lines[-1] != missing {
				t.Errorf("got %v lines by sign, want 1 with 1 and %d with -1", lines, missing)
			}
			expectSame(t, "lines that are taken back", summaries(t, e), want)
		}
	})
}

// randomNames returns names of so many bytes in all, which cannot be compressed.
func randomNames(bytes int) map[string]string {
	names := map[string]string{}
	for size := 0; size < bytes; {
		var name string
		for range 20 {
			name += strings.ToLower(rand.Text())
		}
		names[fmt.Sprint("r", len(names))] = name
		size += len(name)
	}
	return names
}

// TestFoldOfLongDeltas folds deltas that are together more than a transaction reads, one of them alone.
func TestFoldOfLongDeltas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		db.StopFolds(e.DB)
		count := func() (deltas int) {
			for place := range storedTexts(t, e) {
				if strings.HasPrefix(place, "delta") {
					deltas++
				}
			}
			return deltas
		}
		const all = 4
		lines := 0
		for _, size := range []int{5 << 20, 3 << 20, 3 << 20, 3 << 20} {
			names := randomNames(size)
			lines += len(names)
			expectNoError(t, db.AppendNames(e.Ctx, e.DB, 1, names))
		}
		isMore, err := db.FoldPart(e.Ctx, e.DB)
		expectNoError(t, err)
		if left := count(); left != all-1 || !isMore {
			t.Errorf("after the first part: %d deltas, more %v, want %d and true", left, isMore, all-1)
		}
		isMore, err = db.FoldPart(e.Ctx, e.DB)
		expectNoError(t, err)
		if left := count(); left < 1 || left >= all-1 || !isMore {
			t.Errorf("after the second part: %d deltas, more %v, want 1 or 2 and true", left, isMore)
		}
		expectNoError(t, e.DB.Fold(e.Ctx))
		bySign, err := db.TextBlocks(e.Ctx, e.DB)
		expectNoError(t, err)
		if left := count(); left != 0 || bySign[1] != lines {
			t.Errorf("after the fold: %d deltas and %v lines by sign, want none and %d", left, bySign, lines)
		}
	})
}
