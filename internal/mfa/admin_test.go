package mfa_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// Which role may manage whose factors.
func TestWhoMayManageFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		users := map[string]sallyport.User{"owner": owner}
		for name, role := range map[string]sallyport.Role{"admin": sallyport.RoleAdmin, "member": sallyport.RoleMember, "target": sallyport.RoleMember} {
			users[name] = a.AddUser(t, name+"@corp.test", role)
		}
		other := a.AddTenant(t, "other.test")
		users["foreign"] = a.AddUserOf(t, other.ID, "far@other.test", sallyport.RoleMember)
		as := map[string]sallyport.Actor{
			"owner": signedIn(t, a, owner.Email).me, "admin": signedIn(t, a, "admin@corp.test").me, "member": signedIn(t, a, "member@corp.test").me,
			"operator": sallyport.Operator(owner.TenantID), "nobody": {Type: sallyport.ActorAnonymous, TenantID: owner.TenantID},
		}
		for _, name := range []string{"target", "owner"} {
			a.AddTOTP(t, signedIn(t, a, users[name].Email).me)
		}
		const ok, no, none = sallyport.Code(""), sallyport.CodeForbidden, sallyport.CodeNotFound
		for _, tt := range []struct {
			actor, target string
			manage, view  sallyport.Code
		}{
			{"member", "target", no, no},
			{"member", "member", no, no},
			{"nobody", "target", no, no},
			{"admin", "target", ok, ok},
			{"admin", "owner", no, ok},
			{"admin", "foreign", none, none},
			{"operator", "foreign", none, none},
			{"operator", "target", ok, ok},
			{"operator", "owner", ok, ok},
		} {
			actor, target := as[tt.actor], users[tt.target]
			if actor.Type == sallyport.ActorUser {
				apptest.Must(t, proveAll(t, a, users[tt.actor]))
			}
			before := len(a.Events(t))
			_, issue := a.Factors.NewBackupCodesOf(ctx, actor, target.ID)
			require := a.Factors.Require(ctx, actor, target.ID, true)
			if tt.manage == ok {
				apptest.Must(t, a.Factors.Require(ctx, actor, target.ID, false))
			}
			_, reset := a.Factors.ResetOf(ctx, actor, target.ID, apptest.Grounds)
			for what, err := range map[string]error{"issue codes": issue, "demand": require, "reset": reset} {
				if got := sallyport.CodeOf(err); got != tt.manage {
					t.Errorf("%s, %s of %s: %v, want %q", tt.actor, what, tt.target, err, tt.manage)
				}
			}
			if n := len(a.Events(t)); (n != before) != (tt.manage == ok) {
				t.Errorf("%s on %s left %d events", tt.actor, tt.target, n-before)
			}
			if _, err := a.Factors.Of(ctx, actor, target.ID); sallyport.CodeOf(err) != tt.view {
				t.Errorf("%s views %s: %v, want %q", tt.actor, tt.target, err, tt.view)
			}
			_, err := a.Factors.List(ctx, actor, list.Factors.First())
			if want := map[sallyport.Code]sallyport.Code{no: no, none: ok, ok: ok}[tt.view]; sallyport.CodeOf(err) != want {
				t.Errorf("%s lists: %v", tt.actor, err)
			}
			if tt.manage == ok { // what was reset
				u := target
				if f, err := a.Factors.Of(ctx, sallyport.Operator(u.TenantID), u.ID); err != nil || f.Enabled {
					t.Errorf("%+v %v", f, err)
				}
				a.EndHanded(t, u)
				a.AddTOTP(t, signedIn(t, a, u.Email).me)
			}
		}
		of, err := list.Factors.Parse(url.Values{"userId": {users["target"].ID}})
		apptest.Must(t, err)
		if all, err := a.Factors.List(ctx, sallyport.Operator(other.ID), of); err != nil || len(all.Rows) != 0 {
			t.Errorf("another organisation lists %d, %v", len(all.Rows), err)
		}
	})
}

