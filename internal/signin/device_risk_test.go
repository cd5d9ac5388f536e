package signin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

var (
	berlin   = sallyport.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4, AccuracyKM: 10}
	auckland = sallyport.Location{Country: "NZ", City: "Auckland", Latitude: -36.85, Longitude: 174.76, AccuracyKM: 10}
	lisbon   = sallyport.Location{Country: "PT", City: "Lisbon", Latitude: 38.72, Longitude: -9.14, AccuracyKM: 10}
)

// settledIn returns the browser of a user who has signed in from Berlin for a month, and
// did so an hour ago.
func settledIn(t *testing.T, a *apptest.App, email string, app *apptest.Authenticator) (signin.From, signin.Result) {
	t.Helper()
	from := a.Laptop(t)
	from.Client.Location = berlin
	for range 4 {
		from, _ = enter(t, a, from, email, app, true)
		a.Clock.Advance(10 * 24 * time.Hour)
	}
	from, r := enter(t, a, from, email, app, true)
	a.Clock.Advance(time.Hour)
	a.Mails(t)
	return from, r
}

// thief is a client far away, with a browser of its own.
func thief(t *testing.T, a *apptest.App) signin.From {
	t.Helper()
	from := a.From(t, apptest.Client("203.0.113.66", apptest.FirefoxOnLinux))
	from.Client.Location, from.AsksTrust = auckland, true
	return from
}

func signals(a sallyport.Assessment) string {
	var out []string
	for _, f := range a.Findings {
		out = append(out, string(f.Signal))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A right password is not enough from an impossible distance on an unknown device. The owner
// is asked, and after "It was me" the next sign-in passes.
func TestImpossibleTravel(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		home, in := settledIn(t, a, userEmail, nil)
		from := thief(t, a)
		before := logged(t, a)
		_, passed, err := walk(t, a, from, userEmail, nil, signin.Step{Trust: true})
		if sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted || len(passed) != 1 {
			t.Fatalf("%v after %v", err, passed)
		}
		same(t, "events", since(t, a, before), "auth.sign_in_doubted auth.sign_in_failed")
		attempt := a.Attempts(t)[0]
		if attempt.Assessment.Score != 90 || signals(attempt.Assessment) != "impossible_travel new_country" || attempt.FailureReason != sallyport.CodeDeviceNotTrusted {
			t.Errorf("%+v", attempt)
		}
		m := mailOf(t, a, notify.SignInRefused)
		text := apptest.Text(t, m)
		for _, want := range []string{"Auckland", "Berlin"} {
			if !strings.Contains(text, want) {
				t.Errorf("the mail does not say %s:\n%s", want, text)
			}
		}
		apptest.Secret(t, m, "/not-me/")
		if code := a.Check(t, in.SessionToken); code != "" || deviceOf(t, a, in.Session.DeviceID).Compromised() {
			t.Errorf("the owner's own device paid for it: %s", code)
		}
		// Before the password is right nothing is judged, and nothing shows.
		if _, err := a.Try(t.Context(), from, userEmail, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Error(err)
		}
		if got := a.Attempts(t)[0]; got.Assessment.Score != 0 {
			t.Errorf("judged before the password was right: %+v", got)
		}
		// It is refused again until the owner says that it was them.
		if _, _, err := walk(t, a, from, userEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Errorf("the second time: %v", err)
		}
		secret := apptest.Secret(t, m, "/it-was-me/")
		if err := a.Accounts.Mine(t.Context(), link.Mailed{TenantID: from.TenantID, Client: from.Client, Secret: secret}); err != nil {
			t.Fatal(err)
		}
		r, _, err := walk(t, a, from, userEmail, nil, signin.Step{})
		if err != nil || r.State != signin.Done {
			t.Errorf("after the owner's word: %v", err)
		}
		// A known device far away gets in as before.
		home.Session = ""
		if _, _, err := walk(t, a, home, userEmail, nil, signin.Step{}); err != nil {
			t.Errorf("at home: %v", err)
		}
	})
}

