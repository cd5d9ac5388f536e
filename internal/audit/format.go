package audit

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/line"
)

// Format is how the events of an export are written.
type Format string

// Formats.
const (
	NDJSON Format = "ndjson" // a line of JSON for each event
	CSV    Format = "csv"    // a table, for spreadsheets
)

// eventWriter writes events in a format.
type eventWriter interface {
	write(exported) error
	end() error
}

// eventReader reads events as a writer wrote them; io.EOF at the end. An error says what is wrong
// with the event.
type eventReader interface {
	read() (exported, error)
}

// formats has what reads and writes each format, and the name of its file.
var formats = map[Format]struct {
	file   string
	writer func(io.Writer) eventWriter
	reader func(io.Reader) eventReader
}{
	NDJSON: {"events.ndjson", func(w io.Writer) eventWriter { return lineWriter{w} }, newLineReader},
	CSV:    {"events.csv", newTableWriter, newTableReader},
}

// longestLine is that of an event in an export, in bytes.
const longestLine = 4 << 20

type lineWriter struct{ to io.Writer }

func (w lineWriter) write(x exported) error {
	_, err := w.to.Write(Line(x.position, x.body, x.personal))
	return err
}

func (w lineWriter) end() error { return nil }

type lineReader struct{ lines *bufio.Reader }

func newLineReader(r io.Reader) eventReader { return lineReader{bufio.NewReaderSize(r, longestLine)} }

func (r lineReader) read() (exported, error) {
	line, err := r.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		return exported{}, io.EOF
	case errors.Is(err, bufio.ErrBufferFull):
		return exported{}, errors.New("it is too long")
	case errors.Is(err, io.EOF):
		return exported{}, errors.New("its line does not end")
	case err != nil:
		return exported{}, err
	}
	return parseLine(line)
}

// tableColumns are those of the CSV form. The last two are the event; the others say what is in it.
var tableColumns = []string{"position", "time", "kind", "id", "actorType", "actorId", "userId", "sessionId", "targetId", "ipAddress", "device", "place", "details", "leaf", "personal"}

// tableWriter writes the CSV form.
type tableWriter struct{ out *csv.Writer }

func newTableWriter(w io.Writer) eventWriter {
	t := tableWriter{csv.NewWriter(w)}
	t.out.Write(tableColumns) //nolint:errcheck // the next write returns it too
	return t
}

func (w tableWriter) write(x exported) error {
	row, err := tableRow(x)
	if err != nil {
		return err
	}
	return w.out.Write(row)
}

func (w tableWriter) end() error {
	w.out.Flush()
	return w.out.Error()
}

// tableRow returns an event as a row.
func tableRow(x exported) ([]string, error) {
	l, p, err := parse(storeRow(x))
	if err != nil {
		return nil, err
	}
	data := map[string]string{}
	for _, some := range []map[string]string{l.Data, p.Data} {
		for name, v := range some {
			data[name] = v
		}
	}
	details, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	row := []string{
		strconv.FormatInt(x.position, 10), l.CreatedAt.Format(time.RFC3339Nano), l.Kind, l.ID, string(l.ActorType), l.ActorID, l.UserID, l.SessionID, l.TargetID,
		p.IPAddress, "", "", string(details), x.body, x.personal,
	}
	if d := p.Device; d != nil {
		row[10] = strings.TrimSpace(strings.Join([]string{d.Browser, d.BrowserVersion, d.OS, d.OSVersion, d.Model}, " "))
	}
	if at := p.Location; at != nil {
		row[11] = strings.TrimPrefix(strings.Join([]string{at.City, at.Country}, ", "), ", ")
	}
	for i, text := range row {
		row[i] = line.Cell(text)
	}
	return row, nil
}

// tableReader reads the CSV form, and accepts only what tableWriter writes.
type tableReader struct {
	in     *csv.Reader
	raw    *taken
	header bool
}

// taken keeps the bytes that a reader was given and that were not compared yet.
type taken struct {
	from    io.Reader
	pending []byte
	at      int64 // offset of the first pending byte
}

func (t *taken) Read(b []byte) (int, error) {
	n, err := t.from.Read(b)
	t.pending = append(t.pending, b[:n]...)
	return n, err
}

func newTableReader(r io.Reader) eventReader {
	raw := &taken{from: r}
	in := csv.NewReader(raw)
	in.ReuseRecord, in.FieldsPerRecord = true, len(tableColumns)
	return &tableReader{in: in, raw: raw}
}

func (r *tableReader) read() (x exported, err error) {
	if !r.header {
		r.header = true
		if row, err := r.in.Read(); err != nil || !slices.Equal(row, tableColumns) || !r.wrote(tableColumns) {
			return x, errors.New("the table does not begin with the names of its columns")
		}
	}
	row, err := r.in.Read()
	if errors.Is(err, io.EOF) {
		if len(r.raw.pending) > 0 {
			return x, errors.New("something stands behind it")
		}
		return x, io.EOF
	}
	if err != nil {
		return x, fmt.Errorf("it is not a row of the table: %w", err)
	}
	if x.position, err = strconv.ParseInt(row[0], 10, 64); err != nil {
		return x, errors.New("it has no position")
	}
	x.body, x.personal = row[len(row)-2], row[len(row)-1]
	want, err := tableRow(x)
	if err != nil {
		return x, err
	}
	if !r.wrote(want) {
		return x, errors.New("its columns say something else than its text")
	}
	return x, nil
}

// wrote reports whether the bytes of the row that was just read are those that a writer makes of it.
func (r *tableReader) wrote(row []string) bool {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if w.Write(row) != nil {
		return false
	}
	w.Flush()
	end := r.in.InputOffset() - r.raw.at
	same := end <= int64(len(r.raw.pending)) && string(r.raw.pending[:end]) == b.String()
	r.raw.pending, r.raw.at = append(r.raw.pending[:0], r.raw.pending[min(end, int64(len(r.raw.pending))):]...), r.raw.at+end
	return same
}
