package hand

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"callbook/text"
)

// write runs prepared statements in a transaction of the writing connection.
func (s *SQLite) write(ctx context.Context, run func(*sqliteTx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := run(&sqliteTx{s, tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// sqliteTx is a transaction whose statements are prepared.
type sqliteTx struct {
	store *SQLite
	tx    *sql.Tx
}

// exec runs a statement and returns how many rows it changed.
func (t *sqliteTx) exec(ctx context.Context, statement string, args ...any) (int, error) {
	p, err := t.store.prepareWrite(statement)
	if err != nil {
		return 0, err
	}
	done, err := t.tx.StmtContext(ctx, p).ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// row reads one row, and reports whether there is one.
func (t *sqliteTx) row(ctx context.Context, statement string, arg any, into ...any) (found bool, err error) {
	p, err := t.store.prepareWrite(statement)
	if err != nil {
		return false, err
	}
	err = t.tx.StmtContext(ctx, p).QueryRowContext(ctx, arg).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

var sqliteInsert = "INSERT INTO calls (" + insertColumns + ") VALUES (1, ?, 1" + strings.Repeat(", ?", 17) + ")"

func sqliteCallArgs(c *Call) []any {
	return []any{
		c.ID, c.Name, text.FoldColumn(c.Name), c.Subject, text.FoldColumn(c.Subject), c.CallType, c.OutgoingCallStatus,
		sqliteTimeText(c.CallStartTime), c.CallDurationInSeconds, c.CallPurpose, c.DialledNumber,
		text.FoldColumn(c.DialledNumber), c.OwnerID, c.OwnerType, c.CreatedBy, sqliteTimeText(&c.CreatedAt), c.UpdatedBy,
		sqliteTimeText(&c.UpdatedAt),
	}
}

// prepareWrite prepares a statement on the writing connection, outside of transactions: it has been used before or is
// prepared when the store is opened.
func (s *SQLite) prepareWrite(statement string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.prepared[statement]; p != nil {
		return p, nil
	}
	return nil, errors.New("hand: the statement was not prepared: " + statement)
}

// The statements that write.
const (
	sqliteSubject = "UPDATE calls SET subject = ?, subject_fold = ?, version = version + 1, updated_by = ?," +
		" updated_at = ? WHERE tenant_id = 1 AND id = ?"
	sqliteOld     = "SELECT version, subject FROM calls WHERE tenant_id = 1 AND id = ?"
	sqliteHistory = "INSERT INTO call_history (tenant_id, call_id, version, operation, changed_by, changed_at, changes)" +
		" VALUES (1, ?, ?, ?, ?, ?, ?)"
	sqliteTag     = "INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING"
	sqliteVersion = "UPDATE calls SET version = version + 1, updated_by = ?, updated_at = ? WHERE tenant_id = 1" +
		" AND id = ? RETURNING version, (SELECT json_group_array(tag) FROM call_tags" +
		" WHERE tenant_id = 1 AND call_id = calls.id)"
	sqliteCustomer = "INSERT INTO customer_persons (tenant_id, id, name, phone_number, phone_digits," +
		" last_call_record_id, last_start_time, last_chat_duration, last_intent_level, last_dial_status, created_by," +
		" updated_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, id) DO UPDATE SET" +
		" name = excluded.name, phone_number = excluded.phone_number, phone_digits = excluded.phone_digits," +
		" last_call_record_id = excluded.last_call_record_id, last_start_time = excluded.last_start_time," +
		" last_chat_duration = excluded.last_chat_duration, last_intent_level = excluded.last_intent_level," +
		" last_dial_status = excluded.last_dial_status, updated_at = excluded.updated_at" +
		" WHERE last_start_time IS NULL OR last_start_time <= excluded.last_start_time"
	sqliteIndex = "INSERT INTO transcript_index (rowid, tokens) VALUES (?, ?)"
)

func insertStatement(table string, columns []string) string {
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" +
		strings.Repeat(", ?", len(columns)-1) + ")"
}

var (
	sqliteDelivery = insertStatement("call_records", deliveryColumns)
	sqliteTurn     = insertStatement("call_details", turnColumns)
)

// prepareWrites prepares what writes.
func (s *SQLite) prepareWrites() error {
	for _, statement := range []string{
		sqliteInsert, sqliteSubject, sqliteOld, sqliteHistory, sqliteTag, sqliteVersion, sqliteCustomer, sqliteIndex,
		sqliteDelivery, sqliteTurn,
	} {
		if _, err := s.prepare(s.writer, statement); err != nil {
			return err
		}
	}
	return nil
}

// CreateCall writes a call in one statement, without a transaction of more.
func (s *SQLite) CreateCall(ctx context.Context, c *Call) error {
	p, err := s.prepareWrite(sqliteInsert)
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx, sqliteCallArgs(c)...)
	return err
}

// changeOf returns the history's text of a field's change.
func changeOf(field string, from, to any) (string, error) {
	text, err := json.Marshal([]object{{"field": field, "from": from, "to": to}})
	return string(text), err
}

// SaveCalls creates calls, or changes the subject of those that are there.
func (s *SQLite) SaveCalls(ctx context.Context, calls []*Call, now time.Time) (created, updated int, err error) {
	err = s.write(ctx, func(t *sqliteTx) error {
		for _, c := range calls {
			var version int
			var before *string
			found, err := t.row(ctx, sqliteOld, c.ID, &version, &before)
			if err != nil {
				return err
			}
			if !found {
				c.stamp(now)
				if _, err := t.exec(ctx, sqliteInsert, sqliteCallArgs(c)...); err != nil {
					return err
				}
				created++
				continue
			}
			changes, err := changeOf("subject", before, c.Subject)
			if err != nil {
				return err
			}
			at := sqliteTimeText(&now)
			if _, err := t.exec(ctx, sqliteSubject, c.Subject, text.FoldColumn(c.Subject), by, at, c.ID); err != nil {
				return err
			}
			if _, err := t.exec(ctx, sqliteHistory, c.ID, version+1, "load", by, at, changes); err != nil {
				return err
			}
			updated++
		}
		return nil
	})
	return created, updated, err
}

// AddTag gives calls a tag.
func (s *SQLite) AddTag(ctx context.Context, ids []string, tag string, now time.Time) (written int, err error) {
	at := sqliteTimeText(&now)
	err = s.write(ctx, func(t *sqliteTx) error {
		for _, id := range ids {
			if n, err := t.exec(ctx, sqliteTag, id, tag, text.FoldColumn(&tag)); err != nil || n == 0 {
				return err
			}
			written++
			if err := t.noteTag(ctx, id, tag, at); err != nil {
				return err
			}
		}
		return nil
	})
	return written, err
}

// noteTag gives a call a version and a history entry for a tag that it got.
func (t *sqliteTx) noteTag(ctx context.Context, id, tag string, at any) error {
	p, err := t.store.prepareWrite(sqliteVersion)
	if err != nil {
		return err
	}
	var version int
	var list string
	if err := t.tx.StmtContext(ctx, p).QueryRowContext(ctx, by, at, id).Scan(&version, &list); err != nil {
		return err
	}
	var after []string
	if err := json.Unmarshal([]byte(list), &after); err != nil {
		return err
	}
	slices.Sort(after)
	before := slices.DeleteFunc(slices.Clone(after), func(s string) bool { return s == tag })
	changes, err := changeOf("tags", before, after)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, sqliteHistory, id, version, "addCallTags", by, at, changes)
	return err
}

// SaveRecords notes the customers' latest calls, and writes records, turns and the index.
func (s *SQLite) SaveRecords(ctx context.Context, records []*Delivery, now time.Time) error {
	return s.write(ctx, func(t *sqliteTx) error {
		for _, r := range records {
			person := r.CustomerPerson
			_, err := t.exec(ctx, sqliteCustomer, person.ID, person.Name, person.PhoneNumber,
				text.PhoneDigits(person.PhoneNumber), r.ID, sqliteTimeText(r.StartTime), r.ChatDuration, r.IntentLevel,
				r.ResultStatus, by, sqliteTimeText(&now))
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, sqliteDelivery, sqliteArgs(r.row(now))...); err != nil {
				return err
			}
			for _, turn := range r.Details {
				row := r.turnRow(turn)
				if _, err := t.exec(ctx, sqliteTurn, row...); err != nil {
					return err
				}
				if _, err := t.exec(ctx, sqliteIndex, row[7], text.SearchText(sqliteTenant, text.Fold(turn.Text))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// sqliteArgs returns values with times as they are stored.
func sqliteArgs(row []any) []any {
	for i, value := range row {
		switch at := value.(type) {
		case time.Time:
			row[i] = sqliteTimeText(&at)
		case *time.Time:
			row[i] = sqliteTimeText(at)
		}
	}
	return row
}
