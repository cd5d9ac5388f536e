package entry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// From a forgotten password to signed in again.
func TestBrowserRecovery(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in")
	p.Click("Forgot your password?")
	p.WaitURL("/recovery")
	if got := webtest.Focused(p); got != "email" {
		t.Errorf("the focus starts on %q", got)
	}
	p.Press("owner at corp.test") // what a browser lets through is for the server to refuse
	browsertest.Eval[any](p, "document.forms[document.forms.length - 1].noValidate = true")
	p.Press(webtest.KeyEnter)
	p.WaitText("does not look like an e-mail address")
	if got := webtest.Focused(p); got != "problems" {
		t.Errorf("after a refusal the focus is on %q", got)
	}
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Click("Send link")
	p.WaitText("If there is an account for " + apptest.OwnerEmail)
	p.Axe()
	p.Click("Send it again")
	p.WaitText("Look into your mailbox")

	p.Navigate(base + webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"))
	if got := webtest.Focused(p); got != "newPassword" {
		t.Errorf("on the page of the link the focus is on %q", got)
	}
	p.Fill("New password", webtest.FreshPassword)
	p.WaitText("Looks strong")
	p.Fill("Repeat the new password", "something else")
	p.Click("Save and sign out everywhere")
	if said := browsertest.Eval[string](p, "document.getElementById('confirmPassword').validationMessage"); said != "The two passwords differ." {
		t.Errorf("a second copy that differs: %q", said)
	}
	p.Fill("Repeat the new password", webtest.FreshPassword)
	p.Axe()
	p.Click("Save and sign out everywhere")
	p.WaitURL("/sign-in")
	p.WaitText("Your password was changed.")
	p.Axe()
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", webtest.FreshPassword)
	p.Click("Sign in")
	webtest.Arrive(p, "/profile/security")
	p.AssertQuiet("status of 422")
}

// The same without JavaScript, with a mistake on the way.
func TestBrowserRecoveryWithoutJavaScript(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	p.Navigate(base + "/recovery")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Click("Send link")
	p.WaitText("Look into your mailbox")
	p.Navigate(base + webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"))
	p.Fill("New password", "short")
	p.Fill("Repeat the new password", "short")
	p.Click("Save and sign out everywhere")
	p.WaitText("New password: At least 15 characters")
	if strings.Contains(p.URL(), "spl_") || browsertest.Eval[bool](p, `document.documentElement.outerHTML.includes("spl_")`) {
		t.Errorf("the secret of the link is on the page %s", p.URL())
	}
	if got := webtest.Focused(p); got != "problems" {
		t.Errorf("after a refusal the focus is on %q", got)
	}
	p.Fill("New password", webtest.FreshPassword)
	p.Fill("Repeat the new password", webtest.FreshPassword)
	p.Click("Save and sign out everywhere")
	p.WaitText("Your password was changed.")
	p.Back()
	p.Reload()
	p.WaitText("This link does not work any more")
	p.Click("Ask for a new password")
	p.WaitURL("/recovery")
	p.AssertQuiet("status of 422", "status of 404")
}

// Somebody else changes the password; its owner is told, and throws them out.
func TestBrowserNotMe(t *testing.T) {
	base, a := webtest.Browse(t)
	thief, owner := browsertest.Open(t), browsertest.Open(t)
	webtest.SignIn(thief, base)
	thief.Navigate(base + "/profile/security/password")
	thief.Fill("Current password", apptest.Password)
	thief.Fill("New password", webtest.FreshPassword)
	thief.Fill("Repeat the new password", webtest.FreshPassword)
	thief.Click("button.btn-primary")
	thief.WaitText("Password changed.")

	owner.Emulate(390, 844, true)
	owner.Navigate(base + webtest.MailedLink(t, a, notify.PasswordChanged, "/not-me/"))
	owner.WaitText("Your password stops working")
	owner.Axe()
	owner.Click("This wasn’t me, secure my account")
	owner.WaitText("Your account is secured")
	owner.WaitText("1 session was ended.")
	owner.Axe()
	thief.Reload()
	thief.WaitURL("/sign-in")

	owner.Navigate(base + webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"))
	owner.Fill("New password", "Eleven-low arches 17")
	owner.Fill("Repeat the new password", "Eleven-low arches 17")
	owner.Click("Save and sign out everywhere")
	owner.WaitText("Your password was changed.")
	owner.AssertQuiet()
	thief.AssertQuiet()
}

// Five wrong guesses lock; the mail about it unlocks.
func TestBrowserUnlock(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in")
	for range a.Policy().LockoutFailures {
		p.Fill("E-mail", apptest.OwnerEmail)
		p.Fill("Password", "Wrong guess 99")
		p.Click("Sign in")
		p.WaitText("E-mail or password is wrong")
	}
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	p.WaitText("Account temporarily locked")
	p.WaitText("Try again in 29 min") // counted down
	p.Axe()
	p.Navigate(base + webtest.MailedLink(t, a, notify.AccountLocked, "/unlock/"))
	p.Axe()
	p.Click("Unlock account")
	p.WaitText("Your account is unlocked.")
	webtest.SignIn(p, base)
	p.AssertQuiet("status of 401", "status of 429")
}

func TestBrowserVerifyEmail(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.WaitText("Verify your e-mail address")
	p.Axe()
	p.Click("Send link")
	p.WaitText("We have sent you a link")
	p.Navigate(base + webtest.MailedLink(t, a, notify.VerifyEmail, "/verify-email/"))
	p.Axe()
	p.Click("Verify address")
	p.WaitURL("/profile/security")
	p.WaitText("Your e-mail address is verified.")
	p.WaitNoText("Verify your e-mail address")
	p.AssertQuiet()
}

func TestBrowserInvitation(t *testing.T) {
	base, a := webtest.Browse(t)
	owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
	if _, err := a.Accounts.Invite(t.Context(), owner, account.NewUser{Email: "kim@corp.test", Role: sallyport.RoleMember}); err != nil {
		t.Fatal(err)
	}
	p := browsertest.Open(t)
	p.Emulate(390, 844, false)
	p.Navigate(base + webtest.MailedLink(t, a, notify.Invitation, "/invitation/"))
	p.Fill("First name", "Kim")
	p.Fill("Password", "kimkimkimkim")
	p.WaitText("Repeats like abcabc are hardly harder to guess than abc")
	p.Axe()
	p.Fill("Password", webtest.FreshPassword)
	p.Fill("Repeat the password", webtest.FreshPassword)
	p.Click("Create account")
	p.WaitText("Your account is ready.")
	p.Fill("E-mail", "kim@corp.test")
	p.Fill("Password", webtest.FreshPassword)
	p.Click("Sign in")
	webtest.Arrive(p, "/profile/security")
	p.AssertQuiet()
}

// A password that must not be used any longer has to go before anything else.
func TestBrowserMustChangePassword(t *testing.T) {
	base, a := webtest.Browse(t)
	webtest.MustChange(t, a, "lee@corp.test")
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in")
	p.Fill("E-mail", "lee@corp.test")
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	webtest.Arrive(p, "/sign-in/new-password")
	p.WaitText("Your password cannot be used any longer")
	p.WaitText("lee@corp.test")
	// Laid out, so that password managers read it, and not seen or reached by people.
	if at := browsertest.Eval[string](p, `((e) => e.offsetParent !== null && e.value + " " + e.offsetWidth + " " + e.tabIndex)(document.querySelector("[autocomplete=username]"))`); at != "lee@corp.test 1 -1" {
		t.Errorf("the field for password managers: %s", at)
	}
	p.Axe()
	p.Fill("New password", webtest.FreshPassword)
	p.Fill("Repeat the new password", webtest.FreshPassword)
	p.Click("Save and go on")
	p.WaitURL("/profile/security")
	p.WaitText("Password changed.")
	p.AssertQuiet()
}

// The estimator comes when a password is chosen, and what is typed stays here.
func TestBrowserMeterStaysOnThePage(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	loaded := func() []string {
		return browsertest.Eval[[]string](p, "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !/flags|favicon/.test(n))")
	}
	before := loaded()
	p.Click("summary")
	p.Fill("New password", "Tall pillars 42 and more")
	p.WaitText("Looks strong")
	if after := loaded(); len(after) != len(before)+1 || !strings.Contains(after[len(before)], "/static/meter.") {
		t.Errorf("typing a password loads %v", after[len(before):])
	}
	// The bars and the word say the same at every moment.
	browsertest.Eval[bool](p, `(() => {
		const meter = document.querySelector("[data-meter]"), words = meter.querySelector("[data-meter-text]");
		window.apart = 0;
		new MutationObserver(() => {
			if (!words.textContent.includes(words.dataset[meter.dataset.level])) window.apart++;
		}).observe(meter, { attributes: true, attributeFilter: ["data-level"] });
		return true;
	})()`)
	p.Fill("New password", "aaaaaaaaaaaa")
	p.WaitText("Strength: weak")
	if n := browsertest.Eval[int](p, "window.apart"); n > 0 {
		t.Errorf("the bars and the word differed %d times", n)
	}
	p.AssertQuiet()
}

// The estimator knows the words that are guessed first, not all of them: what it says of
// common passwords is at most one class above what the whole lists say, and the reasons stay.
func TestBrowserMeterKnowsCommonPasswords(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	const weak, fair, good, strong = 1, 2, 3, 4 // as high as the estimator's score may be
	for _, c := range []struct {
		password, weakness string
		most, least        int
	}{
		{"password", "topTen", weak, 0},
		{"letmein", "topHundred", weak, 0},
		{"qwerty123", "common", weak, 0},
		{"liverpool", "common", weak, 0},
		{"football1", "common", weak, 0},
		{"mypassword", "common", weak, 0},
		{"1q2w3e4r5t", "common", weak, 0},
		{"Elephant", "common", weak, 0},
		{"Password1!", "similarToCommon", weak, 0},
		{"Passw0rd!", "similarToCommon", weak, 0},
		{"Butterfly9!", "similarToCommon", weak, 0},
		{"hunter22", "similarToCommon", weak, 0},
		{"jennifer1987", "similarToCommon", weak, 0},
		{"rosebud7", "similarToCommon", weak, 0},
		{"Welcome123!", "", weak, 0},
		{"abdominal1", "", weak, 0},
		{"Dragon2023!", "similarToCommon", fair, 0},
		{"aaaaaaaaaaaa", "simpleRepeat", weak, 0},
		{"abcdefgh1", "sequences", weak, 0},
		{"20/06/1994", "dates", weak, 0},
		{"kx8#Vq2!mZ", "", good, good},
		{"correct horse battery staple", "", strong, strong},
		{"Tall pillars 42 and more", "", strong, strong},
	} {
		got := browsertest.Eval[struct {
			Score    int
			Weakness string
		}](p, fmt.Sprintf(`import(document.querySelector("[data-meter]").dataset.meterModule).then((m) => m.estimate(%q, []))`, c.password))
		if got.Score > c.most || got.Score < c.least || got.Weakness != c.weakness {
			t.Errorf("%s: %d %q, want %d to %d %q", c.password, got.Score, got.Weakness, c.least, c.most, c.weakness)
		}
	}
}
