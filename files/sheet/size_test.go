package sheet

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"callbook/tests/cputime"
)

// isRace says that the race detector is on, which takes memory of its own.
var isRace bool

// TestLargeTables writes and reads 25 columns of each format as streams, and measures the processor time and the
// greatest memory of the process: below 200 MB. CALLBOOK_SHEETS=full does so with a million rows.
func TestLargeTables(t *testing.T) {
	rows := 10000
	if os.Getenv("CALLBOOK_SHEETS") == "full" {
		rows = 1000000
	}
	for _, f := range []Format{CSV, NDJSON, XLSX} {
		path := filepath.Join(t.TempDir(), "large"+f.Extension())
		before := cputime.Used()
		writeLarge(t, path, f, rows)
		wrote := cputime.Used() - before
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if read := countRows(t, file, info.Size()); read != rows {
			t.Errorf("%s: got %d rows, want %d", f, read, rows)
		}
		_ = file.Close()
		t.Logf("%s: %d rows × 25, %d MB: written in %v, read in %v of processor time; the process took %d MB at the most",
			f, rows, info.Size()>>20, wrote.Round(time.Millisecond), (cputime.Used() - before - wrote).Round(time.Millisecond),
			peak(t))
	}
	if mb := peak(t); mb >= 200 && !isRace {
		t.Errorf("the process took %d MB, want less than 200", mb)
	}
}

func writeLarge(t *testing.T, path string, f Format, rows int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	buffered := bufio.NewWriter(file)
	columns := make([]WriteColumn, 25)
	for i := range columns {
		columns[i].Name = "column " + Letters(i+1)
	}
	w, err := NewWriter(buffered, f, WriteOptions{Sheet: "large", Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]Cell, len(columns))
	start := time.Date(2024, 5, 17, 8, 0, 0, 0, time.UTC)
	for i := range rows {
		for j := range cells {
			switch j % 5 {
			case 0:
				cells[j] = NumberCell(int64(i * j))
			case 1:
				cells[j] = TimeCell(start.Add(time.Duration(i) * time.Second))
			case 2:
				cells[j] = BoolCell(i%2 == 0)
			default:
				cells[j] = TextCell("通话 " + strconv.Itoa(i) + " & more")
			}
		}
		if err := w.WriteRow(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), buffered.Flush()); err != nil {
		t.Fatal(err)
	}
}

func countRows(t *testing.T, file io.ReaderAt, size int64) (rows int) {
	t.Helper()
	r, err := Open(file, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err == nil && row.Error != nil {
			err = row.Error
		}
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
}

// peak returns the greatest resident memory of the process so far, in MB; 0 where the system does not tell.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	match := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if err != nil || match == nil {
		return 0
	}
	kb, _ := strconv.Atoi(string(match[1]))
	return kb >> 10
}
