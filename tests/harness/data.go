package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
)

// RealData returns the path of a file or folder of real data: below CALLBOOK_DATA, else below shared/data beside the
// module. A test without the data is skipped, and says so.
func RealData(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("CALLBOOK_DATA")
	if folder == "" {
		folder = filepath.Join(Root(), "../shared/data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real data at %s: name its folder in CALLBOOK_DATA", path)
	}
	return path
}

// LoadRealTurns stores the real call records with their turns, 100 at a time, and returns the texts of the turns.
func LoadRealTurns(t testing.TB, e *dbtest.Env) (texts []string) {
	t.Helper()
	data, err := os.ReadFile(RealData(t, "call-records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []*model.SaveCallRecordInput
	for line := range strings.Lines(string(data)) {
		var record struct {
			CallRecordID   int64
			CallDetailList []struct{ Text, Type string }
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		in := &model.SaveCallRecordInput{ID: record.CallRecordID}
		for _, turn := range record.CallDetailList {
			detail := &model.CallDetailInput{Type: model.CallDetailType(turn.Type), Text: turn.Text}
			in.Details = append(in.Details, detail)
			texts = append(texts, turn.Text)
		}
		inputs = append(inputs, in)
	}
	for len(inputs) > 0 {
		n := min(100, len(inputs))
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs[:n]); err != nil {
			t.Fatal(err)
		}
		inputs = inputs[n:]
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		t.Fatal(err)
	}
	return texts
}

// Numbers returns the texts "0", "1" and so on, n of them.
func Numbers(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

// Repeat returns n texts in a row, made by a format from 0, 1 and so on.
func Repeat(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
