package search

import (
	"errors"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// source is one list that a timeline is merged from, the newest first.
type source struct {
	table   *list.Table
	filters url.Values
	read    func(list.Query) ([]Entry, string, error) // entries with neither event nor attempt are passed over

	at   string // cursor of what is not told yet; "" for the beginning, over for the end
	rows []Entry
	next string
	told int // of rows
}

// over is the cursor of a source that is told to its end.
const over = "-"

// merged returns the entries of all sources from a cursor on, and the cursor of what comes after
// them. It has a place in each source, so that nothing is told twice or left out, however much
// happened in the same moment.
func merged(sources []*source, cursor string) (out []Entry, next string, err error) {
	places := strings.Split(cursor, ".")
	if cursor != "" && len(places) != len(sources) {
		return nil, "", sallyport.Invalid(sallyport.FieldError(*list.ErrCursor))
	}
	for i, s := range sources {
		if cursor != "" {
			s.at = places[i]
		}
		s.told = 0
		if s.rows, s.next, err = s.from(entries); err != nil {
			return nil, "", err
		}
	}
	for len(out) < entries {
		s := newest(sources)
		if s == nil {
			break
		}
		e := s.rows[s.told]
		s.told++
		if e.Event != nil || e.Attempt != nil {
			out = append(out, e)
		}
		if s.told == len(s.rows) && s.next != "" {
			break // what comes next in this source is not known yet
		}
	}
	rest := false
	for i, s := range sources {
		if err := s.advance(); err != nil {
			return nil, "", err
		}
		rest = rest || s.at != over
		if i > 0 {
			next += "."
		}
		next += s.at
	}
	if !rest {
		next = ""
	}
	return out, next, nil
}

// newest returns the source whose next entry is the newest; nil when all are told.
func newest(sources []*source) (first *source) {
	for _, s := range sources {
		if s.told < len(s.rows) && (first == nil || s.rows[s.told].after(first.rows[first.told])) {
			first = s
		}
	}
	return first
}

// after reports whether an entry is newer than another. Of one moment, the attempt comes before what
// it led to, such as a lock.
func (e Entry) after(other Entry) bool {
	return e.At.After(other.At) || e.At.Equal(other.At) && e.Attempt == nil && other.Attempt != nil
}

// from reads up to limit entries from the place on.
func (s *source) from(limit int) ([]Entry, string, error) {
	if s.at == over {
		return nil, "", nil
	}
	values := url.Values{"sort": {"newest"}}
	for name, given := range s.filters {
		values[name] = given
	}
	if s.at != "" {
		values.Set("cursor", s.at)
	}
	q, err := s.table.Parse(values)
	if err != nil {
		return nil, "", refused(err)
	}
	q.Limit = limit
	return s.read(q)
}

// refused returns CodeInvalid with what a list does not accept.
func refused(err error) error {
	var all list.Refused
	if !errors.As(err, &all) {
		return err
	}
	fields := make([]sallyport.FieldError, len(all))
	for i, w := range all {
		fields[i] = sallyport.FieldError(*w)
	}
	return sallyport.Invalid(fields...)
}

// advance moves the place behind what was told.
func (s *source) advance() (err error) {
	switch {
	case s.told == len(s.rows) && s.next == "":
		s.at = over
	case s.told == len(s.rows):
		s.at = s.next
	case s.told > 0:
		_, s.at, err = s.from(s.told) // a page of what was told ends where the next one begins
	}
	return err
}
