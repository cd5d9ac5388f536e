package entry_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestFactorByApp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		app := a.AddTOTP(t, webtest.Owner(t, a))
		page := v.Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/activity")
		v.At(page, http.StatusOK, "/sign-in/factor?next="+webtest.Escape("/profile/security/activity"))
		v.Has(page, apptest.OwnerEmail, "the app “Phone” shows", `autocomplete="one-time-code"`, `inputmode="numeric"`, "Use a backup code", "Use another account")
		if strings.Contains(webtest.Plain(page.Text), "10") {
			t.Error("the number of backup codes shows before a proof")
		}

		try := func(code string) webtest.Answer {
			return v.Post("/sign-in/factor", "method", "totp", "code", code, "next", "/profile/security/activity")
		}
		wrong := try(app.WrongCode(t))
		v.SentBack(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.Has(wrong, "This code is not right", `aria-invalid="true"`, "autofocus")
		v.Has(wrong, "Wait for the next code", "Set the clock of the phone to automatic", "You can use a backup code below", "Ask an administrator")
		if strings.Contains(wrong.Text, `id="problems"`) {
			t.Error("the focus is taken from the field")
		}
		v.Has(v.Get("/sign-in/factor?method=nonsense&factor=x"), "the app “Phone” shows")

		code := app.Code(t)
		in := try(" " + code[:3] + " " + code[3:] + " ")
		v.At(in, http.StatusOK, "/profile/security/activity")
		v.Has(in, "Second factor</dt><dd dir=\"auto\">Authenticator app")

		// A device that is known is told that its owner's clock is off.
		v.Post("/sign-out")
		v.Challenged(t)
		a.Clock.Advance(30 * time.Second)
		v.Has(try(app.CodeAt(t, a.Clock.Now().Add(3*time.Minute))), "clock is about 3 minutes fast", "Set it to automatic")

		other := v.Another()
		other.Challenged(t)
		other.Has(other.Post("/sign-in/factor", "method", "totp", "code", code), "This code was used already. Wait for the next one.")
	})
}

func TestFactorByBackupCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 5 })
		app := a.AddTOTP(t, webtest.Owner(t, a))
		v.Challenged(t)
		page := v.Get("/sign-in/factor?method=backup_codes")
		v.Has(page, "Enter one of the codes that you saved", `autocomplete="off"`, "Authenticator app")
		if strings.Contains(page.Text, `inputmode="numeric"`) {
			t.Error("a keyboard of digits for letters")
		}
		wrong := v.Post("/sign-in/factor", "method", "backup_codes", "code", "abcd-efgh-jkmn-pqrs")
		v.SentBack(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.Has(wrong, "This code is not right", "Backup code")

		in := v.Post("/sign-in/factor", "method", "backup_codes", "code", strings.ToUpper(strings.ReplaceAll(app.BackupCodes[0], "-", " ")))
		v.At(in, http.StatusOK, "/profile/security")
		v.Has(in, "You used a backup code. 4 are left.")

		for i, want := range []string{"3 backup codes left", "2 backup codes left", "1 backup code left", "That was your last backup code"} {
			v := v.Another()
			v.Challenged(t)
			in := v.Post("/sign-in/factor", "method", "backup_codes", "code", app.BackupCodes[i+1], "next", "/profile/security/activity")
			v.At(in, http.StatusOK, "/sign-in/codes-left?next="+webtest.Escape("/profile/security/activity"))
			v.Has(in, want, `href="/profile/security/two-factor/backup-codes"`, `href="/profile/security/activity"`)
		}
		none := v.Another()
		if page := none.Challenged(t); strings.Contains(page.Text, "Use a backup code") {
			t.Error("backup codes are offered when there are none")
		}
		// Who has enough of them is not warned.
		a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 10 })
		a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), "kim@corp.test")))
		v.At(v.Get("/sign-in/codes-left"), http.StatusOK, "/sign-in/codes-left")
	})
}

func TestFactorBySentCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		actor := webtest.Owner(t, a)
		a.VerifyAddress(t, actor)
		f := a.AddEmail(t, actor)
		page := v.Challenged(t)
		v.Has(page, "E-mail code", "Mail a code to o•••@corp.test")
		if strings.Contains(page.Text, `name="code"`) {
			t.Error("a code is asked for before one was sent")
		}
		send := func() webtest.Answer {
			return v.Post("/sign-in/factor/send", "method", "email", "factor", f.ID, "next", "/profile/security/activity")
		}
		sent := send()
		until := "until=" + strconv.FormatInt(a.Clock.Now().Add(10*time.Minute).Unix(), 10)
		if !strings.HasPrefix(sent.Path(), "/sign-in/factor?") || !strings.Contains(sent.Path(), until) || sent.StatusCode != http.StatusOK {
			t.Fatalf("came to %s: %d", sent.Path(), sent.StatusCode)
		}
		v.Has(sent, "A code was sent to o•••@corp.test. It works until", `name="code"`, "Send another code")
		first := a.LastCode(t, apptest.OwnerEmail)
		v.Has(v.Get(sent.Path()), "A code was sent") // a reload sends nothing

		wrong := v.Post("/sign-in/factor", "method", "email", "factor", f.ID, "code", "000000", "until", strings.TrimPrefix(until, "until="))
		v.SentBack(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.Has(wrong, "This code is not right", "A code was sent to o•••@corp.test", "Send another code")

		send()
		v.Has(v.Post("/sign-in/factor", "method", "email", "code", first), "This code is not right")
		a.Clock.Advance(9 * time.Minute)
		in := v.Post("/sign-in/factor", "method", "email", "code", a.LastCode(t, apptest.OwnerEmail), "next", "/profile/security/activity")
		v.At(in, http.StatusOK, "/profile/security/activity")

		many := v.Another()
		many.Challenged(t)
		var last webtest.Answer
		for range 6 {
			last = many.Post("/sign-in/factor/send", "method", "email", "factor", f.ID)
		}
		many.SentBack(last, http.StatusTooManyRequests, "/sign-in/factor")
		many.Has(last, "Too many tries", "Try again at", "Mail a code to")
		if last.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestFactorByPasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		key := a.AddPasskey(t, webtest.Owner(t, a))
		v.Challenged(t)
		page := v.Get("/sign-in/factor?method=webauthn")
		v.Has(page, `data-passkey="/sign-in/factor/send"`, "Passkeys need JavaScript", "Use a backup code")
		options := v.Options("/sign-in/factor/send", "method", "webauthn")
		refused := v.Post("/sign-in/factor", "method", "webauthn", "passkey", "{}")
		v.SentBack(refused, http.StatusUnauthorized, "/sign-in/factor")
		v.Has(refused, "This passkey was not accepted")
		in := v.Post("/sign-in/factor", "method", "webauthn", "passkey", string(key.Answer(t, options)))
		v.At(in, http.StatusOK, "/profile/security")

		// A copy of it: its counter went back.
		other := v.Another()
		other.Challenged(t)
		options = other.Options("/sign-in/factor/send", "method", "webauthn")
		key.Key.Counter = 0
		other.Has(other.Post("/sign-in/factor", "method", "webauthn", "passkey", string(key.Answer(t, options))), "That did not work", "This passkey is suspended", "Enter one of the codes that you saved")
	})
}

// Text messages that somebody added later, and used last, are not what is asked for first.
func TestStrongestFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		from := a.Laptop(t)
		in := a.SignInAs(t, from, apptest.OwnerEmail)
		owner := apptest.Actor(in)
		a.VerifyAddress(t, owner)
		app := a.AddTOTP(t, owner)
		a.StepUp(t, apptest.After(from, in), owner, sallyport.StepUp{Act: string(policy.AddFactor), Factor: true}, app)
		a.AddPasskey(t, owner)
		a.AddEmail(t, owner)
		f := a.AddPhone(t, owner, "+4915112345678")
		v.Challenged(t)
		v.Post("/sign-in/factor/send", "method", "sms", "factor", f.ID)
		v.At(v.Post("/sign-in/factor", "method", "sms", "code", a.LastCode(t, f.PhoneNumber)), http.StatusOK, "/profile/security")

		page := v.Another().Challenged(t)
		v.Has(page, `data-passkey="/sign-in/factor/send"`)
		text := webtest.Plain(page.Text)
		at := -1
		for _, way := range []string{"Try another way", "Authenticator app", "Text message", "E-mail code", "Use a backup code"} {
			if i := strings.Index(text, way); i <= at {
				t.Errorf("%q is out of order: %s", way, text)
			} else {
				at = i
			}
		}
	})
}

func TestPasswordless(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		key := a.AddPasskey(t, webtest.Owner(t, a))
		card := v.Get("/sign-in?next=%2Fprofile%2Fsecurity%2Factivity")
		v.Has(card, `autocomplete="username webauthn"`, "Sign in with a passkey", `data-passkey="/sign-in/passkey/options"`, `data-passkey-fill="email"`)

		unproven := *key
		unproven.Device.Options.UserNotVerified = true
		refused := v.Post("/sign-in/passkey", "passkey", string(unproven.Answer(t, v.Options("/sign-in/passkey/options"))))
		v.SentBack(refused, http.StatusUnauthorized, "/sign-in")
		v.Has(refused, "Signing in with a passkey did not work", "You can also use your password", `name="password"`)

		options := v.Options("/sign-in/passkey/options")
		in := v.Post("/sign-in/passkey", "passkey", string(key.Answer(t, options)), "next", "/profile/security/activity")
		v.At(in, http.StatusOK, "/profile/security/activity")
		v.Has(in, "Second factor</dt><dd dir=\"auto\">Passkey")

		v.SentBack(v.Another().Post("/sign-in/passkey", "passkey", "{}"), http.StatusUnauthorized, "/sign-in")
	})
}

