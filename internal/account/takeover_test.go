package account_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// addresses are those that a thief wants for the account of u.
func addresses(u sallyport.User) (first, next string) {
	return "thief-of-" + u.Email, "next-of-" + u.Email
}

// theft is how somebody tries to take an account over by changing its address.
type theft struct {
	name     string
	app      bool // the account has an authenticator app
	password bool // the thief knows the password, besides having the owner's session
	code     bool // and got the owner to read them one code
	mailbox  bool // and reads the address that they want
	after    func(*heist, *testing.T)

	changes bool // they get the address
	admin   bool // nobody gets back without an admin
}

// heist is a theft under way.
type heist struct {
	a    *apptest.App
	u    sallyport.User
	app  *apptest.Authenticator
	from apptest.From // of the thief, in the owner's session
	me   sallyport.Actor
	undo string // that its owner was mailed
}

var thefts = []theft{
	{name: "a session", changes: false},
	{name: "a session, and the new mailbox", mailbox: true, changes: false},
	{name: "a session and the password, but no mailbox", password: true, changes: false},
	{name: "a session, the password and a mailbox", password: true, mailbox: true, changes: true},
	{name: "a session and the password of an account with an app", app: true, password: true, mailbox: true, changes: false},
	{name: "a session, the password and a code", app: true, password: true, code: true, mailbox: true, changes: true},
	{name: "and then closes the account", password: true, mailbox: true, changes: true, after: (*heist).close},
	{name: "and then closes the account with an app", app: true, password: true, code: true, mailbox: true, changes: true, after: (*heist).close},
	{name: "and then changes the address again", password: true, mailbox: true, changes: true, after: (*heist).moveOn},
	// The password of before is the only older proof, and the thief replaced it.
	{name: "and then changes the password", password: true, mailbox: true, changes: true, after: (*heist).newPassword, admin: true},
	{name: "and then changes the password of an account with an app", app: true, password: true, code: true, mailbox: true, changes: true, after: (*heist).newPassword},
}

func (x *heist) close(t *testing.T) {
	x.a.Clock.Advance(30 * time.Second)
	x.from = x.a.StepUp(t, x.from, x.me, sallyport.StepUp{Act: string(policy.Lockdown), Password: true, Factor: x.app != nil}, x.app)
	_, err := x.a.Accounts.Lockdown(t.Context(), x.me, "")
	apptest.Must(t, err)
}

func (x *heist) moveOn(t *testing.T) {
	_, next := addresses(x.u)
	_, err := x.a.Contacts.AskEmail(t.Context(), x.me, next)
	apptest.Must(t, err)
	apptest.Must(t, x.a.Contacts.ConfirmEmail(t.Context(), x.me, x.a.LastCode(t, next)))
}

func (x *heist) newPassword(t *testing.T) {
	_, err := x.a.ChangePassword(t.Context(), x.me, apptest.Password, second)
	apptest.Must(t, err)
}

// Each theft, until its owner has the account back, or an admin gave it back. In none of them does
// the thief keep it.
func TestTakeOverByAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		for i, s := range thefts {
			u := a.AddUser(t, string(rune('a'+i))+"@corp.test", sallyport.RoleMember)
			x := rob(t, a, u, s)
			if got := userOf(t, a, u); (got.Email != u.Email) != s.changes {
				t.Errorf("%s: the address is %s", s.name, got.Email)
			}
			if !s.changes {
				continue
			}
			a.Clock.Advance(6 * 24 * time.Hour)
			done, err := a.Accounts.UndoEmail(t.Context(), link.Mailed{TenantID: u.TenantID, Secret: x.undo, Client: phone})
			if err != nil || done.Email != u.Email {
				t.Fatalf("%s: taking it back: %+v %v", s.name, done, err)
			}
			x.out(t, s)
			x.back(t, s)
			x.out(t, s)
		}
	})
}

// rob does what a thief can.
func rob(t *testing.T, a *apptest.App, u sallyport.User, s theft) *heist {
	t.Helper()
	x := &heist{a: a, u: u}
	a.Clock.Advance(time.Minute)
	var give func() mfa.Answer
	if s.app {
		x.app = a.AddTOTP(t, a.Visit(t, elsewhere(t, a), u.Email, true, nil).Me())
		give = func() mfa.Answer { return mfa.Answer{Method: sallyport.MethodTOTP, Code: x.app.Code(t)} }
	}
	a.Clock.Advance(time.Hour)
	home := a.Visit(t, a.Laptop(t), u.Email, true, give)
	a.Clock.Advance(time.Hour)
	a.Mails(t)
	x.from, x.me = home.From, home.Me()
	if s.password && (s.code || !s.app) {
		x.from = a.StepUp(t, x.from, x.me, sallyport.StepUp{Act: string(policy.ChangeEmail), Password: true, Factor: s.app}, x.app)
	}
	wants, _ := addresses(u)
	if _, err := a.Contacts.AskEmail(t.Context(), x.me, wants); err != nil {
		if sallyport.CodeOf(err) != sallyport.CodeStepUp || s.code {
			t.Fatalf("%s: %v", s.name, err)
		}
		return x
	}
	code := a.LastCode(t, wants)
	if !s.mailbox {
		code = "000000"
	}
	if err := a.Contacts.ConfirmEmail(t.Context(), x.me, code); err != nil {
		return x
	}
	x.undo = apptest.Secret(t, newest(t, a, notify.EmailChanged), "/undo-email/")
	if s.after != nil {
		s.after(x, t)
	}
	return x
}

