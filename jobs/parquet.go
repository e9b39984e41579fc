package jobs

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"callbook/db"
)

// maxRowGroupBytes is how many bytes of values the writer of Parquet holds before it writes them: a group of rows.
const maxRowGroupBytes = 16 << 20

// parquetRows writes an Apache Parquet file: whole numbers, also those that are keys, as INT64, instants in
// microseconds of UTC, tags as lists of texts, other lists as JSON.
type parquetRows struct {
	out     *parquet.GenericWriter[any]
	columns []db.ExportColumn
	row     parquet.Row
	held    int // bytes of values
}

func newParquetRows(w io.Writer, columns []db.ExportColumn) *parquetRows {
	fields := make([]reflect.StructField, len(columns))
	for i, column := range columns {
		ofType, options := parquetType(column.Kind)
		fields[i] = reflect.StructField{Name: "F" + strconv.Itoa(i), Type: ofType,
			Tag: reflect.StructTag(fmt.Sprintf(`parquet:"%s,%s"`, column.Field, options))}
	}
	schema := parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
	var codec compress.Codec = &zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}
	return &parquetRows{out: parquet.NewGenericWriter[any](w, schema, parquet.Compression(codec),
		parquet.CreatedBy("Callbook", "", "")), columns: columns}
}

// parquetType returns the Go type of the values of a kind, and the options of its column. The field of a struct alone
// gives columns an order: other groups are sorted by name.
func parquetType(kind db.ValueKind) (ofType reflect.Type, options string) {
	switch kind {
	case db.NumberValue, db.KeyValue:
		return reflect.TypeFor[*int64](), "optional"
	case db.BoolValue:
		return reflect.TypeFor[*bool](), "optional"
	case db.TimeValue:
		return reflect.TypeFor[*time.Time](), "optional,timestamp(microsecond)"
	case db.TagsValue:
		return reflect.TypeFor[[]string](), "list"
	case db.JSONValue:
		return reflect.TypeFor[*string](), "optional,json"
	}
	return reflect.TypeFor[*string](), "optional"
}

// WriteHeader writes nothing: the names of the columns stand at the end.
func (p *parquetRows) WriteHeader() error { return nil }

// WriteRow adds a row to the group under way.
func (p *parquetRows) WriteRow(_ *db.ExportTable, cells []db.Cell) (rows int64, err error) {
	p.row = p.row[:0]
	for i := range cells {
		if err := p.add(i, &cells[i]); err != nil {
			return 0, fmt.Errorf("jobs: Parquet: %s: %w", p.columns[i].Field, err)
		}
	}
	if _, err := p.out.WriteRows([]parquet.Row{p.row}); err != nil {
		return 0, err
	}
	if p.held < maxRowGroupBytes {
		return 1, nil
	}
	p.held = 0
	return 1, p.out.Flush()
}

// add adds the values of a cell to the row. The writer copies them.
func (p *parquetRows) add(column int, cell *db.Cell) error {
	p.held += len(cell.Text) + 16
	kind := p.columns[column].Kind
	if kind == db.TagsValue {
		p.addTags(column, cell.Text)
		return nil
	}
	if cell.IsNull {
		p.row = append(p.row, parquet.NullValue().Level(0, 0, column))
		return nil
	}
	value, err := parquetValue(kind, cell)
	p.row = append(p.row, value.Level(0, 1, column))
	return err
}

func parquetValue(kind db.ValueKind, cell *db.Cell) (parquet.Value, error) {
	switch kind {
	case db.NumberValue, db.KeyValue:
		n, err := strconv.ParseInt(string(cell.Text), 10, 64)
		return parquet.Int64Value(n), err
	case db.BoolValue:
		return parquet.BooleanValue(string(cell.Text) == "true"), nil
	case db.TimeValue:
		return parquet.Int64Value(cell.Micros), nil
	case db.DurationValue:
		return parquet.ByteArrayValue(appendDuration(nil, cell.Text)), nil
	}
	return parquet.ByteArrayValue(cell.Text), nil
}

// addTags adds tags as the values of a list, which is empty where there are none.
func (p *parquetRows) addTags(column int, tags []byte) {
	if len(tags) == 0 {
		p.row = append(p.row, parquet.NullValue().Level(0, 0, column))
		return
	}
	repetition := 0
	for tag := range splitTags(tags) {
		p.row = append(p.row, parquet.ByteArrayValue(tag).Level(repetition, 1, column))
		repetition = 1
	}
}

// Close writes the last group, and what lists the columns.
func (p *parquetRows) Close() error { return p.out.Close() }
