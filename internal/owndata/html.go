package owndata

import (
	"bufio"
	_ "embed"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/message"
)

//go:embed copy.html
var copyHTML string

var pieces = template.Must(template.New("copy").Parse(copyHTML))

// htmlWriter writes a copy to read: one file without scripts, which loads nothing and can be printed.
type htmlWriter struct {
	to     *bufio.Writer
	copy   *Copy
	inside bool // a part is open
	alone  bool
}

type heading struct{ ID, Title string }

func (w *htmlWriter) titles() (all []heading) {
	for _, p := range Parts {
		all = append(all, heading{p.Name, w.copy.Words.T("copy.part." + p.Name)})
	}
	return all
}

func (w *htmlWriter) begin(c *Copy) error {
	words := c.Words
	return pieces.ExecuteTemplate(w.to, "begin", struct {
		Lang, Dir, Title, Lead, Contents string
		Parts                            []heading
	}{
		words.Lang(), words.Dir(), words.T("copy.title", "Organisation", c.tenant.Name),
		words.T("copy.lead", "Email", c.user.Email, "Time", words.Exact(c.at, c.Zone)), words.T("copy.contents"), w.titles(),
	})
}

func (w *htmlWriter) part(p Part) error {
	words := w.copy.Words
	after := w.inside
	w.inside, w.alone = true, p.Alone
	return pieces.ExecuteTemplate(w.to, "part", struct {
		After           bool
		ID, Title, None string
	}{after, p.Name, words.T("copy.part." + p.Name), words.T("copy.none")})
}

// line is one fact of a record.
type line struct{ Label, Value string }

func (w *htmlWriter) record(r record) error {
	view := struct {
		Title   string
		Picture template.URL
		Fields  []line
	}{}
	for i, f := range r {
		value := w.say(f)
		switch {
		case f.name == "data": // a picture that this service made, as base64: nothing in it is text of anybody
			view.Picture = template.URL("data:" + w.say(r[0]) + ";base64," + value) //nolint:gosec // see above
		case i == 0 && !w.alone:
			view.Title = value
		default:
			view.Fields = append(view.Fields, line{w.copy.Words.T("copy.field." + f.name), value})
		}
	}
	return pieces.ExecuteTemplate(w.to, "record", view)
}

func (w *htmlWriter) end() error {
	words := w.copy.Words
	return pieces.ExecuteTemplate(w.to, "end", struct {
		None, Title string
		Kept        []string
	}{words.T("copy.none"), words.T("copy.kept"), WhatStays(words)})
}

// said are the families of texts for values of fields that have a name of their own.
var families = map[string]string{"status": "status.", "role": "role.", "method": "method.", "secondFactor": "strength."}

// say writes a value for people.
func (w *htmlWriter) say(f field) string {
	words := w.copy.Words
	switch v := f.value.(type) {
	case time.Time:
		return words.Exact(v, w.copy.Zone)
	case bool:
		if v {
			return words.T("copy.yes")
		}
		return words.T("copy.no")
	case int:
		return words.Number(v)
	case int64:
		return words.Number(int(v))
	case country:
		return words.Country(string(v))
	case kind:
		return known(words, "event.", string(v))
	case []string:
		return strings.Join(v, ", ")
	case map[string]string:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, name+": "+v[name])
		}
		return strings.Join(all, "; ")
	case string:
		return known(words, families[f.name], v)
	}
	return strconv.Quote(f.name) // a type that no part has
}

// known returns the text of a value in a family; the value itself where it has none.
func known(words *message.Printer, family, value string) string {
	if family == "" || !words.Has(family+value) {
		return value
	}
	return words.T(family + value)
}
