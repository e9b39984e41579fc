package db

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// localDate is what SQLite cannot do of itself: the day of an instant in a time zone.
const localDate = "callbook_local_date"

// position finds a text in another, as instr does, but in time that grows with their lengths alone: instr compares at every place,
// which long texts that repeat themselves drive to minutes.
const position = "callbook_position"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(position, 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, isText := args[0].(string)
		piece, isPiece := args[1].(string)
		if !isText || !isPiece {
			return nil, nil
		}
		return int64(strings.Index(text, piece) + 1), nil // in bytes: who asks wants to know whether, not where
	})
	sqlite.MustRegisterDeterministicScalarFunction(localDate, 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, isText := args[0].(string)
		zone, isZone := args[1].(string)
		if !isText || !isZone {
			return nil, nil
		}
		location, err := cachedLocation(zone)
		if err != nil {
			return nil, err
		}
		at, err := time.Parse("2006-01-02 15:04:05.999999-07:00", text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", localDate, err)
		}
		return at.In(location).Format(time.DateOnly), nil
	})
}

var locations sync.Map // by name

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
