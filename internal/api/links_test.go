package api

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// signIn tries a password in a new browser.
func (a *app) signIn(address, password string) answer {
	a.t.Helper()
	c := a.client()
	return c.post("/sign-in/"+c.open("web", address).FlowID+"/password", object("password", password))
}

func TestRecovery(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		there := a.browse(memberEmail)
		superseded := a.reset(memberEmail)
		link := a.reset(memberEmail)
		chosen := object("newPassword", otherPassword)
		visitor := a.client()

		visitor.follow(superseded, chosen).refused(404, sallyport.CodeLinkExpired)
		visitor.follow(strings.Replace(link, "/recovery/", "/verify-email/", 1), "").refused(404, sallyport.CodeLinkExpired)
		visitor.follow(strings.Replace(link, "/recovery/", "/unlock/", 1), "").refused(404, sallyport.CodeLinkExpired)
		visitor.follow(strings.Replace(link, "/recovery/", "/not-me/", 1), "").refused(404, sallyport.CodeLinkExpired)
		weak := into[problem](visitor.follow(link, object("newPassword", "short")).refused(422, sallyport.CodeInvalid))
		if len(weak.Errors) < 3 || weak.Errors[0].Field != "newPassword" {
			t.Errorf("%+v", weak.Errors)
		}
		visitor.get(callOf(link)).refused(405, codeMethod) // a mail scanner's GET does not use the link
		visitor.follow(link, chosen).is(204)
		visitor.follow(link, chosen).refused(404, sallyport.CodeLinkExpired)

		there.get("/me").refused(401, sallyport.CodeSessionRevoked)
		a.signIn(memberEmail, goodPassword).refused(401, sallyport.CodeInvalidCredentials)
		a.signIn(memberEmail, otherPassword).is(200)

		old := a.reset(memberEmail)
		a.advance(30 * time.Minute)
		visitor.follow(old, object("newPassword", goodPassword)).refused(404, sallyport.CodeLinkExpired)
		visitor.follow("/recovery/nonsense", chosen).refused(404, sallyport.CodeLinkExpired)
		visitor.follow("/recovery/%00", chosen).refused(404, sallyport.CodeLinkExpired)
		visitor.post("/recovery", object("email", "nobody")).refused(422, sallyport.CodeInvalid)
	})
}

// The address in a link does not come from a header that the client chooses, and a link
// works in its own organisation only.
func TestMailedLinksUseTheConfiguredAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.client()
		for name, value := range map[string]string{
			"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.test", "X-Host": "evil.test",
			"Origin": "https://evil.test", "Referer": "https://evil.test/", "Accept-Language": "\xff\x00evil.test",
		} {
			c.headers[name] = value
		}
		c.host = "evil.test"
		c.post("/recovery", object("email", memberEmail)).is(202)
		mails := a.mails()
		if len(mails) != 1 || len(mails[0].Links) == 0 {
			t.Fatalf("%d mails", len(mails))
		}
		for _, l := range mails[0].Links {
			if !strings.HasPrefix(l, baseURL+"/") || strings.Contains(l, "evil") {
				t.Errorf("link %s", l)
			}
		}

		other := sallyport.Tenant{ID: token.NewID(), Host: "other.test", Name: "Other", CreatedAt: a.now()}
		if err := a.db.Write(t.Context(), func(tx *store.Tx) error { return tx.AddTenant(t.Context(), other) }); err != nil {
			t.Fatal(err)
		}
		a.advance(time.Hour) // longer than the list of organisations is cached
		link := a.reset(memberEmail)
		c.host = other.Host
		c.follow(link, object("newPassword", otherPassword)).refused(404, sallyport.CodeLinkExpired)
		c.post("/recovery", object("email", memberEmail)).is(202)
		if mails := a.mails(); len(mails) != 0 {
			t.Errorf("another organisation mailed %v", mails[0].Links)
		}
		a.client().follow(link, object("newPassword", otherPassword)).is(204)
	})
}

