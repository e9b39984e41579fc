package db

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"callbook/text"
)

// localDate is a function that returns the day of an instant in a time zone, which SQLite's own cannot.
const localDate = "callbook_local_date"

// position is a function that finds a text in another, as instr does, but in time that is linear in their lengths:
// instr compares at every place, which takes minutes for long texts that repeat themselves. It returns the place in
// bytes, counted from 1.
const position = "callbook_position"

// linesWith is a function that counts the lines of a text that have a term; rowKeysWith one that returns those lines of
// a second text that stand where the first one's lines have it, as a JSON list. Both take the texts as blobs, whose
// length the driver need not look for.
const (
	linesWith   = "callbook_lines_with"
	rowKeysWith = "callbook_row_keys_with"
)

// occurrences is a function that counts how often a text has a piece, without overlaps, in linear time as position.
const occurrences = "callbook_occurrences"

// indexedText is a function that returns the tokens of a tenant's folded text in the index of transcripts.
const indexedText = "callbook_indexed_text"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(indexedText, 2, sqlIndexedText)
	sqlite.MustRegisterDeterministicScalarFunction(linesWith, 2, sqlLinesWith)
	sqlite.MustRegisterDeterministicScalarFunction(rowKeysWith, 3, sqlRowKeysWith)
	sqlite.MustRegisterDeterministicScalarFunction(occurrences, 2, sqlOccurrences)
	sqlite.MustRegisterDeterministicScalarFunction(position, 2, sqlPosition)
	sqlite.MustRegisterDeterministicScalarFunction(localDate, 2, sqlLocalDate)
}

func sqlIndexedText(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	tenantID, isID := args[0].(int64)
	folded, isText := args[1].(string)
	if !isID || !isText {
		return nil, nil
	}
	return text.SearchText(indexPrefix(tenantID), folded), nil
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

func sqlLinesWith(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	texts, isText := args[0].([]byte)
	term, isTerm := args[1].(string)
	if !isText || !isTerm {
		return nil, nil
	}
	n := int64(0)
	for piece := []byte(term); ; n++ {
		at := bytes.Index(texts, piece)
		if at < 0 {
			return n, nil
		}
		end := bytes.IndexByte(texts[at:], '\n')
		if end < 0 {
			return n + 1, nil
		}
		texts = texts[at+end+1:]
	}
}

func sqlRowKeysWith(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	texts, isText := args[0].([]byte)
	keys, isKeys := args[1].([]byte)
	term, isTerm := args[2].(string)
	if !isText || !isKeys || !isTerm {
		return nil, nil
	}
	list := []string{}
	line := 0
	for place := range linesThatHave(texts, []byte(term)) {
		for ; line < place; line++ {
			_, keys, _ = bytes.Cut(keys, lineBreak)
		}
		key, _, _ := bytes.Cut(keys, lineBreak)
		list = append(list, string(key))
	}
	text, err := json.Marshal(list)
	return string(text), err
}

var lineBreak = []byte{'\n'}

// linesThatHave yields the places, counted from 0, of those lines of a text that have a term, which is not empty and
// has no line break.
func linesThatHave(texts, term []byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		for place := 0; ; place++ {
			at := bytes.Index(texts, term)
			if at < 0 {
				return
			}
			place += bytes.Count(texts[:at], lineBreak)
			if !yield(place) {
				return
			}
			end := bytes.IndexByte(texts[at:], '\n')
			if end < 0 {
				return
			}
			texts = texts[at+end+1:]
		}
	}
}
