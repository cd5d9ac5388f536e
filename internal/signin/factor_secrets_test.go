package signin_test

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// eachField calls f with every field of every table.
func eachField(t *testing.T, a *apptest.App, f func(place, value string)) {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if a.DB.Engine == store.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
	}
	db := dbtest.Raw(t, a.DSN)
	query := func(statement string) (columns []string, out [][]string) {
		rows, err := db.QueryContext(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if columns, err = rows.Columns(); err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			fields, into := make([][]byte, len(columns)), make([]any, len(columns))
			for i := range fields {
				into[i] = &fields[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			row := make([]string, len(fields))
			for i, field := range fields {
				row[i] = string(field)
			}
			out = append(out, row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return columns, out
	}
	_, tables := query(list)
	if len(tables) < 10 {
		t.Fatalf("tables: %v", tables)
	}
	for _, table := range tables {
		columns, rows := query("SELECT * FROM " + table[0])
		for _, row := range rows {
			for i, value := range row {
				f(table[0]+"."+columns[i], value)
			}
		}
	}
}

// No secret of a second factor is ever in the database in the clear: no seed, backup code or
// sent code, and no passkey answer.
func TestSecretsOfFactorsAreNotStored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		var secrets, short []string // short ones are compared with whole values
		keep := func(s ...string) { secrets = append(secrets, s...) }
		look := func(when string) {
			t.Helper()
			eachField(t, a, func(place, value string) {
				for _, s := range secrets {
					if strings.Contains(value, s) {
						t.Errorf("%s: %s holds a secret", when, place)
					}
				}
				for _, s := range short {
					if value == s || strings.Contains(value, `"`+s+`"`) || strings.Contains(value, " "+s+" ") {
						t.Errorf("%s: %s holds a code", when, place)
					}
				}
			})
		}
		p := equipped(t, a, userEmail, webAuthn, texted, mailed, totp)
		seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(p.app.Secret)
		if err != nil {
			t.Fatal(err)
		}
		keep(p.app.Secret, string(seed))
		for _, c := range p.codes {
			keep(c, strings.ReplaceAll(c, "-", ""))
		}
		look("set up")

		me := apptest.Actor(p.in)
		p.raise(t, a, sallyport.StepUp{Act: string(policy.AddFactor), Password: true, Factor: true})
		begun, err := a.Factors.Begin(t.Context(), me, mfa.NewFactor{Method: totp})
		if err != nil {
			t.Fatal(err)
		}
		keep(begun.Secret)
		a.Clock.Advance(time.Hour)
		from := visitor(t, a)
		var waiting []signin.Result
		for _, method := range []string{texted, mailed, webAuthn} {
			r := ask(t, a, from, atFactor(t, a, from, userEmail), method)
			keep(r.FlowToken[4:])
			waiting = append(waiting, r)
		}
		look("asked, codes on their way")
		short = append(short, a.LastCode(t, number), a.LastCode(t, userEmail))
		look("asked")
		pass := func(r signin.Result, step signin.Step) {
			keep(goesOn(t, a, from, r, step, signin.Done).SessionToken[4:])
		}
		pass(waiting[0], withCode(texted, short[0]))
		pass(waiting[1], withCode(mailed, short[1]))
		answer := p.key.Answer(t, waiting[2].Asked.Options)
		_, after, _ := strings.Cut(string(answer), `"signature":"`)
		signature, _, _ := strings.Cut(after, `"`)
		if len(signature) < 80 {
			t.Fatalf("no signature in %s", answer)
		}
		keep(signature)
		pass(waiting[2], withKey(answer))
		r := atFactor(t, a, from, userEmail)
		code := p.app.Code(t)
		short = append(short, code, "918273")
		refusedFor(t, a, "a wrong code", from, r, withCode(totp, "918273"), "mfa_failed wrong_code")
		pass(r, withCode(totp, code))
		pass(atFactor(t, a, from, userEmail), withCode(backup, p.codes[0]))
		look("used")
		for _, e := range a.Events(t) { // again, because events leave the database
			for _, s := range append(secrets, p.codes...) {
				if strings.Contains(e.Body+e.Personal, s) {
					t.Errorf("an event %s holds a secret", e.Kind)
				}
			}
		}
	})
}

