package mfa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestExemptRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, now := a.AddUser(t, mia, sallyport.RoleMember), a.Clock.Now()
		for _, tt := range []struct {
			what   string
			until  time.Time
			reason string
			want   string
		}{
			{"now", now, "Away", "until in_past"},
			{"for too long", now.Add(mfa.LongestExemption + time.Microsecond), "Away", "until too_far"},
			{"without a reason", now.Add(time.Hour), " ", "reason required"},
			{"a long reason", now.Add(time.Hour), strings.Repeat("x", 101), "reason too_long"},
			{"two lines, yesterday", now.Add(-24 * time.Hour), "a\nb", "reason invalid_characters, until in_past"},
		} {
			if got := apptest.Broken(a.Factors.Exempt(t.Context(), sallyport.Operator(u.TenantID), u.ID, tt.until, tt.reason)); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.what, got, tt.want)
			}
		}
	})
}

// An exemption and a demand of one person contradict each other: the newer one counts.
func TestExempt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, mia, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		operator, until := sallyport.Operator(u.TenantID), a.Clock.Now().Add(48*time.Hour)
		exempt := func(until time.Time, reason string) func() error {
			return func() error { return a.Factors.Exempt(ctx, operator, u.ID, until, reason) }
		}
		require := func(required bool) func() error {
			return func() error { return a.Factors.Require(ctx, operator, u.ID, required) }
		}
		const moved, changed = "auth.2fa_requirement_changed", "auth.2fa_exemption_changed"
		for _, step := range []struct {
			what   string
			do     func() error
			events string
			mail   notify.Kind
			state  signin.State // of the next sign-in
		}{
			{"exempt", exempt(until, "Lost phone"), changed, notify.FactorExempted, signin.Done},
			{"the same again", exempt(until, " Lost phone "), "", "", signin.Done},
			{"demand", require(true), changed + " " + moved, notify.FactorDemanded, signin.Enrol},
			{"exempt again", exempt(until, "Lost phone"), changed + " " + moved, notify.FactorExempted, signin.Done},
			{"demand no longer", require(false), "", "", signin.Done},
			{"take back", exempt(time.Time{}, ""), changed, notify.FactorDemanded, signin.Enrol},
			{"take back again", exempt(time.Time{}, ""), "", "", signin.Enrol},
			{"and once more", exempt(until, "Lost phone"), changed, notify.FactorExempted, signin.Done},
		} {
			a.Mails(t)
			if got := a.Happened(t, func() { apptest.Must(t, step.do()) }); got != step.events {
				t.Errorf("%s: %q, want %q", step.what, got, step.events)
			}
			if step.mail != "" {
				a.OnlyMail(t, step.mail, mia)
			} else if m := a.Mails(t); len(m) != 0 {
				t.Errorf("%s: %d mails", step.what, len(m))
			}
			if r, err := a.Try(ctx, elsewhere(t, a), mia, apptest.Password); err != nil || r.State != step.state {
				t.Errorf("%s: %s, %v", step.what, r.State, err)
			}
		}
		if f, err := a.Factors.Of(ctx, operator, u.ID); err != nil || !f.ExemptUntil.Equal(until) || f.ExemptReason != "Lost phone" {
			t.Errorf("%v %q, %v", f.ExemptUntil, f.ExemptReason, err)
		}
		a.Clock.Set(until)
		if r, err := a.Try(ctx, elsewhere(t, a), mia, apptest.Password); err != nil || r.State != signin.Enrol {
			t.Errorf("at its end: %s, %v", r.State, err)
		}
	})
}
