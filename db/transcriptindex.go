package db

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// postgresIndexRow is a turn's entry in PostgreSQL's index of transcripts.
type postgresIndexRow struct {
	bun.BaseModel `bun:"table:transcript_index"`

	TenantID     int64  `bun:",pk"`
	CallRecordID int64  `bun:",pk"`
	Position     int    `bun:",pk"`
	Tokens       string `bun:"type:tsvector"`
}

func (r *postgresIndexRow) InTenant(id int64) { r.TenantID = id }

// sqliteIndexRow is a turn's entry in SQLite's index of transcripts, an FTS5 table, which has no tenant of its own:
// its tokens have it.
type sqliteIndexRow struct {
	bun.BaseModel `bun:"table:transcript_index"`

	TurnID int64 `bun:"rowid,pk"`
	Tokens string
}

// indexTurns writes the index entries of turns, in one statement. isOver says that some are there.
func (s scope) indexTurns(ctx context.Context, turns []*model.CallDetail, isOver bool) error {
	if !s.dialect.columnTypes.IsPostgres {
		return s.indexTurnsInFTS5(ctx, turns, isOver)
	}
	rows := make([]postgresIndexRow, len(turns))
	all := make([]*postgresIndexRow, len(turns))
	for i, turn := range turns {
		rows[i] = postgresIndexRow{CallRecordID: turn.CallRecordID, Position: turn.Position, Tokens: indexText("", turn)}
		all[i] = &rows[i]
	}
	if isOver {
		return upsertRows(ctx, s, all)
	}
	return insertRows(ctx, s, all)
}

func (s scope) indexTurnsInFTS5(ctx context.Context, turns []*model.CallDetail, isOver bool) error {
	tenant := indexPrefix(s.actor.TenantID)
	rows := make([]sqliteIndexRow, len(turns))
	all := make([]*sqliteIndexRow, len(turns))
	for i, turn := range turns {
		rows[i] = sqliteIndexRow{TurnID: turn.TurnID, Tokens: indexText(tenant, turn)}
		all[i] = &rows[i]
	}
	verb := "INSERT"
	if isOver {
		verb = "REPLACE"
	}
	const columns = columnSet(0b11)
	return writeRows(ctx, s, verb, all, columns, func(t *rowTable, columns []*rowColumn) string {
		return verb + " INTO " + t.name + " (" + columnNames(columns) + ") VALUES ($2, $3)"
	})
}

// unindexTurns removes the index entries of the turns of records that are to be deleted, in one statement.
func (s scope) unindexTurns(ctx context.Context, recordIDs []int64) error {
	if s.dialect.columnTypes.IsPostgres {
		return s.execWrite(ctx, s.deleteFrom((*postgresIndexRow)(nil)).Where("call_record_id IN (?)", bun.List(recordIDs)))
	}
	turns := s.selectAny((*model.CallDetail)(nil)).Column("turn_id").
		Where("call_detail.call_record_id IN (?)", bun.List(recordIDs))
	return s.execWrite(ctx, s.deleteUntenanted((*sqliteIndexRow)(nil)).Where("rowid IN (?)", turns))
}

// indexPrefix returns what the tokens of a tenant begin with in SQLite's index, which has one list of turns for each
// token: so a search does not read the turns of others. No token has a z.
func indexPrefix(tenantID int64) string { return strconv.FormatInt(tenantID, 16) + "z" }

// indexText returns the tokens of a turn, each behind a prefix.
func indexText(prefix string, turn *model.CallDetail) string {
	folded := turn.Text
	if turn.TextFold != nil {
		folded = *turn.TextFold
	}
	return text.SearchText(prefix, folded)
}

// fts5Entries returns the query of SQLite's index for the keys (turn_id) of a tenant's turns that have all terms.
func fts5Entries(tenantID int64, terms []string) cond {
	text := indexQuery(terms, `"`+indexPrefix(tenantID), `"`, " AND ", " *")
	return expr("SELECT rowid FROM transcript_index WHERE transcript_index MATCH ?", text)
}

// tsvectorEntries returns the query of PostgreSQL's index for the keys (call_record_id, position) of a tenant's turns
// that have all terms.
func tsvectorEntries(tenantID int64, terms []string) cond {
	text := indexQuery(terms, "'", "'", " & ", ":*")
	return expr("SELECT indexed.call_record_id, indexed.position FROM transcript_index AS indexed"+
		" WHERE indexed.tenant_id = ? AND indexed.tokens @@ CAST(? AS tsquery)", tenantID, text)
}

// indexQuery returns the index's query for all tokens of all terms. A term of one character is the beginning of a
// token.
func indexQuery(terms []string, open, end, and, prefix string) string {
	var parts []string
	for _, term := range terms {
		tokens, isPrefix := text.MatchTokens(term)
		for _, token := range tokens {
			part := open + token + end
			if isPrefix {
				part += prefix
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, and)
}

// maxPlainTerm is how many characters a term has at most that PostgreSQL looks for by strpos and REPLACE. They compare
// the term at every place where it may be, which for long terms and texts that repeat themselves takes as long as both
// lengths multiplied. Its regular expressions take no longer than the text is long, but ten to a hundred times as long
// for terms that are found often, which long ones cannot be.
const maxPlainTerm = 32

// isPlainTerm reports whether a term is looked for by strpos and REPLACE.
func isPlainTerm(term string) bool { return utf8.RuneCountInString(term) <= maxPlainTerm }

// literal returns the regular expression of PostgreSQL that finds a term as it is.
func literal(term string) string { return "***=" + term }

// turnHasPostgres returns the condition on turns that their folded text has a term.
func turnHasPostgres(term string) cond {
	if isPlainTerm(term) {
		return expr("(strpos("+foldedTurn+", ?) > 0)", term)
	}
	return expr("("+foldedTurn+" ~ ?)", literal(term))
}

// countInTurnPostgres returns how often the folded text of a turn has a term, without overlaps.
func countInTurnPostgres(term string) cond {
	if isPlainTerm(term) {
		return expr("((LENGTH("+foldedTurn+") - LENGTH(REPLACE("+foldedTurn+", ?, ''))) / LENGTH(?))", term, term)
	}
	return expr("(CARDINALITY(regexp_split_to_array("+foldedTurn+", ?)) - 1)", literal(term))
}
