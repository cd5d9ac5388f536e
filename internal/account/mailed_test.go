package account_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

func userOf(t *testing.T, a *apptest.App, u sallyport.User) sallyport.User {
	t.Helper()
	u, err := a.DB.User(t.Context(), u.TenantID, u.ID)
	apptest.Must(t, err)
	return u
}

func TestVerifyEmail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		other := a.AddTenant(t, "other.test")
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia))
		request := func() string {
			t.Helper()
			events := a.Happened(t, func() { apptest.Must(t, a.Accounts.RequestVerification(t.Context(), me)) })
			if events != string(audit.VerificationRequested) {
				t.Errorf("events %q", events)
			}
			return apptest.Secret(t, a.OnlyMail(t, notify.VerifyEmail, mia), "/verify-email/")
		}
		verify := func(tenantID, secret string) error {
			return a.Accounts.VerifyEmail(t.Context(), link.Mailed{TenantID: tenantID, Client: phone, Secret: secret})
		}
		former, newest := request(), request()
		for what, err := range map[string]error{
			"a link that was replaced":  verify(u.TenantID, former),
			"another organisation":      verify(other.ID, newest),
			"nothing":                   verify(u.TenantID, ""),
			"as a reset":                reset(t, a, newest, second),
			"as an invitation":          a.Accounts.AcceptInvitation(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: newest}, account.Acceptance{Password: second, Confirm: second}),
			"as an unlocking":           a.Accounts.UnlockByLink(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: newest}),
			"a reset link as this kind": verify(u.TenantID, resetLink(t, a, mia)),
		} {
			if sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: newest}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("as not me: %v", err)
		}
		if !userOf(t, a, u).EmailVerifiedAt.IsZero() {
			t.Error("verified by a link that does not count")
		}
		a.Clock.Advance(30*time.Minute - time.Microsecond)
		if events := a.Happened(t, func() { apptest.Must(t, verify(u.TenantID, newest)) }); events != string(audit.EmailVerified) {
			t.Errorf("events %q", events)
		}
		if at := userOf(t, a, u).EmailVerifiedAt; !at.Equal(a.Clock.Now()) {
			t.Errorf("verified at %v", at)
		}
		if err := verify(u.TenantID, newest); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a second time: %v", err)
		}
		// A user with a verified address is not asked again.
		if events := a.Happened(t, func() {
			apptest.Denied(t, "asked again", a.Accounts.RequestVerification(t.Context(), me), sallyport.CodeConflict)
		}); events != "" || len(a.Mails(t)) != 0 {
			t.Errorf("asked again: %q", events)
		}
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		apptest.Must(t, a.Accounts.RequestVerification(t.Context(), owner))
		late := apptest.Secret(t, a.OnlyMail(t, notify.VerifyEmail, apptest.OwnerEmail), "/verify-email/")
		a.Clock.Advance(30 * time.Minute)
		if err := verify(u.TenantID, late); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after 30 minutes: %v", err)
		}
	})
}

// One address gets at most four verification mails an hour, and who asks for more is told.
func TestVerifyEmailIsLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		for range 4 {
			apptest.Must(t, a.Accounts.RequestVerification(t.Context(), me))
		}
		for range 2 {
			apptest.Denied(t, "more", a.Accounts.RequestVerification(t.Context(), me), sallyport.CodeRateLimited)
		}
		if n, events := len(a.Mails(t)), a.Count(t)[audit.VerificationRequested]; n != 4 || events != 4 {
			t.Errorf("%d mails, %d events, want 4", n, events)
		}
	})
}

func invite(t *testing.T, a *apptest.App, actor sallyport.Actor, address string, role sallyport.Role) (sallyport.User, string) {
	t.Helper()
	u, err := a.Accounts.Invite(t.Context(), actor, account.NewUser{Email: address, Role: role, Password: "is not for the inviter to choose 1-A"})
	apptest.Must(t, err)
	return u, apptest.Secret(t, a.OnlyMail(t, notify.Invitation, address), "/invitation/")
}

