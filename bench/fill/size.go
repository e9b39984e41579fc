// Package fill makes the databases of the benchmark: rows by a fixed seed, on PostgreSQL and SQLite alike.
package fill

import (
	"fmt"
	"time"
)

// Size is how many rows there are.
type Size struct {
	Calls     int
	Records   int // one of four has a transcript of TurnsEach turns
	Customers int
}

// TurnsEach is how many turns a transcript has.
const TurnsEach = 8

// Jobs is how many jobs the records belong to.
const Jobs = 50

// answeredEvery is how many records there are to one that was answered.
const answeredEvery = 4

// NewSize returns a share of the full size: 500,000 calls, 1,000,000 records with 2,000,000 turns, 200,000 customers.
func NewSize(share float64) Size {
	part := func(full int) int { return max(int(float64(full)*share), 200) }
	return Size{Calls: part(500_000), Records: part(1_000_000), Customers: part(200_000)}
}

// Turns returns how many turns the records have in all.
func (s Size) Turns() int { return s.Records / answeredEvery * TurnsEach }

// Answered returns how many records were answered and have a transcript.
func (s Size) Answered() int { return s.Records / answeredEvery }

// AnsweredID returns the key of the answered record number n, counted from 0.
func (s Size) AnsweredID(n int) int64 { return int64(n%s.Answered()+1) * answeredEvery }

// CallID returns the key of the call number n, counted from 0.
func (s Size) CallID(n int) string { return callID(n%s.Calls + 1) }

func callID(n int) string { return fmt.Sprintf("call-%07d", n) }

// rows makes rows: each is a function of its number, so that every table is made without the others.
type rows struct {
	Size
	now time.Time
}

// row is the columns' values of a row: nil, string, int, int64, bool, time.Time, or raw for JSON.
type row []any

// raw is JSON text.
type raw string
