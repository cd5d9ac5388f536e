package device_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

const day = 24 * time.Hour

func appCode(t *testing.T, a *apptest.App, x *apptest.Authenticator) func() mfa.Answer {
	return func() mfa.Answer {
		a.Clock.Advance(30 * time.Second) // each code is valid once
		return mfa.Answer{Method: sallyport.MethodTOTP, Code: x.Code(t)}
	}
}

func stored(t *testing.T, a *apptest.App, id string) sallyport.Device {
	t.Helper()
	d, err := a.DB.Device(t.Context(), a.TenantID(t), id)
	apptest.Must(t, err)
	return d
}

// level checks how much a device is trusted, and why.
func level(t *testing.T, a *apptest.App, what, id string, want sallyport.TrustLevel, why policy.TrustReason) {
	t.Helper()
	if d := stored(t, a, id); d.TrustLevel != want || d.TrustReason != string(why) {
		t.Errorf("%s: level %d by %q, want %d by %q", what, d.TrustLevel, d.TrustReason, want, why)
	}
}

// ready proves what the act requires and returns the browser with its new token.
func ready(t *testing.T, a *apptest.App, b apptest.Visited, act policy.Act, x *apptest.Authenticator) apptest.Visited {
	t.Helper()
	err := a.Accounts.MayAct(t.Context(), b.Me(), act)
	if ask := stepUpOf(err); ask != nil {
		if ask.Factor {
			a.Clock.Advance(30 * time.Second)
		}
		b.From = a.StepUp(t, b.From, b.Me(), *ask, x)
	} else {
		apptest.Must(t, err)
	}
	return b
}

func stepUpOf(err error) *sallyport.StepUp {
	if e := new(sallyport.Error); errors.As(err, &e) && e.Code == sallyport.CodeStepUp {
		return e.StepUp
	}
	return nil
}

