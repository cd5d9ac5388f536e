package main

import (
	"strings"
	"testing"
)

// The operator finds devices by the filters, trusts them, and blocks them.
func TestDevices(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		n.passwordGiven()
		all := inJSON[[]deviceJSON](t, with("device", "list")...)
		if len(all) == 0 || all[0].Email != ownerEmail || all[0].Status != "active" {
			t.Fatalf("device list: %+v", all)
		}
		id := all[0].ID
		for filter, want := range map[string]int{
			"--status active": len(all), "--status revoked": 0, "--trust 3": 0, "--compromised yes": 0, "--compromised no": len(all), "--user " + ownerEmail: len(all),
			"--ip 127.0.0.0/8": len(all), "--ip 192.0.2.1": 0, "--not-used-since 2020-01-01": 0, "--used-since 2020-01-01 --sort oldest": len(all),
		} {
			if found := inJSON[[]deviceJSON](t, with(append([]string{"device", "list"}, strings.Fields(filter)...)...)...); len(found) != want {
				t.Errorf("device list %s: %d, want %d", filter, len(found), want)
			}
		}
		if out := ok(t, with("device", "list")...); !strings.Contains(out, id) || !strings.Contains(out, ownerEmail) {
			t.Errorf("device list: %s", out)
		}
		for _, tt := range []struct {
			act    []string
			status string
			level  int
		}{
			{[]string{"trust", id}, "active", 3}, {[]string{"level", id, "2"}, "active", 2}, {[]string{"suspend", id}, "suspended", 0}, {[]string{"resume", id}, "active", 2},
			{[]string{"flag", id, "--reason", "Left on the train"}, "active", 0}, {[]string{"clear", id}, "active", 1}, {[]string{"revoke", id}, "revoked", 0},
		} {
			d := inJSON[deviceJSON](t, with(append([]string{"device"}, tt.act...)...)...)
			if string(d.Status) != tt.status || int(d.TrustLevel) != tt.level || d.Compromised != (tt.act[0] == "flag") {
				t.Errorf("device %v: %+v", tt.act, d)
			}
		}
		if out := ok(t, with("device", "show", id)...); !strings.Contains(out, "status: revoked") || !strings.Contains(out, "sessions: 0") {
			t.Errorf("device show: %s", out)
		}
		for _, tt := range []struct{ command, says string }{
			{"device level " + id + " 4", "level"}, {"device show nowhere", "no device"}, {"device list --status gone", "status"}, {"device trust " + id, "removed"},
		} {
			if o := run(t, nil, with(append(strings.Fields(tt.command), "--json")...)...); o.code != 1 || o.out != "" || !strings.Contains(o.errors, tt.says) {
				t.Errorf("%s: %+v", tt.command, o)
			}
		}
	})
}
