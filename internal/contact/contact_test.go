package contact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

const wanted = "new@corp.test"

// proven is a session of a user that made a step-up for an act.
func proven(t *testing.T, a *apptest.App, address string, what policy.Act) sallyport.Actor {
	t.Helper()
	from := a.Laptop(t)
	in := a.SignInAs(t, from, address)
	a.StepUp(t, apptest.After(from, in), apptest.Actor(in), sallyport.StepUp{Act: string(what), Password: true}, nil)
	return apptest.Actor(in)
}

// mailed returns the last kind of mail that each address was sent since the last call.
func mailed(t *testing.T, a *apptest.App) map[string]notify.Kind {
	t.Helper()
	last := map[string]notify.Kind{}
	for _, m := range a.Mails(t) {
		last[m.To] = m.Kind
	}
	return last
}

func TestChangeOfAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia.Email))
		a.VerifyAddress(t, me)
		a.Confirmed(t, me)
		byMail := a.AddEmail(t, me)
		_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE sessions SET mfa_verified_at = $1 WHERE id = $2", a.Clock.Now().UnixMicro(), me.SessionID)
		apptest.Must(t, err)
		sent, err := a.Contacts.AskEmail(t.Context(), me, " New@corp.test ")
		apptest.Must(t, err)
		if sent.Address != "New@corp.test" || !sent.Until.Equal(a.Clock.Now().Add(factor.CodeLifetime)) {
			t.Errorf("sent %+v", sent)
		}
		if got := mailed(t, a); got["New@corp.test"] != notify.EmailCode || got[mia.Email] != notify.EmailChangeRequested {
			t.Errorf("when it was asked for: %v", got)
		}
		if u, err := a.Accounts.Own(t.Context(), me); err != nil || u.Email != mia.Email {
			t.Fatalf("changed before the code: %v %v", u.Email, err)
		}
		apptest.Denied(t, "a wrong code", a.Contacts.ConfirmEmail(t.Context(), me, wrong(a.LastCode(t, sent.Address))), sallyport.CodeMFAFailed)
		a.Clock.Advance(3 * time.Second)
		apptest.Must(t, a.Contacts.ConfirmEmail(t.Context(), me, a.LastCode(t, sent.Address)))

		u, err := a.Accounts.Own(t.Context(), me)
		if err != nil || u.Email != "New@corp.test" || !u.EmailVerifiedAt.Equal(a.Clock.Now()) {
			t.Fatalf("after the code: %+v %v", u, err)
		}
		if got := mailed(t, a); got[mia.Email] != notify.EmailChanged || got[u.Email] != notify.EmailConfirmed {
			t.Errorf("when it was changed: %v", got)
		}
		if f, err := a.DB.Factor(t.Context(), u.TenantID, u.ID, byMail.ID); err != nil || f.Email != u.Email {
			t.Errorf("codes go to %q: %v", f.Email, err)
		}
		apptest.Denied(t, "the code again", a.Contacts.ConfirmEmail(t.Context(), me, a.LastCode(t, u.Email)), sallyport.CodeMFAFailed)
		if _, err := a.Try(t.Context(), a.Laptop(t), mia.Email, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the former address signs in: %v", err)
		}
	})
}

// wrong returns another code.
func wrong(code string) string {
	if strings.HasPrefix(code, "0") {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

// The former address is nobody's for seven days, but its owner's.
func TestFormerAddressIsReserved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := proven(t, a, mia.Email, policy.ChangeEmail)
		change := func(to string) {
			t.Helper()
			_, err := a.Contacts.AskEmail(t.Context(), me, to)
			apptest.Must(t, err)
			apptest.Must(t, a.Contacts.ConfirmEmail(t.Context(), me, a.LastCode(t, to)))
		}
		add := func(address string) error {
			_, err := a.Accounts.Add(t.Context(), sallyport.Operator(owner.TenantID), account.NewUser{Email: address, Role: sallyport.RoleMember})
			return err
		}
		change(wanted)
		if err := add("MIA@corp.test"); !strings.Contains(apptest.Broken(err), "taken") {
			t.Errorf("somebody else got the former address: %v", err)
		}
		plan, err := a.Accounts.PlanInvitations(t.Context(), sallyport.Operator(owner.TenantID), account.List{Text: mia.Email})
		if err != nil || len(plan) != 1 || plan[0].Fate != account.Wrong {
			t.Errorf("the plan to invite it: %+v %v", plan, err)
		}
		change(mia.Email) // back, and forth
		change(wanted)
		a.Clock.Advance(contact.Reserved - time.Second)
		if err := add(mia.Email); !strings.Contains(apptest.Broken(err), "taken") {
			t.Errorf("just before the end: %v", err)
		}
		a.Clock.Advance(time.Second)
		if err := add(mia.Email); err != nil {
			t.Errorf("after seven days: %v", err)
		}
	})
}