// out tries what the thief has: nothing of it lets them in, or asks for a new password.
func (x *heist) out(t *testing.T, s theft) {
	t.Helper()
	if x.a.Check(t, x.from.Session) == "" {
		t.Errorf("%s: the session goes on", s.name)
	}
	first, next := addresses(x.u)
	for _, address := range []string{first, next, x.u.Email} {
		for _, word := range []string{apptest.Password, second} {
			if r, err := x.a.Try(t.Context(), fromFar(t, x.a), address, word); err == nil && (r.State == signin.Done || x.app == nil) {
				t.Errorf("%s: %s signs in with %q: %s", s.name, address, word, r.State)
			}
			x.a.Clock.Advance(time.Hour)
		}
	}
	x.a.Mails(t)
	for _, address := range []string{first, next} {
		apptest.Must(t, x.a.Accounts.RequestReset(t.Context(), x.u.TenantID, phone, address))
	}
	apptest.Must(t, x.a.Accounts.AnswerRequests(t.Context()))
	for _, m := range x.a.Mails(t) {
		t.Errorf("%s: the thief is mailed %s at %s", s.name, m.Kind, m.To)
	}
}

// back is its owner's way into the account: the former mailbox with an older proof, or an admin.
func (x *heist) back(t *testing.T, s theft) {
	t.Helper()
	a, from := x.a, elsewhere(t, x.a)
	apptest.Must(t, a.Accounts.RequestReset(t.Context(), x.u.TenantID, phone, x.u.Email))
	apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
	secret := apptest.Secret(t, a.OnlyMail(t, notify.AccountReopen, x.u.Email), "/reopen/")
	r, err := reopen(t, a, from, secret)
	if (sallyport.CodeOf(err) == sallyport.CodeAccountClosed) != s.admin {
		t.Fatalf("%s: opening it: %s %v", s.name, r.State, err)
	}
	if s.admin {
		apptest.Must(t, a.Accounts.Enable(t.Context(), sallyport.Operator(x.u.TenantID), x.u.ID))
		apptest.Must(t, reset(t, a, apptest.Secret(t, newest(t, a, notify.PasswordReset), "/recovery/"), third))
		return
	}
	if r.State == signin.Password {
		r, err = a.Advance(t.Context(), from, r.FlowToken, apptest.Password)
	} else {
		r, err = a.PassFactor(t, from, r, sallyport.MethodTOTP, x.app.Code(t))
	}
	apptest.Must(t, err)
	if r.State == signin.ChangePassword {
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.ChangePassword, NewPassword: third, Confirm: third})
		apptest.Must(t, err)
	}
	if got := userOf(t, a, x.u); r.State != signin.Done || got.Status != sallyport.UserActive || got.Email != x.u.Email {
		t.Errorf("%s: at the end %s, %+v", s.name, r.State, got)
	}
}

// Whoever reads only the former mailbox of somebody who moved on can close the account, and gets
// in nowhere; an admin gives its owner the address back, and the account.
func TestOldMailboxTakesNothingOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		app := a.AddTOTP(t, a.Visit(t, elsewhere(t, a), mia, true, nil).Me())
		a.Clock.Advance(time.Hour)
		const moved = "mia@new.test"
		home := a.Visit(t, a.Laptop(t), mia, true, func() mfa.Answer { return mfa.Answer{Method: sallyport.MethodTOTP, Code: app.Code(t)} })
		a.Clock.Advance(time.Minute)
		home.From = a.StepUp(t, home.From, home.Me(), sallyport.StepUp{Act: string(policy.ChangeEmail), Password: true, Factor: true}, app)
		_, err := a.Contacts.AskEmail(t.Context(), home.Me(), moved)
		apptest.Must(t, err)
		apptest.Must(t, a.Contacts.ConfirmEmail(t.Context(), home.Me(), a.LastCode(t, moved)))

		undo := apptest.Secret(t, newest(t, a, notify.EmailChanged), "/undo-email/")
		_, err = a.Accounts.UndoEmail(t.Context(), link.Mailed{TenantID: u.TenantID, Secret: undo, Client: phone})
		apptest.Must(t, err)
		if _, err := a.Accounts.UndoEmail(t.Context(), link.Mailed{TenantID: u.TenantID, Secret: undo, Client: phone}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("twice: %v", err)
		}
		r, err := reopen(t, a, fromFar(t, a), apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/"))
		if err != nil || r.State != signin.Factor {
			t.Fatalf("%s %v", r.State, err)
		}
		if _, err := a.PassFactor(t, fromFar(t, a), r, sallyport.MethodTOTP, app.WrongCode(t)); err == nil {
			t.Error("without the app")
		}

		operator := sallyport.Operator(u.TenantID)
		apptest.Must(t, a.Accounts.RestoreEmail(t.Context(), operator, u.ID))
		if got := userOf(t, a, u); got.Email != moved || got.Status != sallyport.UserClosed {
			t.Errorf("%+v", got)
		}
		apptest.Must(t, a.Accounts.Enable(t.Context(), operator, u.ID))
		m := newest(t, a, notify.PasswordReset)
		if m.To != moved {
			t.Errorf("the link for a new password went to %s", m.To)
		}
		a.Clock.Advance(contact.Reserved)
		if err := a.Accounts.RestoreEmail(t.Context(), operator, u.ID); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("after seven days: %v", err)
		}
	})
}

