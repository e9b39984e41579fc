package db

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// Text blocks have the folded texts of many rows in one, line by line, so that a search for a part of a text reads some
// thousand rows instead of a million. They are kept as summaries are: writers append lines to the delta of their
// transaction, a line that is gone with -1; folds pack the lines into blocks; readers search both. A line that is gone
// stays in its block, and an equal one is added to a block with the sign -1, until the blocks are repacked. So the
// matching lines, added up by sign, are exactly the rows of the tenant that match, while the keys of lines may be those
// of rows that do not match any more.

// The kinds of lines: names of calls that are not deleted, names of customers, called numbers of records.
const (
	byCallName     summaryKind = "callName"
	byCustomerName summaryKind = "customerName"
	byCalledNumber summaryKind = "calledNumber"
)

// isText reports whether lines of a kind are packed into blocks instead of counted.
func (k summaryKind) isText() bool {
	return k == byCallName || k == byCustomerName || k == byCalledNumber
}

const (
	maxBlockBytes = 7000 // so that a row fits into a page of PostgreSQL
	// repackBlocks is how many blocks are repacked at once; repackLines and repackShare say when: so many lines are taken
	// back, and at least one in so many.
	repackBlocks = 64
	repackLines  = 200
	repackShare  = 8
)

// textBlock is a block of lines.
type textBlock struct {
	bun.BaseModel `bun:"table:text_blocks,alias:text_block"`

	TenantID  int64       `bun:",pk"`
	Kind      summaryKind `bun:",pk"`
	ID        int64       `bun:",pk"`
	Sign      int
	LineCount int
	Texts     string
	RowKeys   string
}

// InTenant sets the tenant that the block belongs to.
func (b *textBlock) InTenant(id int64) { b.TenantID = id }

// Line breaks in texts and in keys, so that a line has none. A text with textBreak itself cannot be told from one with
// a line break: terms with either are not looked for in blocks. Keys are read back: keyBreak is followed by 0 where it
// stands for itself, and by 1 for a line break.
const (
	textBreak = "\uFFFF"
	keyBreak  = "\uFFFE"
)

var encodeKey = strings.NewReplacer(keyBreak, keyBreak+"0", "\n", keyBreak+"1")

// textLine is a line of a block.
type textLine struct{ key, text string }

// addLine adds the fact that a row has a folded text, if it has one that a search can find.
func addLine(facts []fact, kind summaryKind, key string, text, fold *string) []fact {
	if fold != nil {
		text = fold
	}
	if text == nil || *text == "" {
		return facts
	}
	if strings.ContainsAny(key, "\n"+keyBreak) {
		key = encodeKey.Replace(key)
	}
	return append(facts, fact{kind, key + "\n" + strings.ReplaceAll(*text, "\n", textBreak)})
}

// lineOf returns the line of a fact.
func lineOf(value string) textLine {
	key, text, _ := strings.Cut(value, "\n")
	return textLine{key, text}
}

// blockGroup says which blocks a line may go to.
type blockGroup struct {
	kind summaryKind
	sign int
}

