package account_test

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

// on is a browser with somebody signed in.
type on struct {
	from signin.From
	in   signin.Result
}

func (b on) me() sallyport.Actor { return apptest.Actor(b.in) }
func (b on) id() string          { return b.in.Session.DeviceID }

// visit signs a browser in, by whatever is asked, and says whether to trust it.
func visit(t *testing.T, a *apptest.App, from signin.From, email string, trust bool, answer func() mfa.Answer) on {
	t.Helper()
	from.AsksTrust = true
	r, err := a.SignIn.Open(t.Context(), from, email)
	for err == nil && r.State != signin.Done {
		step := signin.Step{State: r.State, Password: apptest.Password, Trust: trust}
		if r.State == signin.Factor {
			step.Answer = answer()
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	}
	must(t, err)
	return on{apptest.After(from, r), r}
}

// fresh returns a browser that nobody knows.
func fresh(t *testing.T, a *apptest.App) signin.From { return a.Laptop(t) }

// again returns a browser without its session.
func again(b on) signin.From {
	f := b.from
	f.Session = ""
	return f
}

func appCode(t *testing.T, a *apptest.App, x *apptest.Authenticator) func() mfa.Answer {
	return func() mfa.Answer {
		a.Clock.Advance(30 * time.Second) // each is good once
		return mfa.Answer{Method: sallyport.MethodTOTP, Code: x.Code(t)}
	}
}

func device(t *testing.T, a *apptest.App, id string) sallyport.Device {
	t.Helper()
	d, err := a.DB.Device(t.Context(), a.TenantID(t), id)
	must(t, err)
	return d
}

// level checks how much a device is trusted, and why.
func level(t *testing.T, a *apptest.App, what, id string, want sallyport.TrustLevel, why policy.TrustReason) {
	t.Helper()
	if d := device(t, a, id); d.TrustLevel != want || d.TrustReason != string(why) {
		t.Errorf("%s: level %d by %q, want %d by %q", what, d.TrustLevel, d.TrustReason, want, why)
	}
}

func denied(t *testing.T, what string, err error, want sallyport.Code) {
	t.Helper()
	if sallyport.CodeOf(err) != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// ready proves whatever the act asks for and returns the browser with its new token.
func ready(t *testing.T, a *apptest.App, b on, act policy.Act, x *apptest.Authenticator) on {
	t.Helper()
	err := a.Accounts.MayAct(t.Context(), b.me(), act)
	if ask := stepUpOf(err); ask != nil {
		if ask.Factor {
			a.Clock.Advance(30 * time.Second)
		}
		b.from = a.StepUp(t, b.from, b.me(), *ask, x)
	} else {
		must(t, err)
	}
	return b
}

func stepUpOf(err error) *sallyport.StepUp {
	if e := new(sallyport.Error); errors.As(err, &e) && e.Code == sallyport.CodeStepUp {
		return e.StepUp
	}
	return nil
}

// Every row of the table of trust is reached by its way, and by no other.
func TestWaysToTrust(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(a.TenantID(t))

		// Without a second factor: chosen, then confirmed by mail.
		first := visit(t, a, fresh(t, a), mia, true, nil)
		level(t, a, "chosen at sign-in", first.id(), 1, policy.ChosenAtSignIn)
		other := visit(t, a, fresh(t, a), mia, false, nil)
		level(t, a, "let in once", other.id(), 0, "")
		first = visit(t, a, again(first), mia, false, nil)
		level(t, a, "another sign-in", first.id(), 1, policy.ChosenAtSignIn)
		denied(t, "confirmed from one that is not verified", a.Devices.Trust(ctx, first.me(), other.id()), sallyport.CodeConflict)
		denied(t, "confirmed from one let in once", a.Devices.Trust(ctx, other.me(), first.id()), sallyport.CodeConflict)
		level(t, a, "after that", other.id(), 0, "")
		a.Mails(t)
		must(t, a.Devices.Confirm(ctx, first.me()))
		secret := apptest.Secret(t, only(t, a, notify.DeviceConfirm, mia), "/trust-device/")
		level(t, a, "before the link was used", first.id(), 1, policy.ChosenAtSignIn)
		foreign := a.AddTenant(t, "other.test")
		denied(t, "the link elsewhere", a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: foreign.ID, Client: phone, Secret: secret}), sallyport.CodeLinkExpired)
		must(t, a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: first.me().TenantID, Client: phone, Secret: secret}))
		level(t, a, "by mail", first.id(), 2, policy.ConfirmedByMail)
		must(t, a.Devices.Trust(ctx, first.me(), other.id()))
		level(t, a, "from a verified device", other.id(), 2, policy.ConfirmedElsewhere)

		// With an authenticator app.
		x := a.AddTOTP(t, first.me())
		byApp := visit(t, a, fresh(t, a), mia, true, appCode(t, a, x))
		level(t, a, "a factor at sign-in", byApp.id(), 2, policy.FactorPassed)
		untrusted := visit(t, a, fresh(t, a), mia, false, appCode(t, a, x))
		level(t, a, "a factor where nobody trusts", untrusted.id(), 0, "")
		must(t, a.Devices.Trust(ctx, untrusted.me(), untrusted.id()))
		level(t, a, "trusted later, the factor is fresh", untrusted.id(), 2, policy.FactorPassed)

		// A passkey, on top of a sign-in, that verified its user.
		b := visit(t, a, fresh(t, a), mia, true, appCode(t, a, x))
		b = ready(t, a, b, policy.AddFactor, x)
		key := a.AddPasskey(t, b.me())
		for _, v := range []struct {
			unverified bool
			level      sallyport.TrustLevel
			why        policy.TrustReason
		}{{true, 2, policy.FactorPassed}, {false, 3, policy.PasskeyStepUp}} {
			r, err := a.SignIn.OpenStepUp(ctx, b.from, b.me(), sallyport.StepUp{Act: string(policy.BackupCodes), Factor: true})
			must(t, err)
			r, err = a.SignIn.Ask(ctx, b.from, r.FlowToken, r.FlowID, mfa.Choice{Method: sallyport.MethodWebAuthn})
			must(t, err)
			key.Device.Options.UserNotVerified = v.unverified
			r, err = a.SignIn.Advance(ctx, b.from, r.FlowToken, signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: key.Answer(t, r.Asked.Options)}})
			must(t, err)
			b.from.Session = r.SessionToken
			level(t, a, "a passkey step-up", b.id(), v.level, v.why)
		}
		b = visit(t, a, again(b), mia, true, appCode(t, a, x))
		level(t, a, "what is worth less does not lower it", b.id(), 3, policy.PasskeyStepUp)

		// An admin, any level from 1 to 3.
		for _, n := range []sallyport.TrustLevel{-1, 0, 4} {
			denied(t, "a level there is not", a.Devices.SetLevel(ctx, operator, b.id(), n), sallyport.CodeInvalid)
		}
		for _, n := range []sallyport.TrustLevel{1, 3, 2} {
			must(t, a.Devices.SetLevel(ctx, operator, b.id(), n))
			level(t, a, "by an admin", b.id(), n, policy.SetByAdmin)
		}

		// A backup code raises nothing: it ends all trust there is.
		fallen := visit(t, a, again(b), mia, true, func() mfa.Answer {
			return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: x.BackupCodes[0]}
		})
		if fallen.id() == b.id() || device(t, a, b.id()).TrustLevel != 0 {
			t.Errorf("after a backup code the device is %+v", device(t, a, b.id()))
		}
		level(t, a, "by a backup code", fallen.id(), 1, policy.ChosenAtSignIn)
	})
}

