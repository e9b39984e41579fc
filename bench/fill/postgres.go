package fill

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"callbook/db"
)

// postgres fills PostgreSQL by COPY, without checking foreign keys.
type postgres struct {
	conn *pgx.Conn
	postponed
}

func openPostgres(ctx context.Context, dsn string) (*postgres, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "SET session_replication_role = replica; SET synchronous_commit = off;"+
		" SET maintenance_work_mem = '512MB'")
	return &postgres{conn: conn}, err
}

func (p *postgres) hold(ctx context.Context, later []db.Migration) error {
	p.later = later
	if len(later) == 0 {
		return nil
	}
	if _, err := p.conn.Exec(ctx, fmt.Sprintf(held, ` COLLATE "C"`, "TIMESTAMPTZ", "")); err != nil {
		return err
	}
	for _, m := range later {
		if _, err := p.conn.Exec(ctx, "INSERT INTO schema_migrations VALUES ($1, $2, now())", m.Version, m.Name); err != nil {
			return err
		}
	}
	return nil
}

// begin drops all indexes but those of primary keys and other constraints.
func (p *postgres) begin(ctx context.Context) error {
	rows, err := p.conn.Query(ctx, `SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
		WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
		AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`)
	if err != nil {
		return err
	}
	var name, definition string
	var drops []string
	_, err = pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		drops, p.indexes = append(drops, "DROP INDEX "+name), append(p.indexes, definition)
		return nil
	})
	if err != nil || drops == nil {
		return err
	}
	_, err = p.conn.Exec(ctx, strings.Join(drops, ";"))
	return err
}

func (p *postgres) load(ctx context.Context, t table, done func(rows int)) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeCopy(writer, t.rows, done)) }()
	defer reader.Close()
	copyRows := fmt.Sprintf("COPY %s (%s) FROM STDIN", t.name, strings.Join(t.columns, ", "))
	_, err := p.conn.PgConn().CopyFrom(ctx, reader, copyRows)
	return err
}

// transcripts returns the rows of the index of transcripts.
func (p *postgres) transcripts(g rows) []table {
	entries := func(yield func(row) bool) {
		for t := range g.allTurns() {
			if !yield(row{1, t.record, t.position, t.tokens()}) {
				return
			}
		}
	}
	return []table{{"transcript_index", []string{"tenant_id", "call_record_id", "position", "tokens"}, g.Turns(), entries}}
}

func (p *postgres) finish(ctx context.Context) error {
	for _, definition := range p.indexes {
		if _, err := p.conn.Exec(ctx, definition); err != nil {
			return err
		}
	}
	if len(p.later) > 0 {
		if _, err := p.conn.Exec(ctx, "DELETE FROM schema_migrations WHERE version > $1", baseSchema); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) close() error { return p.conn.Close(context.Background()) }

// writeCopy writes rows in the text form of COPY.
func writeCopy(w io.Writer, rows iter.Seq[row], done func(rows int)) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	n := 0
	for r := range rows {
		line = line[:0]
		for i, value := range r {
			if i > 0 {
				line = append(line, '\t')
			}
			line = appendCopy(line, value)
		}
		if _, err := buffered.Write(append(line, '\n')); err != nil {
			return err
		}
		if n++; n%progressStep == 0 {
			done(n)
		}
	}
	done(n)
	return buffered.Flush()
}

var copyEscapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func appendCopy(line []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(line, `\N`...)
	case string:
		return append(line, copyEscapes.Replace(v)...)
	case raw:
		return append(line, copyEscapes.Replace(string(v))...)
	case time.Time:
		return v.AppendFormat(line, time.RFC3339)
	default:
		return fmt.Append(line, v)
	}
}
