package main

import (
	"encoding/json"
	"path"
	"strings"
	"testing"
	"time"
)

// inJSON runs a command with --json: all that it prints is one value.
func inJSON[T any](t *testing.T, args ...string) (v T) {
	t.Helper()
	out := ok(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return v
}

// join accepts an invitation by its link, with a good password.
func (n *node) join(link string) {
	n.t.Helper()
	status, out := n.api("/accept-invitation", map[string]string{"token": path.Base(link), "password": goodPassword, "firstName": "Bea", "lastName": ""}, nil)
	if status != 204 && status != 200 {
		n.t.Fatalf("accepting %s: %d %v", link, status, out)
	}
}

// The operator makes roles and groups, gives roles, and helps who is shut out.
func TestPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		const bea = "bea@example.com"
		added := inJSON[map[string]any](t, with("user", "add", bea, "--first-name", "Bea")...)
		if added["email"] != bea || added["role"] != "member" || added["status"] != "invited" || added["password"] != nil {
			t.Errorf("user add: %v", added)
		}
		n.join(added["link"].(string))
		if n.signIn(bea, goodPassword) != 200 {
			t.Error("the password that was chosen by the link does not open")
		}
		handed := inJSON[map[string]any](t, with("user", "add", "handed@example.com", "--print-password")...)
		_, flow := n.api("/sign-in", map[string]string{"email": "handed@example.com", "client": "native"}, nil)
		_, next := n.api("/sign-in/"+flow["flowId"].(string)+"/password", map[string]any{"password": handed["password"]}, map[string]string{"Sallyport-Flow": flow["flowToken"].(string)})
		if until, err := time.Parse(time.RFC3339Nano, handed["expiresAt"].(string)); next["next"] == "done" || next["next"] == nil || err != nil || time.Until(until) > 24*time.Hour {
			t.Errorf("a printed password: %v, then %v", handed, next)
		}
		ok(t, with("user", "disable", "handed@example.com")...)
		helpers := inJSON[roleJSON](t, with("role", "add", "Helpers", "--permissions", "users.view,users.manage")...)
		if roles := inJSON[[]roleJSON](t, with("role", "list")...); len(roles) != 4 || roles[3].ID != helpers.ID || roles[3].UserCount != 0 {
			t.Errorf("role list: %+v", roles)
		}
		if all := inJSON[[]map[string]string](t, "role", "permissions"); len(all) < 20 || all[0]["permission"] != "dashboard.view" {
			t.Errorf("role permissions: %v", all)
		}
		if u := inJSON[userJSON](t, with("user", "role", bea, "HELPERS")...); u.RoleName != "Helpers" || string(u.Role) != helpers.ID {
			t.Errorf("user role: %+v", u)
		}
		if u := inJSON[userJSON](t, with("user", "invite", "cy@example.com", "--role", "helpers")...); u.Status != "invited" || string(u.Role) != helpers.ID {
			t.Errorf("user invite: %+v", u)
		}
		groupsComeAndGo(t, with, bea)
		for filter, want := range map[string]string{
			"--role helpers": "bea cy", "--role owner": "amara", "--status invited": "cy", "--search be": "bea", "--second-factor none --status active": "amara bea", "--second-factor strong": "",
		} {
			var found []string
			for _, u := range inJSON[[]userJSON](t, with(append([]string{"user", "list"}, strings.Fields(filter)...)...)...) {
				name, _, _ := strings.Cut(u.Email, "@")
				found = append(found, name)
			}
			if got := strings.Join(found, " "); got != want {
				t.Errorf("user list %s: %q, want %q", filter, got, want)
			}
		}
		if r := inJSON[roleJSON](t, with("role", "change", "helpers", "--name", "Desk", "--permissions", "none")...); r.Name != "Desk" || len(r.Permissions) != 0 || r.UserCount != 2 {
			t.Errorf("role change: %+v", r)
		}
		for _, tt := range []struct{ command, says string }{
			{"role delete Desk", "role in use"}, {"role delete owner", "built in"}, {"role add desk", "name: This is in use already"}, {"user role " + bea + " nobody", "no role"},
			{"user role " + ownerEmail + " member", "last_owner"}, {"user list --status gone", "status"}, {"group members nowhere", "no group"}, {"user release " + bea, "not closed"},
		} {
			if o := run(t, nil, with(append(strings.Fields(tt.command), "--json")...)...); o.code != 1 || o.out != "" || !strings.Contains(o.errors, tt.says) {
				t.Errorf("%s: %+v", tt.command, o)
			}
		}
		shutOut(t, n, with, bea)
		networksAreBlocked(t, n, with)
	})
}

