package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// The marks between which the command writes. What stands outside them is written by hand and stays.
const (
	beginMark = "<!-- measured: begin; the command writes between the marks -->"
	endMark   = "<!-- measured: end -->"
)

// newPage is the page where there is none yet.
const newPage = "# Performance\n\n" + beginMark + "\n" + endMark + "\n"

// plotFolder returns the folder of a report's plots and results.
func plotFolder(path string) string { return strings.TrimSuffix(path, ".md") }

// write writes the report: the page's part between the marks, the plots and the results.
func (r *report) write(path string) error {
	folder := plotFolder(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	page, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		page, err = []byte(newPage), nil
	}
	if err != nil {
		return err
	}
	before, rest, hasBegin := strings.Cut(string(page), beginMark)
	_, after, hasEnd := strings.Cut(rest, endMark)
	if !hasBegin || !hasEnd {
		return fmt.Errorf("%s has no marks between which to write: %s and %s", path, beginMark, endMark)
	}
	text := before + beginMark + "\n" + r.text(filepath.Base(folder)) + endMark + after
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	for name, plot := range r.plots() {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(plot), 0o644); err != nil {
			return err
		}
	}
	return r.save(filepath.Join(folder, "results.json"))
}

// text returns the page's part that the command writes.
func (r *report) text(folder string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nMeasured on %s by `%s`: medians of %d rounds of %g s, %d clients.\n\n", r.At.Format(time.DateOnly),
		r.Command, r.Rounds, r.Seconds, r.Clients)
	fmt.Fprintf(&b, "- Machine: %s\n- Versions: %s\n", strings.Join(r.Machine, "; "), strings.Join(r.Versions, ", "))
	fmt.Fprintf(&b, "- Rows: %s records, %s turns, %s customers, %s calls\n", humanize.Comma(int64(r.Size.Records)),
		humanize.Comma(int64(r.Size.Turns())), humanize.Comma(int64(r.Size.Customers)),
		humanize.Comma(int64(r.Size.Calls)))
	for _, engine := range engines {
		if r.Bytes[engine.name] > 0 {
			fmt.Fprintf(&b, "- %s: %s, filled in %s; Callbook answers %d ms after its start\n", engine.title,
				humanize.IBytes(uint64(r.Bytes[engine.name])), r.Filled[engine.name].Round(time.Second),
				r.Started[engine.name].Milliseconds())
		}
	}
	b.WriteString(r.aimsTable())
	for _, engine := range engines {
		b.WriteString(r.engineTables(engine.name, engine.title, folder))
	}
	b.WriteString(r.screensTable(folder))
	return b.String()
}

var engines = []struct{ name, title string }{{"postgres", "PostgreSQL"}, {"sqlite", "SQLite"}}

// table returns a Markdown table, the first column to the left.
func table(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	b.WriteString("\n")
	line(head)
	b.WriteString("|---" + strings.Repeat("|--:", len(head)-1) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// aimsTable returns the aims beside what was reached.
func (r *report) aimsTable() string {
	var rows [][]string
	add := func(what string, reached, most float64, format string) {
		verdict := "reached"
		if reached > most {
			verdict = "**missed**"
		}
		rows = append(rows, []string{what, fmt.Sprintf(format, most), fmt.Sprintf(format, reached), verdict})
	}
	for _, a := range aims {
		if reached := r.ratio(a.engine, a.operation, a.server); reached > 0 {
			add(fmt.Sprintf("%s on %s, CPU to that of %s", a.operation, engineTitle(a.engine), serverTitles[a.server]),
				reached, a.most, "%.2f")
		}
	}
	for _, engine := range engines {
		front, isMeasured := r.find(engine.name, "Q6", callbook)
		if deep, ok := r.find(engine.name, "Q6 deep", callbook); ok && isMeasured {
			add("a page near the end on "+engine.title+", CPU to that of a page at the front",
				float64(deep.cpu())/float64(front.cpu()), depthAim, "%.2f")
		}
		if peak := r.peakOfReads(engine.name); peak > 0 {
			add("memory under Q1 to Q3 on "+engine.title+", MB", float64(peak)/(1<<20), memoryAim>>20, "%.0f")
		}
		if started := r.Started[engine.name]; started > 0 {
			add("start to first answer on "+engine.title+", ms", float64(started.Milliseconds()), startAim, "%.0f")
		}
		slow := 0
		for _, s := range r.Screens {
			if s.Engine == engine.name && s.ratio() > screenAim {
				slow++
			}
		}
		if r.hasScreens(engine.name) {
			add(fmt.Sprintf("screens on %s over %d counts", engine.title, screenAim), float64(slow), 0, "%.0f")
		}
	}
	text := table([]string{"Aim", "at most", "reached", ""}, rows)
	if text != "" {
		text = "\n## Aims\n" + text
	}
	return text
}

func engineTitle(name string) string {
	for _, engine := range engines {
		if engine.name == name {
			return engine.title
		}
	}
	return name
}

// peakOfReads returns the most memory that Callbook has had under Q1 to Q3.
func (r *report) peakOfReads(engine string) (peak int64) {
	for _, found := range r.Results {
		if found.Engine == engine && found.Server == callbook && found.Operation < "Q4" && found.Operation >= "Q1" {
			peak = max(peak, found.Peak)
		}
	}
	return peak
}

func (s screenResult) ratio() float64 {
	if s.Count == 0 {
		return 0
	}
	return float64(s.Best) / float64(s.Count)
}

func (r *report) hasScreens(engine string) bool {
	for _, s := range r.Screens {
		if s.Engine == engine {
			return true
		}
	}
	return false
}
