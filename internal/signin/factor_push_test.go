package signin_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

const byPush = sallyport.MethodPush

// approver is a member whose phone can approve what is asked for on another device.
type approver struct {
	a     *apptest.App
	user  sallyport.User
	app   *apptest.Authenticator
	phone apptest.Visited
}

// withPhone adds one.
func withPhone(t *testing.T, a *apptest.App) *approver {
	t.Helper()
	u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	p := a.AddApprover(t, u.Email)
	return &approver{a: a, user: u, app: p.App, phone: p.Phone}
}

// browser signs in with the app on a browser; with trust it ends at the level that a second factor earns.
func (p *approver) browser(t *testing.T, from signin.From, trust bool) apptest.Visited {
	t.Helper()
	p.a.Clock.Advance(30 * time.Second)
	return p.a.Visit(t, from, p.user.Email, trust, func() mfa.Answer { return mfa.Answer{Method: totp, Code: p.app.Code(t)} })
}

// asked is a sign-in on a new laptop that has asked the phone.
type asked struct {
	from   signin.From
	r      signin.Result
	id     string // of the request
	number int
}

func (p *approver) ask(t *testing.T, from signin.From) asked {
	t.Helper()
	r, err := p.a.Try(t.Context(), from, p.user.Email, apptest.Password)
	apptest.Must(t, err)
	return p.request(t, from, r)
}

func (p *approver) request(t *testing.T, from signin.From, r signin.Result) asked {
	t.Helper()
	r, err := p.a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: byPush})
	apptest.Must(t, err)
	pushed := p.a.Pushes(t)
	if len(pushed) == 0 {
		t.Fatal("no device was asked")
	}
	return asked{from, r, pushed[len(pushed)-1].RequestID(), r.Asked.Number}
}

func (p *approver) look(t *testing.T, at asked) (signin.Result, error) {
	t.Helper()
	return p.a.PassFactor(t, at.from, at.r, byPush, "")
}

func (p *approver) approve(t *testing.T, by sallyport.Actor, at asked) error {
	t.Helper()
	return p.a.Factors.Approve(t.Context(), by, at.id, strconv.Itoa(at.number))
}

// ruled checks that an error is CodeInvalid with a rule.
func ruled(t *testing.T, what string, err error, rule string) {
	t.Helper()
	var e *sallyport.Error
	if !errors.As(err, &e) || e.Code != sallyport.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Code != rule {
		t.Errorf("%s: %v, want %s", what, err, rule)
	}
}

func TestApprovalOfASignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		from := a.Laptop(t)
		r, err := a.Try(t.Context(), from, p.user.Email, apptest.Password)
		apptest.Must(t, err)
		if len(a.Pushes(t)) != 0 {
			t.Error("a device is asked before anybody chose to")
		}
		var at asked
		if got := a.Happened(t, func() { at = p.request(t, from, r) }); got != string(audit.CodeSent) {
			t.Errorf("%s", got)
		}
		if at.number < 10 || at.number > 99 || !at.r.Asked.Until.Equal(a.Clock.Now().Add(2*time.Minute)) {
			t.Errorf("%+v", at.r.Asked)
		}
		// To look is no try, however often.
		for range 30 {
			_, err := p.look(t, at)
			ruled(t, "waiting", err, "approval_waiting")
		}
		seen, err := a.SignIn.Look(t.Context(), from, at.r.FlowToken)
		if err != nil || seen.Waiting == nil || seen.Waiting.State != mfa.ApprovalWaiting || seen.Waiting.Number != at.number {
			t.Errorf("%+v, %v", seen.Waiting, err)
		}

		open, err := a.Factors.Approvals(t.Context(), p.phone.Me())
		if err != nil || len(open) != 1 || !open[0].May || open[0].Asks || open[0].Act != "" || open[0].From.IPAddress != "192.0.2.10" || open[0].From.Info.Browser != "Chrome" {
			t.Fatalf("%+v, %v", open, err)
		}
		if got := a.Happened(t, func() { apptest.Must(t, p.approve(t, p.phone.Me(), at)) }); got != string(audit.Approved) {
			t.Errorf("%s", got)
		}
		apptest.Denied(t, "a second answer", p.approve(t, p.phone.Me(), at), sallyport.CodeConflict)
		apptest.Denied(t, "a denial after it", a.Factors.Deny(t.Context(), p.phone.Me(), at.id), sallyport.CodeConflict)

		// Elsewhere it is good for nothing.
		other, err := a.Try(t.Context(), a.Laptop(t), p.user.Email, apptest.Password)
		apptest.Must(t, err)
		_, err = a.PassFactor(t, from, other, byPush, "")
		ruled(t, "in another flow", err, "approval_missing")

		in, err := p.look(t, at)
		if err != nil || in.State != signin.Done || in.Session.MFAMethod != byPush || in.Used.Method != byPush {
			t.Fatalf("%+v, %v", in, err)
		}
		if d, err := a.DB.Device(t.Context(), p.user.TenantID, in.Session.DeviceID); err != nil || d.TrustLevel >= sallyport.TrustMedium {
			t.Errorf("an approval has raised the device to %d: %v", d.TrustLevel, err)
		}
		if open, err := a.Factors.Approvals(t.Context(), p.phone.Me()); err != nil || len(open) != 0 {
			t.Errorf("%+v, %v", open, err)
		}
	})
}

