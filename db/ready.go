package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// maxReadyTexts is how many texts are kept ready: some twenty shapes, each with the columns that clients select. Those
// that were not used for longest make way, so that nobody fills memory with selections, and nobody's usual ones are
// lost.
const maxReadyTexts = 256

// shape identifies a statement whose text depends on nothing else, so that it is rendered once.
type shape struct {
	name     string // of the statement
	columns  string // that it selects, by name
	selected Columns
	ofMany   bool // rows of many keys, not of one
	window   windowShape
	// owner is ownerKinds where the actor sees its own rows alone; empty where it sees all.
	owner bun.Safe
}

// readyTexts are the statements that are rendered, checked by the guard and known to be confined to a tenant. The
// engine prepares them by connection. Parameters are $1 and on, on both engines: $1 is the tenant, $2 the actor's name
// where it sees its own rows alone.
type readyTexts struct {
	bun    *bun.DB
	reader *sql.DB
	guard  guard
	quota  connectionQuota
	// options go before the arguments of a ready statement: how the driver runs it.
	options []any
	// isNative says that reads outside transactions run past database/sql: see readynative.go.
	isNative bool
	byShape  *lru.Cache[shape, *readyText]
	made     atomic.Int64 // how many texts were rendered
	// wholeRows are what rows are allocated as, by their type.
	wholeRows sync.Map // *wholeRow
	// What statements that write have: see readywrite.go.
	writes      *lru.Cache[writeShape, string] // texts
	tables      sync.Map                       // *rowTable by the type of their rows
	created     sync.Map                       // columnSets of new calls
	createdSize atomic.Int64
}

// readyText is the text of a ready statement.
type readyText struct {
	sql  string
	name string // under which PostgreSQL has it prepared
}

func newReadyTexts(d *bun.DB, reader *sql.DB, g guard, q connectionQuota, options []any) (*readyTexts, error) {
	byShape, err := lru.New[shape, *readyText](maxReadyTexts)
	writes, writesErr := lru.New[writeShape, string](maxReadyTexts)
	r := &readyTexts{bun: d, reader: reader, guard: g, quota: q, options: options, byShape: byShape, writes: writes,
		isNative: slices.Equal(options, []any{pgx.QueryExecModeCacheStatement})}
	return r, errors.Join(err, writesErr)
}

// readyBuild builds a query in scope t. param returns the value of the statement's n-th argument, counted from 0, as it
// is to stand in the query: a parameter where the text is made ready, else the argument itself.
type readyBuild func(t scope, param func(n int) any) *bun.SelectQuery

// selectReady runs the query that build makes, and scans its rows into dest. The text is rendered once for a shape, so
// build must make the same for all arguments of one shape. It takes one statement.
func (s scope) selectReady(ctx context.Context, sh shape, dest any, build readyBuild, args ...any) error {
	if s.actor.OwnOnly {
		sh.owner = s.ownerKinds()
	}
	text, isReady := s.ready.text(s, sh, build)
	if !isReady {
		return errUnscoped
	}
	return s.scanReady(ctx, text, dest, args...)
}

// readyRow returns the first of the tenant's rows that where chooses, whoever made it; nil where there is none. name is
// the statement's. It takes one statement.
func readyRow[T any](ctx context.Context, s scope, name string,
	where func(q *bun.SelectQuery, param func(n int) any) *bun.SelectQuery, args ...any,
) (*T, error) {
	var rows []*T
	err := s.ofTenant().selectReady(ctx, shape{name: name}, &rows, func(t scope, param func(int) any) *bun.SelectQuery {
		return where(t.selectFrom((*T)(nil)), param)
	}, args...)
	return firstRow(rows), err
}