// Every act on second factors has one event, and every failure has its own.
func TestEventsOfFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, mailed, totp)
		from := visitor(t, a)
		var r signin.Result
		for _, tt := range []struct {
			name string
			do   func()
			want []audit.Kind
		}{
			{"the password", func() { r = atFactor(t, a, from, userEmail) }, nil},
			{"a code sent", func() { r = ask(t, a, from, r, mailed) }, []audit.Kind{audit.CodeSent}},
			{"a wrong code", func() { refusedFor(t, a, "", from, r, withCode(mailed, "x1"), "mfa_failed wrong_code") }, []audit.Kind{audit.SignInFailed}},
			{"no code", func() { refusedFor(t, a, "", from, r, withCode(mailed, " "), "validation_failed required") }, nil},
			{"a method there is not", func() {
				refusedFor(t, a, "", from, r, withCode(texted, "x"), "validation_failed method_unavailable")
			}, nil},
			{"the right code", func() { p.in = goesOn(t, a, from, r, withCode(mailed, a.LastCode(t, userEmail)), signin.Done) }, []audit.Kind{audit.SignedIn, audit.DeviceAdded}},
			{"a step-up", func() {
				p.home = apptest.After(from, p.in)
				r = stepUp(t, a, p.home, p.in, sallyport.StepUp{Act: string(policy.AddFactor), Factor: true})
			}, nil},
			{"a wrong code in it", func() { refusedFor(t, a, "", p.home, r, withCode(totp, "x1"), "mfa_failed wrong_code") }, []audit.Kind{audit.ReauthFailed}},
			{"the right code in it", func() { goesOn(t, a, p.home, r, withCode(totp, nextCode(t, a, p)), signin.Done) }, []audit.Kind{audit.SteppedUp}},
		} {
			before := len(a.Events(t))
			tt.do()
			var got []audit.Kind
			for _, e := range a.Events(t)[before:] {
				got = append(got, audit.Kind(e.Kind))
				if e.UserID != p.user.ID {
					t.Errorf("%s: %s is of %q", tt.name, e.Kind, e.UserID)
				}
			}
			want := slices.Clone(tt.want)
			slices.Sort(got)
			slices.Sort(want)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", tt.name, got, want)
			}
		}
	})
}

// Sealed with new keys every factor still works; moved to another row it cannot be opened.
func TestResealedFactorsWork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn, texted, mailed, totp)
		from := visitor(t, a)
		sealed := func() map[string]string {
			all, err := a.DB.SealedFactors(t.Context(), "", "", 100)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]string{}
			for _, f := range all {
				out[f.ID] = string(f.Secret)
			}
			return out
		}
		before, former := sealed(), a.Keys().Primary()
		if err := a.Keys().Rotate(); err != nil {
			t.Fatal(err)
		}
		n, err := a.Factors.Reseal(t.Context())
		if err != nil || n != len(before) || n != 5 || a.Keys().Primary() == former {
			t.Fatalf("%d of %d, %v", n, len(before), err)
		}
		for id, secret := range sealed() {
			if secret == before[id] {
				t.Errorf("%s was not sealed anew", id)
			}
		}
		for _, method := range []string{totp, backup, texted, mailed, webAuthn} {
			r, step := p.answer(t, a, from, atFactor(t, a, from, userEmail), method)
			goesOn(t, a, from, r, step, signin.Done)
		}
		// One's own seed in somebody else's row does not work.
		other := equipped(t, a, "olga@corp.test", totp)
		change(t, a, "UPDATE factors SET secret = (SELECT secret FROM factors WHERE id = $1) WHERE id = $2", other.app.Factor.ID, p.app.Factor.ID)
		refusedFor(t, a, "a moved seed", from, atFactor(t, a, from, userEmail), withCode(totp, other.app.Code(t)), "mfa_failed factor_tampered")
		if n, err := a.Factors.Reseal(t.Context()); err != nil || n != len(before)+1 {
			t.Errorf("%d, %v: what does not open is left as it is", n, err)
		}
	})
}
