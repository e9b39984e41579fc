package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"callbook/text"
)

// MergeDetails merges delivered turns into the stored ones of a record, which are in order. It returns the turns to
// write over them, in order, and whether that changes what callers see. Turns are told apart by their callDetailId; of
// several deliveries of one, that with the most turns counts, of equal ones the last. So the result does not depend on
// the order of deliveries: a turn's position is its place among all, by its sort key.
func MergeDetails(recordID int64, stored []*CallDetail, in []*CallDetailInput) (turns []*CallDetail, isChanged bool) {
	if len(in) == 0 {
		return nil, false
	}
	for i, turn := range mergeTurns(stored, in) {
		turn.CallRecordID, turn.Position, turn.TurnID = recordID, i+1, 0
		turn.TextFold = text.FoldColumn(&turn.Text)
		if i >= len(stored) {
			turn.TurnID, isChanged = NewID(), true
			turns = append(turns, turn)
			continue
		}
		old := stored[i]
		isSame := old.Type == turn.Type && old.Text == turn.Text && old.CallDetailID == turn.CallDetailID
		if isSame && old.SortKey == turn.SortKey && old.ListLength == turn.ListLength {
			continue
		}
		turn.TurnID, isChanged = old.TurnID, isChanged || !isSame
		turns = append(turns, turn)
	}
	return turns, isChanged
}

// CountDetails returns how many turns a record has when delivered ones are merged into the stored ones.
func CountDetails(stored []*CallDetail, in []*CallDetailInput) int {
	byID := turnsByID(stored)
	n := len(stored)
	for _, d := range in {
		if byID[*d.CallDetailID] == nil {
			n++
		}
	}
	return n
}

// mergeTurns returns copies of the stored turns with the delivered ones among them, in order.
func mergeTurns(stored []*CallDetail, in []*CallDetailInput) []*CallDetail {
	merged := make([]*CallDetail, 0, len(stored)+len(in))
	for _, turn := range stored {
		merged = append(merged, new(*turn))
	}
	byID, keys := turnsByID(merged), sortKeys(stored, in)
	for i, d := range in {
		turn := byID[*d.CallDetailID]
		if turn == nil {
			turn = &CallDetail{CallDetailID: *d.CallDetailID}
			merged = append(merged, turn)
		} else if turn.ListLength > len(in) {
			continue
		}
		turn.Type, turn.Text, turn.SortKey, turn.ListLength = d.Type, d.Text, keys[i], len(in)
	}
	slices.SortFunc(merged, func(x, y *CallDetail) int {
		return cmp.Or(cmp.Compare(x.SortKey, y.SortKey), len(x.CallDetailID)-len(y.CallDetailID),
			strings.Compare(x.CallDetailID, y.CallDetailID))
	})
	return merged
}

func turnsByID(turns []*CallDetail) map[string]*CallDetail {
	byID := make(map[string]*CallDetail, len(turns))
	for _, turn := range turns {
		byID[turn.CallDetailID] = turn
	}
	return byID
}

// sortKeys returns the sort key of each delivered turn: its position where it has one, else the number that its
// callDetailId is. Where the callDetailId of a turn without a position is no number, the list is the order: from 1
// where it has all stored turns, otherwise those that are new follow the stored ones.
func sortKeys(stored []*CallDetail, in []*CallDetailInput) []int64 {
	keys := make([]int64, len(in))
	isNumbered := true
	for i, d := range in {
		number, isNumber := turnNumber(*d.CallDetailID)
		keys[i] = number
		if d.Position != nil {
			keys[i] = int64(*d.Position)
		}
		isNumbered = isNumbered && (d.Position != nil || isNumber)
	}
	if !isNumbered {
		placeByList(keys, stored, in)
	}
	return keys
}

// placeByList sets the sort keys of turns without a position by their places in the list.
func placeByList(keys []int64, stored []*CallDetail, in []*CallDetailInput) {
	byID := turnsByID(stored)
	hasAll := CountDetails(stored, in) == len(in)
	last := int64(0)
	for _, turn := range stored {
		last = max(last, turn.SortKey)
	}
	for i, d := range in {
		old := byID[*d.CallDetailID]
		switch {
		case d.Position != nil:
		case hasAll:
			keys[i] = int64(i + 1)
		case old != nil:
			keys[i] = old.SortKey
		default:
			last++
			keys[i] = last
		}
	}
}

// turnNumber returns the whole number that a callDetailId is. It reports false for other text and for numbers so great
// that no place may follow them.
func turnNumber(id string) (n int64, isNumber bool) {
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(id, 10, 63)
	return n, err == nil
}
