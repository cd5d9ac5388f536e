package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// newest returns the last mail of a kind.
func newest(t *testing.T, a *apptest.App, k notify.Kind) (found *notify.Message) {
	t.Helper()
	for _, m := range a.Mails(t) {
		if m.Kind == k {
			found = m
		}
	}
	if found == nil {
		t.Fatalf("no mail %s", k)
	}
	return found
}

// fromFar is a browser that the account does not know.
func fromFar(t *testing.T, a *apptest.App) apptest.From {
	return a.From(t, apptest.Client("203.0.113.66", apptest.FirefoxOnLinux))
}

// loot is one of everything that somebody in an account can get hold of.
type loot struct {
	first, later apptest.Visited // sessions: with the password, and with the passkey from elsewhere
	app          *apptest.Authenticator
	key          *apptest.Passkey
	links        map[link.Kind]string
	flow         signin.Result // a sign-in that stands at the question about the device
	flowFrom     apptest.From
}

// plunder signs in with the password, and the app of the owner when there is one, and adds one
// of everything.
func plunder(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) *loot {
	t.Helper()
	x := &loot{links: map[link.Kind]string{}}
	give := func() mfa.Answer { return mfa.Answer{Method: sallyport.MethodTOTP, Code: app.Code(t)} }
	x.first = a.Visit(t, fromFar(t, a), u.Email, true, give)
	a.Clock.Advance(30 * time.Second)
	me := x.first.Me()
	if app != nil {
		x.first.From = a.StepUp(t, x.first.From, me, sallyport.StepUp{Act: string(policy.AddFactor), Password: true, Factor: true}, app)
		a.Clock.Advance(30 * time.Second)
	}
	x.app = a.AddTOTP(t, me)
	if app == nil {
		x.first.From = a.StepUp(t, x.first.From, me, sallyport.StepUp{Act: string(policy.AddFactor), Factor: true}, x.app)
		a.Clock.Advance(30 * time.Second)
	}
	x.key = a.AddPasskey(t, me)

	from := a.From(t, apptest.Client("198.51.100.77", apptest.SafariOnIPhone))
	r, err := a.SignIn.OpenPasskey(t.Context(), from)
	apptest.Must(t, err)
	r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Passkey: x.key.Answer(t, r.Asked.Options)})
	apptest.Must(t, err)
	x.later = apptest.Visited{From: apptest.After(from, r), In: r}

	for _, k := range link.Kinds() {
		if k != link.NotMe && k != link.UndoEmail { // which only take away
			x.links[k] = a.MailedLink(t, u, k, link.About{DeviceID: x.first.DeviceID(), SessionID: x.first.In.Session.ID})
		}
	}
	x.flowFrom = a.From(t, apptest.Client("198.51.100.78", apptest.ChromeOnMac))
	x.flowFrom.AsksTrust = true
	flow, err := a.Try(t.Context(), x.flowFrom, u.Email, apptest.Password)
	apptest.Must(t, err)
	x.flow, err = a.SignIn.Advance(t.Context(), x.flowFrom, flow.FlowToken, signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: sallyport.MethodTOTP, Code: x.app.Code(t)}})
	apptest.Must(t, err)
	if x.flow.State != signin.Device {
		t.Fatalf("the flow is at %s", x.flow.State)
	}
	a.Clock.Advance(30 * time.Second)
	return x
}

