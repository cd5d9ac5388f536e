package signin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// sendsCode asks for a code after the password.
func sendsCode(t *testing.T, a *apptest.App, from signin.From, email, method string) error {
	t.Helper()
	r := atFactor(t, a, from, email)
	_, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: method})
	return err
}

// Who has only the password uses up neither the codes of the owner's known device nor those
// of the owner's sessions, by text or by mail.
func TestStrangersDoNotSpendTheOwnersCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(q *sallyport.Policy) { q.SessionIdleWeb = 240 * time.Hour })
		p := equipped(t, a, userEmail, texted, mailed)
		from, home := visitor(t, a), p.home
		home.Session = ""
		a.Clock.Advance(24 * time.Hour)
		limited := map[string]bool{}
		for range 3 { // more than the quotas of a quarter of an hour and, of texts, of a day
			for i := range 12 {
				method := []string{texted, mailed}[i%2]
				if err := sendsCode(t, a, from, userEmail, method); sallyport.CodeOf(err) == sallyport.CodeRateLimited {
					limited[method] = true
				}
			}
			a.Clock.Advance(15 * time.Minute)
		}
		if !limited[texted] || !limited[mailed] {
			t.Fatalf("strangers have no limit: %v", limited)
		}
		for range 12 {
			_ = sendsCode(t, a, from, userEmail, mailed)
		}
		for _, method := range []string{texted, mailed} {
			apptest.Must(t, sendsCode(t, a, home, userEmail, method))
			up, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), sallyport.StepUp{Act: "add_factor", Factor: true})
			if err != nil {
				t.Fatal(err)
			}
			ask(t, a, p.home, up, method)
		}
	})
}

// Members who say that somebody's number is theirs use up what may be sent to numbers that
// nobody has proven. Its owner, who has, still gets codes.
func TestEnrolmentsDoNotSpendAProvenNumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		equipped(t, a, userEmail, texted)
		a.Clock.Advance(24 * time.Hour)
		begin := func(me sallyport.Actor, number string) error {
			a.Confirmed(t, me)
			_, err := a.Factors.Begin(t.Context(), me, mfa.NewFactor{Method: texted, PhoneNumber: number})
			return err
		}
		var members []sallyport.Actor
		for i := range 4 {
			email := fmt.Sprintf("member%d@corp.test", i)
			a.AddUser(t, email, sallyport.RoleMember)
			members = append(members, apptest.Actor(a.SignInAs(t, a.From(t, apptest.Client(fmt.Sprintf("192.0.2.%d", i), apptest.ChromeOnMac)), email)))
		}
		for i := range 10 {
			apptest.Must(t, begin(members[i%3], number))
		}
		apptest.Denied(t, "the eleventh of a day", begin(members[3], number), sallyport.CodeRateLimited)
		a.Texts(t)
		apptest.Must(t, sendsCode(t, a, visitor(t, a), userEmail, texted))
		if n := len(a.Texts(t)); n != 1 {
			t.Errorf("the owner of the number got %d texts", n)
		}
	})
}

// One member has at most ten texts a day sent to numbers that they have not proven, whatever
// the numbers are.
func TestOneMemberTextsFewNewNumbers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		sent := 0
		for i := range 40 {
			me := apptest.Actor(a.SignInAs(t, a.Laptop(t), userEmail))
			a.Confirmed(t, me)
			_, err := a.Factors.Begin(t.Context(), me, mfa.NewFactor{Method: texted, PhoneNumber: fmt.Sprintf("+49151123456%02d", i)})
			switch sallyport.CodeOf(err) {
			case "":
				sent++
			case sallyport.CodeRateLimited:
			default:
				t.Fatal(err)
			}
			a.Clock.Advance(5 * time.Minute)
		}
		if n := a.Count(t)[audit.CodeSent]; sent != 10 || n != 10 {
			t.Errorf("%d enrolments, %d codes", sent, n)
		}
	})
}

// A sign-in of several steps gives back the try of its own opening, once, to the network that
// it opened in.
func TestSignInGivesBackItsOpeningOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		change(t, a, "UPDATE users SET must_change_password = $1 WHERE id = $2", true, p.user.ID)
		from, other := visitor(t, a), a.From(t, apptest.Client("198.51.100.99", apptest.ChromeOnMac))
		for range 10 {
			open(t, a, from, userEmail)
			open(t, a, other, userEmail)
		}
		a.Clock.Advance(time.Minute)
		r := atFactor(t, a, from, userEmail)
		r = goesOn(t, a, other, r, withCode(totp, p.app.Code(t)), signin.ChangePassword) // the client has moved to another network
		goesOn(t, a, from, r, choose(chosenPassword), signin.Done)
		for _, v := range []signin.From{from, other} {
			for i := range 290 {
				if _, err := a.SignIn.Open(t.Context(), v, userEmail); err != nil {
					t.Fatalf("opening %d: %v", i+11, err)
				}
			}
			_, err := a.SignIn.Open(t.Context(), v, userEmail)
			apptest.Denied(t, "one more than the limit", err, sallyport.CodeRateLimited)
		}
	})
}