// A reset removes every factor, even if one is enforced, ends trust and flows, and its owner
// is told.
func TestResetFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		u := a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		x := signedIn(t, a, mia)
		app := a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		a.AddPasskey(t, x.me)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		underWay, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password)
		apptest.Must(t, err)
		a.Mails(t)
		before := a.Count(t)
		done, err := a.Factors.ResetOf(ctx, operator, u.ID, apptest.Grounds)
		if err != nil || done.Methods != 2 || done.Code == "" {
			t.Fatalf("%+v, %v", done, err)
		}
		a.OnlyMail(t, notify.FactorsReset, mia)
		after := a.Count(t)
		for kind, want := range map[audit.Kind]int{audit.MFAReset: 1, audit.DeviceTrustEnded: 1} {
			if got := after[kind] - before[kind]; got != want {
				t.Errorf("%d events %s, want %d", got, kind, want)
			}
		}
		if _, err := a.PassFactor(t, a.Laptop(t), underWay, sallyport.MethodTOTP, app.Code(t)); sallyport.CodeOf(err) != sallyport.CodeFlowExpired {
			t.Errorf("a sign-in under way: %v", err)
		}
		for _, enforced := range []string{sallyport.EnforcedEveryone, sallyport.EnforcedNobody} {
			a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = enforced })
			r, err := a.Try(ctx, x.from, mia, apptest.Password)
			if err != nil || r.State != signin.Factor || len(r.Choices) != 1 || r.Choices[0].Method != sallyport.MethodBackupCodes {
				t.Errorf("afterwards: %s %v", r.State, err)
			}
		}
		for _, why := range []mfa.Grounds{{}, {Reason: "x"}, {Checked: "video"}, {Reason: "x", Checked: "felt like it"}, {Reason: "a\nb", Checked: "video"}} {
			_, err := a.Factors.ResetOf(ctx, operator, u.ID, why)
			apptest.Denied(t, fmt.Sprintf("%+v", why), err, sallyport.CodeInvalid)
		}
		events := a.Events(t)
		if last := events[slices.IndexFunc(events, func(e store.EventRow) bool { return e.Kind == string(audit.MFAReset) })]; !strings.Contains(last.Body, "in_person") || !strings.Contains(last.Personal, "Lost phone") {
			t.Errorf("%s %s", last.Body, last.Personal)
		}
		if _, err := a.Factors.NewBackupCodesOf(ctx, operator, u.ID); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("backup codes for nothing: %v", err)
		}
	})
}

// Requiring a factor is an event once; setting the present value is none.
func TestRequireFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		for _, tt := range []struct {
			required bool
			want     string
		}{{false, ""}, {true, string(audit.MFARequirementMoved)}, {true, ""}, {false, string(audit.MFARequirementMoved)}} {
			if got := a.Happened(t, func() { apptest.Must(t, a.Factors.Require(t.Context(), operator, u.ID, tt.required)) }); got != tt.want {
				t.Errorf("%v: %q", tt.required, got)
			}
			if got := userOf(t, a, u).MFARequired; got != tt.required {
				t.Errorf("%v is stored as %v", tt.required, got)
			}
		}
	})
}

// Codes that an admin hands over work once each, and replace the former ones.
func TestIssueBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		app := a.AddTOTP(t, signedIn(t, a, mia).me)
		a.Mails(t)
		codes, err := a.Factors.NewBackupCodesOf(t.Context(), sallyport.Operator(u.TenantID), u.ID)
		if err != nil || len(codes) != a.Policy().MFABackupCodes {
			t.Fatalf("%d, %v", len(codes), err)
		}
		a.OnlyMail(t, notify.BackupCodesMade, mia)
		for _, tt := range []struct {
			code string
			want sallyport.Code
		}{{app.BackupCodes[0], sallyport.CodeMFAFailed}, {codes[0], ""}, {codes[0], sallyport.CodeMFAFailed}, {codes[1], ""}} {
			r, err := a.Try(t.Context(), a.Laptop(t), mia, apptest.Password)
			apptest.Must(t, err)
			if _, err := a.PassFactor(t, a.Laptop(t), r, sallyport.MethodBackupCodes, tt.code); sallyport.CodeOf(err) != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		}
	})
}

// Codes count as saved when their owner says so or uses one, and when somebody else hands them over.
func TestUnsavedBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, ctx := a.AddUser(t, mia, sallyport.RoleMember), t.Context()
		x := signedIn(t, a, mia)
		x.app = a.AddTOTP(t, x.me)
		unsaved := func(when string, want bool) {
			t.Helper()
			if f, err := a.Factors.Own(ctx, x.me); err != nil || f.Unsaved != want {
				t.Errorf("%s: unsaved %v, %v", when, f.Unsaved, err)
			}
		}
		var codes []string
		renew := func() {
			t.Helper()
			x.able(t, a, policy.BackupCodes)
			var err error
			codes, err = a.Factors.NewBackupCodes(ctx, x.me)
			apptest.Must(t, err)
			unsaved("new codes", true)
		}
		renew()
		apptest.Must(t, a.Factors.CodesSaved(ctx, x.me))
		unsaved("said to be saved", false)
		renew()
		if _, err := a.Factors.NewBackupCodesOf(ctx, sallyport.Operator(u.TenantID), u.ID); err != nil {
			t.Fatal(err)
		}
		unsaved("handed over", false)
		renew()
		r, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password)
		apptest.Must(t, err)
		if _, err := a.PassFactor(t, a.Laptop(t), r, sallyport.MethodBackupCodes, codes[0]); err != nil {
			t.Fatal(err)
		}
		unsaved("used", false)
	})
}
