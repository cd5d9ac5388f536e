package main

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

// Every log line has a text that is known beforehand, and fields of the table; every row of
// the table is a field of some line.
func TestLogLines(t *testing.T) {
	lines, err := logLines(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, l := range lines {
		if l.message == "?" {
			t.Errorf("a line of %s has a text that is made when it is run", l.from)
		}
		for _, f := range l.fields {
			used[f] = true
			if !slices.ContainsFunc(logFields, func(row logField) bool { return row.name == f }) {
				t.Errorf("%q of %s has the field %q: say in logFields what it holds", l.message, l.from, f)
			}
		}
	}
	for _, f := range logFields {
		if !used[f.name] {
			t.Errorf("no line has the field %s", f.name)
		}
	}
	if len(lines) < 25 {
		t.Errorf("%d lines only", len(lines))
	}
}

func TestLogLinesFinds(t *testing.T) {
	const source = `package p
func f() {
	log := w.Log.With("channel", c)
	log.ErrorContext(ctx, "given up", "row", r)
	slog.Info("plain")
	s.config.Log.LogAttrs(ctx, slog.LevelWarn, "request", slog.Int("status", 1), slog.String("ip", ip))
	t.Error("not a line")
}
func g() { log.Debug(made(), "x", 1) }
`
	lines, err := logLines(fstest.MapFS{"internal/p/p.go": {Data: []byte(source)}})
	if err != nil {
		t.Fatal(err)
	}
	want := []logLine{
		{"Error", "given up", "p", []string{"channel", "row"}}, {"Warn", "request", "p", []string{"status", "ip"}},
		{"Info", "plain", "p", nil}, {"Debug", "?", "p", []string{"x"}},
	}
	if !slices.EqualFunc(lines, want, func(a, b logLine) bool {
		return a.level == b.level && a.message == b.message && a.from == b.from && slices.Equal(a.fields, b.fields)
	}) {
		t.Errorf("found %+v", lines)
	}
}