// opensNothing tries everything that was plundered.
func (x *loot) opensNothing(t *testing.T, a *apptest.App, u sallyport.User) {
	t.Helper()
	for what, v := range map[string]apptest.Visited{"the session": x.first, "the session by passkey": x.later} {
		if a.Check(t, v.From.Session) == "" {
			t.Errorf("%s goes on", what)
		}
		d, err := a.DB.Device(t.Context(), u.TenantID, v.DeviceID())
		apptest.Must(t, err)
		if d.TrustLevel != sallyport.TrustNone {
			t.Errorf("%s: its device is trusted", what)
		}
	}
	if r, err := a.SignIn.Advance(t.Context(), x.flowFrom, x.flow.FlowToken, signin.Step{State: signin.Device}); err == nil {
		t.Errorf("the sign-in under way goes on to %s", r.State)
	}
	for k, secret := range x.links {
		m := link.Mailed{TenantID: u.TenantID, Kind: k, Secret: secret, Client: phone}
		if _, _, err := a.Acts.Linked(t.Context(), m); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("the link %s still works: %v", k, err)
		}
	}
	from := fromFar(t, a)
	r, err := a.SignIn.OpenPasskey(t.Context(), from)
	apptest.Must(t, err)
	if r, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Passkey: x.key.Answer(t, r.Asked.Options)}); err == nil {
		t.Errorf("the passkey signs in: %s", r.State)
	}
	if r, err := a.Try(t.Context(), x.first.Again(), u.Email, apptest.Password); err == nil {
		t.Errorf("the password is still right: %s", r.State)
	}
}

// stillThere returns which of the plundered factors the account still has.
func (x *loot) stillThere(t *testing.T, a *apptest.App, u sallyport.User) (left []string) {
	t.Helper()
	live, err := a.DB.LiveFactors(t.Context(), u.TenantID, u.ID)
	apptest.Must(t, err)
	for _, f := range live {
		if f.ID == x.key.Factor.ID || f.ID == x.app.Factor.ID || f.Method == sallyport.MethodBackupCodes && f.VerifiedAt.After(x.first.In.Session.CreatedAt) {
			left = append(left, f.Method)
		}
	}
	return left
}

// "This wasn't me" in the mail about a new sign-in takes back everything that was added since,
// there and from what came of it, and closes the account where that leaves it without the
// factors that it needed.
func TestNotMeTakesEverythingBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		for name, hasApp := range map[string]bool{"an account with a password": false, "one with an app": true} {
			u := a.AddUser(t, strings.ReplaceAll(name, " ", "")+"@corp.test", sallyport.RoleMember)
			a.Clock.Advance(time.Minute)
			home := a.Visit(t, elsewhere(t, a), u.Email, true, nil)
			var app *apptest.Authenticator
			if hasApp {
				app = a.AddTOTP(t, home.Me())
			}
			a.Clock.Advance(time.Hour)
			a.Mails(t)
			x := plunder(t, a, u, app)
			var secret string
			for _, m := range a.Mails(t) {
				if m.Kind == notify.NewSignIn && m.To == u.Email && secret == "" {
					secret = apptest.Secret(t, m, "/not-me/")
				}
			}
			done, err := notMe(t, a, secret)
			apptest.Must(t, err)
			if done.Closed == hasApp || done.Sessions < 2 {
				t.Errorf("%s: %+v", name, done)
			}
			if left := x.stillThere(t, a, u); len(left) > 0 {
				t.Errorf("%s: still there: %s", name, left)
			}
			x.opensNothing(t, a, u)
			kinds := map[string]int{}
			for _, e := range done.TakenBack {
				kinds[e.Kind]++
			}
			if kinds[string(audit.MethodAdded)] != 2 || kinds[string(audit.DeviceTrusted)] == 0 {
				t.Errorf("%s: told of %v", name, kinds)
			}
			if hasApp {
				if st, err := a.Factors.Of(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil || len(st.Current) != 1 {
					t.Errorf("%s: the owner's own app is gone: %+v, %v", name, st, err)
				}
				continue
			}
			if a.Check(t, home.From.Session) == "" {
				t.Errorf("%s: a session of a closed account goes on", name)
			}
		}
	})
}

// reopen begins to open a closed account, with the newest link that was mailed.
func reopen(t *testing.T, a *apptest.App, from apptest.From, secret string) (signin.Result, error) {
	t.Helper()
	from.AsksTrust = false
	return a.SignIn.Reopen(t.Context(), from, link.Mailed{TenantID: from.TenantID, Secret: secret, Client: from.Client})
}

