package signin_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const thiefEmail = "olga@corp.test"

// Whoever reads the whole database finds nothing that opens anything: no password, seed, code,
// token of any kind, API key or link.
func TestStolenDatabase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn, texted, totp)
		native := visitor(t, a)
		native.Native = true
		app := goesOn(t, a, native, atFactor(t, a, native, userEmail), withCode(backup, p.codes[0]), signin.Done)
		me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: p.user.TenantID, UserID: p.user.ID}
		key, err := a.APIKeys.Make(t.Context(), me, apikey.Input{Name: "CI"})
		apptest.Must(t, err)
		printed, err := a.Accounts.ResetLink(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID)
		apptest.Must(t, err)
		flow := atFactor(t, a, visitor(t, a), userEmail)
		secrets := map[string]string{
			"password": apptest.Password, "seed": p.app.Secret, "session": p.in.SessionToken, "device": p.in.DeviceToken, "flow": flow.FlowToken,
			"access token": app.SessionToken, "refresh token": app.RefreshToken, "API key": key.Secret, "backup code": p.codes[1],
			"link": a.MailedLink(t, p.user, link.NotMe, link.About{}), "printed link": printed.Address[strings.LastIndex(printed.Address, "/")+1:],
		}
		eachField(t, a, func(place, value string) {
			for what, secret := range secrets {
				if len(secret) < 10 || strings.Contains(value, secret) || strings.Contains(value, strings.ReplaceAll(secret, "-", "")) {
					t.Errorf("%s holds a %s: %q", place, what, secret)
				}
			}
		})
	})
}

// Whoever writes to the database makes no second factor of somebody else answer to them. A row that
// was changed is suspended, its owner is told once, and the other ways go on.
func TestWrittenFactors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		change string // of the row $1 of the thief and the row $2 of the victim, who is $3
		want   string // of an answer with what the thief has; "" where the method cannot be asked for
	}{
		{"the record of a passkey of one's own", webAuthn, `UPDATE factors SET credential = (SELECT credential FROM factors WHERE id = $1) WHERE id = $2`, ""},
		{"the whole passkey", webAuthn, `UPDATE factors SET user_id = $3 WHERE id IN ($1, $2)`, "mfa_failed wrong_passkey"},
		{"its counter set back", webAuthn, `UPDATE factors SET credential = REPLACE(credential, '"signCount"', '"former"') WHERE id IN ($1, $2)`, ""},
		{"a seed", totp, `UPDATE factors SET secret = (SELECT secret FROM factors WHERE id = $1) WHERE id = $2`, "mfa_failed factor_tampered"},
		{"the whole app", totp, `UPDATE factors SET user_id = $3 WHERE id IN ($1, $2)`, "mfa_failed wrong_code"},
		{"the telephone", texted, `UPDATE factors SET phone_number = (SELECT phone_number FROM factors WHERE id = $1) || '1' WHERE id = $2`, ""},
		{"nothing sealed", webAuthn, `UPDATE factors SET secret = '' WHERE id IN ($1, $2)`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				a.Tampered()
				victim, thief := equipped(t, a, userEmail, webAuthn, texted, totp), equipped(t, a, thiefEmail, webAuthn, texted, totp)
				before := rowOf(t, a, victim, tt.method)
				rewrite(t, a, tt.change, rowOf(t, a, thief, tt.method).ID, before.ID, victim.user.ID)
				a.Mails(t)
				from := visitor(t, a)
				r := atFactor(t, a, from, userEmail)
				switch tt.method {
				case totp:
					refusedFor(t, a, tt.name, from, r, withCode(totp, thief.app.Code(t)), tt.want)
				case texted:
					refusedAsking(t, a, from, r, texted)
				case webAuthn:
					if tt.want == "" {
						refusedAsking(t, a, from, r, webAuthn)
						break
					}
					r = ask(t, a, from, r, webAuthn) // the one that the victim has
					refusedFor(t, a, tt.name, from, r, withKey(thief.key.Answer(t, r.Asked.Options)), tt.want)
				}
				told := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind != notify.MethodTampered || m.To != userEmail })
				if n := a.Count(t)[audit.MethodTampered]; n == 0 || len(told) != n {
					t.Errorf("%d events, %d mails", n, len(told))
				}
				r = atFactor(t, a, from, userEmail)
				goesOn(t, a, from, r, withCode(backup, victim.codes[0]), signin.Done)
			})
		})
	}
}

