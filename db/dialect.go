package db

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// dialect is everything in which the two engines differ.
type dialect struct {
	name          string
	bun           func() schema.Dialect
	open          func(context.Context, Options) (*pools, error)
	tenantTables  map[string]bool // that have a tenant_id
	forUpdate     bool            // rows are locked one by one; otherwise there is one writing transaction at a time
	migrationLock string          // statement that makes other migrators wait until the transaction ends; may be empty
	waitForLocks  string          // statement that lets a transaction wait for locks as long as it takes; may be empty
	hasMigrations string          // statement that returns 1 where the table schema_migrations exists, otherwise 0
	columnTypes   columnTypes
	hasStatistics bool // it knows which values are frequent, and plans by that
	concerns      func(*filterer, listOperators) cond
	changedValue  string // the value in an element of a delta of the summaries, which compares as the columns do
	jsonElements  string // table of a JSON list's elements, with one column named value
	jsonValues    string // table of a JSON list's elements as JSON, named change, with one column named value
	jsonOfTags    string // JSON list of [?, tag, difference] of grouped rows
	position      string // function that finds a text in another: 0 where it is missing
	shortPosition string // the same for short texts
	linesOfBlock  string // table of the keys of the lines of a text block with a term (?): line, with one column value
	linesWith     string // how many lines of a text block have a term (?0); null may stand for none
	hasLines      string // condition that lines of a text block have a term (?)
	deltaSize     string // about how many bytes a delta of the summaries has at the most
	changedKey    string // the key of a line in an element of a delta of the summaries
	changedText   string // the text of such a line
	amongFound    string // condition, behind a key, that a search has found it
	// rowsOfJSON returns the subquery of the rows of a JSON list: see postgresRowsOfJSON.
	rowsOfJSON  func(*rowTable) string
	jsonTime    string   // layout of times in such a list
	sweepEvents string   // deletes old events
	eventOrder  bun.Safe // columns of the index of a tenant's events
	eventXid    string   // the transaction of an event, as eventSnapshot has it
	tagsOfCall  string   // tags of a call that is being updated, with commas between; NULL where it has none
	quoteJSON   string   // function that returns a text as JSON
	joinTexts   string   // aggregate that joins texts: its arguments are the text and what stands between
	// insertTags gives calls ($2) tags ($3) with their folded texts ($4), and returns call_id and tag of those that were
	// missing.
	insertTags   string
	localDate    string               // day of an instant (the first ?) in a time zone (the second), as YYYY-MM-DD
	localParts   map[localPart]string // of the time {time} in a time zone {zone}
	percentiles  string               // aggregate of percentiles of a {value}: at {fractions}, or those of a {list}
	listText     string               // its value {percentiles} as the text of a JSON list
	listElement  string               // the number in its value {percentiles} at a {place}, from 0
	concernsJoin string               // join of the concerns of records: concerned, with value, null where there are none
	// indexEntries returns the query of the keys of the turns that the index has under all terms; their text may still
	// not match. indexedKey is such a key in call_details.
	indexEntries func(tenantID int64, terms []string) cond
	indexedKey   string
	// turnHas returns the condition on turns that their folded text has a term.
	turnHas func(term string) cond
	// countInTurn returns the expression of how often a turn's folded text has a term.
	countInTurn func(term string) cond
	// timeArgument returns an instant as the driver takes it as an argument.
	timeArgument func(time.Time) any
	// listArgument returns a slice of keys as the driver takes it as one argument; amongList compares a column with it.
	listArgument func(keys any) any
	amongList    string
	// readyOptions returns what goes before the arguments of a ready statement on the database at a DSN.
	readyOptions  func(dsn string) []any
	retryable     func(error) bool // the transaction may succeed when it runs again
	isUnavailable func(error) bool // the caller may try again later
	isDuplicate   func(error) bool // a key is taken
	cannotWrite   func(error) bool // the database takes no writes until somebody acts
	isUndone      func(error) bool // of the error of a COMMIT: nothing was written
	isReadOnly    string           // query that returns whether the server takes no writes
}

// columnTypes fill the templates in migrations.
type columnTypes struct {
	Text, Time, Int, Long, Bool, JSON, Bytes, Strict, DescNullsLast string
	Char                                                            string // function of the character with a number
	IsPostgres                                                      bool
}

// dialectOf returns the dialect of a DSN by its scheme.
func dialectOf(dsn string) (*dialect, error) {
	scheme, _, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		return sqliteDialect, nil
	case "postgres", "postgresql":
		return postgresDialect, nil
	}
	return nil, errors.New("the database must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
}