func TestWhoMayApprove(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		tablet := p.browser(t, a.From(t, apptest.Client("198.51.100.8", apptest.ChromeOnMac)), false)
		stranger := a.Visit(t, a.From(t, apptest.Client("198.51.100.9", apptest.ChromeOnMac)), a.AddUser(t, "sam@corp.test", sallyport.RoleMember).Email, true, nil)
		at := p.ask(t, a.Laptop(t))

		apptest.Denied(t, "a device of level 0", p.approve(t, tablet.Me(), at), sallyport.CodeDeviceNotTrusted)
		apptest.Denied(t, "its denial", a.Factors.Deny(t.Context(), tablet.Me(), at.id), sallyport.CodeDeviceNotTrusted)
		apptest.Denied(t, "another user", p.approve(t, stranger.Me(), at), sallyport.CodeNotFound)
		_, err := a.Factors.Requested(t.Context(), stranger.Me(), at.id)
		apptest.Denied(t, "another user who looks", err, sallyport.CodeNotFound)
		key := sallyport.Actor{Type: sallyport.ActorUser, TenantID: p.user.TenantID, UserID: p.user.ID, Role: p.user.Role, KeyID: "key"}
		apptest.Denied(t, "an API key", p.approve(t, key, at), sallyport.CodeNotByKey)
		if r, err := a.Factors.Requested(t.Context(), tablet.Me(), at.id); err != nil || r.May || r.Asks {
			t.Errorf("%+v, %v", r, err)
		}

		// The browser that asks: with its session, and without it.
		for name, from := range map[string]signin.From{"with its session": p.phone.From, "without": p.phone.Again()} {
			r, err := a.Try(t.Context(), from, p.user.Email, apptest.Password)
			apptest.Must(t, err)
			_, err = a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: byPush})
			ruled(t, name, err, "approval_nobody")
		}
		laptop := p.browser(t, a.From(t, apptest.Client("198.51.100.10", apptest.ChromeOnMac)), true)
		laptop = p.browser(t, laptop.From, true)
		a.Subscribe(t, laptop.Me())
		mine := p.ask(t, p.phone.From)
		apptest.Denied(t, "the one that asks", p.approve(t, p.phone.Me(), mine), sallyport.CodeConflict)
		apptest.Must(t, p.approve(t, laptop.Me(), mine))

		// A session that an admin suspended answers nothing until it goes on.
		waits := p.ask(t, p.phone.From)
		operator := sallyport.Operator(p.user.TenantID)
		apptest.Must(t, a.Sessions.Suspend(t.Context(), operator, laptop.In.Session.ID))
		apptest.Denied(t, "a suspended one", p.approve(t, laptop.Me(), waits), sallyport.CodeNotSignedIn)
		apptest.Must(t, a.Sessions.Resume(t.Context(), operator, laptop.In.Session.ID))

		// Whoever has signed out answers no more, and their answer counts no more.
		apptest.Must(t, a.Sessions.RevokeOwn(t.Context(), p.phone.Me(), laptop.In.Session.ID))
		_, err = p.look(t, mine)
		ruled(t, "after its sign-out", err, "approval_expired")
		apptest.Denied(t, "after its sign-out", p.approve(t, laptop.Me(), at), sallyport.CodeNotSignedIn)
	})
}

func TestApprovalInTimeAndOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		at := p.ask(t, a.Laptop(t))
		a.Clock.Advance(2 * time.Minute)
		apptest.Denied(t, "too late", p.approve(t, p.phone.Me(), at), sallyport.CodeConflict)
		_, err := p.look(t, at)
		ruled(t, "too late", err, "approval_expired")

		at = p.request(t, at.from, at.r)
		first := at
		at = p.request(t, at.from, at.r) // it takes the place of the former
		apptest.Denied(t, "the one before", p.approve(t, p.phone.Me(), first), sallyport.CodeConflict)
		got := apptest.AtOnce(4, func(int) error { return p.approve(t, p.phone.Me(), at) })
		if got[""] != 1 || got[sallyport.CodeConflict] != 3 {
			t.Errorf("%v", got)
		}
		a.Clock.Advance(2*time.Minute - time.Second)
		seen, err := a.SignIn.Look(t.Context(), at.from, at.r.FlowToken)
		if err != nil || seen.Waiting.State != mfa.ApprovalApproved {
			t.Errorf("%+v, %v", seen.Waiting, err)
		}
		got = apptest.AtOnce(4, func(int) error { _, err := p.look(t, at); return err })
		if got[""] != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestWrongNumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		at := p.ask(t, a.Laptop(t))
		for _, typed := range []string{"", "7", "123", "ab"} {
			ruled(t, typed, a.Factors.Approve(t.Context(), p.phone.Me(), at.id, typed), "two_digits")
		}
		other := asked{id: at.id, number: 10 + (at.number-9)%90}
		ruled(t, "another number", p.approve(t, p.phone.Me(), other), "wrong_number")
		apptest.Denied(t, "the right one after it", p.approve(t, p.phone.Me(), at), sallyport.CodeConflict)
		_, err := p.look(t, at)
		ruled(t, "the browser", err, "approval_wrong_number")
		again := p.request(t, at.from, at.r) // it closes nothing
		apptest.Must(t, a.Factors.Approve(t.Context(), p.phone.Me(), again.id, " "+strconv.Itoa(again.number)))
		if in, err := p.look(t, again); err != nil || in.State != signin.Done {
			t.Errorf("%+v, %v", in, err)
		}
	})
}

func TestFatigue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		at := p.ask(t, a.Laptop(t))
		apptest.Must(t, p.approve(t, p.phone.Me(), at)) // ends the run
		at = p.request(t, at.from, at.r)
		for range 2 {
			at = p.request(t, at.from, at.r)
		}
		ask := func(from signin.From) error {
			r, err := a.Try(t.Context(), from, p.user.Email, apptest.Password)
			apptest.Must(t, err)
			_, err = a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: byPush})
			return err
		}
		apptest.Denied(t, "a fourth one", ask(a.Laptop(t)), sallyport.CodeRateLimited)
		apptest.Denied(t, "from elsewhere", ask(a.From(t, apptest.Client("203.0.113.5", apptest.ChromeOnMac))), sallyport.CodeRateLimited)
		if len(a.Pushes(t)) != 0 {
			t.Error("the phone rings again")
		}
		a.Clock.Advance(time.Minute)
		other, err := a.Try(t.Context(), a.Laptop(t), p.user.Email, apptest.Password)
		apptest.Must(t, err)
		if in, err := a.PassFactor(t, a.Laptop(t), other, totp, p.app.Code(t)); err != nil || in.State != signin.Done {
			t.Errorf("the app: %v", err)
		}
		a.Clock.Advance(59 * time.Minute)
		apptest.Must(t, ask(a.Laptop(t)))
	})
}

func TestDeniedSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		a.Mails(t)
		at := p.ask(t, a.Laptop(t))
		got := a.Happened(t, func() { apptest.Must(t, a.Factors.Deny(t.Context(), p.phone.Me(), at.id)) })
		if got != strings.Join([]string{string(audit.ApprovalDenied), string(audit.SignInFailed)}, " ") {
			t.Errorf("%s", got)
		}
		_, err := p.look(t, at)
		apptest.Denied(t, "the browser", err, sallyport.CodeApprovalDenied)
		_, err = a.PassFactor(t, at.from, at.r, totp, p.app.Code(t))
		apptest.Denied(t, "with another method", err, sallyport.CodeApprovalDenied)
		_, err = a.SignIn.Look(t.Context(), at.from, at.r.FlowToken)
		apptest.Denied(t, "the browser that looks", err, sallyport.CodeApprovalDenied)
		attempts := a.Attempts(t)
		i := slices.IndexFunc(attempts, func(x sallyport.Attempt) bool { return x.FailureReason == sallyport.CodeApprovalDenied })
		if i < 0 || attempts[i].UserID != p.user.ID || attempts[i].IPAddress != "192.0.2.10" {
			t.Errorf("%+v", attempts)
		}
		a.OnlyMail(t, notify.ApprovalDenied, p.user.Email)

		r, err := a.Try(t.Context(), a.Laptop(t), p.user.Email, apptest.Password)
		apptest.Must(t, err)
		_, err = a.SignIn.Ask(t.Context(), a.Laptop(t), r.FlowToken, "", mfa.Choice{Method: byPush})
		apptest.Denied(t, "asking again", err, sallyport.CodeRateLimited)
		a.Clock.Advance(30 * time.Second)
		if in, err := a.PassFactor(t, a.Laptop(t), r, totp, p.app.Code(t)); err != nil || in.State != signin.Done {
			t.Errorf("the app: %v", err)
		}
	})
}

