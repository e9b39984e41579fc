package db

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"
)

// tenantTables are the tables whose rows belong to a tenant. A test compares them with the schema.
var tenantTables = map[string]bool{
	"calls": true, "call_tags": true, "call_records": true, "call_details": true, "customer_persons": true,
	"tasks": true, "notes": true, "call_history": true, "idempotency_keys": true,
}

var errUnscoped = errors.New("db: a statement names a tenant's table without its tenant")

// guard stops every statement that names a tenant's table without a tenant predicate, and counts statements for those
// who asked. scope.go makes such a statement impossible; this catches the day that somebody goes around it.
type guard struct{}

func (guard) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	switch event.Query {
	case "BEGIN", "COMMIT", "ROLLBACK":
		return ctx
	}
	if n, ok := ctx.Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	if !isScoped(event.Query) {
		slog.ErrorContext(ctx, errUnscoped.Error(), "operation", event.Operation())
		stopped, cancel := context.WithCancelCause(ctx)
		cancel(errUnscoped)
		return stopped
	}
	return ctx
}

func (guard) AfterQuery(context.Context, *bun.QueryEvent) {}

type counterKey struct{}

// CountStatements returns a context that counts the SQL statements run under it, transaction control aside.
func CountStatements(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, counterKey{}, n), n
}

// isScoped tells whether a statement has at least one tenant predicate for every tenant's table it names,
// or stamps the tenant where it inserts. Text in quotes is data and does not count.
func isScoped(query string) bool {
	tables, predicates := 0, 0
	inserts, expectsTable := false, false
	for word, rest := nextWord(query); word != ""; word, rest = nextWord(rest) {
		switch {
		case expectsTable && tenantTables[word]:
			tables++
		case word == "tenant_id" && (inserts || isCompared(rest)):
			predicates++
		case inserts && strings.EqualFold(word, "VALUES"):
			return predicates >= tables
		}
		expectsTable = strings.EqualFold(word, "FROM") || strings.EqualFold(word, "JOIN") ||
			strings.EqualFold(word, "INTO") || strings.EqualFold(word, "UPDATE")
		inserts = inserts || strings.EqualFold(word, "INTO")
	}
	return predicates >= tables
}

func isCompared(rest string) bool {
	rest = strings.TrimLeft(rest, `" `)
	return strings.HasPrefix(rest, "=")
}

// nextWord is the next identifier or keyword of a statement, quoted or not, past any text literal.
func nextWord(query string) (word, rest string) {
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '\'':
			end := strings.IndexByte(query[i+1:], '\'')
			if end < 0 {
				return "", ""
			}
			i += 1 + end
		case isWordByte(c):
			end := i + 1
			for end < len(query) && isWordByte(query[end]) {
				end++
			}
			return query[i:end], query[end:]
		}
	}
	return "", ""
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