// Trust above the lowest level is over at the moment that policy says, whether or not
// the job has come by; the job writes it down, once. The next factor verifies anew.
func TestTrustIsOverdue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceReverify, p.DeviceSkipMFA, p.DeviceMinTrust = 30*day, true, 2 })
		a.AddUser(t, mia, sallyport.RoleMember)
		first := visit(t, a, fresh(t, a), mia, true, nil)
		x := a.AddTOTP(t, first.me())
		b := visit(t, a, again(first), mia, true, appCode(t, a, x))
		verified := device(t, a, b.id()).VerifiedAt
		asked := func(what string, want bool) {
			t.Helper()
			r, err := a.Try(t.Context(), again(b), mia, apptest.Password)
			must(t, err)
			if (r.State == signin.Factor) != want {
				t.Errorf("%s: %s", what, r.State)
			}
			if r.State == signin.Done {
				b = on{apptest.After(again(b), r), r}
			}
		}
		a.Clock.Set(verified.Add(30*day - time.Microsecond))
		asked("the last moment", false)
		must(t, a.Devices.Tend(t.Context()))
		level(t, a, "the last moment", b.id(), 2, policy.FactorPassed)
		a.Clock.Set(verified.Add(30 * day))
		asked("overdue", true)
		level(t, a, "before the job", b.id(), 2, policy.FactorPassed)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for range 2 {
			tendOnAll(t, nodes)
		}
		level(t, a, "after the job", b.id(), 1, policy.Overdue)
		if n := a.Count(t)[audit.DeviceTrustOverdue]; n != 1 {
			t.Errorf("%d events", n)
		}
		asked("after the job", true)
		b = visit(t, a, again(b), mia, false, appCode(t, a, x))
		level(t, a, "verified anew", b.id(), 2, policy.FactorPassed)
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