// packLines adds the lines of a fold to blocks, and repacks some where many lines are taken back: two statements for
// each kind of line and sign, one more for each kind with lines that are gone, and four more where it is repacked.
func (s scope) packLines(ctx context.Context, counts []*summaryCount) error {
	lines := map[blockGroup][]textLine{}
	for _, count := range counts {
		sign := 1
		if count.RowCount < 0 {
			sign = -1
		}
		group := blockGroup{count.Kind, sign}
		for range count.RowCount * sign {
			lines[group] = append(lines[group], lineOf(count.Value))
		}
	}
	for _, kind := range []summaryKind{byCallName, byCustomerName, byCalledNumber} { // in one order, against deadlocks
		for _, sign := range []int{1, -1} {
			if group := (blockGroup{kind, sign}); len(lines[group]) > 0 {
				if err := s.appendLines(ctx, group, lines[group]); err != nil {
					return err
				}
			}
		}
		if len(lines[blockGroup{kind, -1}]) > 0 {
			if err := s.repack(ctx, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendLines adds lines to the newest block of a group, and to new ones when it is full.
func (s scope) appendLines(ctx context.Context, group blockGroup, lines []textLine) error {
	var blocks []*textBlock
	newest := s.lockAny(&blocks).Where("text_block.kind = ? AND text_block.sign = ?", group.kind, group.sign)
	if err := newest.Order("id DESC").Limit(1).Scan(ctx); err != nil {
		return err
	}
	return upsertRows(ctx, s, pack(group, blocks, lines))
}

// pack returns blocks to which lines are added, and further ones that these need.
func pack(group blockGroup, blocks []*textBlock, lines []textLine) []*textBlock {
	var texts, keys strings.Builder
	var last *textBlock
	closeLast := func() {
		if last != nil {
			last.Texts, last.RowKeys = texts.String(), keys.String()
		}
	}
	if len(blocks) > 0 {
		last = blocks[len(blocks)-1]
		texts.WriteString(last.Texts)
		keys.WriteString(last.RowKeys)
	}
	for _, line := range lines {
		if last == nil || texts.Len()+keys.Len()+len(line.text)+len(line.key) > maxBlockBytes {
			closeLast()
			texts.Reset()
			keys.Reset()
			last = &textBlock{Kind: group.kind, ID: model.NewID(), Sign: group.sign}
			blocks = append(blocks, last)
		}
		if last.LineCount > 0 {
			texts.WriteByte('\n')
			keys.WriteByte('\n')
		}
		texts.WriteString(line.text)
		keys.WriteString(line.key)
		last.LineCount++
	}
	closeLast()
	return blocks
}

// lines returns the lines of a block.
func (b *textBlock) lines() []textLine {
	lines := make([]textLine, 0, b.LineCount)
	keys := strings.Split(b.RowKeys, "\n")
	for i, text := range strings.Split(b.Texts, "\n") {
		lines = append(lines, textLine{keys[i], text})
	}
	return lines
}

// repack takes lines that are gone out of the oldest blocks, where there are many, and makes new blocks of the rest. It
// takes one statement, four more where there are many.
func (s scope) repack(ctx context.Context, kind summaryKind) error {
	var sums []struct {
		Sign      int
		LineCount int
	}
	err := s.selectAny((*textBlock)(nil)).Where("kind = ?", kind).ColumnExpr("sign, SUM(line_count) AS line_count").
		GroupExpr("1").Scan(ctx, &sums)
	if err != nil {
		return err
	}
	bySign := map[int]int{}
	for _, sum := range sums {
		bySign[sum.Sign] = sum.LineCount
	}
	if gone := bySign[-1]; gone < repackLines || gone*repackShare < bySign[1] {
		return nil
	}
	var gone, oldest []*textBlock
	if err := s.lockAny(&gone).Where("kind = ? AND sign = -1", kind).Order("id").Scan(ctx); err != nil {
		return err
	}
	q := s.lockAny(&oldest).Where("kind = ? AND sign = 1", kind).Order("id").Limit(repackBlocks)
	if err := q.Scan(ctx); err != nil {
		return err
	}
	ids := []int64{}
	for _, block := range slices.Concat(gone, oldest) {
		ids = append(ids, block.ID)
	}
	_, err = s.deleteFrom((*textBlock)(nil)).Where("kind = ? AND id IN (?)", kind, bun.List(ids)).Exec(ctx)
	if err != nil {
		return err
	}
	kept, left := cancelLines(oldest, gone)
	return upsertRows(ctx, s, append(pack(blockGroup{kind, 1}, nil, kept), pack(blockGroup{kind, -1}, nil, left)...))
}

// cancelLines returns the lines of blocks without those that are taken back by others, and what these still take back.
func cancelLines(blocks, gone []*textBlock) (kept, left []textLine) {
	counts := map[textLine]int{}
	for _, block := range gone {
		for _, line := range block.lines() {
			counts[line]++
		}
	}
	for _, block := range blocks {
		for _, line := range block.lines() {
			if counts[line] > 0 {
				counts[line]--
			} else {
				kept = append(kept, line)
			}
		}
	}
	for _, block := range gone {
		for _, line := range block.lines() {
			if counts[line] > 0 {
				counts[line]--
				left = append(left, line)
			}
		}
	}
	return kept, left
}