func accept(t *testing.T, a *apptest.App, secret, password string) error {
	t.Helper()
	return a.Accounts.AcceptInvitation(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret}, account.Acceptance{
		FirstName: " Mia ", LastName: "Vogel", Password: password, Confirm: password,
	})
}

func TestInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		other := a.AddTenant(t, "other.test")
		var u, again sallyport.User
		var former, secret string
		if events := a.Happened(t, func() { u, former = invite(t, a, owner, mia, sallyport.RoleAdmin) }); events != "user.created user.invited" {
			t.Errorf("events %q", events)
		}
		if u.Role != sallyport.RoleAdmin || u.PasswordHash != "" || !u.EmailVerifiedAt.IsZero() {
			t.Errorf("%+v", u)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), mia, "is not for the inviter to choose 1-A"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the inviter chose a password: %v", err)
		}
		if events := a.Happened(t, func() { again, secret = invite(t, a, owner, mia, sallyport.RoleAdmin) }); events != "user.invited" {
			t.Errorf("events of a second invitation: %q", events)
		}
		if again.ID != u.ID || secret == former {
			t.Errorf("invited again: %+v", again)
		}
		// Another role is another invitation, which this address cannot have.
		if _, err := a.Accounts.Invite(t.Context(), owner, account.NewUser{Email: mia, Role: sallyport.RoleMember}); apptest.Broken(err) != "email taken" {
			t.Errorf("with another role: %v", err)
		}
		if err := accept(t, a, former, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("the former link: %v", err)
		}
		if err := a.Accounts.AcceptInvitation(t.Context(), link.Mailed{TenantID: other.ID, Client: phone, Secret: secret}, account.Acceptance{Password: second, Confirm: second}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("in another organisation: %v", err)
		}
		err := a.Accounts.AcceptInvitation(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}, account.Acceptance{
			FirstName: "a\x00", LastName: strings.Repeat("x", 101), Password: "Quayside-" + "1", Confirm: "no",
		})
		if got := apptest.Broken(err); got != "confirmPassword mismatch, firstName invalid_characters, lastName too_long, password context, password too_short" {
			t.Errorf("mistakes: %s", got)
		}
		a.Clock.Advance(7*24*time.Hour - time.Microsecond)
		if events := a.Happened(t, func() { apptest.Must(t, accept(t, a, secret, second)) }); events != "user.email_verified user.invitation_accepted" {
			t.Errorf("events %q", events)
		}
		got := userOf(t, a, u)
		if got.Name() != "Mia Vogel" || got.Role != sallyport.RoleAdmin || !got.EmailVerifiedAt.Equal(a.Clock.Now()) || got.Status != sallyport.UserActive {
			t.Errorf("%+v", got)
		}
		if r, err := a.Try(t.Context(), elsewhere(t, a), mia, second); err != nil || r.State != "done" || r.User.ID != u.ID {
			t.Errorf("sign in: %v", err)
		}
		if err := accept(t, a, secret, "Thirteen-wide gates 9"); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a second time: %v", err)
		}
		owner = apptest.Actor(a.SignInAs(t, elsewhere(t, a), apptest.OwnerEmail)) // the proof of the former session is old
		a.Mails(t)
		for _, address := range []string{mia, " MIA@corp.test", "ｍia@corp.test"} {
			events := a.Happened(t, func() {
				if _, err := a.Accounts.Invite(t.Context(), owner, account.NewUser{Email: address, Role: sallyport.RoleAdmin}); apptest.Broken(err) != "email taken" {
					t.Errorf("inviting %q, who has an account: %v", address, err)
				}
			})
			if events != "" || len(a.Mails(t)) != 0 {
				t.Errorf("a refused invitation left %q", events)
			}
		}
		_, late := invite(t, a, sallyport.Operator(u.TenantID), "ida@corp.test", sallyport.RoleMember)
		a.Clock.Advance(7 * 24 * time.Hour)
		if err := accept(t, a, late, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after seven days: %v", err)
		}
	})
}

