package main

import (
	"strings"
	"testing"
	"time"
)

// The operator reads the figures, and counts them anew while the service runs: they stay what they are.
func TestFigures(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		ok(t, with("user", "add", "bea@example.com", "--first-name", "Bea", "--print-password")...)
		type figures struct {
			Sessions, People, Users int64
			Counted                 float64
		}
		read := func() figures { return inJSON[figures](t, with("figures", "show")...) }
		before := read()
		for until := time.Now().Add(patience); before.Users < 2 && time.Now().Before(until); before = read() {
			time.Sleep(100 * time.Millisecond) // on PostgreSQL events wait for their places
		}
		if before.Users != 2 || before.Counted != 1 {
			t.Errorf("%+v", before)
		}
		if done := inJSON[struct{ Events int64 }](t, with("figures", "rebuild")...); done.Events < 4 {
			t.Errorf("%+v", done)
		}
		if after := read(); after != before {
			t.Errorf("counted anew: %+v, before: %+v", after, before)
		}
		if text := ok(t, with("figures", "show", "--range", "90d")...); !strings.Contains(text, "active people") || !strings.Contains(text, "locked accounts") {
			t.Error(text)
		}
		if o := run(t, nil, with("figures", "show", "--range", "century")...); o.code == 0 || !strings.Contains(o.errors, "24h, 7d, 30d or 90d") {
			t.Errorf("%+v", o)
		}
	})
}