// The mail about one's own new factor is good for thirty days. Whoever reads the mailbox then
// must not get past the second factor with it.
func TestMailboxAloneNeverOpens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.AddTOTP(t, home.Me())
		added := apptest.Secret(t, a.OnlyMail(t, notify.FactorAdded, mia), "/not-me/")
		a.Clock.Advance(7 * 24 * time.Hour)

		done, err := notMe(t, a, added)
		apptest.Must(t, err)
		if !done.Closed {
			t.Fatalf("the account lost its only factor and is open: %+v", done)
		}
		if got := userOf(t, a, u); got.Status != sallyport.UserClosed || got.DisputedSince.IsZero() {
			t.Errorf("%+v", got)
		}
		var first string
		for _, m := range a.Mails(t) {
			switch m.Kind {
			case notify.PasswordReset:
				t.Error("a link for a new password was mailed to the same mailbox")
			case notify.AccountClosed:
				first = apptest.Secret(t, m, "/reopen/")
			}
		}
		// Asking for a new password mails the same half of a proof. The former link works until the
		// account opens, so that nobody who asks can stop the owner in the middle.
		apptest.Must(t, a.Accounts.RequestReset(t.Context(), u.TenantID, phone, mia))
		apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
		secret := apptest.Secret(t, a.OnlyMail(t, notify.AccountReopen, mia), "/reopen/")
		from := fromFar(t, a)
		if _, err := reopen(t, a, from, first); err != nil {
			t.Errorf("the former link: %v", err)
		}
		// Neither half opens it alone.
		if _, err := a.Try(t.Context(), from, mia, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountClosed {
			t.Errorf("the password alone: %v", err)
		}
		r, err := reopen(t, a, from, secret)
		if err != nil || r.State != signin.Password {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := a.Advance(t.Context(), from, r.FlowToken, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("a wrong password: %v", err)
		}
		a.Clock.Advance(time.Minute)
		r, err = reopen(t, a, from, secret)
		apptest.Must(t, err)
		r, err = a.Advance(t.Context(), from, r.FlowToken, apptest.Password)
		if err != nil || r.State != signin.ChangePassword {
			t.Fatalf("both: %s, %v", r.State, err)
		}
		if got := userOf(t, a, u); got.Status != sallyport.UserClosed {
			t.Error("it opened before a new password was chosen")
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.ChangePassword, NewPassword: second, Confirm: second})
		if err != nil || r.State != signin.Done {
			t.Fatalf("%s, %v", r.State, err)
		}
		if got := userOf(t, a, u); got.Status != sallyport.UserActive || !got.DisputedSince.IsZero() || a.Check(t, r.SessionToken) != "" {
			t.Errorf("%+v", got)
		}
		for _, used := range []string{first, secret} {
			if _, err := reopen(t, a, from, used); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("a link once the account is open: %v", err)
			}
		}
	})
}

// lockDown locks the account of a visit down.
func lockDown(t *testing.T, a *apptest.App, v apptest.Visited, notMine string) account.Lockdown {
	t.Helper()
	report, err := a.Accounts.Lockdown(t.Context(), v.Me(), notMine)
	apptest.Must(t, err)
	return report
}

