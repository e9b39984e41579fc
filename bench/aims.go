package main

// aim is how many times another server's CPU an operation may take Callbook at the most.
type aim struct {
	engine, operation, server string
	most                      float64
}

// aims are what Callbook is to reach.
var aims = []aim{
	{"postgres", "Q1", byHand, 1.25}, {"postgres", "Q1", "postgraphile", 0.75}, {"postgres", "Q1", "apollo", 0.65},
	{"postgres", "Q2", byHand, 1.20}, {"postgres", "Q2", "postgraphile", 0.55}, {"postgres", "Q2", "apollo", 0.40},
	{"postgres", "Q3", byHand, 1.25}, {"postgres", "Q3", "postgraphile", 0.30}, {"postgres", "Q3", "apollo", 0.22},
	{"postgres", "M1", byHand, 1.40}, {"postgres", "M1", "postgraphile", 0.50}, {"postgres", "M1", "apollo", 0.62},
	{"postgres", "M2", byHand, 1.40}, {"postgres", "M2", "apollo", 0.80},
	{"postgres", "I1", byHand, 1.50},
	{"sqlite", "Q1", byHand, 1.40}, {"sqlite", "Q2", byHand, 1.40}, {"sqlite", "Q3", byHand, 1.40},
	{"sqlite", "M1", byHand, 1.40},
}

// Other aims.
const (
	screenAim = 3         // times the time that counting all calls takes
	depthAim  = 1.1       // times the CPU of the first page, at any depth
	memoryAim = 100 << 20 // bytes at the most under Q1 to Q3
	startAim  = 300       // milliseconds from the start to the first answer
)