// With the keys of another installation no second factor proves anything, and none is lost: they may be put back.
func TestKeysOfAnotherInstallation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		victim := equipped(t, a, userEmail, webAuthn, totp)
		other, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
		apptest.Must(t, err)
		for _, method := range []string{webAuthn, totp} {
			row := rowOf(t, a, victim, method)
			sealed, err := other.Seal(seal.Place{Column: "factors.secret", TenantID: row.TenantID, ID: row.ID}, []byte("{}"))
			apptest.Must(t, err)
			_, err = dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE factors SET secret = $1 WHERE id = $2", sealed, row.ID)
			apptest.Must(t, err)
			from := visitor(t, a)
			r := atFactor(t, a, from, userEmail)
			if method == webAuthn {
				_, err = a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: method})
			} else {
				_, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, withCode(totp, victim.app.Code(t)))
			}
			if !errors.Is(err, seal.ErrCannotOpen) {
				t.Errorf("%s: %v", method, err)
			}
			if got := rowOf(t, a, victim, method); got.Status != sallyport.FactorActive {
				t.Errorf("%s is %s", method, got.Status)
			}
		}
	})
}

// refusedAsking checks that a method cannot be asked for any more.
func refusedAsking(t *testing.T, a *apptest.App, from signin.From, r signin.Result, method string) {
	t.Helper()
	_, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: method})
	if got := why(err); got != "validation_failed method_unavailable" {
		t.Errorf("asking for %s: %q", method, got)
	}
}

// rowOf returns the oldest factor of a method of somebody.
func rowOf(t *testing.T, a *apptest.App, p *person, method string) store.Factor {
	t.Helper()
	live, err := a.DB.LiveFactors(t.Context(), p.user.TenantID, p.user.ID)
	apptest.Must(t, err)
	i := slices.IndexFunc(live, func(f store.Factor) bool { return f.Method == method })
	return live[i]
}

// rewrite runs a statement that uses some of its parameters only.
func rewrite(t *testing.T, a *apptest.App, statement, mine, theirs, victim string) {
	t.Helper()
	quote := func(s string) string { return "'" + s + "'" }
	change(t, a, strings.NewReplacer("$1", quote(mine), "$2", quote(theirs), "$3", quote(victim)).Replace(statement))
}

// A sign-in by passkey alone, and a step-up, take no passkey whose record somebody wrote.
func TestWrittenPasskeyAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		victim, thief := equipped(t, a, userEmail, webAuthn, totp), equipped(t, a, thiefEmail, webAuthn)
		mine, theirs := rowOf(t, a, thief, webAuthn), rowOf(t, a, victim, webAuthn)
		// The thief's own key, under its own id, in the row of the victim.
		change(t, a, "UPDATE factors SET status = 'revoked' WHERE id = $1", mine.ID)
		change(t, a, "UPDATE factors SET credential = $1, credential_id = $2 WHERE id = $3", mine.Credential, mine.CredentialID, theirs.ID)
		thief.key.Device.Options.UserHandle = []byte(victim.user.ID)
		from := visitor(t, a)
		r := byPasskey(t, a, from)
		refusedFor(t, a, "alone", from, r, alone(thief.key.Answer(t, r.Asked.Options)), "mfa_failed factor_tampered")
		r = byPasskey(t, a, from)
		refusedFor(t, a, "again", from, r, alone(thief.key.Answer(t, r.Asked.Options)), "mfa_failed wrong_passkey")
		if n := a.Count(t)[audit.MethodTampered]; n != 1 {
			t.Errorf("%d events", n)
		}

		change(t, a, "UPDATE factors SET status = 'active', ended_reason = '' WHERE id = $1", theirs.ID)
		up, err := a.SignIn.OpenStepUp(t.Context(), victim.home, apptest.Actor(victim.in), sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true})
		apptest.Must(t, err)
		refusedAsking(t, a, victim.home, up, webAuthn)
	})
}

