package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callbook/bench/fill"
)

// neighbours is the command that measures what one tenant waits for while another does its worst.
type neighbours struct {
	Size    float64       `default:"0.1" help:"Share of the full size: 1,000,000 records, 500,000 calls."`
	Long    int           `default:"1000" help:"Calls with the longest texts."`
	For     time.Duration `default:"30s" help:"How long each part is."`
	Clients int           `default:"32" help:"Clients of the other tenant, and processes that only compute."`
	Keys    []int         `default:"1,32" help:"How many keys these clients share; a part for each number."`
	Engines []string      `default:"sqlite,postgres" enum:"postgres,sqlite" help:"Which databases."`
	Keep    string        `type:"path" placeholder:"DIR" help:"${help_keep}"`
	Plots   string        `default:"docs/reliability" type:"path" placeholder:"DIR" help:"Where the plots are written."`
	Limit   time.Duration `default:"1h" help:"Give up after this time."`

	out io.Writer // of the table; the standard output where nil
}

// Aims of the quiet tenant.
const (
	medianAim = 100 * time.Millisecond
	p99Aim    = time.Second
)

// part is a part of the measurement.
type part struct {
	title   string
	visits  []visit
	attacks *outcomes     // nil where there were none
	cpu     time.Duration // of the server and the database
	memory  int64         // the most of the server, in bytes
}

// neighbourRun is what is measured on an engine.
type neighbourRun struct {
	neighbours
	*database
	tenants
	server *server
	client client
	parts  []*part
}

// run runs the command.
func (o neighbours) run(ctx context.Context, p *bar) error {
	if o.out == nil {
		o.out = os.Stdout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	folder, remove, err := databaseFolder(o.Keep)
	if err != nil {
		return err
	}
	defer remove()
	for _, engine := range o.Engines {
		d, err := openEngine(ctx, engine, folder, o.Size, nil, p)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		p.say(engine + ": rows of two tenants")
		r := &neighbourRun{neighbours: o, database: d}
		err = r.measure(ctx, p)
		d.remove()
		if err != nil {
			return err
		}
		if err := r.report(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// measure runs all parts.
func (r *neighbourRun) measure(ctx context.Context, p *bar) (err error) {
	most := max(1, slices.Max(append(r.Keys, 1)))
	if r.tenants, err = prepare(ctx, r.dsn, r.Long, most, (len(r.Keys)+2)*r.freshPerPart()); err != nil {
		return err
	}
	if r.server, err = startServe(ctx, r.dsn); err != nil {
		return err
	}
	defer r.server.stop()
	r.client = newClient(r.server.address)
	p.say(r.engine + ": alone")
	if err := r.measurePart(ctx, "alone", nil); err != nil {
		return err
	}
	p.say(r.engine + ": beside processes that only compute")
	err = r.measurePart(ctx, fmt.Sprintf("beside %d processes that only compute", r.Clients), func(ctx context.Context,
	) *outcomes {
		burnUntil(ctx, r.Clients)
		return nil
	})
	for _, keys := range r.Keys {
		if err != nil {
			return err
		}
		title := fmt.Sprintf("beside %d clients by %d keys", r.Clients, keys)
		if keys == 1 {
			title = fmt.Sprintf("beside %d clients by one key", r.Clients)
		}
		p.say(r.engine + ": " + title)
		err = r.measurePart(ctx, title, func(ctx context.Context) *outcomes {
			return attackers(ctx, r.client, r.Clients, r.loudKeys[:keys], r.tenants, fill.NewSize(r.Size))
		})
	}
	return err
}

// measurePart has the quiet tenant visit beside something that runs until its context ends; nil is nothing.
func (r *neighbourRun) measurePart(ctx context.Context, title string, beside func(context.Context) *outcomes) error {
	done := &part{title: title}
	meanwhile, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if beside != nil {
			done.attacks = beside(meanwhile)
		}
	}()
	pid := r.server.cmd.Process.Pid
	forgetPeak(pid)
	used := func() time.Duration { return processCPU(pid) + treeCPU(r.pid) }
	before, clock := used(), &cpuClock{}
	clock.used.Store(int64(before))
	go clock.run(meanwhile, used)
	done.visits = visits(ctx, r.client, r.tenants, r.For, clock)
	done.cpu = used() - before
	end()
	<-ended
	done.memory = peakMemory(pid)
	r.freshKeys = r.freshKeys[r.freshPerPart():]
	r.parts = append(r.parts, done)
	return ctx.Err()
}

// freshPerPart is how many keys are presented for the first time in a part.
func (o neighbours) freshPerPart() int { return (int(o.For.Seconds()) + 1) * signInsPerSecond }

// burnUntil runs processes that only compute until the context ends.
func burnUntil(ctx context.Context, n int) {
	program, err := os.Executable()
	if err != nil {
		return
	}
	for range n {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), childRole+"=burn")
		if s, err := spawn("burn", cmd, ""); err == nil {
			defer s.stop()
		}
	}
	<-ctx.Done()
}

// report prints the table, and writes the plot.
func (r *neighbourRun) report() error {
	fmt.Fprintf(r.out, "\n%s, the quiet tenant:\n\n", engineTitle(r.engine))
	fmt.Fprintln(r.out, "| | requests | refused | p50 | p99 | most | p99 of reads, writes, sign-ins |"+
		" CPU used meanwhile, p50, p99 | CPU | memory |")
	fmt.Fprintln(r.out, "|---|---|---|---|---|---|---|---|---|---|")
	for _, p := range r.parts {
		all := figuresOf(p.visits, "")
		p99 := func(kind string) string { return shown(figuresOf(p.visits, kind).p99) }
		fmt.Fprintf(r.out, "| %s | %d | %d | %s | %s | %s | %s, %s, %s | %s, %s | %.1f s | %d MB |\n", p.title, all.count,
			all.refused, shown(all.p50), shown(all.p99), shown(all.most), p99(reads), p99(writes), p99(signIns),
			shown(all.cpu50), shown(all.cpu99), p.cpu.Seconds(), p.memory>>20)
	}
	burning := figuresOf(r.parts[1].visits, "").p99
	for _, p := range r.parts[2:] {
		all := figuresOf(p.visits, "")
		fmt.Fprintf(r.out, "\n%s: p99 is %.2f times that beside processes that only compute; %s.\n", p.title,
			float64(all.p99)/float64(max(burning, 1)), verdict(all))
		for _, v := range firstRefused(p.visits, 3) {
			fmt.Fprintf(r.out, "- refused at %s after %s: %s %.300s\n", shown(v.at), shown(v.took), v.kind, v.refused)
		}
		for _, a := range attacks {
			fmt.Fprintf(r.out, "- %s: %s\n", a.name, p.attacks.of(a.name))
		}
	}
	if err := os.MkdirAll(r.Plots, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.Plots, "neighbours-"+r.engine+".svg"), []byte(r.plot().draw()), 0o644)
}