// After Lockdown nothing opens, until its owner proves an older factor and the mailbox.
func TestLockdown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, elsewhere(t, a), mia, true, nil)
		app := a.AddTOTP(t, home.Me())
		a.Clock.Advance(time.Hour)
		x := plunder(t, a, u, app)
		a.Mails(t)

		if _, err := a.Accounts.Lockdown(t.Context(), home.Me(), ""); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Fatalf("without a fresh proof: %v", err)
		}
		home.From = a.StepUp(t, home.From, home.Me(), sallyport.StepUp{Act: string(policy.Lockdown), Password: true, Factor: true}, app)
		if _, err := a.Accounts.Lockdown(t.Context(), home.Me(), "01a217f8-1a33-756c-bd6b-b73977158c5f"); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Fatalf("about a session that is not theirs: %v", err)
		}
		report := lockDown(t, a, home, x.first.In.Session.ID)
		if report.Sessions != 3 || len(report.TakenBack) == 0 || len(report.Others) == 0 || len(report.Contacts) != 1 || !report.Since.Equal(x.first.In.Session.CreatedAt) {
			t.Errorf("%+v", report)
		}
		x.opensNothing(t, a, u)
		if left := x.stillThere(t, a, u); len(left) > 0 {
			t.Errorf("still there: %s", left)
		}
		if a.Check(t, home.From.Session) == "" {
			t.Error("the session that locked it down goes on")
		}
		if _, err := a.Try(t.Context(), home.Again(), mia, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountClosed {
			t.Errorf("the password on the owner's device: %v", err)
		}

		secret := apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/")
		from := home.Again()
		a.Clock.Advance(time.Minute)
		r, err := reopen(t, a, from, secret)
		if err != nil || r.State != signin.Factor {
			t.Fatalf("%+v, %v", r, err)
		}
		for _, c := range r.Choices {
			if c.FactorID == x.app.Factor.ID || c.FactorID == x.key.Factor.ID {
				t.Errorf("the plundered %s opens it", c.Method)
			}
		}
		if _, err := a.PassFactor(t, from, r, sallyport.MethodTOTP, x.app.Code(t)); err == nil {
			t.Error("a code of the plundered app opens it")
		}
		r, err = reopen(t, a, from, secret)
		apptest.Must(t, err)
		r, err = a.PassFactor(t, from, r, sallyport.MethodTOTP, app.Code(t))
		if err != nil || r.State != signin.ChangePassword && r.State != signin.Device {
			t.Fatalf("%s, %v", r.State, err)
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.ChangePassword, NewPassword: second, Confirm: second})
		if err != nil || r.State != signin.Done {
			t.Fatalf("%s, %v", r.State, err)
		}
		x.opensNothing(t, a, u)
	})
}

// A factor that is newer than the session in question, or that is the mailbox itself, does not
// open the account. Where nothing does, an admin opens it.
func TestOnlyOlderProofsReopen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) {
			p.DeviceMinTrust, p.MFAMethods = 0, []string{sallyport.MethodEmail, sallyport.MethodTOTP}
		})
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.VerifyAddress(t, home.Me())
		a.AddEmail(t, home.Me())
		a.Clock.Advance(time.Minute)
		in := fromFar(t, a)
		in.AsksTrust = true
		r, err := a.Try(t.Context(), in, mia, apptest.Password)
		apptest.Must(t, err)
		asked, err := a.SignIn.Ask(t.Context(), in, r.FlowToken, "", r.Choices[0])
		apptest.Must(t, err)
		r, err = a.PassFactor(t, in, asked, sallyport.MethodEmail, a.LastCode(t, mia))
		apptest.Must(t, err)
		r, err = a.SignIn.Advance(t.Context(), in, r.FlowToken, signin.Step{State: signin.Device})
		apptest.Must(t, err)
		other := r.Session.ID
		a.Clock.Advance(time.Minute)
		home.From = stepUpByMail(t, a, home)
		a.AddTOTP(t, home.Me()) // by the owner, but who knows
		a.Mails(t)
		lockDown(t, a, home, other)
		secret := apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/")
		// What is left is the password, and the account needs a factor.
		_, err = reopen(t, a, home.Again(), secret)
		apptest.Denied(t, "with a newer factor and the mailbox", err, sallyport.CodeAccountClosed)
		// The operator opens it; the password, which somebody else may know, is withdrawn.
		apptest.Must(t, a.Accounts.Enable(t.Context(), sallyport.Operator(u.TenantID), u.ID))
		if got := userOf(t, a, u); got.Status != sallyport.UserActive || got.PasswordHash != "" || !got.DisputedSince.IsZero() {
			t.Errorf("%+v", got)
		}
		if _, err := reopen(t, a, home.Again(), secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("the link after it was opened: %v", err)
		}
		a.OnlyMail(t, notify.PasswordReset, mia)
	})
}

