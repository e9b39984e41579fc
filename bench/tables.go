package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// serverNames are the servers in the order of the tables' columns.
var serverNames = []string{callbook, byHand, pgbench, "postgraphile", "apollo"}

var serverTitles = map[string]string{
	callbook: "Callbook", byHand: "hand handler", pgbench: "pgbench", "postgraphile": "PostGraphile", "apollo": "Apollo",
}

// engineTables returns what was measured on an engine.
func (r *report) engineTables(engine, title, folder string) string {
	var names []string
	for _, name := range serverNames {
		for _, o := range operations {
			if _, isMeasured := r.find(engine, o.id, name); isMeasured {
				names = append(names, name)
				break
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	text := fmt.Sprintf("\n## %s\n\nCPU of a request, of server and database together, in µs; in brackets what part of "+
		"it is the database's, then how many times the hand handler's CPU it is.\n", title)
	text += r.perServer(engine, names, func(found result) string { return cpuCell(r, found) })
	text += fmt.Sprintf("\n![CPU of a request on %s](%s/cpu-%s.svg)\n", title, folder, engine)
	text += "\nRequests a second; the median and the 99th percentile of the time they take, in ms;\nof pgbench the mean.\n"
	text += r.perServer(engine, names, func(found result) string {
		m := found.median()
		if found.Server == pgbench {
			return fmt.Sprintf("%s (⌀ %s)", humanize.Comma(int64(m.PerSec)), milliseconds(m.P50))
		}
		return fmt.Sprintf("%s (%s; %s)", humanize.Comma(int64(m.PerSec)), milliseconds(m.P50), milliseconds(m.P99))
	})
	if engine == "postgres" {
		text += "\nStatements of a request, BEGIN and COMMIT aside.\n" +
			r.perServer(engine, without(names, pgbench), func(found result) string {
				if found.Statements == 0 {
					return "–"
				}
				return fmt.Sprint(found.Statements)
			})
	}
	text += "\nAllocations of a request, and kilobytes.\n"
	text += r.perServer(engine, goServers(names), func(found result) string {
		m := found.median()
		return fmt.Sprintf("%s (%s kB)", humanize.Comma(int64(m.Allocs)), humanize.FtoaWithDigits(m.Bytes/1024, 0))
	})
	text += "\nMost memory that the server's process has had by then, in MB.\n" +
		r.perServer(engine, without(names, pgbench), func(found result) string { return fmt.Sprint(found.Peak >> 20) })
	return text
}

// cpuCell returns the CPU of a request, the database's part of it, and the ratio to the hand-written handler.
func cpuCell(r *report, found result) string {
	cpu, m := found.cpu(), found.median()
	cell := humanize.Comma(cpu.Microseconds())
	if found.Engine == "postgres" && cpu > 0 {
		cell += fmt.Sprintf(" (%d %%)", 100*m.Database/cpu)
	}
	hand, isMeasured := r.find(found.Engine, found.Operation, byHand)
	if isMeasured && found.Server != byHand && hand.cpu() > 0 {
		cell += fmt.Sprintf(" × %.2f", float64(cpu)/float64(hand.cpu()))
	}
	return cell
}

// perServer returns a table of operations and servers.
func (r *report) perServer(engine string, names []string, cell func(result) string) string {
	head := []string{""}
	for _, name := range names {
		head = append(head, serverTitles[name])
	}
	var rows [][]string
	for _, o := range operations {
		row, isMeasured := []string{o.id + " " + o.title}, false
		for _, name := range names {
			found, ok := r.find(engine, o.id, name)
			text := "–"
			if ok {
				text, isMeasured = cell(found), true
			}
			row = append(row, text)
		}
		if isMeasured {
			rows = append(rows, row)
		}
	}
	return table(head, rows)
}

func without(names []string, left string) (rest []string) {
	for _, name := range names {
		if name != left {
			rest = append(rest, name)
		}
	}
	return rest
}

func goServers(names []string) (rest []string) {
	for _, name := range names {
		if name == callbook || name == byHand {
			rest = append(rest, name)
		}
	}
	return rest
}

func milliseconds(d time.Duration) string {
	return humanize.FtoaWithDigits(float64(d)/float64(time.Millisecond), 2)
}

// screensTable returns the screens of all engines.
func (r *report) screensTable(folder string) string {
	if len(r.Screens) == 0 {
		return ""
	}
	head := []string{"Screen"}
	for _, engine := range engines {
		if r.hasScreens(engine.name) {
			head = append(head, engine.title+", ms", "counts")
		}
	}
	var rows [][]string
	for _, s := range screens {
		row := []string{s.title}
		for _, found := range r.Screens {
			if found.Title == s.title {
				ratio := fmt.Sprintf("%.2f", found.ratio())
				if found.ratio() > screenAim {
					ratio = "**" + ratio + "**"
				}
				row = append(row, milliseconds(found.Best), ratio)
			}
		}
		rows = append(rows, row)
	}
	var text strings.Builder
	text.WriteString("\n## S1: usual screens\n\nOne client, the best of the rounds; counts: how many times the time of " +
		"`SELECT count(*) FROM calls` on its engine in the same run:")
	for _, engine := range engines {
		i := slices.IndexFunc(r.Screens, func(s screenResult) bool { return s.Engine == engine.name })
		if i >= 0 {
			fmt.Fprintf(&text, " %s %s ms.", engine.title, milliseconds(r.Screens[i].Count))
		}
	}
	text.WriteString("\n" + table(head, rows))
	fmt.Fprintf(&text, "\n![Usual screens](%s/screens.svg)\n", folder)
	return text.String()
}
