package hand

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver that the product uses
)

// SQLite runs the operations on SQLite, with the product's driver and settings: one connection that writes, and several
// that read. Every statement is prepared once a connection.
type SQLite struct {
	reader, writer *sql.DB
	mu             sync.Mutex
	prepared       map[string]*sql.Stmt
}

// OpenSQLite opens the pools.
func OpenSQLite(path string) (*SQLite, error) {
	uri := "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)"
	writer, err := sql.Open("sqlite", uri+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", uri+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(16)
	reader.SetMaxIdleConns(16)
	s := &SQLite{reader: reader, writer: writer, prepared: map[string]*sql.Stmt{}}
	return s, s.prepareWrites()
}

// Close closes the pools.
func (s *SQLite) Close() {
	s.reader.Close()
	s.writer.Close()
}

// prepare returns a prepared statement; database/sql prepares it once for each connection.
func (s *SQLite) prepare(pool *sql.DB, statement string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.prepared[statement]; p != nil {
		return p, nil
	}
	p, err := pool.Prepare(statement)
	if err == nil {
		s.prepared[statement] = p
	}
	return p, err
}

// query runs a prepared read, and scan for each row.
func (s *SQLite) query(ctx context.Context, statement string, args []any, scan func(*sql.Rows) error) error {
	p, err := s.prepare(s.reader, statement)
	if err != nil {
		return err
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// storedTime scans a time from its text.
type storedTime struct {
	at       **time.Time
	required *time.Time
}

const timeLayout = "2006-01-02 15:04:05.999999-07:00"

// Scan reads the text.
func (t storedTime) Scan(value any) error {
	text, isText := value.(string)
	if !isText {
		return nil
	}
	at, err := time.Parse(timeLayout, text)
	if at = at.UTC(); t.at != nil {
		*t.at = &at
	} else {
		*t.required = at
	}
	return err
}

func sqliteAt(at **time.Time) any { return storedTime{at: at} }

func sqliteRequired(at *time.Time) any { return storedTime{required: at} }

// sqliteTimeText returns a time as it is stored.
func sqliteTimeText(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Format(timeLayout)
}

const (
	sqliteRecord  = "SELECT " + recordColumns + fromRecords + " WHERE r.tenant_id = 1 AND r.id = ?"
	sqliteWhere   = " WHERE r.tenant_id = 1 AND r.robot_call_job_id = ? AND r.result_status = ? AND r.intent_level = ?"
	sqliteRecords = "SELECT " + recordColumns + fromRecords + sqliteWhere + " ORDER BY r.start_time DESC, r.id LIMIT 20"
	sqliteCalls   = "SELECT " + callColumns + " FROM calls WHERE tenant_id = 1 AND outgoing_call_status = ?" +
		" AND deleted_at IS NULL ORDER BY call_start_time DESC, id LIMIT 100"
	sqliteStats = "SELECT result_status, intent_level, date(start_time, '+8 hours'), count(*) FROM call_records" +
		" WHERE tenant_id = 1"
	sqliteMatch = "(SELECT rowid FROM transcript_index WHERE transcript_index MATCH ?)"
	sqliteHits  = "SELECT r.id, r.start_time, d.position, d.type, d.text FROM call_details d" +
		" JOIN call_records r ON r.tenant_id = d.tenant_id AND r.id = d.call_record_id WHERE d.tenant_id = 1" +
		" AND d.turn_id IN " + sqliteMatch
	sqliteText = " AND instr(coalesce(d.text_fold, d.text), ?) > 0"
)

// Record reads a record with its customer, and its turns.
func (s *SQLite) Record(ctx context.Context, id int64) (r *Record, err error) {
	err = s.query(ctx, sqliteRecord, []any{id}, func(rows *sql.Rows) error {
		r, err = scanSQLiteRecord(rows)
		return err
	})
	if err != nil || r == nil {
		return nil, err
	}
	return r, s.addDetails(ctx, []*Record{r})
}

func scanSQLiteRecord(rows *sql.Rows) (*Record, error) {
	r, c, id := &Record{Details: []Turn{}}, Customer{}, (*int64)(nil)
	err := rows.Scan(r.columns(&c, &id, sqliteAt)...)
	if id != nil {
		c.ID, r.CustomerPerson = *id, &c
	}
	return r, err
}

// Records reads a page of records with customers, then their turns, and counts all where that is asked for.
func (s *SQLite) Records(ctx context.Context, q RecordsQuery) (records []*Record, total int, err error) {
	args := []any{q.Job, q.Result, q.Intent}
	records = []*Record{}
	err = s.query(ctx, sqliteRecords, args, func(rows *sql.Rows) error {
		r, err := scanSQLiteRecord(rows)
		records = append(records, r)
		return err
	})
	if err == nil && q.WithTotal {
		err = s.query(ctx, "SELECT count(*) FROM call_records r"+sqliteWhere, args, func(rows *sql.Rows) error {
			return rows.Scan(&total)
		})
	}
	if err != nil {
		return nil, 0, err
	}
	return records, total, s.addDetails(ctx, records)
}

func (s *SQLite) addDetails(ctx context.Context, records []*Record) error {
	if len(records) == 0 {
		return nil
	}
	byID := make(map[int64]*Record, len(records))
	ids := make([]any, len(records))
	for i, r := range records {
		byID[r.ID], ids[i] = r, r.ID
	}
	statement := fmt.Sprintf("SELECT call_record_id, position, type, text FROM call_details WHERE tenant_id = 1"+
		" AND call_record_id IN (?%s) ORDER BY call_record_id, position", strings.Repeat(", ?", len(records)-1))
	return s.query(ctx, statement, ids, func(rows *sql.Rows) error {
		var id int64
		var t Turn
		err := rows.Scan(&id, &t.Position, &t.Type, &t.Text)
		byID[id].Details = append(byID[id].Details, t)
		return err
	})
}

// Calls reads a page of 100 calls of a status.
func (s *SQLite) Calls(ctx context.Context, status string) (calls []*Call, err error) {
	calls = []*Call{}
	err = s.query(ctx, sqliteCalls, []any{status}, func(rows *sql.Rows) error {
		c := &Call{}
		calls = append(calls, c)
		return rows.Scan(c.columns(sqliteAt, sqliteRequired)...)
	})
	return calls, err
}

// Stats counts the records of a job, or all, by result, grade and day.
func (s *SQLite) Stats(ctx context.Context, job *int64) (groups []Group, err error) {
	statement, args := sqliteStats, []any{}
	if job != nil {
		statement, args = statement+" AND robot_call_job_id = ?", append(args, *job)
	}
	err = s.query(ctx, statement+" GROUP BY 1, 2, 3", args, func(rows *sql.Rows) error {
		var g Group
		err := rows.Scan(&g.Result, &g.Intent, &g.Day, &g.Count)
		groups = append(groups, g)
		return err
	})
	return groups, err
}

// sqliteTenant is what tokens of the tenant begin with in the index of transcripts.
const sqliteTenant = "1z"

// Search finds the turns that say a term, the newest 20, and counts all. A term of two characters is one token; longer
// ones are compared with the text.
func (s *SQLite) Search(ctx context.Context, term string, tokens []string) (hits []*Hit, total int, err error) {
	hits = []*Hit{}
	args := []any{`"` + sqliteTenant + strings.Join(tokens, `" AND "`+sqliteTenant) + `"`}
	counted := fmt.Sprintf("(SELECT rowid FROM transcript_index WHERE transcript_index MATCH ? LIMIT %d)", mostCounted)
	first, count := sqliteHits, "SELECT count(*) FROM "+counted
	if len(tokens) > 1 {
		args = append(args, term)
		first += sqliteText
		count = "SELECT count(*) FROM call_details d WHERE d.tenant_id = 1 AND d.turn_id IN " + counted + sqliteText
	}
	err = s.query(ctx, first+" ORDER BY r.start_time DESC, r.id, d.position LIMIT 20", args, func(rows *sql.Rows) error {
		h := &Hit{}
		hits = append(hits, h)
		return rows.Scan(&h.CallRecord.ID, sqliteAt(&h.CallRecord.StartTime), &h.Turn.Position, &h.Turn.Type, &h.Turn.Text)
	})
	if err == nil {
		err = s.query(ctx, count, args, func(rows *sql.Rows) error { return rows.Scan(&total) })
	}
	return hits, total, err
}
