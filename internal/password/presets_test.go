package password_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
)

// apply saves a preset for the default organisation, as an admin does.
func apply(t *testing.T, a *apptest.App, preset policy.Preset) {
	t.Helper()
	a.StoredPolicies()
	operator := sallyport.Operator(a.TenantID(t))
	// Second factors have tests of their own.
	edit := tenant.Edit{Preset: preset, Fields: map[string]any{"mfaEnforced": "nobody"}}
	if _, err := a.Tenants.Save(t.Context(), operator, edit); err != nil {
		t.Fatal(err)
	}
}

// Each row of the policy table about passwords is tested by real password changes, under each
// preset.
func TestPresetsDecideAboutPasswords(t *testing.T) {
	for _, v := range []struct {
		preset            policy.Preset
		min, max, history int
		mix, common       bool
	}{
		// Nobody has a second factor here, nor is one demanded.
		{policy.PresetStrict, 15, 128, 5, true, true},
		{policy.PresetAAL2, 15, 128, 5, false, true},
		{policy.PresetBalanced, 15, 128, 5, false, true},
		{policy.PresetManaged, 15, 128, 5, false, true}, // so long a password needs no mix
		{policy.PresetDefault, 15, 128, 5, false, true},
	} {
		t.Run(string(v.preset), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				apply(t, a, v.preset)
				a.AddUser(t, "wilhelmina@corp.test", sallyport.RoleMember)
				from := a.Laptop(t)
				me := apptest.Actor(a.SignInAs(t, from, "wilhelmina@corp.test"))
				current := apptest.Password
				change := func(to string) string {
					t.Helper()
					a.Clock.Advance(time.Minute)
					_, err := a.ChangePassword(t.Context(), me, current, to)
					if err == nil {
						current = to
						return ""
					}
					return apptest.Broken(err)
				}
				// of returns a good password of n characters; all but seven have two bytes.
				salt := 0
				of := func(n int) string {
					salt++
					return fmt.Sprintf("Z%02d-qkw", salt) + strings.Repeat("ž", n-7)
				}
				rule := func(on bool, code string) string {
					if on {
						return "newPassword " + code
					}
					return ""
				}
				for _, c := range []struct{ value, want string }{
					{of(v.min - 1), "newPassword too_short"},
					{of(v.min), ""},
					{of(v.max + 1), "newPassword too_long"},
					{of(v.max), ""},
					{"", "newPassword required"},
					{"xkvjwb-yh9mrt-wq", rule(v.mix, "needs_upper")},
					{"Xkvjwb-yhmrtz-wq", rule(v.mix, "needs_number")},
					{"Xkvjwbyh9mrtzwq", rule(v.mix, "needs_symbol")},
					{"Password1234567!", rule(v.common, "common")},
					{"My-Wilhelmina 7", rule(v.common, "context")},
					{"by the 7 QUAYSIDE", rule(v.common, "context")},
				} {
					if got := change(c.value); got != c.want {
						t.Errorf("%.20q is answered %q, want %q", c.value, got, c.want)
					}
				}

				// The whole password counts, and upper and lower case differ.
				long := of(v.max)
				if got := change(long); got != "" {
					t.Fatal(got)
				}
				cut := []rune(long)
				for _, wrong := range []string{string(cut[:len(cut)-1]), long + "ž", strings.ToUpper(long), strings.ToLower(long)} {
					if _, err := a.Try(t.Context(), from, "wilhelmina@corp.test", wrong); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
						t.Errorf("%.10q… of %d characters: %v", wrong, len([]rune(wrong)), err)
					}
					a.Clock.Advance(time.Minute)
				}
				if _, err := a.Try(t.Context(), from, "wilhelmina@corp.test", long); err != nil {
					t.Errorf("the password itself: %v", err)
				}

				// The last N are refused, the one before them is accepted.
				var last []string
				for range v.history + 1 {
					last = append(last, of(v.min))
					if got := change(last[len(last)-1]); got != "" {
						t.Fatal(got)
					}
				}
				for i, former := range last[1:] {
					if got := change(former); got != "newPassword reused" {
						t.Errorf("%d changes ago: %q", v.history-1-i, got)
					}
				}
				if got := change(last[0]); got != "" {
					t.Errorf("%d changes ago: %q", v.history, got)
				}
			})
		})
	}
}