// An act that needs a verified device is told so; a factor proven on a device that is
// trusted verifies it, and nothing does on one that is not. The first factor may be
// added anywhere.
func TestActsOnAVerifiedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 2 })
		a.AddUser(t, mia, sallyport.RoleMember)
		first := visit(t, a, fresh(t, a), mia, false, nil)
		if ask := stepUpOf(a.Accounts.MayAct(ctx, first.me(), policy.ChangePassword)); ask != nil {
			t.Errorf("a password cannot be changed on a device let in once: %+v", ask)
		}
		x := a.AddTOTP(t, first.me()) // anywhere
		once := visit(t, a, fresh(t, a), mia, false, appCode(t, a, x))
		ask := stepUpOf(a.Accounts.MayAct(ctx, once.me(), policy.BackupCodes))
		if ask == nil || ask.Trust != 2 || ask.Factor {
			t.Errorf("on a device let in once: %+v", ask)
		}
		if _, err := a.Factors.NewBackupCodes(ctx, once.me()); stepUpOf(err) == nil {
			t.Errorf("the act itself: %v", err)
		}
		trusted := visit(t, a, fresh(t, a), mia, true, appCode(t, a, x))
		must(t, a.Devices.SetLevel(ctx, sallyport.Operator(a.TenantID(t)), trusted.id(), 1))
		ask = stepUpOf(a.Accounts.MayAct(ctx, trusted.me(), policy.BackupCodes))
		if ask == nil || ask.Trust != 2 || !ask.Factor {
			t.Fatalf("on a trusted device: %+v", ask)
		}
		a.Clock.Advance(30 * time.Second)
		trusted.from = a.StepUp(t, trusted.from, trusted.me(), *ask, x)
		level(t, a, "after the step-up", trusted.id(), 2, policy.FactorPassed)
		if _, err := a.Factors.NewBackupCodes(ctx, trusted.me()); err != nil {
			t.Errorf("on a verified device: %v", err)
		}
	})
}