// Nobody learns by a change of address who has an account: whoever asks sees the same, and the
// owner of the address is told.
func TestTakenAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		bo := a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		me := proven(t, a, mia.Email, policy.ChangeEmail)
		sent, err := a.Contacts.AskEmail(t.Context(), me, bo.Email)
		if err != nil || sent.Address != bo.Email {
			t.Fatalf("%+v %v", sent, err)
		}
		if got := mailed(t, a); got[bo.Email] != notify.EmailTaken || got[mia.Email] != notify.EmailChangeRequested {
			t.Errorf("mailed: %v", got)
		}
		waiting, _, err := a.Contacts.Waiting(t.Context(), me)
		if err != nil || waiting == nil || waiting.Address != bo.Email {
			t.Errorf("waiting: %+v %v", waiting, err)
		}
		apptest.Denied(t, "a guess", a.Contacts.ConfirmEmail(t.Context(), me, "123456"), sallyport.CodeMFAFailed)
	})
}

// A code is good in the session that asked for it, after its proof, in time, and once; and too many
// wrong ones lock.
func TestCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		from := a.Laptop(t)
		plain := apptest.Actor(a.SignInAs(t, from, mia.Email))
		if _, err := a.Contacts.AskEmail(t.Context(), plain, wanted); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("without a proof: %v", err)
		}
		me := proven(t, a, mia.Email, policy.ChangeEmail)
		_, err := a.Contacts.AskEmail(t.Context(), me, wanted)
		apptest.Must(t, err)
		code := a.LastCode(t, wanted)
		other := proven(t, a, mia.Email, policy.ChangeEmail)
		apptest.Denied(t, "in another session", a.Contacts.ConfirmEmail(t.Context(), other, code), sallyport.CodeMFAFailed)
		bo := a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		apptest.Denied(t, "of another account", a.Contacts.ConfirmEmail(t.Context(), proven(t, a, bo.Email, policy.ChangeEmail), code), sallyport.CodeMFAFailed)

		same := apptest.AtOnce(8, func(int) error { return a.Contacts.ConfirmEmail(t.Context(), me, code) })
		if same[""] != 1 {
			t.Errorf("at once: %v", same)
		}
		if n := a.Count(t)[audit.EmailChanged]; n != 1 {
			t.Errorf("%d events", n)
		}

		a.Clock.Advance(2 * time.Minute)
		_, err = a.Contacts.AskEmail(t.Context(), me, "later@corp.test")
		apptest.Must(t, err)
		late := a.LastCode(t, "later@corp.test")
		a.Clock.Advance(factor.CodeLifetime - time.Minute) // the proof is over before the code
		apptest.Denied(t, "after the proof", a.Contacts.ConfirmEmail(t.Context(), me, late), sallyport.CodeStepUp)
	})
}

func TestTooMany(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := proven(t, a, mia.Email, policy.ChangeEmail)
		refused := 0
		for range 12 {
			if _, err := a.Contacts.AskEmail(t.Context(), me, wanted); sallyport.CodeOf(err) == sallyport.CodeRateLimited {
				refused++
			}
		}
		if refused != 12-5 { // as many codes as anybody may have sent in a quarter of an hour
			t.Errorf("%d of 12 refused", refused)
		}
		locked := false
		for range 12 {
			err := a.Contacts.ConfirmEmail(t.Context(), me, wrong(a.LastCode(t, wanted)))
			locked = locked || sallyport.CodeOf(err) == sallyport.CodeAccountLocked
			a.Clock.Advance(31 * time.Second)
		}
		if !locked {
			t.Error("codes can be guessed")
		}
	})
}

