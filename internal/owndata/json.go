package owndata

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// jsonVersion is that of the document. Fields may be added.
const jsonVersion = 1

// jsonWriter writes a copy for programs: one object, with a list for each part and an object for the
// account. Times are RFC 3339 in UTC.
type jsonWriter struct {
	to    *bufio.Writer
	alone bool // the part is one object and no list
	many  bool // the part has a record already
	open  bool // a part is open
	err   error
}

func (w *jsonWriter) text(parts ...string) {
	for _, p := range parts {
		if w.err == nil {
			_, w.err = io.WriteString(w.to, p)
		}
	}
}

func (w *jsonWriter) value(v any) {
	text, err := json.Marshal(v)
	if w.err == nil {
		w.err = err
	}
	w.text(string(text))
}

func (w *jsonWriter) begin(c *Copy) error {
	w.text("{\n\"format\": \"sallyport-own-data\",\n\"version\": ")
	w.value(jsonVersion)
	w.text(",\n\"madeAt\": ")
	w.value(c.at.UTC())
	w.text(",\n\"organisation\": ")
	w.value(map[string]string{"id": c.tenant.ID, "name": c.tenant.Name, "host": c.tenant.Host})
	w.text(",\n\"kept\": ")
	w.value(WhatStays(c.Words))
	return w.err
}

func (w *jsonWriter) part(p Part) error {
	w.close()
	w.alone, w.many, w.open = p.Alone, false, true
	w.text(",\n")
	w.value(p.Name)
	if w.text(": "); !p.Alone {
		w.text("[")
	}
	return w.err
}

func (w *jsonWriter) close() {
	switch {
	case !w.open:
	case w.alone && !w.many:
		w.text("null")
	case !w.alone:
		w.text("]")
	}
}

func (w *jsonWriter) record(r record) error {
	switch {
	case w.alone:
	case w.many:
		w.text(",\n")
	default:
		w.text("\n")
	}
	w.many = true
	for i, f := range r {
		if i == 0 {
			w.text("{")
		} else {
			w.text(", ")
		}
		w.value(f.name)
		w.text(": ")
		if at, ok := f.value.(time.Time); ok {
			f.value = at.UTC()
		}
		w.value(f.value)
	}
	if len(r) == 0 {
		w.text("{")
	}
	w.text("}")
	return w.err
}

func (w *jsonWriter) end() error {
	w.close()
	w.text("\n}\n")
	return w.err
}
