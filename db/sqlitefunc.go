package db

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// localDate is a function that returns the day of an instant in a time zone, which SQLite's own cannot.
const localDate = "callbook_local_date"

// position is a function that finds a text in another, as instr does, but in time that is linear in their lengths:
// instr compares at every place, which takes minutes for long texts that repeat themselves. It returns the place in
// bytes, counted from 1.
const position = "callbook_position"

// occurrences is a function that counts how often a text has a piece, without overlaps, in linear time as position.
const occurrences = "callbook_occurrences"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(occurrences, 2, sqlOccurrences)
	sqlite.MustRegisterDeterministicScalarFunction(position, 2, sqlPosition)
	sqlite.MustRegisterDeterministicScalarFunction(localDate, 2, sqlLocalDate)
}

func sqlPosition(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, isText := args[0].(string)
	piece, isPiece := args[1].(string)
	if !isText || !isPiece {
		return nil, nil
	}
	return int64(strings.Index(text, piece) + 1), nil
}

func sqlOccurrences(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, isText := args[0].(string)
	piece, isPiece := args[1].(string)
	if !isText || !isPiece || piece == "" {
		return nil, nil
	}
	return int64(strings.Count(text, piece)), nil
}

func sqlLocalDate(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, isText := args[0].(string)
	zone, isZone := args[1].(string)
	if !isText || !isZone {
		return nil, nil
	}
	location, err := cachedLocation(zone)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(sqliteTime, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", localDate, err)
	}
	return at.In(location).Format(time.DateOnly), nil
}

var locations sync.Map // by name

// cachedLocation returns a time zone by its name.
func cachedLocation(zone string) (*time.Location, error) {
	if location, ok := locations.Load(zone); ok {
		return location.(*time.Location), nil
	}
	location, err := time.LoadLocation(zone)
	if err == nil {
		locations.Store(zone, location)
	}
	return location, err
}
