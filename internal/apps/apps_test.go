package apps_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const wiki = "https://wiki.corp.test"

// A code is good once, for a minute, with the secret of the browser that asked, while the session is good.
func TestExchange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		in := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		me := apptest.Actor(in)
		v := a.AddApp(t, me.TenantID, wiki, "/* everyone")
		exchange := func(code, secret string) sallyport.Code {
			_, err := a.Apps.Exchange(t.Context(), me.TenantID, code, secret)
			return sallyport.CodeOf(err)
		}
		code, secret := a.EnterApp(t, me, v, "/")
		for what, code := range map[string]sallyport.Code{
			"of another browser": exchange(code, token.NewID()), "without a secret": exchange(code, ""), "unknown": exchange("spo_"+code[5:]+"x", secret), "the secret as code": exchange(secret, secret),
		} {
			if code != sallyport.CodeLinkExpired {
				t.Errorf("%s: %q", what, code)
			}
		}
		if got := exchange(code, secret); got != "" {
			t.Errorf("once: %q", got)
		}
		if got := exchange(code, secret); got != sallyport.CodeLinkExpired {
			t.Errorf("twice: %q", got)
		}
		code, secret = a.EnterApp(t, me, v, "/")
		a.Clock.Advance(time.Minute)
		if got := exchange(code, secret); got != sallyport.CodeLinkExpired {
			t.Errorf("after a minute: %q", got)
		}
		code, secret = a.EnterApp(t, me, v, "/")
		apptest.Must(t, a.Sessions.SignOut(t.Context(), me))
		if got := exchange(code, secret); got != sallyport.CodeNotSignedIn {
			t.Errorf("of a session that is over: %q", got)
		}
	})
}

// Of many who bring the same code one gets the pass.
func TestExchangeAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		v := a.AddApp(t, me.TenantID, wiki, "/* everyone")
		code, secret := a.EnterApp(t, me, v, "/")
		got := apptest.AtOnce(8, func(int) error {
			_, err := a.Apps.Exchange(t.Context(), me.TenantID, code, secret)
			return err
		})
		if got[""] != 1 || got[sallyport.CodeLinkExpired] != 7 {
			t.Errorf("%v", got)
		}
	})
}

// A pass says who somebody is now: a change of a group, a role, a device or the app holds on every node at once.
func TestPassFollows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		op := sallyport.Operator(owner.TenantID)
		other := a.Node(t, store.Options{})
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		v := a.AddApp(t, me.TenantID, wiki, "/* everyone")
		pass := a.AtApp(t, me, v)
		check := func() sallyport.Checked {
			t.Helper()
			for range 2 { // what is remembered, too
				for _, n := range []*apptest.App{a, other} {
					if _, err := n.Sessions.CheckPass(t.Context(), me.TenantID, pass); err != nil {
						t.Fatal(err)
					}
				}
			}
			c, err := other.Sessions.CheckPass(t.Context(), me.TenantID, pass)
			apptest.Must(t, err)
			return c
		}
		if c := check(); c.AppID != v.ID || c.User.ID != owner.ID || c.Session.ID != me.SessionID || len(c.Groups) != 0 {
			t.Errorf("%+v", c)
		}
		g, err := a.Groups.Add(t.Context(), op, "Night, shift", "")
		apptest.Must(t, err)
		day, err := a.Groups.Add(t.Context(), op, "Day", "")
		apptest.Must(t, err)
		for _, id := range []string{g.ID, day.ID} {
			_, err = a.Groups.AddMembers(t.Context(), op, id, []string{owner.ID})
			apptest.Must(t, err)
		}
		if c := check(); len(c.Groups) != 2 || c.Groups[0] != (sallyport.GroupName{ID: g.ID, Name: "Night, shift"}) {
			t.Errorf("in two groups: %+v", c.Groups)
		}
		_, err = a.Groups.RemoveMembers(t.Context(), op, day.ID, []string{owner.ID})
		apptest.Must(t, err)
		if c := check(); len(c.Groups) != 1 {
			t.Errorf("in one group: %+v", c.Groups)
		}
		apptest.Must(t, a.Apps.Remove(t.Context(), op, v.ID))
		for _, n := range []*apptest.App{a, other} {
			if _, err := n.Sessions.CheckPass(t.Context(), me.TenantID, pass); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("after the app was removed: %v", err)
			}
		}
	})
}

