package main

import (
	"strings"
	"testing"
)

// The operator finds sessions and does to them what admins do.
func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		const bea = "bea@example.com"
		added := inJSON[map[string]any](t, with("user", "add", bea)...)
		n.join(added["link"].(string))
		for range 2 {
			_, flow := n.api("/sign-in", map[string]string{"email": bea, "client": "native"}, nil)
			for _, step := range []struct {
				path   string
				fields any
			}{{"/password", map[string]any{"password": goodPassword}}, {"/device", map[string]any{"trust": false}}} {
				status, next := n.api("/sign-in/"+flow["flowId"].(string)+step.path, step.fields, map[string]string{"Sallyport-Flow": flow["flowToken"].(string)})
				if status != 200 {
					t.Fatalf("%s: %d, %v", step.path, status, next)
				}
				if flow["flowToken"] = next["flowToken"]; next["next"] == "done" {
					break
				}
			}
		}
		inJSON[map[string]any](t, with("group", "add", "Crew")...)
		ok(t, with("group", "join", "Crew", bea)...)
		hers := inJSON[[]sessionJSON](t, with("session", "list", "--user", bea, "--status", "active")...)
		if len(hers) != 2 || hers[0].Email != bea || hers[0].CreatedAt.Before(hers[1].CreatedAt) {
			t.Fatalf("session list: %+v", hers)
		}
		for filter, want := range map[string]int{
			"--group crew": 2, "--group crew --limit 1": 1, "--ip 127.0.0.0/8 --user " + bea: 2, "--ip 192.0.2.1": 0, "--device-type mobile": 0,
			"--to 2020-01-01": 0, "--from 2020-01-01 --sort used --group crew": 2, "--device " + hers[0].ID: 0,
		} {
			if got := inJSON[[]sessionJSON](t, with(append([]string{"session", "list"}, strings.Fields(filter)...)...)...); len(got) != want {
				t.Errorf("session list %s: %d, want %d", filter, len(got), want)
			}
		}
		id := hers[0].ID
		for _, tt := range []struct{ command, status string }{{"suspend", "suspended"}, {"resume", "active"}, {"extend", "active"}, {"revoke", "revoked"}, {"show", "revoked"}, {"terminate", "revoked"}} {
			if s := inJSON[sessionJSON](t, with("session", tt.command, id)...); string(s.Status) != tt.status || s.ID != id || s.Email != bea {
				t.Errorf("session %s: %+v", tt.command, s)
			}
		}
		if text := ok(t, with("session", "show", id)...); !strings.Contains(text, "by operator: revoked by admin") {
			t.Errorf("session show: %s", text)
		}
		if text := ok(t, with("session", "extend", hers[1].ID)...); !strings.Contains(text, bea+" is active, until ") {
			t.Errorf("session extend: %s", text)
		}
		if text := ok(t, with("session", "list", "--user", bea)...); strings.Count(text, bea) != 2 {
			t.Errorf("session list: %s", text)
		}
		for _, tt := range []struct{ command, says string }{
			{"session resume " + id, "session ended"}, {"session show nothing", "no such session"}, {"session terminate nothing", "no such session"},
			{"session list --ip nowhere", "ip"}, {"session list --user nobody@example.com", "no user"}, {"session list --group nobody", "no group"},
		} {
			if o := run(t, nil, with(append(strings.Fields(tt.command), "--json")...)...); o.code != 1 || !strings.Contains(o.errors, tt.says) {
				t.Errorf("%s: %+v", tt.command, o)
			}
		}
	})
}