// A passkey stays usable through its uses and under new keys: each use seals it anew.
func TestSealFollowsThePasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		for i := range 3 {
			before := rowOf(t, a, p, webAuthn)
			r := byPasskey(t, a, from)
			goesOn(t, a, from, r, alone(p.key.Answer(t, r.Asked.Options)), signin.Done)
			if after := rowOf(t, a, p, webAuthn); after.Credential == before.Credential || string(after.Secret) == string(before.Secret) {
				t.Errorf("use %d sealed nothing", i)
			}
			apptest.Must(t, a.Keys().Rotate())
			_, err := a.Factors.Reseal(t.Context())
			apptest.Must(t, err)
		}
	})
}

// What writing to the other tables gives is asserted here and listed in docs/threat-model.md: the
// hash of a password, a session and a refresh family are not bound to an account.
func TestWrittenDatabase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		victim, thief := equipped(t, a, userEmail, totp), equipped(t, a, thiefEmail, totp)
		from := visitor(t, a)

		// A refresh family that the thief made opens the session of an app.
		native := visitor(t, a)
		native.Native = true
		app := goesOn(t, a, native, atFactor(t, a, native, thiefEmail), withCode(totp, thief.app.Code(t)), signin.Done)
		family, refresh := token.NewFamily(app.Session.ID, time.Now())
		change(t, a, "UPDATE sessions SET refresh_key = $1, refresh_hash = $2 WHERE id = $3", family.Key, family.Hash, app.Session.ID)
		if _, err := a.Sessions.Refresh(t.Context(), app.Session.TenantID, refresh, native.Client); err != nil {
			t.Errorf("a refresh family that was written: %v", err)
		}

		// A backup code of one's own, in the set of somebody else: hashed under the key of another set.
		mine, theirs := rowOf(t, a, thief, backup), rowOf(t, a, victim, backup)
		change(t, a, "UPDATE backup_codes SET factor_id = $1 WHERE factor_id = $2", theirs.ID, mine.ID)
		refusedFor(t, a, "a moved backup code", from, atFactor(t, a, from, userEmail), withCode(backup, thief.codes[0]), "mfa_failed wrong_code")
		// The whole set: its row says whose it is.
		change(t, a, "UPDATE backup_codes SET factor_id = $1 WHERE factor_id = $2", mine.ID, theirs.ID)
		change(t, a, "UPDATE factors SET status = 'revoked' WHERE id = $1", theirs.ID)
		change(t, a, "UPDATE factors SET user_id = $1 WHERE id = $2", victim.user.ID, mine.ID)
		refusedFor(t, a, "a moved set", from, atFactor(t, a, from, userEmail), withCode(backup, thief.codes[0]), "mfa_failed factor_tampered")

		// A password: its hash opens the first step, and not the second.
		_, err := a.ChangePassword(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: thief.user.TenantID, UserID: thief.user.ID}, apptest.Password, "of-the-thief-Qx7-Qx7")
		apptest.Must(t, err)
		change(t, a, "UPDATE users SET password_hash = (SELECT password_hash FROM users AS o WHERE o.id = $1) WHERE id = $2", thief.user.ID, victim.user.ID)
		goesOn(t, a, from, open(t, a, from, userEmail), withPassword("of-the-thief-Qx7-Qx7"), signin.Factor)

		// A session: a token of the thief's opens it, and proves nothing.
		secret, hash := token.New(token.Session)
		change(t, a, "UPDATE sessions SET token_hash = $1 WHERE id = $2", hash[:], victim.in.Session.ID)
		if code := a.Check(t, secret); code != "" {
			t.Errorf("a session with another token: %q", code)
		}
	})
}