func TestWhoMayInvite(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		users := 0
		as := func(role sallyport.Role) sallyport.Actor {
			users++
			u := a.AddUser(t, fmt.Sprintf("user%d@corp.test", users), role)
			return sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Role: role}
		}
		for i, v := range []struct {
			actor sallyport.Actor
			role  sallyport.Role
			want  sallyport.Code
		}{
			{as(sallyport.RoleMember), sallyport.RoleMember, sallyport.CodeForbidden},
			{as(sallyport.RoleAdmin), sallyport.RoleAdmin, ""},
			{as(sallyport.RoleAdmin), sallyport.RoleOwner, sallyport.CodeForbidden},
			{as(sallyport.RoleOwner), sallyport.RoleOwner, ""},
			{sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: a.TenantID(t)}, sallyport.RoleMember, sallyport.CodeForbidden},
			{as(sallyport.RoleOwner), "king", sallyport.CodeInvalid},
		} {
			_, err := a.Accounts.Invite(t.Context(), v.actor, account.NewUser{Email: fmt.Sprintf("new%d@corp.test", i), Role: v.role})
			if code := sallyport.CodeOf(err); code != v.want && (v.want != sallyport.CodeForbidden || code != sallyport.CodeNotSignedIn) {
				t.Errorf("%s invites %s: %v", v.actor.Role, v.role, err)
			}
			if n := len(a.Mails(t)); (n == 1) != (v.want == "") {
				t.Errorf("%s invites %s: %d mails", v.actor.Role, v.role, n)
			}
		}
	})
}

// Of 64 parallel acceptances one sets the password.
func TestInvitationWorksOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, secret := invite(t, a, sallyport.Operator(a.TenantID(t)), mia, sallyport.RoleMember)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		var done atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for {
					err := accept(t, nodes[i%2], secret, fmt.Sprintf("Eleven-low arches %d", i))
					switch sallyport.CodeOf(err) {
					case "":
						done.Add(1)
					case sallyport.CodeLinkExpired, sallyport.CodeConflict:
					case sallyport.CodeOverloaded:
						continue
					default:
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		if n := a.Count(t)[audit.InvitationAccepted]; done.Load() != 1 || n != 1 {
			t.Errorf("%d accepted, %d events", done.Load(), n)
		}
	})
}

// A user who joined by a password-reset link has no more use of the invitation: it must not
// be a second way to set the password for the rest of the week.
func TestInvitationEndsWhenSomebodyJoinsOtherwise(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, secret := invite(t, a, sallyport.Operator(a.TenantID(t)), mia, sallyport.RoleMember)
		apptest.Must(t, reset(t, a, resetLink(t, a, mia), second))
		hash := userOf(t, a, u).PasswordHash
		if err := accept(t, a, secret, "Thirteen-wide gates 9"); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("the invitation sets another password: %v", err)
		}
		if userOf(t, a, u).PasswordHash != hash {
			t.Error("the password is another one")
		}
	})
}

