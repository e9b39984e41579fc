package db

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// Text blocks have the folded texts of many rows in one, line by line, so that a search for a part of a text reads some
// thousand rows instead of a million. They are kept as summaries are: writers append lines to the delta of their
// transaction, a line that is gone with -1; folds pack the lines into blocks; readers search both. A line that is gone
// stays in its block, and an equal one is added to a block with the sign -1, until the fold takes both out
// (textgone.go). So the matching lines, added up by sign, are exactly the rows of the tenant that match, while the keys
// of lines may be those of rows that do not match any more.

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

// textKinds are the kinds of lines, in the order in which folds lock their blocks.
var textKinds = []summaryKind{byCallName, byCustomerName, byCalledNumber}

const maxBlockBytes = 7000 // so that a row fits into a page of PostgreSQL

// textBlock is a block of lines. Its ID is negative where its sign is, so that the blocks of a sign are found by key.
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

// packLines adds the lines of a fold to blocks: two statements for each kind of line and sign.
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
	for _, kind := range textKinds {
		for _, sign := range []int{1, -1} {
			if group := (blockGroup{kind, sign}); len(lines[group]) > 0 {
				if err := s.appendLines(ctx, group, lines[group]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// appendLines adds lines to the newest block of a group, and to new ones when it is full.
func (s scope) appendLines(ctx context.Context, group blockGroup, lines []textLine) error {
	var blocks []*textBlock
	newest := s.lockAny(&blocks).Where("text_block.kind = ? AND text_block.sign = ?", group.kind, group.sign)
	if group.sign > 0 {
		newest.Where("text_block.id > 0").Order("id DESC")
	} else {
		newest.Where("text_block.id < 0").Order("id")
	}
	if err := newest.Limit(1).Scan(ctx); err != nil {
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
			last = &textBlock{Kind: group.kind, ID: int64(group.sign) * model.NewID(), Sign: group.sign}
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