// Where policy only alerts, the same sign-in gets in, and the owner reads the reasons. The
// assessment is stored with attempt and session.
func TestTravelWherePolicyAlerts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = policy.AlertCompromised })
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		settledIn(t, a, userEmail, nil)
		before := logged(t, a)
		from, r := enter(t, a, thief(t, a), userEmail, nil, false)
		same(t, "events", since(t, a, before), "auth.sign_in_doubted auth.signed_in device.added")
		attempt := a.Attempts(t)[0]
		stored, err := a.DB.Session(t.Context(), u.TenantID, r.Session.ID)
		if err != nil || attempt.Assessment.Score != 90 || stored.Assessment.Score != 90 || signals(stored.Assessment) != signals(attempt.Assessment) || attempt.SessionID != stored.ID {
			t.Errorf("%v %+v %+v", err, attempt, stored.Assessment)
		}
		m := mailOf(t, a, notify.NewSignIn)
		if text := apptest.Text(t, m); !strings.Contains(text, "Auckland") {
			t.Errorf("no reason in\n%s", text)
		}
		// The owner denied the visit, so it does not make the place known.
		notMine := apptest.Secret(t, m, "/not-me/")
		if _, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Client: from.Client, Secret: notMine}); err != nil {
			t.Fatal(err)
		}
		got, err := a.DB.Attempt(t.Context(), u.TenantID, u.ID, attempt.ID)
		if err != nil || got.Answer != sallyport.AnswerNotMe {
			t.Errorf("%+v %v", got, err)
		}
		if d := deviceOf(t, a, r.Session.DeviceID); !d.Compromised() || d.CompromisedBy != "user" || a.Check(t, r.SessionToken) != sallyport.CodeSessionRevoked {
			t.Errorf("the device concerned: %+v", d)
		}
		visits, err := a.DB.VisitsOf(t.Context(), u.TenantID, u.ID, 50)
		if err != nil || slices.ContainsFunc(visits, func(v sallyport.Attempt) bool { return v.Location.Country == "NZ" }) || len(visits) != 5 {
			t.Errorf("%d visits, %v", len(visits), err)
		}
	})
}

// A known device that looks like another one, far away, is marked in the transaction that
// refuses the sign-in, and its sessions end.
func TestKnownDeviceThatLooksTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		from := a.Laptop(t)
		from.Client.Location = berlin
		from.Fingerprint = sallyport.Fingerprint{Platform: "MacIntel", HardwareConcurrency: 8, DeviceMemory: 8, ScreenResolution: "2560x1440", Timezone: "Europe/Berlin", Language: "de"}
		from, in := enter(t, a, from, userEmail, nil, true)
		a.Clock.Advance(time.Hour)
		a.Mails(t)
		taken := from
		taken.Session, taken.AsksTrust = "", true
		taken.Client.Location = auckland
		taken.Fingerprint = sallyport.Fingerprint{Platform: "Linux x86_64", HardwareConcurrency: 32, DeviceMemory: 4, ScreenResolution: "1920x1080", Timezone: "Pacific/Auckland", Language: "en"}
		before := logged(t, a)
		if _, _, err := walk(t, a, taken, userEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Fatal(err)
		}
		same(t, "events", since(t, a, before), "auth.session_revoked auth.sign_in_doubted auth.sign_in_failed device.flagged")
		same(t, "the session on it", a.Check(t, in.SessionToken), sallyport.CodeSessionRevoked)
		d := deviceOf(t, a, in.Session.DeviceID)
		if !d.Compromised() || d.CompromisedBy != "system" || d.TrustLevel != 0 {
			t.Errorf("%+v", d)
		}
		mails := a.Mails(t)
		if len(mails) != 2 || mails[0].Kind != notify.DeviceFlagged || mails[1].Kind != notify.DeviceFlaggedAdmin {
			t.Fatalf("%d mails", len(mails))
		}
		apptest.Secret(t, mails[0], "/it-was-me/")
		apptest.Secret(t, mails[0], "/not-me/")
		for _, m := range mails {
			if text := apptest.Text(t, m); !strings.Contains(text, "Auckland") {
				t.Errorf("%s gives no reason:\n%s", m.Kind, text)
			}
		}
		// It stays refused from everywhere.
		from.Session = ""
		if _, _, err := walk(t, a, from, userEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Error(err)
		}
	})
}

// A passkey answers no other site (phishing resistance), so it lets an unknown device in from
// anywhere. A code of an app, which an attacker can ask for by telephone, does not.
func TestPasskeyFromFarAway(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn, totp)
		home := p.home
		home.Client.Location, home.Session, home.AsksTrust = berlin, "", true
		for range 4 {
			a.Clock.Advance(24 * time.Hour)
			home, _ = enter(t, a, home, userEmail, p.app, true)
		}
		a.Clock.Advance(time.Hour)
		from := thief(t, a)
		f := atFactor(t, a, from, userEmail)
		f, step := p.answer(t, a, from, f, totp)
		refusedFor(t, a, "by an app", from, f, step, string(sallyport.CodeDeviceNotTrusted))
		a.Clock.Advance(time.Minute)
		f = atFactor(t, a, from, userEmail)
		f, step = p.answer(t, a, from, f, webAuthn)
		goesOn(t, a, from, f, step, signin.Device)
	})
}