// The mail about a lock has place, time and number of the attempts, and a link
// that lifts it where policy allows that.
func TestLockMailAndUnlockByLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		other := a.AddTenant(t, "other.test")
		from := elsewhere(t, a)
		from.Client.Location = sallyport.Location{Country: "NZ", City: "Wellington"}
		lock(t, a, from, "MIA@corp.test")
		lockOfNobody := elsewhere(t, a)
		lock(t, a, lockOfNobody, "nobody@corp.test")
		m := a.OnlyMail(t, notify.AccountLocked, mia)
		text := apptest.Text(t, m)
		for _, want := range []string{"Wellington", "198.51.100.7", "Firefox", "Failed attempts", "2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("the mail does not say %q:\n%s", want, text)
			}
		}
		secret := apptest.Secret(t, m, "/unlock/")
		apptest.Secret(t, m, "/not-me/")
		unlock := func(tenantID, secret string) error {
			return a.Accounts.UnlockByLink(t.Context(), link.Mailed{TenantID: tenantID, Client: phone, Secret: secret})
		}
		if err := unlock(other.ID, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("in another organisation: %v", err)
		}
		if _, err := a.Try(t.Context(), from, mia, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Fatalf("while locked: %v", err)
		}
		if events := a.Happened(t, func() { apptest.Must(t, unlock(u.TenantID, secret)) }); events != string(audit.AccountUnlocked) {
			t.Errorf("events %q", events)
		}
		a.SignInAs(t, from, mia)
		if err := unlock(u.TenantID, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a second time: %v", err)
		}

		// When the mail is late the lock is over, and no mail is sent.
		a.Clock.Advance(notify.StormWindow)
		lock(t, a, from, mia)
		secret = apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/unlock/")
		a.Clock.Advance(30*time.Minute - time.Microsecond)
		apptest.Must(t, a.Accounts.Unlock(t.Context(), sallyport.Operator(u.TenantID), u.ID))
		a.OnlyMail(t, notify.AccountUnlocked, mia)
		if err := unlock(u.TenantID, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after an admin lifted the lock: %v", err)
		}
		a.Clock.Advance(notify.StormWindow)
		lock(t, a, from, mia)
		secret = apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/unlock/")
		a.Clock.Advance(30 * time.Minute)
		if err := unlock(u.TenantID, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after 30 minutes: %v", err)
		}

		// Where policy allows no self-unlock, the mail has no such link, and an earlier one does
		// not work.
		a.Clock.Advance(notify.StormWindow)
		lock(t, a, from, mia)
		secret = apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/unlock/")
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutSelfUnlock = false })
		if err := unlock(u.TenantID, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("policy no longer allows it: %v", err)
		}
		a.Clock.Advance(30 * time.Minute)
		a.Clock.Advance(notify.StormWindow)
		lock(t, a, from, mia)
		for _, l := range a.OnlyMail(t, notify.AccountLocked, mia).Links {
			if strings.Contains(l, "/unlock/") {
				t.Errorf("policy allows no self-unlock, and the mail has %s", l[:len(apptest.BaseURL)+8])
			}
		}
	})
}

// A lock from guessing the password in a session is mailed like any lock.
func TestReauthLockIsMailed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia))
		for range 7 {
			if _, err := a.ChangePassword(t.Context(), me, "wrong", second); err == nil {
				t.Fatal("changed with a wrong password")
			}
		}
		m := a.OnlyMail(t, notify.AccountLocked, mia)
		apptest.Must(t, a.Accounts.UnlockByLink(t.Context(), link.Mailed{TenantID: me.TenantID, Client: phone, Secret: apptest.Secret(t, m, "/unlock/")}))
		_, err := a.ChangePassword(t.Context(), me, apptest.Password, second)
		apptest.Must(t, err)
		if n := a.Count(t); n[audit.AccountLocked] != 1 || n[audit.AccountUnlocked] != 1 {
			t.Errorf("%v", n)
		}
	})
}