// verdict says which aims of the quiet tenant are missed.
func verdict(f figures) string {
	var missed []string
	if f.refused > 0 {
		missed = append(missed, fmt.Sprintf("%d refused", f.refused))
	}
	if f.p50 > medianAim {
		missed = append(missed, fmt.Sprintf("p50 over %s", medianAim))
	}
	if f.p99 > p99Aim {
		missed = append(missed, fmt.Sprintf("p99 over %s", p99Aim))
	}
	if len(missed) == 0 {
		return "all aims are met"
	}
	return "missed: " + strings.Join(missed, ", ")
}

func firstRefused(list []visit, n int) []visit {
	refused := slices.DeleteFunc(slices.Clone(list), func(v visit) bool { return v.refused == "" })
	return refused[:min(n, len(refused))]
}

// shown returns a time as people read it.
func shown(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// plot draws when each request of the quiet tenant was due, and how long it took: a panel for each part.
func (r *neighbourRun) plot() timePlot {
	p := timePlot{title: "What a quiet tenant waits for, on " + engineTitle(r.engine),
		note: "Each request when it was due, in milliseconds, logarithmic. Dashed: the aims for p50 and p99."}
	for _, of := range r.parts {
		q := panel{title: of.title, isLog: true, marks: []float64{milli(medianAim), milli(p99Aim)}}
		for i, kind := range []string{reads, writes, signIns} {
			s := series{name: kind, class: fmt.Sprint("c", i), isDots: true}
			for _, v := range of.visits {
				if v.kind == kind {
					s.points = append(s.points, point{v.at, milli(v.took)})
				}
			}
			q.lines = append(q.lines, s)
		}
		p.panels = append(p.panels, q)
	}
	return p
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