// networksAreBlocked blocks the network that sign-ins come from, and lists what that refused.
func networksAreBlocked(t *testing.T, n *node, with func(...string) []string) {
	t.Helper()
	block := []string{"network", "block", "127.0.0.0/24", "--for", "2h", "--reason", "Drill"}
	if o := run(t, nil, with(block...)...); o.code != 1 || !strings.Contains(o.errors, "127.0.0.1") {
		t.Errorf("network block, without saying that it is meant: %+v", o)
	}
	made := inJSON[blockJSON](t, with(append(block, "--including-mine")...)...)
	if all := inJSON[[]blockJSON](t, with("network", "list")...); made.Network != "127.0.0.0/24" || made.Reason != "Drill" || len(all) != 1 || all[0] != made {
		t.Errorf("network block: %+v, network list: %+v", made, all)
	}
	if status, p := n.api("/sign-in", map[string]string{"email": ownerEmail, "client": "native"}, nil); status != 403 || p["code"] != "network_blocked" {
		t.Errorf("a sign-in from a blocked network answers %d: %v", status, p)
	}
	found := inJSON[[]attemptJSON](t, with("attempt", "list", "--outcome", "network_blocked", "--user", ownerEmail, "--ip", "127.0.0.1")...)
	if len(found) != 1 || found[0].Email != ownerEmail || found[0].FailureReason != "network_blocked" {
		t.Errorf("attempt list: %+v", found)
	}
	inJSON[blockJSON](t, with("network", "unblock", "127.0.0.7/24")...)
	if status := n.signIn(ownerEmail, "wrong"); status != 401 {
		t.Errorf("a sign-in from a network that is blocked no more answers %d", status)
	}
	for command, says := range map[string]string{"attempt list --outcome gone": "outcome", "network unblock 127.0.0.0/24": "not blocked", "network block 10.0.0.0/8 --reason x": "too wide"} {
		if o := run(t, nil, with(strings.Fields(command)...)...); o.code != 1 || !strings.Contains(o.errors, says) {
			t.Errorf("%s: %+v", command, o)
		}
	}
}

func groupsComeAndGo(t *testing.T, with func(...string) []string, email string) {
	t.Helper()
	team := inJSON[groupJSON](t, with("group", "add", "Team", "--description", "All of us")...)
	if g := inJSON[groupJSON](t, with("group", "join", "team", ownerEmail, email)...); g.ID != team.ID || g.UserCount != 2 {
		t.Errorf("group join: %+v", g)
	}
	if members := inJSON[[]userJSON](t, with("group", "members", team.ID)...); len(members) != 2 {
		t.Errorf("group members: %+v", members)
	}
	if u := inJSON[userJSON](t, with("user", "show", email)...); len(u.Groups) != 1 || u.Groups[0] != "Team" {
		t.Errorf("user show: %+v", u)
	}
	if g := inJSON[groupJSON](t, with("group", "leave", "Team", email)...); g.UserCount != 1 {
		t.Errorf("group leave: %+v", g)
	}
	if g := inJSON[groupJSON](t, with("group", "rename", "Team", "Crew")...); g.Name != "Crew" || g.Description != "All of us" {
		t.Errorf("group rename: %+v", g)
	}
	inJSON[groupJSON](t, with("group", "delete", "crew")...)
	if groups := inJSON[[]groupJSON](t, with("group", "list")...); len(groups) != 0 {
		t.Errorf("group list: %+v", groups)
	}
}

// shutOut locks a user's account, closes it, and lets them in again by a link that is handed over.
func shutOut(t *testing.T, n *node, with func(...string) []string, email string) {
	t.Helper()
	ok(t, with("policy", "set", "lockoutProgressiveDelay=false")...)
	for range 5 {
		n.signIn(email, "wrong")
	}
	if u := inJSON[userJSON](t, with("user", "show", email)...); !u.Locked {
		t.Errorf("not locked: %+v", u)
	}
	if u := inJSON[userJSON](t, with("user", "unlock", email)...); u.Locked {
		t.Errorf("user unlock: %+v", u)
	}
	if u := inJSON[userJSON](t, with("user", "lockdown", email)...); u.Status != "closed" {
		t.Errorf("user lockdown: %+v", u)
	}
	if o := run(t, nil, with("user", "reset-link", email)...); o.code != 1 || !strings.Contains(o.errors, "account_closed") {
		t.Errorf("a link for a closed account: %+v", o)
	}
	if u := inJSON[userJSON](t, with("user", "release", email)...); u.Status != "active" {
		t.Errorf("user release: %+v", u)
	}
	handed := inJSON[map[string]string](t, with("user", "reset-link", email)...)
	_, secret, found := strings.Cut(handed["link"], "/recovery/")
	for i, want := range []int{204, 404} {
		status, answer := n.api("/recovery/reset", map[string]string{"token": secret, "newPassword": "Battery-Staple-86 Kite"}, nil)
		if !found || status != want {
			t.Errorf("the link, use %d: %d %v", i+1, status, answer)
		}
	}
	if status := n.signIn(email, "Battery-Staple-86 Kite"); status != 200 {
		t.Errorf("with the new password: %d", status)
	}
	if u := inJSON[userJSON](t, with("user", "disable", email)...); u.Status != "disabled" {
		t.Errorf("user disable: %+v", u)
	}
	if u := inJSON[userJSON](t, with("user", "enable", email)...); u.Status != "active" {
		t.Errorf("user enable: %+v", u)
	}
}