func TestUnlockByAdmin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ben@corp.test", sallyport.RoleMember)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		member := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ben@corp.test"))
		admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		home := apptest.After(elsewhere(t, a), a.SignInAs(t, elsewhere(t, a), mia))
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, mia, sallyport.RoleAdmin)
		stranger := a.Laptop(t)
		lock(t, a, stranger, mia)
		lock(t, a, home, mia)
		try := func(what string, actor sallyport.Actor, userID string, want sallyport.Code) {
			t.Helper()
			events := a.Happened(t, func() {
				if err := a.Accounts.Unlock(t.Context(), actor, userID); sallyport.CodeOf(err) != want {
					t.Errorf("%s: %v", what, err)
				}
			})
			if want != "" && events != "" {
				t.Errorf("%s: events %q", what, events)
			}
		}
		try("a member", member, u.ID, sallyport.CodeForbidden)
		try("oneself", apptest.Actor(apptest.SignedIn{User: u}), u.ID, sallyport.CodeForbidden)
		try("another organisation's admin", sallyport.Actor{Type: sallyport.ActorUser, TenantID: foreign.TenantID, UserID: foreign.ID, Role: sallyport.RoleAdmin}, u.ID, sallyport.CodeNotFound)
		try("another organisation's user", admin, foreign.ID, sallyport.CodeNotFound)
		try("nobody", admin, "none", sallyport.CodeNotFound)
		try("an admin on an owner", admin, owner.UserID, sallyport.CodeForbidden)
		for _, from := range []apptest.From{stranger, home} {
			if _, err := a.Try(t.Context(), from, mia, apptest.Password); err == nil {
				t.Fatal("a refused unlocking unlocked")
			}
		}
		if events := a.Happened(t, func() { apptest.Must(t, a.Accounts.Unlock(t.Context(), admin, u.ID)) }); events != string(audit.AccountUnlocked) {
			t.Errorf("events %q", events)
		}
		for _, from := range []apptest.From{stranger, home} {
			a.SignInAs(t, from, mia)
		}
		if events := a.Happened(t, func() { apptest.Must(t, a.Accounts.Unlock(t.Context(), admin, u.ID)) }); events != "" {
			t.Errorf("nothing was locked, and the events are %q", events)
		}
		// A lock that is over is not lifted either.
		lock(t, a, stranger, mia)
		a.Clock.Advance(a.Policy().LockoutDuration)
		apptest.Denied(t, "with an old proof", a.Accounts.Unlock(t.Context(), admin, u.ID), sallyport.CodeStepUp)
		admin = apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		if events := a.Happened(t, func() { apptest.Must(t, a.Accounts.Unlock(t.Context(), admin, u.ID)) }); events != "" {
			t.Errorf("the lock was over, and the events are %q", events)
		}
		// A session that has ended lifts nothing.
		lock(t, a, stranger, mia)
		apptest.Must(t, a.Sessions.SignOut(t.Context(), admin))
		if err := a.Accounts.Unlock(t.Context(), admin, u.ID); err == nil {
			t.Error("an ended session unlocks")
		}
	})
}

// notMe confirms "This wasn't me" from a client that is not signed in.
func notMe(t *testing.T, a *apptest.App, secret string) (account.NotMeDone, error) {
	t.Helper()
	return a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret})
}

// The mail about a changed password is about one session: it ends, its device is no longer
// recognised, the password stops working, and a link for a new one is mailed.
func TestNotMeAboutOneSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		home := elsewhere(t, a)
		home = apptest.After(home, a.SignInAs(t, home, mia))
		thief := a.From(t, apptest.Client("203.0.113.5", apptest.SafariOnIPhone))
		in := a.SignInAs(t, thief, mia)
		thief = apptest.After(thief, in)
		_, err := a.ChangePassword(t.Context(), apptest.Actor(in), apptest.Password, second)
		apptest.Must(t, err)
		secret := apptest.Secret(t, a.OnlyMail(t, notify.PasswordChanged, mia), "/not-me/")
		mine, err := a.Try(t.Context(), home, mia, second)
		apptest.Must(t, err)
		home = apptest.After(home, mine)

		other := a.AddTenant(t, "other.test")
		if _, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: other.ID, Client: phone, Secret: secret}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("in another organisation: %v", err)
		}
		if err := reset(t, a, secret, "Thirteen-wide gates 9"); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("as a reset: %v", err)
		}
		a.Clock.Advance(time.Hour)
		var done account.NotMeDone
		events := a.Happened(t, func() { done, err = notMe(t, a, secret) })
		apptest.Must(t, err)
		if want := "auth.password_reset_requested auth.password_withdrawn auth.reported_not_me auth.session_revoked device.flagged device.trust_ended"; events != want {
			t.Errorf("events\n%s, want\n%s", events, want)
		}
		if done.Sessions != 1 || !done.Device || done.Closed {
			t.Errorf("%+v", done)
		}
		if code := a.Check(t, in.SessionToken); code != sallyport.CodeSessionRevoked {
			t.Errorf("the session concerned: %q", code)
		}
		if code := a.Check(t, mine.SessionToken); code != "" {
			t.Errorf("the owner's session: %q", code)
		}
		for _, p := range []string{second, apptest.Password, " "} {
			if _, err := a.Try(t.Context(), home, mia, p); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
				t.Errorf("password %.8q: %v", p, err)
			}
		}
		if _, err := notMe(t, a, secret); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a second time: %v", err)
		}
		// The mailed link sets a new password, different from both.
		next := apptest.Secret(t, a.OnlyMail(t, notify.PasswordReset, mia), "/recovery/")
		for _, former := range []string{second, apptest.Password} {
			if got := apptest.Broken(reset(t, a, next, former)); got != "newPassword reused" {
				t.Errorf("a former password is answered %s", got)
			}
		}
		apptest.Must(t, reset(t, a, next, "Thirteen-wide gates 9"))
		// The thief's device is not recognised.
		r, err := a.Try(t.Context(), thief, mia, "Thirteen-wide gates 9")
		if err != nil || r.Session.DeviceID == in.Session.DeviceID {
			t.Errorf("the device concerned is known: %v", err)
		}
		if got := userOf(t, a, u); got.PasswordHash == "" {
			t.Error("no password")
		}
	})
}

