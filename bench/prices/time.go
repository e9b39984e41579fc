package prices

import "time"

// Repeat says how often a case runs: until it has taken so much of the CPU's time, but no more times, and no longer.
type Repeat struct {
	Least   time.Duration
	Most    int
	Longest time.Duration
}

// Time runs the cases and measures by cpu, which returns the CPU's time so far, how many microseconds each takes.
func Time(cases []Case, ask Ask, cpu func() time.Duration, repeat Repeat) (results []Result, err error) {
	for _, c := range cases {
		before, began := cpu(), time.Now()
		var took time.Duration
		var price float64
		runs := 0
		for runs == 0 || took < repeat.Least && runs < repeat.Most && time.Since(began) < repeat.Longest {
			if price, err = priceOf(c, ask); err != nil {
				return nil, err
			}
			runs++
			took = cpu() - before
		}
		results = append(results, Result{Case: c, Price: price, Taken: float64(took.Microseconds()) / float64(runs)})
	}
	return results, nil
}