// text returns the text of a shape, and whether there is one: there is none where the guard refuses it.
func (r *readyTexts) text(s scope, sh shape, build readyBuild) (*readyText, bool) {
	if text, ok := r.byShape.Get(sh); ok {
		return text, true
	}
	template := s
	template.isTemplate = true
	first := 2 // the number of the statement's own first parameter
	if s.actor.OwnOnly {
		first = 3
	}
	text := build(template, func(n int) any { return bun.Safe("$" + strconv.Itoa(first+n)) }).String()
	if !isScoped(text, r.guard.tables) {
		slog.Error(errUnscoped.Error(), "shape", sh.name)
		return nil, false
	}
	made := &readyText{sql: text, name: "callbook_" + strconv.FormatInt(r.made.Add(1), 10)}
	r.byShape.Add(sh, made)
	return made, true
}

// scanReady runs a ready SELECT and scans its rows into dest. Where others run together with it, it is one of theirs:
// see DB.Together.
func (s scope) scanReady(ctx context.Context, text *readyText, dest any, args ...any) error {
	tx, inTransaction := s.idb.(bun.Tx)
	if s.ready.isNative && !inTransaction {
		read := &readyRead{text: text, args: s.readyArguments(nil, args), dest: dest}
		if wait, ok := ctx.Value(togetherKey{}).(func(*readyRead) bool); ok {
			if !wait(read) {
				return errNotRun
			}
			return read.err
		}
		s.runTogether(ctx, []*readyRead{read})
		return read.err
	}
	defer s.admitReady(ctx)()
	var rows *sql.Rows
	var err error
	if inTransaction {
		rows, err = tx.Tx.QueryContext(ctx, text.sql, s.readyArguments(s.ready.options, args)...)
	} else {
		rows, err = s.ready.reader.QueryContext(ctx, text.sql, s.readyArguments(s.ready.options, args)...)
	}
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err has its error
	if err := s.ready.scanSQL(rows, dest); err != nil {
		return err
	}
	return rows.Err()
}

// admitReady does for a ready statement what the query hooks do for bun's: it counts the statement, and waits for the
// credential's share of connections, which the function that it returns gives back.
func (s scope) admitReady(ctx context.Context) (release func()) {
	countStatement(ctx)
	if release := s.ready.quota.acquire(ctx); release != nil {
		return release
	}
	return func() {}
}

// readyArguments returns all arguments of a ready statement, as the driver takes them, after options.
func (s scope) readyArguments(options, args []any) []any {
	all := make([]any, 0, len(options)+2+len(args))
	all = append(append(all, options...), s.actor.TenantID)
	if s.actor.OwnOnly {
		all = append(all, s.actor.Name)
	}
	for _, arg := range args {
		if at, isTime := arg.(time.Time); isTime {
			arg = s.dialect.timeArgument(at)
		}
		all = append(all, arg)
	}
	return all
}

// tenant returns the actor's tenant as it stands in a query.
func (s scope) tenant() any {
	if s.isTemplate {
		return bun.Safe("$1")
	}
	return s.actor.TenantID
}

// owner returns the actor's name as it stands in a query.
func (s scope) owner() any {
	if s.isTemplate {
		return bun.Safe("$2")
	}
	return s.actor.Name
}

// keyArgument returns keys as one argument of a ready statement, for amongKeys.
func keyArgument[K string | int64](s scope, keys []K) any {
	if len(keys) == 1 {
		return keys[0]
	}
	return s.dialect.listArgument(keys)
}

// amongKeys returns the condition that a column is one of the keys that the argument of a ready statement has: one key
// or many, by the shape. PostgreSQL plans a list of one key as it plans many.
func (s scope) amongKeys(ofMany bool, column string, argument any) cond {
	if !ofMany {
		return expr("("+column+" = ?)", argument)
	}
	return expr("("+column+s.dialect.amongList+")", argument)
}

// ofTenant returns the scope for a ready statement that has no condition on who created the rows: the actor's name is
// no parameter of it.
func (s scope) ofTenant() scope {
	s.actor.OwnOnly = false
	return s
}