// The answers show neither whether an account has the address nor that too many links
// were requested.
func TestRecoveryAnswersAlike(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		a.browse(ownerEmail).post("/users/"+a.admin.ID+"/disable", "").is(200)
		a.mails() // it tells them
		var first answer
		asked := append([]string{memberEmail, "nobody@example.com", adminEmail, strings.ToUpper(memberEmail)}, slices.Repeat([]string{memberEmail}, 10)...)
		for i, address := range asked {
			got := a.client().post("/recovery", object("email", address)).is(202)
			if i == 0 {
				first = got
			}
			if got.body != first.body || !maps.EqualFunc(got.header, first.header, slices.Equal) {
				t.Errorf("%s:\n%v\n%s\nthe first:\n%v\n%s", address, got.header, got.body, first.header, first.body)
			}
		}
		to := map[string]int{}
		for _, m := range a.mails() {
			to[m.To]++
		}
		if diff := cmp.Diff(map[string]int{memberEmail: 4}, to); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRecoveryIsLimitedByNetwork(t *testing.T) {
	a := newApp(t, "")
	for range 30 {
		a.client().post("/recovery", object("email", "nobody@example.com")).is(202)
	}
	if got := a.client().post("/recovery", object("email", memberEmail)).refused(429, sallyport.CodeRateLimited); got.header.Get("Retry-After") == "" {
		t.Errorf("%v", got.header)
	}
}

func TestVerifyEmail(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		verified := func() bool { return into[me](c.get("/me").is(200)).EmailVerified }
		a.client().post("/me/verify-email", "").refused(401, sallyport.CodeNotSignedIn)
		c.post("/me/verify-email", "").is(202)
		superseded := a.link(memberEmail, notify.VerifyEmail, "/verify-email")
		c.post("/me/verify-email", "").is(202)
		link := a.link(memberEmail, notify.VerifyEmail, "/verify-email")
		if verified() {
			t.Error("verified by asking")
		}
		visitor := a.client()
		visitor.follow(superseded, "").refused(404, sallyport.CodeLinkExpired)
		visitor.follow(strings.Replace(link, "/verify-email/", "/recovery/", 1), object("newPassword", otherPassword)).refused(404, sallyport.CodeLinkExpired)
		visitor.get(callOf(link)).refused(405, codeMethod)
		visitor.follow(link, "").is(204)
		visitor.follow(link, "").refused(404, sallyport.CodeLinkExpired)
		if !verified() {
			t.Error("not verified")
		}
		c.post("/me/verify-email", "").refused(409, sallyport.CodeConflict)
		if mails := a.mails(); len(mails) != 0 {
			t.Errorf("a verified address got a mail: %v", mails[0].Kind)
		}
	})
}

func TestInvitation(t *testing.T) {
	const address = "tomas@example.com"
	onBoth(t, func(t *testing.T, a *app) {
		owner, admin, member := a.browse(ownerEmail), a.browse(adminEmail), a.browse(memberEmail)
		invite := object("email", address, "firstName", "Tomas", "role", "admin")
		a.client().post("/users", invite).refused(401, sallyport.CodeNotSignedIn)
		member.post("/users", invite).refused(403, sallyport.CodeForbidden)
		admin.post("/users", object("email", address, "role", "owner")).refused(403, sallyport.CodeForbidden)
		owner.post("/users", object("email", address, "role", "king")).refused(422, sallyport.CodeInvalid)
		owner.post("/users", object("email", memberEmail)).refused(422, sallyport.CodeInvalid)

		u := into[userRecord](owner.post("/users", invite).is(201))
		if u.Email != address || u.Role != sallyport.RoleAdmin || !u.PasswordChangedAt.IsZero() || u.ID == "" {
			t.Errorf("%+v", u)
		}
		superseded := a.link(address, notify.Invitation, "/invitation")
		if again := into[userRecord](owner.post("/users", invite).is(200)); again != u || len(a.mails()) != 0 {
			t.Errorf("invited again: %+v", again)
		}
		resend := object("email", address, "role", "admin", "resend", true)
		if again := into[userRecord](owner.post("/users", resend).is(201)); again.ID != u.ID {
			t.Errorf("mailed again, another user: %+v", again)
		}
		link := a.link(address, notify.Invitation, "/invitation")

		visitor := a.client()
		accept := object("firstName", "Tomáš", "lastName", "Novák", "password", goodPassword)
		visitor.follow(superseded, accept).refused(404, sallyport.CodeLinkExpired)
		visitor.follow(strings.Replace(link, "/invitation/", "/recovery/", 1), object("newPassword", goodPassword)).refused(404, sallyport.CodeLinkExpired)
		if r := visitor.follow(link, object("firstName", strings.Repeat("x", 101), "password", "short")).refused(422, sallyport.CodeInvalid).rule(); r.Field != "firstName" || r.Code != "too_long" {
			t.Errorf("%+v", r)
		}
		wrong := into[problem](visitor.follow(link, object("firstName", "a\x00b", "password", "short")).refused(422, sallyport.CodeInvalid))
		if len(wrong.Errors) < 3 || wrong.Errors[0].Field != "firstName" {
			t.Errorf("%+v", wrong.Errors)
		}
		visitor.follow(link, accept).is(204)
		visitor.follow(link, accept).refused(404, sallyport.CodeLinkExpired)
		a.signIn(address, goodPassword).is(200)
		who := into[me](a.browse(address).get("/me").is(200))
		if who.FirstName != "Tomáš" || !who.EmailVerified || who.PasswordChangedAt.IsZero() {
			t.Errorf("%+v", who)
		}

		into[userRecord](owner.post("/users", object("email", "vera@example.com")).is(201))
		late := a.link("vera@example.com", notify.Invitation, "/invitation")
		a.advance(7 * 24 * time.Hour)
		visitor.follow(late, accept).refused(404, sallyport.CodeLinkExpired)
	})
}