func TestPhone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const number = "+4915123456789"
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := proven(t, a, mia.Email, policy.ChangePhone)
		for typed, want := range map[string]string{"": "required", "+12": "phone_too_short", "+49301234567": "phone_not_mobile", "0151 23456789": "phone_country"} {
			if _, err := a.Contacts.AskPhone(t.Context(), me, typed, ""); !strings.Contains(apptest.Broken(err), want) {
				t.Errorf("%q: %v, want %s", typed, err, want)
			}
		}
		sent, err := a.Contacts.AskPhone(t.Context(), me, "0151 23456789", "de")
		if err != nil || sent.Address != number {
			t.Fatalf("%+v %v", sent, err)
		}
		apptest.Denied(t, "a wrong code", a.Contacts.ConfirmPhone(t.Context(), me, wrong(a.LastCode(t, number))), sallyport.CodeMFAFailed)
		a.Clock.Advance(3 * time.Second)
		apptest.Must(t, a.Contacts.ConfirmPhone(t.Context(), me, a.LastCode(t, number)))
		u, err := a.Accounts.Own(t.Context(), me)
		if err != nil || u.Phone != number || !u.PhoneVerifiedAt.Equal(a.Clock.Now()) {
			t.Fatalf("%+v %v", u, err)
		}
		if u.SecondFactor != sallyport.NoFactor {
			t.Error("the number counts as a second factor")
		}
		if _, err := a.Contacts.AskPhone(t.Context(), me, number, ""); !strings.Contains(apptest.Broken(err), "unchanged") {
			t.Errorf("the same again: %v", err)
		}
		apptest.Must(t, a.Contacts.RemovePhone(t.Context(), me))
		apptest.Must(t, a.Contacts.RemovePhone(t.Context(), me))
		if u, err = a.Accounts.Own(t.Context(), me); err != nil || u.Phone != "" || !u.PhoneVerifiedAt.IsZero() {
			t.Errorf("%+v %v", u, err)
		}
		if n := a.Count(t)[audit.PhoneChanged]; n != 2 {
			t.Errorf("%d events", n)
		}
	})
}

// Of two who want the same address one gets it, also while its former owner gives it up.
func TestAddressAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for round := range apptest.Rounds(5) {
			to := "free" + strings.Repeat("x", round) + "@corp.test"
			var actors []sallyport.Actor
			var codes []string
			for _, name := range []string{"a", "b", "c"} {
				u := a.AddUser(t, name+strings.Repeat("x", round)+"@corp.test", sallyport.RoleMember)
				me := proven(t, a, u.Email, policy.ChangeEmail)
				_, err := a.Contacts.AskEmail(t.Context(), me, to)
				apptest.Must(t, err)
				actors, codes = append(actors, me), append(codes, a.LastCode(t, to))
			}
			got := apptest.AtOnce(3, func(i int) error { return a.Contacts.ConfirmEmail(t.Context(), actors[i], codes[i]) })
			if got[""] != 1 || got[sallyport.CodeInvalid] != 2 {
				t.Fatalf("round %d: %v", round, got)
			}
		}
	})
}

// While somebody gives an address up, somebody else is added with it: never both.
func TestGivenUpAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		for round := range apptest.Rounds(8) {
			was := "was" + strings.Repeat("x", round) + "@corp.test"
			to := "to" + strings.Repeat("x", round) + "@corp.test"
			u := a.AddUser(t, was, sallyport.RoleMember)
			me := proven(t, a, u.Email, policy.ChangeEmail)
			_, err := a.Contacts.AskEmail(t.Context(), me, to)
			apptest.Must(t, err)
			code := a.LastCode(t, to)
			got := apptest.AtOnce(4, func(i int) error {
				if i == 0 {
					return a.Contacts.ConfirmEmail(t.Context(), me, code)
				}
				_, err := a.Accounts.Add(t.Context(), sallyport.Operator(owner.TenantID), account.NewUser{Email: was, Role: sallyport.RoleMember})
				return err
			})
			if got[""] != 1 || got[sallyport.CodeInvalid] != 3 {
				t.Fatalf("round %d: %v", round, got)
			}
		}
	})
}