// A pass is good for nothing else, and another pass of the session ends the one before.
func TestPassIsNoSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		in := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		me := apptest.Actor(in)
		v := a.AddApp(t, me.TenantID, wiki, "/* everyone")
		first, second := a.AtApp(t, me, v), a.AtApp(t, me, v)
		if _, err := a.Sessions.Check(t.Context(), me.TenantID, second); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("as a session: %v", err)
		}
		if _, err := a.Sessions.CheckPass(t.Context(), me.TenantID, in.SessionToken); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("the session as a pass: %v", err)
		}
		if _, err := a.Sessions.CheckPass(t.Context(), me.TenantID, first); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("the former pass: %v", err)
		}
		apptest.Must(t, a.Apps.Leave(t.Context(), me.TenantID, me.SessionID, second))
		if _, err := a.Sessions.CheckPass(t.Context(), me.TenantID, second); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("after leaving: %v", err)
		}
		if _, err := a.Sessions.Check(t.Context(), me.TenantID, in.SessionToken); err != nil {
			t.Errorf("the session after leaving: %v", err)
		}
	})
}

// Who goes to an app has to be let in by the rule of the address, and the address has to be the app's.
func TestEnter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		v := a.AddApp(t, me.TenantID, wiki, "/members/* role=member\n/proven/* factor\n/near/* level=3\n/open/* everyone")
		enter := func(who sallyport.Actor, in apps.Entering) error {
			if in.AppID == "" {
				in.AppID = v.ID
			}
			if in.State == "" {
				in.State = apptest.StateOf("a secret")
			}
			_, err := a.Apps.Enter(t.Context(), who, in)
			return err
		}
		for to, want := range map[string]gate.Verdict{"/members/x": gate.Refused, "/near/x": gate.Level, "/nowhere": gate.Closed} {
			var denied *apps.DeniedError
			if err := enter(me, apps.Entering{To: wiki + to}); !errors.As(err, &denied) || denied.Verdict != want || sallyport.CodeOf(err) != sallyport.CodeForbidden {
				t.Errorf("%s: %v", to, err)
			}
		}
		for what, in := range map[string]apps.Entering{
			"another host": {To: "https://evil.test/open/x"}, "its own name in the user": {To: "https://wiki.corp.test@evil.test/open"}, "no scheme": {To: "//wiki.corp.test/open"},
			"an odd path": {To: wiki + "/open/%2e%2e/members"}, "another port": {To: wiki + ":8443/open"}, "no address": {}, "a wrong state": {To: wiki + "/open", State: "short"},
		} {
			if err := enter(me, in); sallyport.CodeOf(err) != sallyport.CodeInvalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := enter(me, apps.Entering{AppID: token.NewID(), To: wiki + "/open"}); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("no app: %v", err)
		}
		var e *sallyport.Error
		if err := enter(me, apps.Entering{To: wiki + "/proven"}); !errors.As(err, &e) || e.Obstacle != sallyport.NoSecondFactor {
			t.Errorf("without a factor: %v", err)
		}
		a.AddTOTP(t, me)
		if err := enter(me, apps.Entering{To: wiki + "/proven"}); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("with a factor that was not proven: %v", err)
		}
		if err := enter(me, apps.Entering{To: wiki + "/open", Fresh: 5}); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("asked for by the app: %v", err)
		}
		apptest.Must(t, enter(me, apps.Entering{To: wiki + "/open/x?y=1"}))
		apptest.Must(t, a.Sessions.SignOut(t.Context(), me))
		if err := enter(me, apps.Entering{To: wiki + "/open"}); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("after signing out: %v", err)
		}
	})
}