// Only the device concerned is no longer recognised.
func TestNotMeKeepsOtherDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		home := apptest.After(elsewhere(t, a), a.SignInAs(t, elsewhere(t, a), mia))
		in := a.SignInAs(t, a.Laptop(t), mia)
		thief := apptest.After(a.Laptop(t), in)
		_, err := a.ChangePassword(t.Context(), apptest.Actor(in), apptest.Password, second)
		apptest.Must(t, err)
		_, err = notMe(t, a, apptest.Secret(t, a.OnlyMail(t, notify.PasswordChanged, mia), "/not-me/"))
		apptest.Must(t, err)
		lock(t, a, a.From(t, phone), mia)
		if _, err := a.Try(t.Context(), home, mia, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the owner's device is a stranger: %v", err)
		}
		if _, err := a.Try(t.Context(), thief, mia, "wrong"); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Errorf("the device concerned is not: %v", err)
		}
	})
}

// The mail about a lock is about no session: all sessions end, and no device is recognised.
func TestNotMeAboutALock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		first := a.SignInAs(t, a.Laptop(t), mia)
		home := apptest.After(elsewhere(t, a), a.SignInAs(t, elsewhere(t, a), mia))
		bystander := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		lock(t, a, a.From(t, phone), mia)
		secret := apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/not-me/")
		a.Clock.Advance(30*24*time.Hour - time.Microsecond)
		last := a.SignInAs(t, a.Laptop(t), mia)
		var done account.NotMeDone
		events := a.Happened(t, func() {
			var err error
			done, err = notMe(t, a, secret)
			apptest.Must(t, err)
		})
		if want := "auth.password_reset_requested auth.password_withdrawn auth.reported_not_me auth.session_revoked auth.session_revoked auth.session_revoked device.trust_ended device.trust_ended device.trust_ended"; events != want {
			t.Errorf("events\n%s, want\n%s", events, want)
		}
		if done.Sessions != 3 || done.Device || done.Closed {
			t.Errorf("%+v", done)
		}
		for _, token := range []string{first.SessionToken, home.Session, last.SessionToken} {
			if a.Check(t, token) == "" {
				t.Error("a session goes on")
			}
		}
		if s, err := a.DB.Session(t.Context(), a.TenantID(t), bystander.Session.ID); err != nil || s.Status != sallyport.SessionActive {
			t.Errorf("somebody else's session: %+v, %v", s.Status, err)
		}
		a.OnlyMail(t, notify.PasswordReset, mia)

		lock(t, a, a.From(t, phone), apptest.OwnerEmail)
		late := apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, apptest.OwnerEmail), "/not-me/")
		a.Clock.Advance(30 * 24 * time.Hour)
		if _, err := notMe(t, a, late); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("after thirty days: %v", err)
		}
	})
}