// lock locks an account for unknown devices.
func (a *app) lock(address string) {
	a.t.Helper()
	for range a.policy.LockoutFailures {
		a.signIn(address, otherPassword).refused(401, sallyport.CodeInvalidCredentials)
	}
	a.signIn(address, goodPassword).refused(429, sallyport.CodeAccountLocked)
}

func TestUnlock(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		owner := a.browse(ownerEmail)
		a.browse(memberEmail)
		a.lock(memberEmail)
		unlock := "/users/" + a.member.ID + "/unlock"
		owner.post(unlock, "").is(204)
		owner.post(unlock, "").is(204) // doing it again is no error
		a.signIn(memberEmail, goodPassword).is(200)

		a.mails()
		a.advance(notify.StormWindow) // of a second lock within it a mail tells at its end
		a.lock(memberEmail)
		link := a.link(memberEmail, notify.AccountLocked, "/unlock")
		visitor := a.client()
		visitor.follow(strings.Replace(link, "/unlock/", "/verify-email/", 1), "").refused(404, sallyport.CodeLinkExpired)
		visitor.follow(link, "").is(204)
		visitor.follow(link, "").refused(404, sallyport.CodeLinkExpired)
		a.signIn(memberEmail, goodPassword).is(200)
	})
}

func TestTheLastOwnerStays(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		owner := a.browse(ownerEmail)
		owner.post("/users/"+a.owner.ID+"/disable", "").refused(409, sallyport.CodeLastOwner)
		owner.get("/me").is(200)
	})
}

// foreigner adds a user in another organisation.
func (a *app) foreigner() sallyport.User {
	a.t.Helper()
	ctx := a.t.Context()
	other := sallyport.Tenant{ID: token.NewID(), Host: token.NewID() + ".test", Name: "Foreign", CreatedAt: a.now()}
	u := sallyport.User{ID: token.NewID(), TenantID: other.ID, Email: "far@example.com", Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: a.now()}
	if err := a.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.AddTenant(ctx, other); err != nil {
			return err
		}
		return tx.AddUser(ctx, u)
	}); err != nil {
		a.t.Fatal(err)
	}
	return u
}

func TestNotMe(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		thief, elsewhere := a.browse(memberEmail), a.browse(memberEmail)
		a.mails()
		thief.post("/me/password", object("currentPassword", goodPassword, "newPassword", otherPassword)).is(200)
		elsewhere.get("/me").refused(401, sallyport.CodeSessionRevoked)
		link := a.link(memberEmail, notify.PasswordChanged, "/not-me")

		visitor := a.client()
		visitor.get(callOf(link)).refused(405, codeMethod)
		done := visitor.follow(link, "").is(200)
		said := into[map[string]any](done)
		back, _ := said["takenBack"].([]any)
		delete(said, "takenBack")
		if diff := cmp.Diff(map[string]any{"endedSessions": 1.0, "oneDevice": true, "closed": false}, said); diff != "" || len(back) != 1 {
			t.Error(diff, back)
		}
		visitor.follow(link, "").refused(404, sallyport.CodeLinkExpired)
		thief.get("/me").refused(401, sallyport.CodeSessionRevoked)
		a.signIn(memberEmail, otherPassword).refused(401, sallyport.CodeInvalidCredentials)
		visitor.follow(a.link(memberEmail, notify.PasswordReset, "/recovery"), object("newPassword", "Third-Time-Lucky-97 Owl")).is(204)
		a.signIn(memberEmail, "Third-Time-Lucky-97 Owl").is(200)
	})
}