// Every row of the table of trust is reached in its own way, and in no other.
func TestWaysToTrust(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(a.TenantID(t))

		// Without a second factor: chosen, then confirmed by mail.
		first := a.Visit(t, a.Laptop(t), mia, true, nil)
		level(t, a, "chosen at sign-in", first.DeviceID(), 1, policy.ChosenAtSignIn)
		other := a.Visit(t, a.Laptop(t), mia, false, nil)
		level(t, a, "let in once", other.DeviceID(), 0, "")
		first = a.Visit(t, first.Again(), mia, false, nil)
		level(t, a, "another sign-in", first.DeviceID(), 1, policy.ChosenAtSignIn)
		apptest.Denied(t, "confirmed from one that is not verified", a.Devices.Trust(ctx, first.Me(), other.DeviceID()), sallyport.CodeConflict)
		apptest.Denied(t, "confirmed from one let in once", a.Devices.Trust(ctx, other.Me(), first.DeviceID()), sallyport.CodeConflict)
		level(t, a, "after that", other.DeviceID(), 0, "")
		a.Mails(t)
		apptest.Must(t, a.Devices.Confirm(ctx, first.Me()))
		secret := apptest.Secret(t, a.OnlyMail(t, notify.DeviceConfirm, mia), "/trust-device/")
		level(t, a, "before the link was used", first.DeviceID(), 1, policy.ChosenAtSignIn)
		foreign := a.AddTenant(t, "other.test")
		apptest.Denied(t, "the link elsewhere", a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: foreign.ID, Client: phone, Secret: secret}), sallyport.CodeLinkExpired)
		apptest.Must(t, a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: first.Me().TenantID, Client: phone, Secret: secret}))
		level(t, a, "by mail", first.DeviceID(), 2, policy.ConfirmedByMail)
		apptest.Must(t, a.Devices.Trust(ctx, first.Me(), other.DeviceID()))
		level(t, a, "from a verified device", other.DeviceID(), 2, policy.ConfirmedElsewhere)

		// With an authenticator app.
		x := a.AddTOTP(t, first.Me())
		byApp := a.Visit(t, a.Laptop(t), mia, true, appCode(t, a, x))
		level(t, a, "a factor at sign-in", byApp.DeviceID(), 2, policy.FactorPassed)
		untrusted := a.Visit(t, a.Laptop(t), mia, false, appCode(t, a, x))
		level(t, a, "a factor where nobody trusts", untrusted.DeviceID(), 0, "")
		apptest.Must(t, a.Devices.Trust(ctx, untrusted.Me(), untrusted.DeviceID()))
		level(t, a, "trusted later, the factor is fresh", untrusted.DeviceID(), 2, policy.FactorPassed)

		// A passkey, on top of a sign-in, that verified its user.
		b := a.Visit(t, a.Laptop(t), mia, true, appCode(t, a, x))
		b = ready(t, a, b, policy.AddFactor, x)
		key := a.AddPasskey(t, b.Me())
		for _, v := range []struct {
			unverified bool
			level      sallyport.TrustLevel
			why        policy.TrustReason
		}{{true, 2, policy.FactorPassed}, {false, 3, policy.PasskeyStepUp}} {
			r, err := a.SignIn.OpenStepUp(ctx, b.From, b.Me(), sallyport.StepUp{Act: string(policy.ManageDevices), Factor: true})
			apptest.Must(t, err)
			r, err = a.SignIn.Ask(ctx, b.From, r.FlowToken, r.FlowID, mfa.Choice{Method: sallyport.MethodWebAuthn})
			apptest.Must(t, err)
			key.Device.Options.UserNotVerified = v.unverified
			r, err = a.SignIn.Advance(ctx, b.From, r.FlowToken, signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: key.Answer(t, r.Asked.Options)}})
			apptest.Must(t, err)
			b.From.Session = r.SessionToken
			level(t, a, "a passkey step-up", b.DeviceID(), v.level, v.why)
		}
		b = a.Visit(t, b.Again(), mia, true, appCode(t, a, x))
		level(t, a, "what is worth less does not lower it", b.DeviceID(), 3, policy.PasskeyStepUp)

		// By an admin: any level from 1 to 3.
		for _, n := range []sallyport.TrustLevel{-1, 0, 4} {
			apptest.Denied(t, "a level there is not", a.Devices.SetLevel(ctx, operator, b.DeviceID(), n), sallyport.CodeInvalid)
		}
		for _, n := range []sallyport.TrustLevel{1, 3, 2} {
			apptest.Must(t, a.Devices.SetLevel(ctx, operator, b.DeviceID(), n))
			level(t, a, "by an admin", b.DeviceID(), n, policy.SetByAdmin)
		}

		// A backup code raises nothing and ends all trust.
		fallen := a.Visit(t, b.Again(), mia, true, func() mfa.Answer {
			return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: x.BackupCodes[0]}
		})
		if fallen.DeviceID() == b.DeviceID() || stored(t, a, b.DeviceID()).TrustLevel != 0 {
			t.Errorf("after a backup code the device is %+v", stored(t, a, b.DeviceID()))
		}
		level(t, a, "by a backup code", fallen.DeviceID(), 1, policy.ChosenAtSignIn)
	})
}

// Trust above the lowest level ends at the time in policy, whether or not the job has run;
// the job records it once. The next factor verifies the device again.
func TestTrustIsOverdue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceReverify, p.DeviceSkipMFA, p.DeviceMinTrust = 30*day, true, 2 })
		a.AddUser(t, mia, sallyport.RoleMember)
		first := a.Visit(t, a.Laptop(t), mia, true, nil)
		x := a.AddTOTP(t, first.Me())
		b := a.Visit(t, first.Again(), mia, true, appCode(t, a, x))
		verified := stored(t, a, b.DeviceID()).VerifiedAt
		asked := func(what string, want bool) {
			t.Helper()
			r, err := a.Try(t.Context(), b.Again(), mia, apptest.Password)
			apptest.Must(t, err)
			if (r.State == signin.Factor) != want {
				t.Errorf("%s: %s", what, r.State)
			}
			if r.State == signin.Done {
				b = apptest.Visited{From: apptest.After(b.Again(), r), In: r}
			}
		}
		a.Clock.Set(verified.Add(30*day - time.Microsecond))
		asked("the last moment", false)
		apptest.Must(t, a.Devices.Tend(t.Context()))
		level(t, a, "the last moment", b.DeviceID(), 2, policy.FactorPassed)
		a.Clock.Set(verified.Add(30 * day))
		asked("overdue", true)
		level(t, a, "before the job", b.DeviceID(), 2, policy.FactorPassed)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for range 2 {
			tendOnAll(t, nodes)
		}
		level(t, a, "after the job", b.DeviceID(), 1, policy.Overdue)
		if n := a.Count(t)[audit.DeviceTrustOverdue]; n != 1 {
			t.Errorf("%d events", n)
		}
		asked("after the job", true)
		b = a.Visit(t, b.Again(), mia, false, appCode(t, a, x))
		level(t, a, "verified anew", b.DeviceID(), 2, policy.FactorPassed)
		asked("verified anew", false)
	})
}