// The drop-down of the e-mail field asks without being told to: it must not end a
// sign-in that waits for its second factor in another tab. The button does.
func TestPasskeyOptionsLeaveASignInAlone(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	app := a.AddTOTP(t, webtest.Owner(t, a))
	v.Challenged(t)
	if r := v.Ask("/sign-in/passkey/options", "fill", "1"); r.StatusCode != http.StatusNoContent || len(r.Cookies()) != 0 {
		t.Errorf("the field asks in the middle of a sign-in: %d %s", r.StatusCode, r.Text)
	}
	v.At(v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, "/profile/security")
	other := v.Another()
	other.Challenged(t)
	other.Options("/sign-in/passkey/options")
	over := other.Post("/sign-in/factor", "method", "totp", "code", app.Code(t))
	other.At(over, http.StatusOK, "/sign-in")
	other.Has(over, "That took too long", "begin once more")
}

func TestPasskeysForbidden(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
	if card := v.Get("/sign-in"); strings.Contains(card.Text, "data-passkey") || strings.Contains(card.Text, "webauthn") {
		t.Error("passkeys are offered where they are forbidden")
	}
	r := v.Ask("/sign-in/passkey/options")
	if r.StatusCode != http.StatusForbidden || !strings.Contains(r.Text, `"problem"`) || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("asked nevertheless: %d %s", r.StatusCode, r.Text)
	}
}

func TestFactorFlowOver(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	app := a.AddTOTP(t, webtest.Owner(t, a))
	next := "/sign-in?next=" + webtest.Escape("/profile/security/activity")
	none := v.Get("/sign-in/factor?next=%2Fprofile%2Fsecurity%2Factivity")
	v.At(none, http.StatusOK, next)
	v.Has(none, "That took too long")
	v.Challenged(t)
	a.Clock.Advance(11 * time.Minute)
	late := v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t), "next", "/profile/security/activity")
	v.At(late, http.StatusOK, next)
	v.Has(late, "That took too long")
	if again := v.Get("/sign-in"); strings.Contains(again.Text, "That took too long") {
		t.Error("said twice")
	}
	r := v.Ask("/sign-in/factor/send", "method", "webauthn", "next", "/profile/security/activity")
	var said struct{ Location, Problem string }
	if err := json.Unmarshal([]byte(r.Text), &said); err != nil || r.StatusCode != http.StatusUnauthorized || said.Location != next || said.Problem == "" {
		t.Errorf("a script is told %d %s", r.StatusCode, r.Text)
	}
}

func TestFactorLocked(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	app := a.AddTOTP(t, webtest.Owner(t, a))
	v.Challenged(t)
	for range a.Policy().LockoutFailures {
		v.Post("/sign-in/factor", "method", "totp", "code", app.WrongCode(t))
	}
	code := app.Code(t)
	locked := v.Post("/sign-in/factor", "method", "totp", "code", code)
	v.SentBack(locked, http.StatusTooManyRequests, "/sign-in/factor")
	v.Has(locked, "Locked for a while", "Try again at", `id="problems"`, `value="`+code+`"`) // nobody looked at it
	backup := v.Post("/sign-in/factor", "method", "backup_codes", "code", app.BackupCodes[0])
	v.SentBack(backup, http.StatusTooManyRequests, "/sign-in/factor")
	if strings.Contains(backup.Text, app.BackupCodes[0]) {
		t.Error("a backup code comes back")
	}
}

// What a page of the challenge takes along leads nowhere else.
func TestFactorLeadsNowhereElse(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	app := a.AddTOTP(t, webtest.Owner(t, a))
	evil := "https://evil.test/"
	v.SignIn(apptest.OwnerEmail, apptest.Password)
	if page := v.Get("/sign-in/factor?next=" + webtest.Escape(evil)); strings.Contains(page.Text, `href="`+evil) || strings.Contains(page.Text, `action="`+evil) {
		t.Error("the page leads away")
	}
	r := v.Stay().Post("/sign-in/factor", "method", "totp", "code", app.Code(t), "next", evil)
	if to := webtest.Past(r); to != "/profile/security" {
		t.Errorf("it leads to %q", to)
	}
}