// A password reset, a reset of the second factors and a backup code end the trust in
// every device alike. Those that are blocked stay blocked: the laptop that was reported
// lost is not forgotten with them.
func TestTrustEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		for i, end := range []struct {
			name     string
			password string // from then on
			factor   bool   // still there
			act      func(u sallyport.User, x *apptest.Authenticator)
		}{
			{"password reset", second, true, func(u sallyport.User, _ *apptest.Authenticator) {
				must(t, reset(t, a, resetLink(t, a, u.Email), second))
			}},
			{"reset of the factors", apptest.Password, false, func(u sallyport.User, _ *apptest.Authenticator) {
				_, err := a.Factors.ResetOf(ctx, operator, u.ID)
				must(t, err)
			}},
			{"backup code", apptest.Password, true, func(u sallyport.User, x *apptest.Authenticator) {
				visit(t, a, fresh(t, a), u.Email, false, func() mfa.Answer {
					return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: x.BackupCodes[0]}
				})
			}},
		} {
			email := []string{"u0@corp.test", "u1@corp.test", "u2@corp.test"}[i]
			u := a.AddUser(t, email, sallyport.RoleMember)
			home := visit(t, a, fresh(t, a), email, true, nil)
			x := a.AddTOTP(t, home.me())
			var all []on
			for range 4 {
				all = append(all, visit(t, a, fresh(t, a), email, true, appCode(t, a, x)))
			}
			good, lost, off := all[0], all[1], all[2]
			must(t, a.Devices.SetPrimary(ctx, good.me(), good.id()))
			must(t, a.Devices.ReportLost(ctx, good.me(), lost.id()))
			must(t, a.Devices.Suspend(ctx, operator, off.id()))
			a.Mails(t)
			end.act(u, x)
			for what, b := range map[string]on{"a trusted one": good, "another": all[3], "the lost one": lost, "the suspended one": off} {
				d := device(t, a, b.id())
				if d.TrustLevel != 0 || d.Primary {
					t.Errorf("%s: %s is at level %d", end.name, what, d.TrustLevel)
				}
				r, err := a.Try(ctx, again(b), email, end.password)
				asked := err == nil && r.State == signin.Factor
				if asked != end.factor {
					t.Errorf("%s: %s is asked for a second factor: %v", end.name, what, asked)
				}
				if asked {
					r, err = a.PassFactor(t, again(b), r, sallyport.MethodTOTP, appCode(t, a, x)().Code)
				}
				blocked := b.id() == lost.id() || b.id() == off.id()
				if blocked != (sallyport.CodeOf(err) == sallyport.CodeDeviceNotTrusted) || !blocked && r.Session.DeviceID == b.id() {
					t.Errorf("%s: %s: %+v %v", end.name, what, r.State, err)
				}
			}
			must(t, a.Devices.Resume(ctx, operator, off.id()))
			if d := device(t, a, off.id()); d.TrustLevel != 0 {
				t.Errorf("%s: resumed at level %d", end.name, d.TrustLevel)
			}
		}
	})
}

// Who does not use a device is told a week before it goes, with the date; it goes when
// they were told and not before, and using it in between keeps it, be it by signing in
// or in a session that lasts.
func TestIdleDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		a.AddUser(t, mia, sallyport.RoleMember)
		idle := visit(t, a, fresh(t, a), mia, true, nil)
		busy := visit(t, a, fresh(t, a), mia, true, nil)
		open := visit(t, a, fresh(t, a), mia, true, nil)
		once := visit(t, a, fresh(t, a), mia, false, nil) // not on the list, nothing to remove
		late := device(t, a, idle.id()).LastUsedAt
		a.Mails(t)
		sweep := func(at time.Time) (mails []*notify.Message, events string) {
			t.Helper()
			a.Clock.Set(at)
			events = happened(t, a, func() { tendOnAll(t, nodes) })
			return a.Mails(t), events
		}
		// The session that is open is used each day, all the time.
		keepOpen := func(until time.Time) {
			t.Helper()
			for a.Clock.Now().Before(until) {
				a.Clock.Advance(day)
				if _, err := a.Sessions.Check(ctx, a.TenantID(t), open.in.SessionToken); err != nil {
					t.Fatal(err)
				}
				must(t, a.Sessions.Flush(ctx))
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
		busy = visit(t, a, again(busy), mia, false, nil)
		if _, events := sweep(late.Add(30 * day)); events != "auth.session_revoked device.revoked" { // one that was over, and not swept
			t.Errorf("after a month: %s", events)
		}
		for what, b := range map[string]on{"idle": idle, "busy": busy, "open": open, "let in once": once} {
			d := device(t, a, b.id())
			if gone := d.Status == sallyport.DeviceRevoked; gone != (what == "idle") || gone && d.EndedReason != "idle" {
				t.Errorf("%s: %+v", what, d)
			}
		}
		// Somebody used it since: the notice starts anew.
		mails, _ = sweep(late.Add(30*day + 23*day))
		if len(mails) == 0 {
			t.Error("the one that was used is not told of again")
		}
	})
}