// Two encodings of one password are the same, so that it works on another keyboard.
func TestPasswordsAreNormalised(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		const composed, decomposed = "Caf\u00e9 am Ufer 12", "Cafe\u0301 am Ufer 12"
		if _, err := a.ChangePassword(t.Context(), me, apptest.Password, decomposed); err != nil {
			t.Fatal(err)
		}
		for _, v := range []string{composed, decomposed} {
			if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, v); err != nil {
				t.Errorf("%+q: %v", v, err)
			}
		}
		if _, err := a.ChangePassword(t.Context(), me, composed, composed); apptest.Broken(err) != "newPassword reused" {
			t.Errorf("the same password, written otherwise: %v", err)
		}
		a.SetBreached(t, "Stra\u00dfe am Pf\u00f6hl 7")
		if _, err := a.ChangePassword(t.Context(), me, composed, "Stra\u00dfe am Pfo\u0308hl 7"); apptest.Broken(err) != "newPassword breached" {
			t.Errorf("a breached one, written otherwise: %v", err)
		}
	})
}

// A breached password is refused under any policy, and all broken rules are listed together.
func TestBreachedIsRefusedUnderAnyPolicy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetBreached(t, "Under-the 7 willows", "password")
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		change := func(to string) string {
			_, err := a.ChangePassword(t.Context(), me, apptest.Password, to)
			return apptest.Broken(err)
		}
		if got := change("password"); got != "newPassword breached, newPassword common, newPassword needs_number, newPassword needs_symbol, newPassword needs_upper, newPassword too_short" {
			t.Errorf("under the default policy: %s", got)
		}
		a.SetPolicy(func(p *sallyport.Policy) {
			p.PasswordRejectCommon, p.PasswordRequireMix, p.PasswordMinLength, p.PasswordMinLengthAlone, p.PasswordHistory = false, false, 8, 8, 0
		})
		for _, v := range []string{"password", "Under-the 7 willows"} {
			if got := change(v); got != "newPassword breached" {
				t.Errorf("%q under a policy without rules: %s", v, got)
			}
		}
		if got := change("under-the 7 willows"); got != "<nil>" {
			t.Errorf("one that is not on the list: %s", got)
		}
	})
}

// No password holds the name of the service, a part of its host's name, or a word of the operator's choice,
// nor is it one of them in disguise.
func TestWordsThatNoPasswordMayHold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		operator := sallyport.Operator(a.TenantID(t))
		save := func(words any) error {
			_, err := a.Tenants.Save(t.Context(), operator, tenant.Edit{Fields: map[string]any{"passwordWords": words}})
			return err
		}
		for _, wrong := range []any{[]any{"abc"}, []any{"half-board"}, "one,two", 5} {
			if got := apptest.Broken(save(wrong)); got != "passwordWords not_words" {
				t.Errorf("%v is answered %q", wrong, got)
			}
		}
		if err := save([]any{"Zephyrine", "QUMRANITE", "zephyrine"}); err != nil {
			t.Fatal(err)
		}
		stored, err := a.Tenants.Read(t.Context(), operator)
		if err != nil {
			t.Fatal(err)
		}
		if words := stored.Policy.PasswordWords; fmt.Sprint(words) != "[Zephyrine QUMRANITE]" {
			t.Errorf("stored are %v", words)
		}
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		for value, want := range map[string]string{
			"Sallyport-Sallyport-1": "context", "my-Sallyport xkq 7 vuw": "context", "xkq-zephyrine 7 VUW": "context", "xkq-Qumranite 7 vuw": "context",
			"Z3phyr1n3-Z3phyr1n3-1": "common", "S@llyp0rt-2026!": "common",
		} {
			if _, err := a.ChangePassword(t.Context(), me, apptest.Password, value); apptest.Broken(err) != "newPassword "+want {
				t.Errorf("%q is answered %v, want %s", value, err, want)
			}
		}
	})
}
