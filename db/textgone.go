package db

import (
	"bytes"
	"context"
	"math"

	"github.com/uptrace/bun"
)

// Lines that are gone are taken out of text blocks by each fold that finds some, so that the names and numbers of rows
// that were erased do not stay there. Blocks with the sign -1 say which lines are to be taken out, also after a process
// has ended before it could do so.

const (
	maxGoneBlocks    = 32  // whose lines are looked for at once: some thousands of lines
	maxRewrittenOnce = 256 // blocks that a transaction takes lines out of
)

// takeLinesOut takes the lines that are gone out of all blocks of the actor's tenant, where both are folded. Searches
// count the same before and after. Of the blocks it writes only those that have such lines, maxRewrittenOnce in a
// transaction. It takes a statement for each kind; for each maxGoneBlocks of a kind two more, of which one reads the
// keys of all its lines, and those of cancelLines for each transaction.
func (d *DB) takeLinesOut(ctx context.Context) error {
	s, err := d.read(ctx)
	if err != nil {
		return err
	}
	for _, kind := range textKinds {
		// Blocks that are added meanwhile are before those that were there.
		for after, isMore := int64(math.MinInt64), true; isMore; {
			var gone []*textBlock
			q := s.selectAny(&gone).Where("kind = ? AND sign = -1 AND id < 0 AND id > ?", kind, after)
			if err := q.Order("id").Limit(maxGoneBlocks).Scan(ctx); err != nil {
				return err
			}
			if isMore = len(gone) == maxGoneBlocks; len(gone) == 0 {
				break
			}
			after = gone[len(gone)-1].ID
			if err := d.takeOutOf(ctx, s, kind, gone); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeOutOf takes lines that are gone out of the blocks of a kind.
func (d *DB) takeOutOf(ctx context.Context, s scope, kind summaryKind, gone []*textBlock) error {
	blocks, err := s.blocksWithKeys(ctx, kind, gone)
	if err != nil {
		return err
	}
	ids := idsOf(gone)
	for len(blocks) > 0 {
		n := min(len(blocks), maxRewrittenOnce)
		err := d.write(ctx, func(ctx context.Context, s scope) error { return s.cancelLines(ctx, kind, blocks[:n], ids) })
		if err != nil {
			return err
		}
		blocks = blocks[n:]
	}
	return nil
}

// blocksWithKeys returns the ids of the blocks of a kind that have lines with the keys of others, in their order. It
// reads the keys of all lines of the kind, one block at a time, in one statement.
func (s scope) blocksWithKeys(ctx context.Context, kind summaryKind, others []*textBlock) (ids []int64, err error) {
	wanted := map[string]bool{}
	for _, block := range others {
		for _, line := range block.lines() {
			wanted[line.key] = true
		}
	}
	rows, err := s.selectAny((*textBlock)(nil)).Column("id", "row_keys").
		Where("kind = ? AND sign = 1 AND id > 0", kind).Order("id").Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var id int64
	var keys []byte
	for rows.Next() {
		if err := rows.Scan(&id, &keys); err != nil {
			return nil, err
		}
		for key := range bytes.SplitSeq(keys, lineBreak) {
			if wanted[string(key)] {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids, rows.Err()
}

// cancelLines takes the lines of blocks that are gone out of others, and the first of both, each as often as both have
// it. Blocks that another fold has changed or deleted are taken as they are. It takes two statements, up to four more
// where there are such lines.
func (s scope) cancelLines(ctx context.Context, kind summaryKind, ids, goneIDs []int64) error {
	var blocks, gone []*textBlock
	for _, part := range []struct { // in the order in which packLines locks them
		rows *[]*textBlock
		ids  []int64
	}{{&blocks, ids}, {&gone, goneIDs}} {
		q := s.lockAny(part.rows).Where("kind = ? AND id IN (?)", kind, bun.List(part.ids)).Order("id")
		if err := q.Scan(ctx); err != nil {
			return err
		}
	}
	isGone := map[textLine]int{}
	for _, block := range gone {
		for _, line := range block.lines() {
			isGone[line]++
		}
	}
	changed, kept, taken := withoutLines(blocks, isGone)
	if len(changed) == 0 {
		return nil
	}
	done, left, _ := withoutLines(gone, taken)
	if err := s.replaceBlocks(ctx, blockGroup{kind, 1}, changed, kept); err != nil {
		return err
	}
	return s.replaceBlocks(ctx, blockGroup{kind, -1}, done, left)
}

// withoutLines takes lines out of blocks, each at most as often as counts says. It returns the blocks that have had
// some, what these have beside them, and how often each line was taken out.
func withoutLines(blocks []*textBlock, counts map[textLine]int) (changed []*textBlock, kept []textLine,
	taken map[textLine]int,
) {
	taken = map[textLine]int{}
	for _, block := range blocks {
		before := len(kept)
		lines := block.lines()
		for _, line := range lines {
			if taken[line] < counts[line] {
				taken[line]++
			} else {
				kept = append(kept, line)
			}
		}
		if len(kept)-before == len(lines) {
			kept = kept[:before]
		} else {
			changed = append(changed, block)
		}
	}
	return changed, kept, taken
}

// replaceBlocks has blocks of a group hold other lines than they did. It keeps as many of them as these need, so that
// the newest stays the newest, and deletes the others: one statement for each.
func (s scope) replaceBlocks(ctx context.Context, group blockGroup, blocks []*textBlock, lines []textLine) error {
	packed := pack(group, nil, lines)
	needless := max(0, len(blocks)-len(packed))
	for i, block := range blocks[needless:] {
		packed[i].ID = block.ID
	}
	if needless > 0 {
		q := s.deleteFrom((*textBlock)(nil)).Where("kind = ? AND id IN (?)", group.kind, bun.List(idsOf(blocks[:needless])))
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return upsertRows(ctx, s, packed)
}

func idsOf(blocks []*textBlock) []int64 {
	ids := make([]int64, len(blocks))
	for i, block := range blocks {
		ids[i] = block.ID
	}
	return ids
}
