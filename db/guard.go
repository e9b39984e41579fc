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
	"call_record_tags": true, "api_keys": true,
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

// isScoped tells whether a statement confines every tenant's table it names: at least one comparison of tenant_id for each, one
// of them with a number, or the column of an INSERT. Text in quotes and comments are data; definitions have no rows.
func isScoped(query string) bool {
	var s statement
	for word, rest := nextWord(query); word != ""; word, rest = nextWord(rest) {
		if s.read(strings.ToLower(word), rest) {
			return true
		}
	}
	return s.predicates >= s.tables && (s.tables == 0 || s.hasNumber)
}

// statement is what is known of a statement so far.
type statement struct {
	tables, predicates int
	hasNumber          bool // some comparison is with a number
	started            bool
	inserting          bool // in the column list of an INSERT
	setting            bool // in the assignments of an UPDATE
	previous           string
}

// read takes in a word, and tells whether the statement is of a kind that touches no rows.
func (s *statement) read(word, rest string) (harmless bool) {
	if !s.started {
		s.started = true
		switch word {
		case "create", "alter", "drop", "analyze":
			return true
		}
	}
	switch {
	case word == "insert" || word == "into":
		s.inserting = true
	case word == "values" || word == "select":
		s.inserting = false
	case word == "set":
		s.setting = true
	case word == "where" || word == "from" || word == "returning":
		s.setting = false
	case tenantTables[word] && s.previous != "as" && !isQualifier(rest):
		s.tables++
	case word == "tenant_id" && s.inserting:
		s.predicates, s.hasNumber = s.predicates+1, true
	case word == "tenant_id" && !s.setting:
		s.compare(rest)
	}
	s.previous = word
	return false
}

// compare counts a comparison of tenant_id with a number, or with the tenant_id of another table.
func (s *statement) compare(rest string) {
	rest, found := strings.CutPrefix(strings.TrimLeft(rest, `" `), "=")
	if !found {
		return
	}
	word, rest := nextWord(rest)
	if word != "" && word[0] >= '0' && word[0] <= '9' {
		s.predicates, s.hasNumber = s.predicates+1, true
		return
	}
	if column, _ := nextWord(rest); isQualifier(rest) && column == "tenant_id" && !strings.EqualFold(word, s.previous) {
		s.predicates++
	}
}

// isQualifier tells whether what follows a name makes it the qualifier of a column.
func isQualifier(rest string) bool {
	return strings.HasPrefix(strings.TrimLeft(rest, `"`), ".")
}

// nextWord is the next identifier, keyword or number of a statement, past text literals and comments.
func nextWord(query string) (word, rest string) {
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '\'':
			end := strings.IndexByte(query[i+1:], '\'')
			if end < 0 {
				return "", ""
			}
			i += 1 + end
		case c == '-' && strings.HasPrefix(query[i:], "--"):
			end := strings.IndexByte(query[i:], '\n')
			if end < 0 {
				return "", ""
			}
			i += end
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