func tendOnAll(t *testing.T, nodes []*apptest.App) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		for _, n := range nodes {
			wg.Go(func() {
				if err := n.Devices.Tend(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

// An act that needs a verified device says so. A factor proven on a trusted device verifies
// it; on another device nothing does. The first factor may be added on any device.
func TestActsOnAVerifiedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 2 })
		a.AddUser(t, mia, sallyport.RoleMember)
		first := a.Visit(t, a.Laptop(t), mia, false, nil)
		if ask := stepUpOf(a.Accounts.MayAct(ctx, first.Me(), policy.ChangePassword)); ask != nil {
			t.Errorf("a password cannot be changed on a device let in once: %+v", ask)
		}
		x := a.AddTOTP(t, first.Me()) // on any device
		once := a.Visit(t, a.Laptop(t), mia, false, appCode(t, a, x))
		ask := stepUpOf(a.Accounts.MayAct(ctx, once.Me(), policy.BackupCodes))
		if ask == nil || ask.Trust != 2 || ask.Factor {
			t.Errorf("on a device let in once: %+v", ask)
		}
		if _, err := a.Factors.NewBackupCodes(ctx, once.Me()); stepUpOf(err) == nil {
			t.Errorf("the act itself: %v", err)
		}
		trusted := a.Visit(t, a.Laptop(t), mia, true, appCode(t, a, x))
		apptest.Must(t, a.Devices.SetLevel(ctx, sallyport.Operator(a.TenantID(t)), trusted.DeviceID(), 1))
		ask = stepUpOf(a.Accounts.MayAct(ctx, trusted.Me(), policy.BackupCodes))
		if ask == nil || ask.Trust != 2 || !ask.Factor {
			t.Fatalf("on a trusted device: %+v", ask)
		}
		a.Clock.Advance(30 * time.Second)
		trusted.From = a.StepUp(t, trusted.From, trusted.Me(), *ask, x)
		level(t, a, "after the step-up", trusted.DeviceID(), 2, policy.FactorPassed)
		if _, err := a.Factors.NewBackupCodes(ctx, trusted.Me()); err != nil {
			t.Errorf("on a verified device: %v", err)
		}
	})
}

