package policy_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

// A password is all there is of whoever has no second factor and need not have one.
func TestForPassword(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		user     sallyport.User
		enforced string
		want     int
	}{
		"nobody must":          {sallyport.User{SecondFactor: sallyport.NoFactor}, sallyport.EnforcedNobody, 15},
		"one that is not read": {sallyport.User{}, sallyport.EnforcedNobody, 15},
		"has a strong one":     {sallyport.User{SecondFactor: sallyport.StrongFactor}, sallyport.EnforcedNobody, 12},
		"has a weak one":       {sallyport.User{SecondFactor: sallyport.WeakFactor}, sallyport.EnforcedNobody, 12},
		"everyone must":        {sallyport.User{SecondFactor: sallyport.NoFactor}, sallyport.EnforcedEveryone, 12},
		"a member":             {sallyport.User{Role: sallyport.RoleMember}, sallyport.EnforcedAdmins, 15},
		"an admin":             {sallyport.User{Role: sallyport.RoleAdmin}, sallyport.EnforcedAdmins, 12},
		"demanded of one":      {sallyport.User{MFARequired: true}, sallyport.EnforcedNobody, 12},
		"exempt":               {sallyport.User{MFAExemptUntil: now.Add(time.Hour)}, sallyport.EnforcedEveryone, 15},
	} {
		p := policy.Default()
		p.MFAEnforced = c.enforced
		if got := policy.ForPassword(p, c.user, now).PasswordMinLength; got != c.want {
			t.Errorf("%s: %d characters, want %d", name, got, c.want)
		}
		c.user.PasswordHash, c.user.PasswordShort = "hash", true
		if got := policy.TooShort(p, c.user, now); got != (c.want == 15) {
			t.Errorf("%s: a short one is too short: %v", name, got)
		}
		p.SSORequired = true
		if policy.TooShort(p, c.user, now) {
			t.Errorf("%s: it is too short where nobody signs in by it", name)
		}
	}
}

// Never fewer characters are enough where a password is all there is.
func TestLengthAlone(t *testing.T) {
	p := policy.Default()
	p.PasswordMinLength, p.PasswordMinLengthAlone = 20, 8
	if got := policy.LengthAlone(p); got != 20 {
		t.Error(got)
	}
	for _, name := range policy.Presets {
		if p, _ := policy.For(name); policy.LengthAlone(p) < 15 {
			t.Errorf("%s takes %d characters: docs/threat-model.md has no such deviation", name, policy.LengthAlone(p))
		}
	}
}
