package db

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"

	"github.com/uptrace/bun"
)

// tenantTables are the tables that have a tenant_id on every engine. A test compares them with the schema.
var tenantTables = map[string]bool{
	"calls": true, "call_tags": true, "call_records": true, "call_details": true, "customer_persons": true,
	"tasks": true, "notes": true, "call_history": true, "idempotency_requests": true,
	"idempotency_results": true, "call_record_tags": true, "api_keys": true, "summary_counts": true,
	"summary_deltas": true,
	"text_blocks":    true, "files": true, "file_chunks": true, "link_secrets": true, "jobs": true, "job_outcomes": true,
	"import_mappings": true, "job_sharers": true, "saved_queries": true, "events": true, "export_column_sets": true,
}

// tenantTablesAnd returns the tables that have a tenant_id on an engine where others have one, too.
func tenantTablesAnd(more ...string) map[string]bool {
	all := maps.Clone(tenantTables)
	for _, name := range more {
		all[name] = true
	}
	return all
}

var errUnscoped = errors.New("db: a statement names a tenant's table without its tenant")

// guard is a query hook that stops every statement that names a tenant's table without confining it to a tenant, and
// counts statements for CountStatements. Queries that start in scope.go pass as they are; the guard stops those
// that start elsewhere, and those that join a table without its tenant.
type guard struct {
	tables map[string]bool // that have a tenant_id
}

func (g guard) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	switch event.Query {
	case "BEGIN", "COMMIT", "ROLLBACK":
		return ctx
	}
	countStatement(ctx)
	if _, isMaintenance := maintenanceOf(ctx); !isMaintenance && !isScoped(event.Query, g.tables) {
		slog.ErrorContext(ctx, errUnscoped.Error(), "operation", event.Operation())
		stopped, cancel := context.WithCancelCause(ctx)
		cancel(errUnscoped)
		return stopped
	}
	return ctx
}

func (guard) AfterQuery(context.Context, *bun.QueryEvent) {}

// isScoped reports whether a statement confines every one of tables that it names to a tenant: for each there is at
// least one comparison of tenant_id, or the column of an INSERT, and one of them is with a number. Text in quotes and
// comments are data. It reads words, not SQL: it refuses what it does not know, but cannot see that a comparison is
// cancelled elsewhere, as in (tenant_id = 7) OR TRUE.
func isScoped(query string, tables map[string]bool) bool {
	s := statement{tenantTables: tables}
	for word, rest := nextWord(query); word != ""; word, rest = nextWord(rest) {
		s.read(strings.ToLower(word), rest)
	}
	return s.predicates >= s.tables && (s.tables == 0 || s.hasNumber)
}

// statement is what is known of a statement so far.
type statement struct {
	tenantTables       map[string]bool
	tables, predicates int
	hasNumber          bool // some comparison is with a number
	inserting          bool // in the column list of an INSERT
	setting            bool // in the assignments of an UPDATE
	previous           string
	qualifier          string // of the next word, in lower case: the table or alias before its dot
}

// read takes in a word and what follows it.
func (s *statement) read(word, rest string) {
	s.readClause(word)
	switch {
	case s.tenantTables[word] && s.previous != "as" && !isQualifier(rest):
		s.tables++
	case word == "tenant_id" && s.inserting:
		s.predicates, s.hasNumber = s.predicates+1, true
	case word == "tenant_id" && !s.setting:
		s.readComparison(rest)
	}
	s.previous, s.qualifier = word, ""
	if isQualifier(rest) {
		s.qualifier = word
	}
}

// readClause takes in the words with which clauses begin.
func (s *statement) readClause(word string) {
	switch word {
	case "insert", "into":
		s.inserting = true
	case "values", "select":
		s.inserting = false
	case "set":
		s.setting = true
	case "where", "from", "returning":
		s.setting = false
	}
}

// readComparison counts a comparison of tenant_id with a number, or of one table's tenant_id with another's.
func (s *statement) readComparison(rest string) {
	rest, isEqual := strings.CutPrefix(strings.TrimLeft(rest, "\" \n\t"), "=")
	if !isEqual {
		return
	}
	rest = strings.TrimLeft(rest, "\" \n\t")
	if parameter, isParameter := strings.CutPrefix(rest, "$1"); isParameter && !isWord(parameter) {
		rest = rest[1:] // the tenant of a ready statement is its first parameter
	}
	if !isWord(rest) {
		return
	}
	operand, rest := nextWord(rest)
	if isNumber(operand) {
		if endsComparison(rest) {
			s.predicates, s.hasNumber = s.predicates+1, true
		}
		return
	}
	if !isQualifier(rest) || s.qualifier == "" || strings.EqualFold(operand, s.qualifier) {
		return
	}
	if column, rest := nextWord(rest); strings.EqualFold(column, "tenant_id") && endsComparison(rest) {
		s.predicates++
	}
}

// wordsAfterComparison may follow a comparison. OR is not among them, nor is what makes an expression of it, such as
// IS.
var wordsAfterComparison = map[string]bool{
	"and": true, "group": true, "order": true, "limit": true, "for": true, "union": true, "where": true,
	"join": true, "left": true, "inner": true, "cross": true, "returning": true,
}

// endsComparison reports whether a comparison ends before rest, so that its last operand is no part of a longer
// expression.
func endsComparison(rest string) bool {
	rest = strings.TrimLeft(rest, "\" \n\t")
	if rest == "" || rest[0] == ')' || rest[0] == ';' {
		return true
	}
	word, _ := nextWord(rest)
	return isWordByte(rest[0]) && wordsAfterComparison[strings.ToLower(word)]
}

func isNumber(word string) bool {
	return word != "" && strings.Trim(word, "0123456789") == ""
}

// isQualifier reports whether what follows a name makes it the qualifier of a column.
func isQualifier(rest string) bool {
	return strings.HasPrefix(strings.TrimLeft(rest, `"`), ".")
}

// nextWord returns the next identifier, keyword or number of a statement, past texts in quotes and comments, and what
// follows it; empty texts at the end, and where a quote or a comment is not closed.
func nextWord(query string) (word, rest string) {
	for query != "" {
		if isWordByte(query[0]) {
			end := 1
			for end < len(query) && isWordByte(query[end]) {
				end++
			}
			return query[:end], query[end:]
		}
		var isClosed bool
		if query, isClosed = skipData(query); !isClosed {
			return "", ""
		}
	}
	return "", ""
}

// dataMarks enclose what is no SQL.
var dataMarks = []struct{ opening, closing string }{{"'", "'"}, {"--", "\n"}, {"/*", "*/"}}

// skipData returns what follows the text in quotes or the comment at the beginning of a query, or else its first
// character, and reports whether the text or comment is closed.
func skipData(query string) (rest string, isClosed bool) {
	for _, data := range dataMarks {
		if inside, found := strings.CutPrefix(query, data.opening); found {
			_, rest, isClosed = strings.Cut(inside, data.closing)
			return rest, isClosed
		}
	}
	return query[1:], true
}

// isWord reports whether a text begins with an identifier, a keyword or a number.
func isWord(text string) bool { return text != "" && isWordByte(text[0]) }

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