// A policy that comes later than the last use gives a week all the same, and a policy of
// few days tells of no device that is in use.
func TestIdlePolicyComesLater(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		b := visit(t, a, fresh(t, a), mia, true, nil)
		a.Mails(t)
		a.Clock.Advance(300 * day)
		introduced := a.Clock.Now()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceAutoRevoke = 90 * day })
		must(t, a.Devices.Tend(t.Context()))
		m := only(t, a, notify.DeviceExpiring, mia)
		if want := introduced.Add(7 * day).Format("2 Jan 2006, 15:04"); !strings.Contains(apptest.Text(t, m), want) {
			t.Errorf("the mail does not say %s", want)
		}
		for _, at := range []struct {
			after time.Duration
			gone  bool
		}{{7*day - time.Microsecond, false}, {7 * day, true}} {
			a.Clock.Set(introduced.Add(at.after))
			must(t, a.Devices.Tend(t.Context()))
			if gone := device(t, a, b.id()).Status == sallyport.DeviceRevoked; gone != at.gone {
				t.Errorf("after %v: %v", at.after, gone)
			}
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceAutoRevoke = 2 * day })
		used := visit(t, a, fresh(t, a), mia, true, nil)
		if events := happened(t, a, func() { must(t, a.Devices.Tend(t.Context())) }); events != "" {
			t.Errorf("just used, and told of: %s", events)
		}
		a.Clock.Advance(day)
		must(t, a.Devices.Tend(t.Context()))
		a.Clock.Advance(day)
		must(t, a.Devices.Tend(t.Context()))
		if device(t, a, used.id()).Status != sallyport.DeviceRevoked || a.Count(t)[audit.DeviceRevocationTold] != 2 {
			t.Errorf("%+v %v", device(t, a, used.id()), a.Count(t)[audit.DeviceRevocationTold])
		}
	})
}

// The one that is used most is the user's word; it has to be trusted, there is one at
// most, and it is none any more when it is removed.
func TestPrimaryDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		one, two, once := visit(t, a, fresh(t, a), mia, true, nil), visit(t, a, fresh(t, a), mia, true, nil), visit(t, a, fresh(t, a), mia, false, nil)
		primary := func() (out []string) {
			all, err := a.Devices.ListOwn(ctx, one.me(), list.OwnDevices.First())
			must(t, err)
			for _, d := range all.Rows {
				if d.Primary {
					out = append(out, d.ID)
				}
			}
			return out
		}
		denied(t, "one let in once", a.Devices.SetPrimary(ctx, one.me(), once.id()), sallyport.CodeConflict)
		for _, b := range []on{one, two, two} {
			must(t, a.Devices.SetPrimary(ctx, one.me(), b.id()))
			if got := primary(); !slices.Equal(got, []string{b.id()}) {
				t.Errorf("%v, want %s", got, b.id())
			}
		}
		if n := a.Count(t)[audit.DevicePrimary]; n != 2 {
			t.Errorf("%d events", n)
		}
		must(t, a.Devices.Revoke(ctx, one.me(), two.id()))
		if got := primary(); len(got) != 0 {
			t.Errorf("removed and still primary: %v", got)
		}
		denied(t, "a removed one", a.Devices.SetPrimary(ctx, one.me(), two.id()), sallyport.CodeConflict)
	})
}
