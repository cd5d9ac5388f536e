package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// A suspended factor proves nothing, in sign-ins under way too, and the password alone does
// not do instead. A resumed one counts again, and so do its tries.
func TestSuspendAndResumeMethod(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		a.SetPolicy(func(p *sallyport.Policy) {
			p.MFAMethods = []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn} // no backup codes
		})
		x := signedIn(t, a, mia)
		app := a.AddTOTP(t, x.me)
		a.Clock.Advance(time.Minute)
		underWay, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password)
		apptest.Must(t, err)
		a.Mails(t)
		suspend := func() error { return a.Factors.SuspendOf(ctx, operator, u.ID, app.Factor.ID) }
		resume := func() error { return a.Factors.ResumeOf(ctx, operator, u.ID, app.Factor.ID) }
		for _, step := range []struct {
			what string
			do   func() error
			want audit.Kind
			mail notify.Kind
		}{
			{"suspend", suspend, audit.MethodSuspended, notify.MethodSuspended},
			{"suspend again", suspend, "", ""},
			{"resume", resume, audit.MethodResumed, notify.MethodResumed},
			{"resume again", resume, "", ""},
			{"suspend at last", suspend, audit.MethodSuspended, notify.MethodSuspended},
		} {
			if got := a.Happened(t, func() { apptest.Must(t, step.do()) }); got != string(step.want) {
				t.Errorf("%s: %q", step.what, got)
			}
			if step.mail != "" {
				a.OnlyMail(t, step.mail, mia)
			} else if m := a.Mails(t); len(m) != 0 {
				t.Errorf("%s: %d mails", step.what, len(m))
			}
		}
		if _, err := a.PassFactor(t, a.Laptop(t), underWay, sallyport.MethodTOTP, app.Code(t)); sallyport.CodeOf(err) != sallyport.CodeFlowExpired {
			t.Errorf("a sign-in under way: %v", err)
		}
		if _, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeFactorUnavailable {
			t.Errorf("a new sign-in: %v", err)
		}
		counters := throttle.Counters{TenantID: u.TenantID, Policy: a.Policy(), Now: a.Clock.Now()}
		apptest.Must(t, a.DB.Write(ctx, func(tx *store.Tx) error {
			for range throttle.LongestRun {
				if _, err := counters.SpendIn(ctx, tx, throttle.FactorTry(throttle.Strangers(u.ID), sallyport.MethodTOTP, "192.0.2.3")[1:2]...); err != nil {
					return err
				}
			}
			return nil
		}))
		apptest.Must(t, resume())
		a.Clock.Advance(time.Hour) // the shorter locks end; a run does not
		r, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password)
		apptest.Must(t, err)
		if _, err := a.PassFactor(t, a.Laptop(t), r, sallyport.MethodTOTP, app.Code(t)); err != nil {
			t.Errorf("resumed: %v", err)
		}
	})
}

// What is refused, and what is no error.
func TestAdminsOnOneMethod(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, mia, sallyport.RoleMember)
		other := a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		x := signedIn(t, a, mia)
		app := a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		copied, revoked := a.AddPasskey(t, x.me).Factor, a.AddPasskey(t, x.me).Factor
		copied.Status, copied.EndedAt, copied.EndedReason = sallyport.FactorSuspended, a.Clock.Now(), mfa.ReasonCopied
		apptest.Must(t, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndFactor(ctx, copied) }))
		_, err := a.Factors.RevokeOf(ctx, operator, u.ID, revoked.ID)
		apptest.Must(t, err)
		begun := begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP}).Factor
		const ok, none, conflict = sallyport.Code(""), sallyport.CodeNotFound, sallyport.CodeConflict
		for _, tt := range []struct {
			what, user, id          string
			suspend, resume, revoke sallyport.Code
		}{
			{"a copied passkey", u.ID, copied.ID, ok, conflict, ok},
			{"a revoked one", u.ID, revoked.ID, conflict, conflict, ok},
			{"a pending one", u.ID, begun.ID, none, none, none},
			{"of somebody else", other.ID, app.Factor.ID, none, none, none},
			{"one that never was", u.ID, "nothing", none, none, none},
		} {
			apptest.Denied(t, "suspend "+tt.what, a.Factors.SuspendOf(ctx, operator, tt.user, tt.id), tt.suspend)
			apptest.Denied(t, "resume "+tt.what, a.Factors.ResumeOf(ctx, operator, tt.user, tt.id), tt.resume)
			_, err := a.Factors.RevokeOf(ctx, operator, tt.user, tt.id)
			apptest.Denied(t, "revoke "+tt.what, err, tt.revoke)
		}
	})
}

// An admin removes the last factor too, also where one is enforced. The trust of devices goes
// with it, and the backup codes.
func TestRevokeMethod(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		x := signedIn(t, a, mia)
		app := a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		key := a.AddPasskey(t, x.me)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		a.Mails(t)
		for _, tt := range []struct {
			id   string
			want string
			done mfa.Removed
			mail bool
		}{
			{key.Factor.ID, "auth.2fa_method_removed", mfa.Removed{Methods: 1}, true},
			{key.Factor.ID, "", mfa.Removed{}, false},
			{app.Factor.ID, "auth.2fa_disabled auth.2fa_method_removed device.trust_ended", mfa.Removed{Methods: 1, Disabled: true}, true},
		} {
			var done mfa.Removed
			var err error
			if got := a.Happened(t, func() { done, err = a.Factors.RevokeOf(ctx, operator, u.ID, tt.id) }); err != nil || got != tt.want || done != tt.done {
				t.Errorf("%q, %+v, %v; want %q, %+v", got, done, err, tt.want, tt.done)
			}
			if tt.mail {
				a.OnlyMail(t, notify.FactorRemoved, mia)
			}
		}
		if f, err := a.Factors.Of(ctx, operator, u.ID); err != nil || f.Enabled || f.CodesLeft != 0 {
			t.Errorf("afterwards: %+v, %v", f, err)
		}
		if r, err := a.Try(ctx, x.from, mia, apptest.Password); err != nil || r.State != signin.Enrol {
			t.Errorf("the next sign-in: %s, %v", r.State, err)
		}
	})
}