// A sign-in that has passed another way meanwhile ends all the same when it is denied.
func TestDeniedTooLate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		at := p.ask(t, a.Laptop(t))
		a.Clock.Advance(30 * time.Second)
		in, err := a.PassFactor(t, at.from, at.r, totp, p.app.Code(t))
		apptest.Must(t, err)
		apptest.Must(t, a.Factors.Deny(t.Context(), p.phone.Me(), at.id))
		if code := a.Check(t, in.SessionToken); code != sallyport.CodeSessionRevoked {
			t.Errorf("the session: %q", code)
		}
	})
}

func TestApprovalOfAStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := withPhone(t, a)
		laptop := p.browser(t, a.From(t, apptest.Client("198.51.100.10", apptest.ChromeOnMac)), true)
		a.Subscribe(t, laptop.Me()) // it is not asked about itself
		open := func() signin.Result {
			r, err := a.SignIn.OpenStepUp(t.Context(), laptop.From, laptop.Me(), sallyport.StepUp{Act: "change_email", Factor: true, Within: 10 * time.Minute})
			apptest.Must(t, err)
			return r
		}
		at := p.request(t, laptop.From, open())
		if r, err := a.Factors.Requested(t.Context(), p.phone.Me(), at.id); err != nil || r.Act != "change_email" || !r.May {
			t.Errorf("%+v, %v", r, err)
		}
		apptest.Denied(t, "the session that asks", p.approve(t, laptop.Me(), at), sallyport.CodeConflict)
		apptest.Must(t, p.approve(t, p.phone.Me(), at))
		done, err := p.look(t, at)
		if err != nil || done.State != signin.Done || done.Session.MFAMethod != byPush {
			t.Fatalf("%+v, %v", done, err)
		}
		laptop.From.Session = done.SessionToken
		denied := p.request(t, laptop.From, open())
		got := a.Happened(t, func() { apptest.Must(t, a.Factors.Deny(t.Context(), p.phone.Me(), denied.id)) })
		if got != strings.Join([]string{string(audit.ApprovalDenied), string(audit.ReauthFailed), string(audit.SessionRevoked)}, " ") {
			t.Errorf("%s", got)
		}
		_, err = p.look(t, denied)
		apptest.Denied(t, "the step-up", err, sallyport.CodeApprovalDenied)
	})
}

func TestSettingUpApprovals(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		p := &approver{a: a, user: u}
		first := a.Visit(t, a.Laptop(t), u.Email, true, nil)
		begin := func(me sallyport.Actor) error {
			a.Confirmed(t, me)
			_, err := a.Factors.Begin(ctx, me, mfa.NewFactor{Method: byPush})
			return err
		}
		offered := func(me sallyport.Actor) bool {
			own, err := a.Factors.Own(ctx, me)
			apptest.Must(t, err)
			return slices.Contains(own.Allowed, byPush)
		}
		ruled(t, "alone", begin(first.Me()), "push_alone")
		if offered(first.Me()) {
			t.Error("it is offered to somebody without another method")
		}
		p.app = a.AddTOTP(t, first.Me())
		ruled(t, "without notifications", begin(first.Me()), "push_not_subscribed")
		a.Subscribe(t, first.Me())
		ruled(t, "on a device of level 1", begin(first.Me()), "push_low_trust")
		phone := p.browser(t, first.From, true)
		a.Subscribe(t, phone.Me())
		if !offered(phone.Me()) {
			t.Error("it is not offered")
		}
		apptest.Must(t, begin(phone.Me()))
		if pushed := a.Pushes(t); len(pushed) != 1 || !strings.HasPrefix(pushed[0].Payload.Path, "/profile/security/two-factor/add/") {
			t.Errorf("%+v", pushed)
		}
		f := a.AddPush(t, phone.Me())
		ruled(t, "twice", begin(phone.Me()), "already_configured")
		own, err := a.Factors.Own(ctx, phone.Me())
		if err != nil || own.Last != p.app.Factor.ID || len(own.Current) != 2 {
			t.Errorf("%+v, %v", own, err)
		}

		// With the last other method it goes.
		a.Confirmed(t, phone.Me())
		done, err := a.Factors.Remove(ctx, phone.Me(), p.app.Factor.ID)
		if err != nil || !done.Disabled {
			t.Errorf("%+v, %v", done, err)
		}
		if got, err := a.DB.Factor(ctx, u.TenantID, u.ID, f.ID); err != nil || got.Status != sallyport.FactorRevoked {
			t.Errorf("%+v, %v", got.Factor, err)
		}
	})
}
