package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// soak is the command that loads a server for long, and tells whether what it takes stays flat.
type soak struct {
	For     time.Duration `default:"30m" help:"How long each engine is loaded."`
	Size    float64       `default:"0.01" help:"Share of the full size: 1,000,000 records, 500,000 calls."`
	Clients int           `default:"8" help:"Clients at once, each with ten requests a second at the most."`
	Engines []string      `default:"sqlite,postgres" enum:"postgres,sqlite" help:"Which databases; one after the other."`
	Keep    string        `type:"path" placeholder:"DIR" help:"${help_keep}"`
	Plots   string        `default:"docs/reliability" type:"path" placeholder:"DIR" help:"Where the plots are written."`

	out io.Writer // of the verdict; the standard output where nil
}

// soakSettings are what PostgreSQL is started with beside the usual settings: the soak is long, so it vacuums.
var soakSettings = map[string]string{"autovacuum": "on", "autovacuum_naptime": "10s", "max_wal_size": "128MB"}

// run runs the command. It returns an error where something is not flat.
func (o soak) run(ctx context.Context, p *bar) error {
	if o.out == nil {
		o.out = os.Stdout
	}
	folder, remove, err := databaseFolder(o.Keep)
	if err != nil {
		return err
	}
	defer remove()
	if err := os.MkdirAll(o.Plots, 0o755); err != nil {
		return err
	}
	var grown []error
	for _, engine := range o.Engines {
		err := o.runEngine(ctx, engine, folder, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errNotFlat) {
			grown = append(grown, err)
		} else if err != nil {
			return err
		}
	}
	return errors.Join(grown...)
}

var errNotFlat = errors.New("not flat")

// runEngine loads a server over one engine.
func (o soak) runEngine(ctx context.Context, engine, folder string, p *bar) error {
	d, err := openEngine(ctx, engine, folder, o.Size, soakSettings, p)
	if d == nil || err != nil {
		return err
	}
	defer d.remove()
	t, err := prepare(ctx, d.dsn, 20, o.Clients, 1)
	if err != nil {
		return err
	}
	s, err := startServe(ctx, d.dsn)
	if err != nil {
		return err
	}
	defer s.stop()
	m, err := newMeter(ctx, d, s)
	if err != nil {
		return err
	}
	defer m.close()
	p.say(fmt.Sprintf("%s: load for %s", engine, o.For))
	loaded, end := context.WithTimeout(ctx, o.For)
	defer end()
	done := make(chan *outcomes)
	go func() { done <- soakLoad(loaded, newClient(s.address), t.loudKeys) }()
	samples, err := m.samples(loaded, max(time.Second, o.For/600), s)
	end()
	answers := <-done
	if err != nil {
		return err
	}
	plotted := soakPlot(engine, samples)
	if err := os.WriteFile(filepath.Join(o.Plots, "soak-"+engine+".svg"), []byte(plotted.draw()), 0o644); err != nil {
		return err
	}
	return o.report(engine, samples, answers)
}

// report prints the slopes, and returns an error where something is not flat.
func (o soak) report(engine string, samples []sample, answers *outcomes) (err error) {
	fmt.Fprintf(o.out, "\n%s, %s of mixed load:\n\n", engineTitle(engine), o.For)
	fmt.Fprintln(o.out, "| | middle | end | most | growth of the second half by its slope | |")
	fmt.Fprintln(o.out, "|---|---|---|---|---|---|")
	for _, g := range gauges {
		of := valuesOf(samples, g)
		if len(of) == 0 {
			continue
		}
		half := of[len(of)/2:]
		growth, bound := growthOf(half), max(g.floor, 0.1*mean(half))
		word := "flat"
		if growth > bound {
			word = "not flat"
			if g.mayGrow != "" {
				word = g.mayGrow
			} else {
				err = errors.Join(err, fmt.Errorf("%w: %s on %s", errNotFlat, g.name, engineTitle(engine)))
			}
		}
		fmt.Fprintf(o.out, "| %s | %.1f | %.1f | %.1f | %+.1f, bound %.1f | %s |\n", g.name, half[0].value,
			of[len(of)-1].value, slices.MaxFunc(of, byValue).value, growth, bound, word)
	}
	fmt.Fprintln(o.out)
	for _, step := range soakSteps {
		fmt.Fprintf(o.out, "- %s: %s\n", step.name, answers.of(step.name))
	}
	return err
}

func byValue(a, b point) int {
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

func mean(points []point) float64 {
	sum := 0.0
	for _, p := range points {
		sum += p.value
	}
	return sum / float64(len(points))
}

// growthOf returns by how much a line of least squares through points rises from the first to the last.
func growthOf(points []point) float64 {
	middle, average := 0.0, mean(points)
	for _, p := range points {
		middle += p.at.Seconds() / float64(len(points))
	}
	var products, squares float64
	for _, p := range points {
		x := p.at.Seconds() - middle
		products, squares = products+x*(p.value-average), squares+x*x
	}
	if squares == 0 {
		return 0
	}
	return products / squares * (points[len(points)-1].at - points[0].at).Seconds()
}

// soakPlot draws a panel for each gauge.
func soakPlot(engine string, samples []sample) timePlot {
	p := timePlot{title: "Mixed load on " + engineTitle(engine), note: "The server's process, and the database's files."}
	for _, g := range gauges {
		if points := valuesOf(samples, g); len(points) > 0 {
			p.panels = append(p.panels, panel{title: g.name,
				lines: []series{{name: g.name, class: "c0", points: points}}})
		}
	}
	return p
}