// stepUpByMail proves in a session what adding a factor needs, with a mailed code.
func stepUpByMail(t *testing.T, a *apptest.App, v apptest.Visited) apptest.From {
	t.Helper()
	r, err := a.SignIn.OpenStepUp(t.Context(), v.From, v.Me(), sallyport.StepUp{Act: string(policy.AddFactor), Factor: true})
	apptest.Must(t, err)
	r, err = a.SignIn.Ask(t.Context(), v.From, r.FlowToken, "", r.Choices[0])
	apptest.Must(t, err)
	r, err = a.PassFactor(t, v.From, r, sallyport.MethodEmail, a.LastCode(t, mia))
	apptest.Must(t, err)
	v.From.Session = r.SessionToken
	return v.From
}

// Who may lock whom down, and what becomes of the last owner.
func TestLockdownOf(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		owner := a.Visit(t, a.Laptop(t), apptest.OwnerEmail, true, nil)
		u := a.AddUser(t, mia, sallyport.RoleMember)
		member := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.AddUser(t, "adam@corp.test", sallyport.RoleAdmin)
		admin := a.Visit(t, elsewhere(t, a), "adam@corp.test", true, nil)
		elsewhereTenant := a.AddTenant(t, "other.test")
		outsider := sallyport.Operator(elsewhereTenant.ID)
		for _, tt := range []struct {
			who   string
			actor sallyport.Actor
			whom  string
			want  sallyport.Code
		}{
			{"a member on an admin", member.Me(), admin.Me().UserID, sallyport.CodeForbidden},
			{"an admin on an owner", admin.Me(), owner.Me().UserID, sallyport.CodeForbidden},
			{"another organisation", outsider, u.ID, sallyport.CodeNotFound},
			{"on nobody", admin.Me(), "nobody", sallyport.CodeNotFound},
			{"the operator on the last owner", sallyport.Operator(u.TenantID), owner.Me().UserID, sallyport.CodeLastOwner},
		} {
			_, err := a.Accounts.LockdownOf(t.Context(), tt.actor, tt.whom, "")
			apptest.Denied(t, tt.who, err, tt.want)
		}
		if _, err := a.Accounts.LockdownOf(t.Context(), admin.Me(), u.ID, member.In.Session.ID); err != nil {
			t.Fatal(err)
		}
		if a.Check(t, member.From.Session) == "" {
			t.Error("the session goes on")
		}
		if _, err := a.Accounts.Disable(t.Context(), admin.Me(), u.ID); err != nil {
			t.Error(err)
		}
		apptest.Must(t, a.Accounts.Enable(t.Context(), admin.Me(), u.ID))
		if got := userOf(t, a, u); got.Status != sallyport.UserActive || got.PasswordHash != "" {
			t.Errorf("closed, disabled and enabled: %+v", got)
		}
		// An hour later the admin has to prove anew who they are.
		a.Clock.Advance(time.Hour)
		_, err := a.Accounts.LockdownOf(t.Context(), admin.Me(), u.ID, "")
		apptest.Denied(t, "an old proof", err, sallyport.CodeStepUp)

		// The last owner may lock themselves down: the command line opens it again.
		owner = a.Visit(t, owner.Again(), apptest.OwnerEmail, true, nil)
		lockDown(t, a, owner, "")
		apptest.Must(t, a.Accounts.Enable(t.Context(), sallyport.Operator(u.TenantID), owner.Me().UserID))
	})
}

// A link opens a closed account once, also when it is used many times at once.
func TestReopenedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.Clock.Advance(time.Minute)
		lockDown(t, a, home, "")
		secret := apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/")
		const n = 8
		flows := make([]signin.Result, n)
		for i := range flows {
			r, err := reopen(t, a, home.Again(), secret)
			apptest.Must(t, err)
			flows[i], err = a.Advance(t.Context(), home.Again(), r.FlowToken, apptest.Password)
			apptest.Must(t, err)
		}
		codes := apptest.AtOnce(n, func(i int) error {
			_, err := a.SignIn.Advance(t.Context(), home.Again(), flows[i].FlowToken, signin.Step{State: signin.ChangePassword, NewPassword: second, Confirm: second})
			return err
		})
		if codes[""] != 1 {
			t.Errorf("%v", codes)
		}
	})
}

