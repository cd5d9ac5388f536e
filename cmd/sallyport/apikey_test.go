package main

import (
	"strings"
	"testing"
)

// The operator makes a service account with a key, which opens the API, replaces and revokes it; and
// lets a service ask.
func TestAPIKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		account := inJSON[serviceJSON](t, with("apikey", "service", "add", "Backups", "--role", "admin")...)
		if account.Name != "Backups" || account.Status != "service" || account.OwnedBy != "admin" {
			t.Errorf("%+v", account)
		}
		key := inJSON[apiKeyJSON](t, with("apikey", "add", "backups", "Nightly", "--permissions", "users.view,sessions.view", "--expires-in", "24h")...)
		if !strings.HasPrefix(key.Secret, "spk_") || key.Status != "active" || key.ExpiresAt.IsZero() || len(key.Permissions) != 2 {
			t.Errorf("%+v", key)
		}
		status := func(secret string) int {
			t.Helper()
			code, _ := n.send("GET", "/api/v1/users", "", "", map[string]string{"Authorization": "Bearer " + secret})
			return code
		}
		if got := status(key.Secret); got != 200 {
			t.Errorf("with the key: %d", got)
		}
		second := inJSON[apiKeyJSON](t, with("apikey", "rotate", key.ID, "--overlap", "1h")...)
		if status(key.Secret) != 200 || status(second.Secret) != 200 {
			t.Error("in the overlap")
		}
		if out := ok(t, with("apikey", "list", "--user", "Backups")...); !strings.Contains(out, "Nightly") || !strings.Contains(out, "users.view") || strings.Contains(out, second.Secret) {
			t.Errorf("apikey list: %s", out)
		}
		if out := ok(t, with("apikey", "revoke", key.ID)...); !strings.Contains(out, "Nightly") || status(second.Secret) != 401 {
			t.Errorf("apikey revoke: %s", out)
		}
		for filter, want := range map[string]int{"--status revoked": 1, "--status active": 0, "--user backups": 1, "--user " + ownerEmail: 0} {
			if found := inJSON[[]apiKeyJSON](t, with(append([]string{"apikey", "list"}, strings.Fields(filter)...)...)...); len(found) != want {
				t.Errorf("apikey list %s: %d, want %d", filter, len(found), want)
			}
		}
		if out := ok(t, with("apikey", "service", "list")...); !strings.Contains(out, "Backups") {
			t.Errorf("apikey service list: %s", out)
		}

		shop := inJSON[clientJSON](t, with("apikey", "client", "add", "Shop")...)
		again := inJSON[clientJSON](t, with("apikey", "client", "rotate", shop.ID)...)
		if !strings.HasPrefix(shop.Secret, "spc_") || again.Secret == shop.Secret || again.ID != shop.ID {
			t.Errorf("%+v %+v", shop, again)
		}
		if out := ok(t, with("apikey", "client", "list")...); !strings.Contains(out, "Shop") {
			t.Errorf("apikey client list: %s", out)
		}
		ok(t, with("apikey", "client", "delete", shop.ID)...)
		for _, tt := range []struct{ command, says string }{
			{"apikey add nobody Nightly", "no service account"}, {"apikey revoke none", "none"}, {"apikey client delete " + shop.ID, shop.ID},
			{"apikey add backups Nightly --permissions fly", "permissions"}, {"apikey list --status gone", "status"}, {"apikey rotate " + key.ID + " --overlap 5h", "overlap"},
		} {
			if o := run(t, nil, with(append(strings.Fields(tt.command), "--json")...)...); o.code != 1 || o.out != "" || !strings.Contains(o.errors, tt.says) {
				t.Errorf("%s: %+v", tt.command, o)
			}
		}
	})
}
