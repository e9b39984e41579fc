package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const progressInterval = 5 * time.Second

// progress shows how far a file is read: on a terminal as a bar with the rate and the time left, elsewhere as a line
// every five seconds.
type progress struct {
	bar  *progressbar.ProgressBar // nil where there is no terminal
	w    io.Writer
	name string
	size int64 // -1: unknown
	read int64
	last time.Time
}

func newProgress(w io.Writer, name string, size int64) *progress {
	p := &progress{w: w, name: name, size: size, last: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription(name),
			progressbar.OptionShowBytes(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionFullWidth(),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// Write counts what was read. It never fails.
func (p *progress) Write(b []byte) (int, error) {
	p.read += int64(len(b))
	if p.bar != nil {
		_ = p.bar.Add(len(b))
	}
	return len(b), nil
}

// report says how many rows are done, where there is no bar.
func (p *progress) report(rows int) {
	if p.bar != nil || time.Since(p.last) < progressInterval {
		return
	}
	p.last = time.Now()
	of := ""
	if p.size > 0 {
		of = fmt.Sprintf(", %d %%", p.read*100/p.size)
	}
	fmt.Fprintf(p.w, "%s: %s rows%s\n", p.name, humanize.Comma(int64(rows)), of)
}

// clear removes the bar, so that a message can be printed.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