// "This wasn't me" in a mail from before gives the address back too, and the phone number.
func TestNotMeGivesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.Clock.Advance(time.Hour)
		thief := a.Visit(t, fromFar(t, a), mia, true, nil)
		secret := apptest.Secret(t, newest(t, a, notify.NewSignIn), "/not-me/")
		a.Confirmed(t, thief.Me())
		_, err := a.Contacts.AskPhone(t.Context(), thief.Me(), "+4915123456789", "")
		apptest.Must(t, err)
		apptest.Must(t, a.Contacts.ConfirmPhone(t.Context(), thief.Me(), a.LastCode(t, "+4915123456789")))
		first, next := addresses(u)
		for _, to := range []string{first, next} {
			_, err := a.Contacts.AskEmail(t.Context(), thief.Me(), to)
			apptest.Must(t, err)
			apptest.Must(t, a.Contacts.ConfirmEmail(t.Context(), thief.Me(), a.LastCode(t, to)))
		}
		_, err = a.Contacts.AskEmail(t.Context(), thief.Me(), "third@evil.test")
		apptest.Must(t, err)

		done, err := notMe(t, a, secret)
		got := userOf(t, a, u)
		if err != nil || !done.Closed || got.Email != mia || got.Phone != "" {
			t.Fatalf("%+v %v: %+v", done, err, got)
		}
		if _, err := a.DB.ContactCode(t.Context(), u.TenantID, u.ID, "email"); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("a code waits: %v", err)
		}
	})
}

// An undo is good for seven days, whatever happens to the link's other users.
func TestUndoEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		me := a.Visit(t, a.Laptop(t), mia, true, nil).Me()
		a.Confirmed(t, me)
		_, err := a.Contacts.AskEmail(t.Context(), me, "new@corp.test")
		apptest.Must(t, err)
		apptest.Must(t, a.Contacts.ConfirmEmail(t.Context(), me, a.LastCode(t, "new@corp.test")))
		undo := link.Mailed{TenantID: u.TenantID, Secret: apptest.Secret(t, newest(t, a, notify.EmailChanged), "/undo-email/"), Client: phone}
		a.Clock.Advance(contact.Reserved)
		if _, err := a.Accounts.UndoEmail(t.Context(), undo); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after seven days: %v", err)
		}
	})
}

// However short the grace of policy is, a thief who moved the address cannot have the account deleted
// before the former mailbox has had its days; what it takes back is the deletion too.
func TestDeletionWaitsForTheFormerMailbox(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust, p.AccountDeletionGrace = 0, 24*time.Hour })
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		x := rob(t, a, u, theft{password: true, mailbox: true})
		end := a.Clock.Now().Add(contact.Reserved)
		told, err := a.Accounts.Leaving(t.Context(), x.me)
		apptest.Must(t, err)
		x.from = a.StepUp(t, x.from, x.me, sallyport.StepUp{Act: string(policy.DeleteAccount), Password: true}, nil)
		at, err := a.Accounts.RequestDeletion(t.Context(), x.me)
		apptest.Must(t, err)
		if !at.Equal(end) || !told.Then.Equal(end) {
			t.Errorf("deleted at %v, and told %v; the former mailbox has until %v", at, told.Then, end)
		}
		a.Clock.Set(end.Add(-time.Hour))
		apptest.Must(t, a.OwnData.Work(t.Context()))
		_, err = a.Accounts.UndoEmail(t.Context(), link.Mailed{TenantID: u.TenantID, Secret: x.undo, Client: phone})
		apptest.Must(t, err)
		if got := userOf(t, a, u); got.Email != u.Email || !got.DeletesAt.IsZero() {
			t.Errorf("the address is %s, deleted at %v", got.Email, got.DeletesAt)
		}
	})
}