// A password reset, a reset of the second factors and a backup code all end the trust of
// every device. Blocked devices stay blocked: the lost laptop does not become usable.
func TestTrustEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		for i, end := range []struct {
			name     string
			password string // after the act
			factor   bool   // still there
			act      func(u sallyport.User, x *apptest.Authenticator)
		}{
			{"password reset", another, true, func(u sallyport.User, _ *apptest.Authenticator) {
				secret := a.MailedLink(t, u, link.Reset, link.About{})
				apptest.Must(t, a.Accounts.ResetPassword(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}, another, another))
			}},
			{"reset of the factors", apptest.Password, false, func(u sallyport.User, _ *apptest.Authenticator) {
				_, err := a.Factors.ResetOf(ctx, operator, u.ID, apptest.Grounds)
				apptest.Must(t, err)
				a.EndHanded(t, u) // it would be asked for on each device
			}},
			{"backup code", apptest.Password, true, func(u sallyport.User, x *apptest.Authenticator) {
				a.Visit(t, a.Laptop(t), u.Email, false, func() mfa.Answer {
					return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: x.BackupCodes[0]}
				})
			}},
		} {
			email := []string{"u0@corp.test", "u1@corp.test", "u2@corp.test"}[i]
			u := a.AddUser(t, email, sallyport.RoleMember)
			home := a.Visit(t, a.Laptop(t), email, true, nil)
			x := a.AddTOTP(t, home.Me())
			var all []apptest.Visited
			for range 4 {
				all = append(all, a.Visit(t, a.Laptop(t), email, true, appCode(t, a, x)))
			}
			good, lost, off := all[0], all[1], all[2]
			apptest.Must(t, a.Devices.SetPrimary(ctx, good.Me(), good.DeviceID()))
			apptest.Must(t, a.Devices.ReportLost(ctx, good.Me(), lost.DeviceID()))
			apptest.Must(t, a.Devices.Suspend(ctx, operator, off.DeviceID()))
			a.Mails(t)
			end.act(u, x)
			for what, b := range map[string]apptest.Visited{"a trusted one": good, "another": all[3], "the lost one": lost, "the suspended one": off} {
				d := stored(t, a, b.DeviceID())
				if d.TrustLevel != 0 || d.Primary {
					t.Errorf("%s: %s is at level %d", end.name, what, d.TrustLevel)
				}
				r, err := a.Try(ctx, b.Again(), email, end.password)
				asked := err == nil && r.State == signin.Factor
				if asked != end.factor {
					t.Errorf("%s: %s is asked for a second factor: %v", end.name, what, asked)
				}
				if asked {
					r, err = a.PassFactor(t, b.Again(), r, sallyport.MethodTOTP, appCode(t, a, x)().Code)
				}
				blocked := b.DeviceID() == lost.DeviceID() || b.DeviceID() == off.DeviceID()
				if blocked != (sallyport.CodeOf(err) == sallyport.CodeDeviceNotTrusted) || !blocked && r.Session.DeviceID == b.DeviceID() {
					t.Errorf("%s: %s: %+v %v", end.name, what, r.State, err)
				}
			}
			apptest.Must(t, a.Devices.Resume(ctx, operator, off.DeviceID()))
			if d := stored(t, a, off.DeviceID()); d.TrustLevel != 0 {
				t.Errorf("%s: resumed at level %d", end.name, d.TrustLevel)
			}
		}
	})
}

// The owner of an unused device is told a week before it is removed, with the date. It is
// removed only after that mail, and not if it is used in between, by a sign-in or in a
// session.
func TestIdleDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		a.AddUser(t, mia, sallyport.RoleMember)
		idle := a.Visit(t, a.Laptop(t), mia, true, nil)
		busy := a.Visit(t, a.Laptop(t), mia, true, nil)
		open := a.Visit(t, a.Laptop(t), mia, true, nil)
		once := a.Visit(t, a.Laptop(t), mia, false, nil) // at level 0: it is not removed
		late := stored(t, a, idle.DeviceID()).LastUsedAt
		a.Mails(t)
		sweep := func(at time.Time) (mails []*notify.Message, events string) {
			t.Helper()
			a.Clock.Set(at)
			events = a.Happened(t, func() { tendOnAll(t, nodes) })
			return a.Mails(t), events
		}
		// The open session is used every day.
		keepOpen := func(until time.Time) {
			t.Helper()
			for a.Clock.Now().Before(until) {
				a.Clock.Advance(day)
				if _, err := a.Sessions.Check(ctx, a.TenantID(t), open.In.SessionToken); err != nil {
					t.Fatal(err)
				}
				apptest.Must(t, a.Sessions.Flush(ctx))
			}
		}
		keepOpen(late.Add(22 * day))
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceAutoRevoke = 30 * day })
		if mails, events := sweep(late.Add(23*day - time.Microsecond)); len(mails) != 0 || events != "" {
			t.Errorf("too early: %d mails, %s", len(mails), events)
		}
		mails, events := sweep(late.Add(23 * day))
		if events != "device.revocation_announced device.revocation_announced" || len(mails) != 2 {
			t.Fatalf("a week before: %d mails, %s", len(mails), events)
		}
		for _, m := range mails {
			if text := apptest.Text(t, m); m.Kind != notify.DeviceExpiring || m.To != mia || !strings.Contains(text, "1 Apr 2026, 09:00 UTC") {
				t.Errorf("%s without the date to %s", m.Kind, m.To)
			}
		}
		keepOpen(late.Add(29 * day))
		if mails, events := sweep(late.Add(30*day - time.Microsecond)); len(mails) != 0 || events != "" {
			t.Errorf("once told: %d mails, %s", len(mails), events)
		}
		busy = a.Visit(t, busy.Again(), mia, false, nil)
		if _, events := sweep(late.Add(30 * day)); events != "auth.session_revoked device.revoked" { // one that was over, and not swept
			t.Errorf("after a month: %s", events)
		}
		for what, b := range map[string]apptest.Visited{"idle": idle, "busy": busy, "open": open, "let in once": once} {
			d := stored(t, a, b.DeviceID())
			if gone := d.Status == sallyport.DeviceRevoked; gone != (what == "idle") || gone && d.EndedReason != "idle" {
				t.Errorf("%s: %+v", what, d)
			}
		}
		// It was used since: the notice starts anew.
		mails, _ = sweep(late.Add(30*day + 23*day))
		if len(mails) == 0 {
			t.Error("the one that was used is not told of again")
		}
	})
}

