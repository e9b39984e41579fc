package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"callbook/bench/fill"
)

// bar shows what is being done: a bar while databases are filled, a line while servers are measured.
type bar struct {
	out   io.Writer
	bar   *progressbar.ProgressBar
	what  string
	begun time.Time
}

func newBar(out io.Writer) *bar { return &bar{out: out, begun: time.Now()} }

// fill returns the progress of filling a database.
func (b *bar) fill(engine string) fill.Progress {
	return func(what string, rows, of int) {
		if b.what != what {
			b.end()
			b.what = what
			if of == 0 {
				b.say(engine + ": " + what)
				return
			}
			b.bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(b.out), progressbar.OptionShowCount(),
				progressbar.OptionSetDescription(engine+": "+what), progressbar.OptionClearOnFinish())
		}
		if b.bar != nil {
			_ = b.bar.Set(min(rows, b.bar.GetMax()))
		}
	}
}

// say shows a line, with the time since the start.
func (b *bar) say(what string) {
	fmt.Fprintf(b.out, "%8s  %s\n", time.Since(b.begun).Round(time.Second), what)
}

// end removes the bar.
func (b *bar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}