// The links of two mails are independent. A second report does not fail because there is
// nothing left to end.
func TestNotMeTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		var secrets []string
		for range 2 {
			lock(t, a, a.From(t, phone), mia)
			secrets = append(secrets, apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/not-me/"))
			a.Clock.Advance(time.Hour)
		}
		_, err := notMe(t, a, secrets[0])
		apptest.Must(t, err)
		former := apptest.Secret(t, a.OnlyMail(t, notify.PasswordReset, mia), "/recovery/")
		if events := a.Happened(t, func() { _, err = notMe(t, a, secrets[1]); apptest.Must(t, err) }); events != "auth.password_reset_requested auth.reported_not_me" {
			t.Errorf("events of the second report: %q", events)
		}
		next := apptest.Secret(t, a.OnlyMail(t, notify.PasswordReset, mia), "/recovery/")
		if err := reset(t, a, former, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("the former link: %v", err)
		}
		apptest.Must(t, reset(t, a, next, second))
		if got := apptest.Broken(reset(t, a, resetLinkAfter(t, a, mia), apptest.Password)); got != "newPassword reused" {
			t.Errorf("the withdrawn password is answered %s", got)
		}
		if got := userOf(t, a, u); got.Status != sallyport.UserActive {
			t.Errorf("%+v", got)
		}
	})
}

// resetLinkAfter is resetLink when other mails wait.
func resetLinkAfter(t *testing.T, a *apptest.App, address string) string {
	t.Helper()
	a.Mails(t)
	return resetLink(t, a, address)
}

// Of 64 parallel confirmations one does something.
func TestNotMeWorksOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		a.SignInAs(t, a.Laptop(t), mia)
		lock(t, a, a.From(t, phone), mia)
		secret := apptest.Secret(t, a.OnlyMail(t, notify.AccountLocked, mia), "/not-me/")
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		var did atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				switch _, err := notMe(t, nodes[i%2], secret); sallyport.CodeOf(err) {
				case "":
					did.Add(1)
				case sallyport.CodeLinkExpired:
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := a.Count(t); did.Load() != 1 || n[audit.ReportedNotMe] != 1 || n[audit.PasswordWithdrawn] != 1 || n[audit.SessionRevoked] != 1 {
			t.Errorf("%d did, events %v", did.Load(), n)
		}
	})
}

// Links in a mail to a disabled user do nothing.
func TestMailedLinksOfTheDisabled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		lock(t, a, a.From(t, phone), mia)
		m := a.OnlyMail(t, notify.AccountLocked, mia)
		_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID)
		apptest.Must(t, err)
		events := a.Happened(t, func() {
			if _, err := notMe(t, a, apptest.Secret(t, m, "/not-me/")); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("not me: %v", err)
			}
			if err := a.Accounts.UnlockByLink(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: apptest.Secret(t, m, "/unlock/")}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("unlock: %v", err)
			}
		})
		if events != "" {
			t.Errorf("events %q", events)
		}
	})
}

// In a session the wait grows too, and a password during the wait is not compared.
func TestReauthDelay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutProgressive = true })
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		change := func(current string) error {
			_, err := a.ChangePassword(t.Context(), me, current, second)
			return err
		}
		for i, wait := range []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if got := apptest.Broken(change("wrong")); got != "currentPassword wrong_password" {
				t.Fatalf("guess %d: %s", i+1, got)
			}
			if wait == 0 {
				continue
			}
			var e *sallyport.Error
			if err := change(apptest.Password); !errors.As(err, &e) || e.RetryAfter != wait {
				t.Errorf("the right one after %d guesses: %v", i+1, err)
			}
			a.Clock.Advance(wait)
		}
		apptest.Must(t, change(apptest.Password))
	})
}

// The job that tells of a lock is woken at once, whether or not somebody has the address: an
// owner need not wait for its next round.
func TestLockWakesTheJob(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		for _, address := range []string{mia, "nobody@corp.test"} {
			lock(t, a, a.From(t, phone), address)
			select {
			case <-a.Accounts.Asked():
			default:
				t.Errorf("%s: nobody is woken", address)
			}
		}
	})
}
