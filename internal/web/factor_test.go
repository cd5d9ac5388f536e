package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// owner is the owner in a session of the application's own, who sets things up.
func owner(t *testing.T, a *apptest.App) sallyport.Actor {
	t.Helper()
	return apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
}

// challenged gives the password, and fails the test unless a second factor is
// asked for.
func (v *visitor) challenged(t *testing.T) answer {
	t.Helper()
	page := v.signIn(apptest.OwnerEmail, apptest.Password)
	v.at(page, http.StatusOK, "/sign-in/factor")
	return page
}

// options asks for what a passkey is to sign, as passkey.js does.
func (v *visitor) options(path string, pairs ...string) json.RawMessage {
	v.t.Helper()
	r := v.ask(path, pairs...)
	var said struct{ Options json.RawMessage }
	if err := json.Unmarshal([]byte(r.body), &said); err != nil || r.StatusCode != http.StatusOK {
		v.t.Fatalf("%s answers %d: %s", path, r.StatusCode, r.body)
	}
	return said.Options
}

func (v *visitor) ask(path string, pairs ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.do(http.MethodPost, path, strings.NewReader(form.Encode()), "Accept", "application/json")
}

func TestFactorByApp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		app := a.AddTOTP(t, owner(t, a))
		page := v.post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/activity")
		v.at(page, http.StatusOK, "/sign-in/factor?next="+escape("/profile/security/activity"))
		v.has(page, apptest.OwnerEmail, "the app “Phone” shows", `autocomplete="one-time-code"`, `inputmode="numeric"`, "Use a backup code", "10 left", "Use another account")

		try := func(code string) answer {
			return v.post("/sign-in/factor", "method", "totp", "code", code, "next", "/profile/security/activity")
		}
		wrong := try(app.WrongCode(t))
		v.at(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.has(wrong, "This code is not right", `aria-invalid="true"`, "autofocus")
		if strings.Contains(wrong.body, `id="problems"`) {
			t.Error("the focus is taken from the field")
		}
		v.has(v.get("/sign-in/factor?method=nonsense&factor=x"), "the app “Phone” shows")

		code := app.Code(t)
		in := try(" " + code[:3] + " " + code[3:] + " ")
		v.at(in, http.StatusOK, "/profile/security/activity")
		v.has(in, "Signed in: Authenticator app")

		// A device that is known is told that its owner's clock is off.
		v.post("/sign-out")
		v.challenged(t)
		a.Clock.Advance(30 * time.Second)
		v.has(try(app.CodeAt(t, a.Clock.Now().Add(3*time.Minute))), "clock is about 3 minutes fast", "Set it to automatic")

		other := v.another()
		other.challenged(t)
		other.has(other.post("/sign-in/factor", "method", "totp", "code", code), "This code was used already. Wait for the next one.")
	})
}

func TestFactorByBackupCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 5 })
		app := a.AddTOTP(t, owner(t, a))
		v.challenged(t)
		page := v.get("/sign-in/factor?method=backup_codes")
		v.has(page, "Enter one of the codes that you saved", `autocomplete="off"`, "Authenticator app")
		if strings.Contains(page.body, `inputmode="numeric"`) {
			t.Error("a keyboard of digits for letters")
		}
		wrong := v.post("/sign-in/factor", "method", "backup_codes", "code", "abcd-efgh-jkmn-pqrs")
		v.at(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.has(wrong, "This code is not right", "Backup code")

		in := v.post("/sign-in/factor", "method", "backup_codes", "code", strings.ToUpper(strings.ReplaceAll(app.BackupCodes[0], "-", " ")))
		v.at(in, http.StatusOK, "/profile/security")
		v.has(in, "You used a backup code. 4 are left.")

		for i, want := range []string{"3 backup codes left", "2 backup codes left", "1 backup code left", "That was your last backup code"} {
			v := v.another()
			v.challenged(t)
			in := v.post("/sign-in/factor", "method", "backup_codes", "code", app.BackupCodes[i+1], "next", "/profile/security/activity")
			v.at(in, http.StatusOK, "/sign-in/codes-left?next="+escape("/profile/security/activity"))
			v.has(in, want, `href="/profile/security/two-factor/backup-codes"`, `href="/profile/security/activity"`)
		}
		none := v.another()
		if page := none.challenged(t); strings.Contains(page.body, "Use a backup code") {
			t.Error("backup codes are offered when there are none")
		}
		// Who has enough of them is not warned.
		a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 10 })
		a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), "kim@corp.test")))
		v.at(v.get("/sign-in/codes-left"), http.StatusOK, "/sign-in/codes-left")
	})
}

func TestFactorBySentCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		actor := owner(t, a)
		a.VerifyAddress(t, actor)
		f := a.AddEmail(t, actor)
		page := v.challenged(t)
		v.has(page, "E-mail code", "Mail a code to o•••@corp.test")
		if strings.Contains(page.body, `name="code"`) {
			t.Error("a code is asked for before one was sent")
		}
		send := func() answer {
			return v.post("/sign-in/factor/send", "method", "email", "factor", f.ID, "next", "/profile/security/activity")
		}
		sent := send()
		until := "until=" + strconv.FormatInt(a.Clock.Now().Add(10*time.Minute).Unix(), 10)
		if !strings.HasPrefix(sent.path(), "/sign-in/factor?") || !strings.Contains(sent.path(), until) || sent.StatusCode != http.StatusOK {
			t.Fatalf("came to %s: %d", sent.path(), sent.StatusCode)
		}
		v.has(sent, "A code was sent to o•••@corp.test. It works until", `name="code"`, "Send another code")
		first := a.LastCode(t, apptest.OwnerEmail)
		v.has(v.get(sent.path()), "A code was sent") // a reload sends nothing

		wrong := v.post("/sign-in/factor", "method", "email", "factor", f.ID, "code", "000000", "until", strings.TrimPrefix(until, "until="))
		v.at(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.has(wrong, "This code is not right", "A code was sent to o•••@corp.test", "Send another code")

		send()
		v.has(v.post("/sign-in/factor", "method", "email", "code", first), "This code is not right")
		a.Clock.Advance(9 * time.Minute)
		in := v.post("/sign-in/factor", "method", "email", "code", a.LastCode(t, apptest.OwnerEmail), "next", "/profile/security/activity")
		v.at(in, http.StatusOK, "/profile/security/activity")

		many := v.another()
		many.challenged(t)
		var last answer
		for range 6 {
			last = many.post("/sign-in/factor/send", "method", "email", "factor", f.ID)
		}
		many.at(last, http.StatusTooManyRequests, "/sign-in/factor/send")
		many.has(last, "Too many tries", "Try again at", "Mail a code to")
		if last.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestFactorByPasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		key := a.AddPasskey(t, owner(t, a))
		v.challenged(t)
		page := v.get("/sign-in/factor?method=webauthn")
		v.has(page, `data-passkey="/sign-in/factor/send"`, "Passkeys need JavaScript", "Use a backup code")
		options := v.options("/sign-in/factor/send", "method", "webauthn")
		refused := v.post("/sign-in/factor", "method", "webauthn", "passkey", "{}")
		v.at(refused, http.StatusUnauthorized, "/sign-in/factor")
		v.has(refused, "This passkey was not accepted")
		in := v.post("/sign-in/factor", "method", "webauthn", "passkey", string(key.Answer(t, options)))
		v.at(in, http.StatusOK, "/profile/security")

		// A copy of it: its counter went back.
		other := v.another()
		other.challenged(t)
		options = other.options("/sign-in/factor/send", "method", "webauthn")
		key.Key.Counter = 0
		other.has(other.post("/sign-in/factor", "method", "webauthn", "passkey", string(key.Answer(t, options))), "That did not work", "This passkey is suspended", "Enter one of the codes that you saved")
	})
}

func TestPasswordless(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		key := a.AddPasskey(t, owner(t, a))
		card := v.get("/sign-in?next=%2Fprofile%2Fsecurity%2Factivity")
		v.has(card, `autocomplete="username webauthn"`, "Sign in with a passkey", `data-passkey="/sign-in/passkey/options"`, `data-passkey-fill="email"`)

		unproven := *key
		unproven.Device.Options.UserNotVerified = true
		refused := v.post("/sign-in/passkey", "passkey", string(unproven.Answer(t, v.options("/sign-in/passkey/options"))))
		v.at(refused, http.StatusUnauthorized, "/sign-in/passkey")
		v.has(refused, "Signing in with a passkey did not work", "You can also use your password", `name="password"`)

		options := v.options("/sign-in/passkey/options")
		in := v.post("/sign-in/passkey", "passkey", string(key.Answer(t, options)), "next", "/profile/security/activity")
		v.at(in, http.StatusOK, "/profile/security/activity")
		v.has(in, "Signed in: Passkey")

		v.at(v.another().post("/sign-in/passkey", "passkey", "{}"), http.StatusUnauthorized, "/sign-in/passkey")
	})
}