// Apps are changed by who may, with what was seen, and nobody takes the address of another organisation.
func TestChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		op := sallyport.Operator(owner.TenantID)
		v := a.AddApp(t, owner.TenantID, wiki, "/* everyone")
		in := apps.Input{Name: "Wiki", Address: wiki, Text: "/* role=Owner", Version: v.Version}
		changed, err := a.Apps.Change(t.Context(), op, v.ID, in)
		if err != nil || changed.Version != 2 || changed.Rules[0].Roles[0] != sallyport.RoleOwner {
			t.Errorf("%+v %v", changed, err)
		}
		if _, err := a.Apps.Change(t.Context(), op, v.ID, in); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("an old version: %v", err)
		}
		for what, tt := range map[string]struct {
			in    apps.Input
			field string
			code  string
		}{
			"the name":         {apps.Input{Name: "wiki", Address: "https://other.test", Text: "/* everyone"}, "name", "taken"},
			"the address":      {apps.Input{Name: "Other", Address: wiki, Text: "/* everyone"}, "address", "taken"},
			"our host":         {apps.Input{Name: "Other", Address: string(a.Apps.Base), Text: "/* everyone"}, "address", "own_host"},
			"no rules":         {apps.Input{Name: "Other", Address: "https://other.test"}, "rules", "required"},
			"an unknown group": {apps.Input{Name: "Other", Address: "https://other.test", Text: "# a\n/* group=Nobody"}, "rules", "rule_unknown_group"},
			"an unknown role":  {apps.Input{Name: "Other", Address: "https://other.test", Rules: []sallyport.AppRule{{Path: "/*", Roles: []sallyport.Role{"nobody"}}}}, "rules", "rule_unknown_role"},
			"no permission":    {apps.Input{Name: "Other", Address: "https://other.test", Text: "/* permission=everything"}, "rules", "rule_unknown_permission"},
		} {
			_, err := a.Apps.Add(t.Context(), op, tt.in)
			var e *sallyport.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != tt.field || e.Fields[0].Code != tt.code {
				t.Errorf("%s: %v", what, err)
			}
		}
		member := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		who := apptest.Actor(a.SignInAs(t, a.Laptop(t), member.Email))
		if _, err := a.Apps.Add(t.Context(), who, apps.Input{Name: "X", Address: "https://x.test", Text: "/* everyone"}); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("a member adds: %v", err)
		}
		if err := a.Apps.Remove(t.Context(), who, v.ID); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("a member removes: %v", err)
		}
		n := map[string]int{}
		for _, e := range a.Events(t) {
			n[e.Kind]++
		}
		if n[string(audit.AppAdded)] != 1 || n[string(audit.AppChanged)] != 1 {
			t.Errorf("%v", n)
		}
	})
}

func TestExplain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		op := sallyport.Operator(owner.TenantID)
		a.AddApp(t, owner.TenantID, wiki, "/admin/* role=owner\n/open public")
		for address, want := range map[string]string{
			wiki + "/admin/x?y=1#z": "/admin/*", wiki + "/ADMIN": "/admin/*", wiki + "/open": "/open", wiki + "?x": "", wiki: "", "https://WIKI.corp.test:443/open": "/open",
			"https://other.test/": "not_found", "wiki.corp.test": "validation_failed", wiki + "/a%2fb": "validation_failed",
		} {
			got, err := a.Apps.Explain(t.Context(), op, address)
			said := got.Rule.Path
			if err != nil {
				said = string(sallyport.CodeOf(err))
			}
			if said != want || err == nil && got.Found != (want != "") {
				t.Errorf("%s: %s, want %s", address, said, want)
			}
		}
	})
}