// "This wasn't me" closes the account too for whoever knows the password; the link alone never
// does.
func TestNotMeAndClose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.Clock.Advance(time.Minute)
		a.Mails(t)
		thief := a.Visit(t, fromFar(t, a), mia, true, nil)
		secret := apptest.Secret(t, newest(t, a, notify.NewSignIn), "/not-me/")
		m := link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}
		for _, wrong := range []string{"wrong", " "} {
			events := a.Happened(t, func() {
				_, err := a.Accounts.NotMeAndClose(t.Context(), m, wrong)
				apptest.Denied(t, "with a wrong password", err, sallyport.CodeInvalid)
			})
			if events != string(audit.ReauthFailed) {
				t.Errorf("events %q", events)
			}
			a.Clock.Advance(time.Minute)
		}
		if userOf(t, a, u).Status != sallyport.UserActive || a.Check(t, thief.From.Session) != "" {
			t.Fatal("a wrong password did something")
		}
		done, err := a.Accounts.NotMeAndClose(t.Context(), m, apptest.Password)
		apptest.Must(t, err)
		if !done.Closed || done.Sessions != 2 || len(done.TakenBack) == 0 {
			t.Errorf("%+v", done)
		}
		for _, v := range []apptest.Visited{home, thief} {
			if a.Check(t, v.From.Session) == "" {
				t.Error("a session of a closed account goes on")
			}
		}
		r, err := reopen(t, a, home.Again(), apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/"))
		if err != nil || r.State != signin.Password {
			t.Errorf("%s, %v", r.State, err)
		}
		_, err = a.Accounts.NotMeAndClose(t.Context(), m, apptest.Password)
		apptest.Denied(t, "a second time", err, sallyport.CodeLinkExpired)
	})
}

// However much was done before it, a passkey that was added in the session is taken back.
func TestNothingIsBuriedUnderOtherDeeds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		thief := a.Visit(t, fromFar(t, a), mia, true, nil)
		secret := a.MailedLink(t, u, link.NotMe, link.About{SessionID: thief.In.Session.ID, DeviceID: thief.DeviceID()})
		apptest.Must(t, a.Acts.Run(t.Context(), thief.Me(), act.User(u.ID), act.Need{}, func(b *act.Act) error {
			for range 2100 {
				b.Note(audit.EnrolmentStarted, act.About{Target: u.ID}, "method", sallyport.MethodTOTP)
			}
			return nil
		}))
		key := a.AddPasskey(t, thief.Me())
		_, err := notMe(t, a, secret)
		apptest.Must(t, err)
		live, err := a.DB.LiveFactors(t.Context(), u.TenantID, u.ID)
		apptest.Must(t, err)
		for _, f := range live {
			if f.ID == key.Factor.ID {
				t.Error("the passkey is still there")
			}
		}
	})
}

// Who was in on the owner's own device, by a stolen cookie, is out; the device opens the account
// again, because its owner sits at it.
func TestLockdownKeepsTheDeviceInUse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Clock.Advance(time.Minute)
		stolen := a.Visit(t, elsewhere(t, a), mia, true, nil)
		a.Clock.Advance(time.Minute)
		home := a.Visit(t, stolen.Again(), mia, true, nil)
		if home.DeviceID() != stolen.DeviceID() {
			t.Fatal("two devices")
		}
		lockDown(t, a, home, stolen.In.Session.ID)
		d, err := a.DB.Device(t.Context(), u.TenantID, home.DeviceID())
		apptest.Must(t, err)
		if d.Compromised() || a.Check(t, stolen.From.Session) == "" {
			t.Errorf("%+v", d)
		}
		r, err := reopen(t, a, home.Again(), apptest.Secret(t, newest(t, a, notify.AccountClosed), "/reopen/"))
		apptest.Must(t, err)
		if r, err = a.Advance(t.Context(), home.Again(), r.FlowToken, apptest.Password); err != nil || r.State != signin.ChangePassword {
			t.Errorf("%s, %v", r.State, err)
		}
	})
}
