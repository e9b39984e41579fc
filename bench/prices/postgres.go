package prices

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
)

// PostgresSettings have a PostgreSQL server write what each statement did to its log, and do all the work of a
// statement in one process.
var PostgresSettings = map[string]string{
	"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
	"auto_explain.log_buffers": "on", "auto_explain.log_timing": "off", "auto_explain.log_format": "json",
	"max_parallel_workers_per_gather": "0", "jit": "off", "autovacuum": "off", "max_connections": "60",
	"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB",
}

// postgresWork reads what statements did from the log of a server with PostgresSettings, which nobody else may use.
type postgresWork struct {
	log *os.File
}

func newPostgresWork(logPath string) (*postgresWork, error) {
	log, err := os.Open(logPath)
	if err != nil {
		return nil, err
	}
	_, err = log.Seek(0, io.SeekEnd)
	return &postgresWork{log}, err
}

func (w *postgresWork) close() error { return w.log.Close() }

// explained is a statement's plan with what its steps did.
type explained struct {
	Plan planStep
}

type planStep struct {
	Type      string  `json:"Node Type"`
	Relation  string  `json:"Relation Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Filtered  float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Hit       int64   `json:"Shared Hit Blocks"`
	Read      int64   `json:"Shared Read Blocks"`
	Temp      int64   `json:"Temp Read Blocks"`
	Plans     []planStep
}

// rows returns the rows that a step and those below it read of tables and indexes.
func (s *planStep) rows() (n float64) {
	if s.Relation != "" {
		n = (s.Rows + s.Filtered + s.Rechecked) * s.Loops
	}
	for i := range s.Plans {
		n += s.Plans[i].rows()
	}
	return n
}

// read returns the rows and pages of the statements since the last call.
func (w *postgresWork) read() (sum Work, err error) {
	text, err := io.ReadAll(w.log)
	if err != nil {
		return sum, err
	}
	for message := range bytes.SplitSeq(text, []byte("  plan:\n")) {
		if !bytes.HasPrefix(message, []byte("\t")) {
			continue
		}
		var e explained
		if err := json.NewDecoder(strings.NewReader(string(message))).Decode(&e); err != nil {
			return sum, err
		}
		sum.Rows += int64(e.Plan.rows())
		sum.Pages += e.Plan.Hit + e.Plan.Read + e.Plan.Temp
	}
	return sum, nil
}
