package db

import (
	"context"
	"fmt"
	"maps"
)

// Fold adds the deltas of the actor's tenant to its counts.
func (d *DB) Fold(ctx context.Context) error { return d.fold(ctx) }

// RebuildSummaries counts all rows anew, as Recount does.
func (d *DB) RebuildSummaries(ctx context.Context) error { return d.recount(ctx) }

// Summaries returns the sums of counts and deltas of the actor's tenant, by kind and value.
func (d *DB) Summaries(ctx context.Context) (map[string]int, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, kind := range []summaryKind{byCallType, byOutgoingStatus, byCallStatus, byCallPurpose, byCallResult, byReminder,
		byOwnerType, byOwnerSubtype, byCallTag, byRecordGroup, byJobGroup, byRecordDay, byJobDay, byResultStatus,
		byIntentLevel, byRealIntent, byReadStatus, byConcern, byJobConcern, byDuration, byJobDuration} {
		var values []summaryValue
		if err := s.summed(s.summaryParts(kind, anyValue)).Scan(ctx, &values); err != nil {
			return nil, err
		}
		for _, value := range values {
			counts[string(kind)+" "+value.Value] = value.N
		}
	}
	return counts, s.addLines(ctx, counts)
}

// addLines adds up the lines of text blocks and of deltas.
func (s scope) addLines(ctx context.Context, counts map[string]int) error {
	var blocks []*textBlock
	if err := s.selectAny(&blocks).Scan(ctx); err != nil {
		return err
	}
	for _, block := range blocks {
		lines := block.lines()
		if len(lines) != block.LineCount || block.Sign != 1 && block.Sign != -1 {
			return fmt.Errorf("a block of %d lines has %d, sign %d", block.LineCount, len(lines), block.Sign)
		}
		for _, line := range lines {
			counts[string(block.Kind)+" "+line.key+"\n"+line.text] += block.Sign
		}
	}
	for _, kind := range []summaryKind{byCallName, byCustomerName, byCalledNumber} {
		var values []summaryValue
		if err := s.summed(s.summaryParts(kind, anyValue)).Scan(ctx, &values); err != nil {
			return err
		}
		for _, value := range values {
			counts[string(kind)+" "+value.Value] += value.N
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return nil
}

// WaitForFolds waits until no fold is under way in the background.
func WaitForFolds(d *DB) { d.folder.work.Wait() }

// FoldsAgain reports whether a fold follows one during which rows were erased.
func FoldsAgain(erased bool) bool {
	f := newFolder()
	defer f.stop()
	const tenant = 1
	f.begin(tenant, 1, false)
	f.start(tenant)
	if f.begin(tenant, 1, erased) {
		panic("two folds of a tenant at once")
	}
	return f.end(tenant, false)
}

// StopFolds ends folds in the background for good, as the end of the process does.
func StopFolds(d *DB) { d.folder.close() }

// FoldPart is one transaction of a fold, which adds deltas and takes no line out.
func FoldPart(ctx context.Context, d *DB) (isMore bool, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		isMore, err = s.foldPart(ctx)
		return err
	})
	return isMore, err
}

// AppendNames appends a delta with names of calls that are there once more, or with -1 once less.
func AppendNames(ctx context.Context, d *DB, n int, names map[string]string) error {
	return d.write(ctx, func(_ context.Context, s scope) error {
		for id, name := range names {
			s.summary.add(addLine(nil, byCallName, id, &name, nil)[0], n)
		}
		return nil
	})
}

// StoredTexts returns the texts of the tenant's blocks by sign and key, and of its deltas under "delta" and their key.
func StoredTexts(ctx context.Context, d *DB) (map[string]string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var blocks []*textBlock
	if err := s.selectAny(&blocks).Scan(ctx); err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, block := range blocks {
		texts[fmt.Sprint(block.Kind, block.Sign, " ", block.ID)] = block.Texts + "\n" + block.RowKeys
	}
	var deltas []struct {
		ID      int64
		Changes string
	}
	err = s.selectAny((*summaryDeltaRow)(nil)).Column("id", "changes").Scan(ctx, &deltas)
	for _, delta := range deltas {
		texts[fmt.Sprint("delta ", delta.ID)] = delta.Changes
	}
	return texts, err
}

// TextBlocks returns how many lines the tenant's text blocks have, those that take others back with the sign -1.
func TextBlocks(ctx context.Context, d *DB) (bySign map[int]int, err error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var blocks []*textBlock
	err = s.selectAny(&blocks).Scan(ctx)
	bySign = map[int]int{}
	for _, block := range blocks {
		bySign[block.Sign] += block.LineCount
	}
	return bySign, err
}

// JSONText returns a text as deltas have it.
func JSONText(text string) string { return string(appendJSONText(nil, text)) }