// A new country is told by mail and stops nothing. After "It was me" in the session the
// signal is quiet, on this device only.
func TestNewCountry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		settledIn(t, a, userEmail, nil)
		a.Clock.Advance(48 * time.Hour) // enough time to fly
		abroad := thief(t, a)
		abroad.Client.Location = lisbon
		abroad, r := enter(t, a, abroad, userEmail, nil, true)
		m := mailOf(t, a, notify.NewSignIn)
		apptest.Secret(t, m, "/it-was-me/")
		if got := a.Attempts(t)[0]; signals(got.Assessment) != "new_country" || got.Assessment.Score != 30 {
			t.Errorf("%+v", got.Assessment)
		}
		me := apptest.Actor(r)
		if err := a.Accounts.AnswerMine(t.Context(), me, a.Attempts(t)[0].ID); err != nil {
			t.Fatal(err)
		}
		if d := deviceOf(t, a, r.Session.DeviceID); len(d.Quiet) != 1 || d.Quiet[0] != "new_country" {
			t.Errorf("quiet on it: %v", d.Quiet)
		}
		a.Clock.Advance(72 * time.Hour)
		abroad.Client.Location = auckland
		_, _ = enter(t, a, abroad, userEmail, nil, false)
		same(t, "another country, on this device", signals(a.Attempts(t)[0].Assessment), "")
		other := thief(t, a)
		other.Client.Location = sallyport.Location{Country: "PE"}
		_, _ = enter(t, a, other, userEmail, nil, false)
		same(t, "another country, on another device", signals(a.Attempts(t)[0].Assessment), "new_country")
	})
}

// The owner is told of a new place also on their known device: the signal is weak, but
// they may not be there.
func TestNewPlaceOnAKnownDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		home, _ := settledIn(t, a, userEmail, nil)
		a.Clock.Advance(48 * time.Hour)
		home, _ = enter(t, a, home, userEmail, nil, true)
		if n := len(a.Mails(t)); n != 0 {
			t.Errorf("%d mails about a sign-in at home", n)
		}
		a.Clock.Advance(48 * time.Hour)
		home.Client.Location = lisbon
		_, _ = enter(t, a, home, userEmail, nil, true)
		apptest.Secret(t, mailOf(t, a, notify.NewSignIn), "/it-was-me/")
		if got := a.Attempts(t)[0].Assessment; signals(got) != "new_country" || got.Score >= risk.Unusual {
			t.Errorf("%+v", got)
		}
	})
}

// Wrong guesses by attackers, however many, do not displace the places that the owner signs
// in from: the signal and the mail about it stay.
func TestGuessesDoNotCrowdOutVisits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		settledIn(t, a, userEmail, nil)
		if err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			var err error
			for range 250 {
				err = errors.Join(err, tx.AddAttempt(t.Context(), sallyport.Attempt{
					ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Email: userEmail, FailureReason: sallyport.CodeAccountLocked, CreatedAt: a.Clock.Now(),
				}))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := walk(t, a, thief(t, a), userEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Errorf("after many failures: %v", err)
		}
		if a.Count(t)[audit.SignInDoubted] != 1 {
			t.Error("not doubted")
		}
	})
}

// The first sign-in of an account is not mailed; one on a second device is, and one on a
// known device is not.
func TestWhichSignInsAreNews(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		if _, err := a.Try(t.Context(), a.Laptop(t), userEmail, "wrong"); err == nil {
			t.Fatal("signed in with a wrong password")
		}
		first, other := a.Laptop(t), a.Laptop(t)
		for i, v := range []struct {
			from  *signin.From
			mails string
		}{{&first, ""}, {&first, ""}, {&other, "new_sign_in mia"}, {&other, ""}, {&first, ""}} {
			_, mails := during(t, a, func() { *v.from, _ = enter(t, a, *v.from, userEmail, nil, i%2 == 0) })
			same(t, "mails of sign-in "+string(rune('1'+i)), mails, v.mails)
			a.Clock.Advance(time.Hour)
		}
	})
}
