package model_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"callbook/model"
)

// deliverTurns merges a delivery into stored turns as package db does, and returns them and whether they changed. The
// delivery is turns as key=text or key@position=text, with a space between.
func deliverTurns(t *testing.T, stored []*model.CallDetail, delivery string) ([]*model.CallDetail, bool) {
	t.Helper()
	in := &model.SaveCallRecordInput{ID: 1}
	for turn := range strings.FieldsSeq(delivery) {
		key, text, _ := strings.Cut(turn, "=")
		key, position, hasPosition := strings.Cut(key, "@")
		d := &model.CallDetailInput{CallDetailID: &key, Type: model.CallDetailTypeRobot, Text: text}
		if hasPosition {
			n, _ := strconv.Atoi(position)
			d.Position = &n
		}
		in.Details = append(in.Details, d)
	}
	expectErrors(t, delivery, in.Normalize())
	count := model.CountDetails(stored, in.Details)
	turns, isChanged := model.MergeDetails(1, stored, in.Details)
	out := slices.Clone(stored)
	for _, turn := range turns {
		if i := turn.Position - 1; i < len(out) {
			if turn.TurnID != out[i].TurnID {
				t.Errorf("%s: the turn %d has the turn id %d, want %d as before", delivery, i+1, turn.TurnID, out[i].TurnID)
			}
			out[i] = turn
		} else {
			out = append(out, turn)
		}
	}
	if len(out) != count {
		t.Errorf("%s: CountDetails = %d, want %d", delivery, count, len(out))
	}
	return out, isChanged
}

// transcriptOf returns turns as key=text with a space between, and checks that their positions count from 1.
func transcriptOf(t *testing.T, turns []*model.CallDetail) string {
	t.Helper()
	var texts []string
	for i, turn := range turns {
		if turn.Position != i+1 || turn.CallRecordID != 1 || orZero(turn.TextFold) != foldOf(turn.Text) {
			t.Errorf("the turn %d is %+v, want the position %d in the record 1, and its text folded", i, turn, i+1)
		}
		texts = append(texts, turn.CallDetailID+"="+turn.Text)
	}
	return strings.Join(texts, " ")
}

func foldOf(text string) string {
	if folded := strings.ToLower(text); folded != text {
		return folded
	}
	return ""
}

func TestMergeDetails(t *testing.T) {
	for _, c := range []struct {
		name       string
		deliveries []string
		want       string
	}{
		{"nothing", []string{""}, ""},
		{"places in the list", []string{"=a =b"}, "1=a 2=b"},
		{"keys from 1001", []string{"1001=a 1002=b"}, "1001=a 1002=b"},
		{"numbers in keys, not in order", []string{"10=b 9=a"}, "9=a 10=b"},
		{"keys beyond 32 bits", []string{"5000000002=b", "5000000001=a"}, "5000000001=a 5000000002=b"},
		{"keys from 0", []string{"1=b", "0=a"}, "0=a 1=b"},
		{"a key that is no number", []string{"7=a x=b"}, "7=a x=b"},
		{"keys that are no numbers, in pieces", []string{"x=a y=b", "c=c", "b=d a=e"}, "x=a y=b c=c b=d a=e"},
		{"all of them at last", []string{"c=c", "x=A", "x=a y=b c=c"}, "x=a y=b c=c"},
		{"positions", []string{"z@3=c", "x@1=a y@2=b"}, "x=a y=b z=c"},
		{"positions without keys", []string{"@5=b", "@2=a"}, "2=a 5=b"},
		{"positions, and numbers in the other keys", []string{"x@9=b 3=a"}, "3=a x=b"},
		{"a gap filled", []string{"1=a 3=c", "2=b"}, "1=a 2=b 3=c"},
		{"a longer list replaces texts", []string{"1001=A 1002=B", "1001=a 1002=b 1003=c"}, "1001=a 1002=b 1003=c"},
		{"one as long replaces texts", []string{"1=A 2=B", "1=a 2=b"}, "1=a 2=b"},
		{"a shorter one does not", []string{"1=a 2=b", "1=A", "2=B 3=c"}, "1=a 2=B 3=c"},
		{"one that is shorter than the transcript, but longer than the deliveries of its turns",
			[]string{"1=A", "3=c 4=d", "1=a 2=b"}, "1=a 2=b 3=c 4=d"},
		{"a longer piece among others", []string{"8=h 9=i", "1=a 2=b 3=c"}, "1=a 2=b 3=c 8=h 9=i"},
	} {
		var stored []*model.CallDetail
		for _, delivery := range c.deliveries {
			stored, _ = deliverTurns(t, stored, delivery)
		}
		if got := transcriptOf(t, stored); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		last := c.deliveries[len(c.deliveries)-1]
		again, isChanged := deliverTurns(t, stored, last)
		if got := transcriptOf(t, again); got != c.want || isChanged {
			t.Errorf("%s, the last again: got %q, changed: %v, want %q as it is", c.name, got, isChanged, c.want)
		}
	}
}

// TestMergeDetailsSilently merges a list that changes no text, but counts for more than the pieces before it.
func TestMergeDetailsSilently(t *testing.T) {
	stored, _ := deliverTurns(t, nil, "1=a")
	stored, _ = deliverTurns(t, stored, "2=b")
	whole, isChanged := deliverTurns(t, stored, "1=a 2=b")
	if isChanged {
		t.Error("the whole list: changed, want no change that callers see")
	}
	if after, _ := deliverTurns(t, whole, "1=A"); transcriptOf(t, after) != "1=a 2=b" {
		t.Errorf("a piece after the whole list: got %s, want it not to change a text", transcriptOf(t, after))
	}
}

// TestMergeDetailsInAnyOrder delivers random lists of different lengths in random orders: the transcript is always the
// same.
func TestMergeDetailsInAnyOrder(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	for round := range 300 {
		deliveries := randomDeliveries(random, round%3)
		var want string
		for order := range 6 {
			var stored []*model.CallDetail
			for _, delivery := range deliveries {
				stored, _ = deliverTurns(t, stored, delivery)
			}
			got := transcriptOf(t, stored)
			if order > 0 && got != want {
				t.Fatalf("round %d: %q gives\n%s, want\n%s", round, deliveries, got, want)
			}
			want = got
			random.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
		}
	}
}

// randomDeliveries returns lists of different lengths with turns of one transcript, whose texts say from which list
// they are. Keys are numbers from 1, numbers from 1001 with gaps, or no numbers and have positions.
func randomDeliveries(random *rand.Rand, kind int) (deliveries []string) {
	for _, length := range random.Perm(8)[:4] {
		var turns []string
		for _, place := range random.Perm(10)[:length] {
			turn := []string{strconv.Itoa(place + 1), strconv.Itoa(1001 + 7*place), fmt.Sprintf("k%d@%d", 9-place, 3*place+1)}
			turns = append(turns, fmt.Sprintf("%s=Text%d", turn[kind], length))
		}
		deliveries = append(deliveries, strings.Join(turns, " "))
	}
	return deliveries
}