// The drop-down of the e-mail field asks without being told to: it must not end a
// sign-in that waits for its second factor in another tab. The button does.
func TestPasskeyOptionsLeaveASignInAlone(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	app := a.AddTOTP(t, owner(t, a))
	v.challenged(t)
	if r := v.ask("/sign-in/passkey/options", "fill", "1"); r.StatusCode != http.StatusNoContent || len(r.Cookies()) != 0 {
		t.Errorf("the field asks in the middle of a sign-in: %d %s", r.StatusCode, r.body)
	}
	v.at(v.post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, "/profile/security")
	other := v.another()
	other.challenged(t)
	other.options("/sign-in/passkey/options")
	over := other.post("/sign-in/factor", "method", "totp", "code", app.Code(t))
	other.at(over, http.StatusOK, "/sign-in")
	other.has(over, "That took too long", "begin once more")
}

func TestPasskeysForbidden(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
	if card := v.get("/sign-in"); strings.Contains(card.body, "data-passkey") || strings.Contains(card.body, "webauthn") {
		t.Error("passkeys are offered where they are forbidden")
	}
	r := v.ask("/sign-in/passkey/options")
	if r.StatusCode != http.StatusForbidden || !strings.Contains(r.body, `"problem"`) || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("asked nevertheless: %d %s", r.StatusCode, r.body)
	}
}

func TestFactorFlowOver(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	app := a.AddTOTP(t, owner(t, a))
	next := "/sign-in?next=" + escape("/profile/security/activity")
	none := v.get("/sign-in/factor?next=%2Fprofile%2Fsecurity%2Factivity")
	v.at(none, http.StatusOK, next)
	v.has(none, "That took too long")
	v.challenged(t)
	a.Clock.Advance(11 * time.Minute)
	late := v.post("/sign-in/factor", "method", "totp", "code", app.Code(t), "next", "/profile/security/activity")
	v.at(late, http.StatusOK, next)
	v.has(late, "That took too long")
	if again := v.get("/sign-in"); strings.Contains(again.body, "That took too long") {
		t.Error("said twice")
	}
	r := v.ask("/sign-in/factor/send", "method", "webauthn", "next", "/profile/security/activity")
	var said struct{ Location, Problem string }
	if err := json.Unmarshal([]byte(r.body), &said); err != nil || r.StatusCode != http.StatusUnauthorized || said.Location != next || said.Problem == "" {
		t.Errorf("a script is told %d %s", r.StatusCode, r.body)
	}
}

func TestFactorLocked(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	app := a.AddTOTP(t, owner(t, a))
	v.challenged(t)
	for range a.Policy().LockoutFailures {
		v.post("/sign-in/factor", "method", "totp", "code", app.WrongCode(t))
	}
	locked := v.post("/sign-in/factor", "method", "totp", "code", app.Code(t))
	v.at(locked, http.StatusTooManyRequests, "/sign-in/factor")
	v.has(locked, "Locked for a while", "Try again at", `id="problems"`)
}

// What a page of the challenge takes along leads nowhere else.
func TestFactorLeadsNowhereElse(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	app := a.AddTOTP(t, owner(t, a))
	evil := "https://evil.test/"
	v.signIn(apptest.OwnerEmail, apptest.Password)
	if page := v.get("/sign-in/factor?next=" + escape(evil)); strings.Contains(page.body, `href="`+evil) || strings.Contains(page.body, `action="`+evil) {
		t.Error("the page leads away")
	}
	r := v.stay().post("/sign-in/factor", "method", "totp", "code", app.Code(t), "next", evil)
	if to := past(r); to != "/profile/security" {
		t.Errorf("it leads to %q", to)
	}
}

func TestPasskeyEndpoints(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	r := v.stay().get("/.well-known/passkey-endpoints")
	var said map[string]string
	if err := json.Unmarshal([]byte(r.body), &said); err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s %s", r.StatusCode, r.Header.Get("Content-Type"), r.body)
	}
	if len(said) != 2 || said["enroll"] != "https://accounts.test/profile/security/two-factor/add" || said["manage"] != "https://accounts.test/profile/security" {
		t.Errorf("%v", said)
	}
	for _, path := range []string{"/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", "/.well-known/", "/.well-known/passkey-endpoints/x"} {
		if r := v.stay().get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	other := a.AddTenant(t, "other.test")
	a.Clock.Advance(6 * time.Second) // the list of organisations is read again
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/.well-known/passkey-endpoints", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = other.Host
	response, err := v.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || said["manage"] != "https://other.test/profile/security" {
		t.Errorf("another organisation: %v, %v", said, err)
	}
}