// When policy is tightened after the last use there is still a week's notice. A policy of few
// days announces no device that is in use.
func TestIdlePolicyComesLater(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		b := a.Visit(t, a.Laptop(t), mia, true, nil)
		a.Mails(t)
		a.Clock.Advance(300 * day)
		introduced := a.Clock.Now()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceAutoRevoke = 90 * day })
		apptest.Must(t, a.Devices.Tend(t.Context()))
		m := a.OnlyMail(t, notify.DeviceExpiring, mia)
		if want := introduced.Add(7 * day).Format("2 Jan 2006, 15:04"); !strings.Contains(apptest.Text(t, m), want) {
			t.Errorf("the mail does not say %s", want)
		}
		for _, at := range []struct {
			after time.Duration
			gone  bool
		}{{7*day - time.Microsecond, false}, {7 * day, true}} {
			a.Clock.Set(introduced.Add(at.after))
			apptest.Must(t, a.Devices.Tend(t.Context()))
			if gone := stored(t, a, b.DeviceID()).Status == sallyport.DeviceRevoked; gone != at.gone {
				t.Errorf("after %v: %v", at.after, gone)
			}
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceAutoRevoke = 2 * day })
		used := a.Visit(t, a.Laptop(t), mia, true, nil)
		if events := a.Happened(t, func() { apptest.Must(t, a.Devices.Tend(t.Context())) }); events != "" {
			t.Errorf("just used, and told of: %s", events)
		}
		a.Clock.Advance(day)
		apptest.Must(t, a.Devices.Tend(t.Context()))
		a.Clock.Advance(day)
		apptest.Must(t, a.Devices.Tend(t.Context()))
		if stored(t, a, used.DeviceID()).Status != sallyport.DeviceRevoked || a.Count(t)[audit.DeviceRevocationTold] != 2 {
			t.Errorf("%+v %v", stored(t, a, used.DeviceID()), a.Count(t)[audit.DeviceRevocationTold])
		}
	})
}

// The user says which device is the primary one. It must be trusted, there is at most one,
// and none once it is removed.
func TestPrimaryDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		one, two, once := a.Visit(t, a.Laptop(t), mia, true, nil), a.Visit(t, a.Laptop(t), mia, true, nil), a.Visit(t, a.Laptop(t), mia, false, nil)
		primary := func() (out []string) {
			all, err := a.Devices.ListOwn(ctx, one.Me(), list.OwnDevices.First())
			apptest.Must(t, err)
			for _, d := range all.Rows {
				if d.Primary {
					out = append(out, d.ID)
				}
			}
			return out
		}
		apptest.Denied(t, "one let in once", a.Devices.SetPrimary(ctx, one.Me(), once.DeviceID()), sallyport.CodeConflict)
		for _, b := range []apptest.Visited{one, two, two} {
			apptest.Must(t, a.Devices.SetPrimary(ctx, one.Me(), b.DeviceID()))
			if got := primary(); !slices.Equal(got, []string{b.DeviceID()}) {
				t.Errorf("%v, want %s", got, b.DeviceID())
			}
		}
		if n := a.Count(t)[audit.DevicePrimary]; n != 2 {
			t.Errorf("%d events", n)
		}
		apptest.Must(t, a.Devices.Revoke(ctx, one.Me(), two.DeviceID()))
		if got := primary(); len(got) != 0 {
			t.Errorf("removed and still primary: %v", got)
		}
		apptest.Denied(t, "a removed one", a.Devices.SetPrimary(ctx, one.Me(), two.DeviceID()), sallyport.CodeConflict)
	})
}