// Of two admins who suspend, resume and revoke one factor at once, and a sign-in with it, each
// succeeds or is refused for a reason; what is revoked stays so, and nothing is told twice.
func TestAdminsOnOneMethodAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		ctx, tenantID := t.Context(), a.TenantID(t)
		for round := range apptest.Rounds(6) {
			email := "mia" + string(rune('a'+round%26)) + string(rune('a'+round/26)) + "@corp.test"
			u := a.AddUser(t, email, sallyport.RoleMember)
			app := a.AddTOTP(t, signedIn(t, a, email).me)
			a.Clock.Advance(time.Minute)
			from := a.Laptop(t)
			flow, err := a.Try(ctx, from, email, apptest.Password)
			apptest.Must(t, err)
			code, operator := app.Code(t), sallyport.Operator(tenantID)
			before := a.Count(t)
			var in signin.Result
			got := apptest.AtOnce(16, func(i int) (err error) {
				switch n := nodes[i/4%2]; i % 4 {
				case 0:
					return n.Factors.SuspendOf(ctx, operator, u.ID, app.Factor.ID)
				case 1:
					return n.Factors.ResumeOf(ctx, operator, u.ID, app.Factor.ID)
				case 2:
					_, err = n.Factors.RevokeOf(ctx, operator, u.ID, app.Factor.ID)
					return err
				}
				if i > 3 {
					return nil
				}
				in, err = a.PassFactor(t, from, flow, sallyport.MethodTOTP, code)
				return err
			})
			for c := range got {
				if !slices.Contains([]sallyport.Code{"", sallyport.CodeConflict, sallyport.CodeFlowExpired, sallyport.CodeMFAFailed, sallyport.CodeInvalid}, c) {
					t.Errorf("answers %v", got)
				}
			}
			after := a.Count(t)
			if n := after[audit.MethodRemoved] - before[audit.MethodRemoved]; n != 1 {
				t.Errorf("removed %d times", n)
			}
			if s, r := after[audit.MethodSuspended]-before[audit.MethodSuspended], after[audit.MethodResumed]-before[audit.MethodResumed]; r > s {
				t.Errorf("suspended %d times and resumed %d times", s, r)
			}
			if f, err := a.DB.Factor(ctx, tenantID, u.ID, app.Factor.ID); err != nil || f.Status != sallyport.FactorRevoked || len(f.Secret) != 0 {
				t.Errorf("it is %s, %v", f.Status, err)
			}
			if n := len(a.LiveSessions(t, u.ID)); (in.SessionToken != "") != (n == 2) {
				t.Errorf("%d sessions", n)
			}
		}
	})
}

// Who may do it, to whom.
func TestWhoMayManageOneMethod(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		admin, member := a.AddUser(t, "admin@corp.test", sallyport.RoleAdmin), a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		target := a.AddUser(t, mia, sallyport.RoleMember)
		actors := map[string]sallyport.Actor{"admin": signedIn(t, a, admin.Email).me, "member": signedIn(t, a, member.Email).me}
		apps := map[string]*apptest.Authenticator{owner.ID: a.AddTOTP(t, signedIn(t, a, owner.Email).me), target.ID: a.AddTOTP(t, signedIn(t, a, mia).me)}
		for _, tt := range []struct {
			actor string
			of    sallyport.User
			want  sallyport.Code
		}{{"admin", target, ""}, {"admin", owner, sallyport.CodeForbidden}, {"member", target, sallyport.CodeForbidden}} {
			me, id := actors[tt.actor], apps[tt.of.ID].Factor.ID
			until := a.Clock.Now().Add(time.Hour)
			_, revoked := a.Factors.RevokeOf(ctx, me, tt.of.ID, id)
			for what, err := range map[string]error{
				"suspend": a.Factors.SuspendOf(ctx, me, tt.of.ID, id), "resume": a.Factors.ResumeOf(ctx, me, tt.of.ID, id), "revoke": revoked,
				"exempt": a.Factors.Exempt(ctx, me, tt.of.ID, until, "Away"), "mail": a.Factors.MailSetUp(ctx, me, tt.of.ID),
			} {
				if got := sallyport.CodeOf(err); got != tt.want && (tt.want != "" || got != sallyport.CodeConflict) {
					t.Errorf("%s, %s of %s: %v, want %q", tt.actor, what, tt.of.Email, err, tt.want)
				}
			}
		}
		for name, want := range map[string]sallyport.Code{"admin": "", "member": sallyport.CodeForbidden} {
			_, err := a.Factors.Overview(ctx, actors[name])
			apptest.Denied(t, name+" views the overview", err, want)
			_, err = a.Factors.History(ctx, actors[name], 7)
			apptest.Denied(t, name+" views the history", err, want)
			_, err = a.Factors.Remind(ctx, actors[name], mfa.WithoutAny, "")
			apptest.Denied(t, name+" reminds", err, want)
		}
	})
}
