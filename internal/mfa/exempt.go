package mfa

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// LongestExemption is how far ahead an exemption can end.
const LongestExemption = 366 * 24 * time.Hour

// Require sets whether a user must have a second factor. Policy can require one all
// the same. It needs mfa.manage and a step-up. Requiring one takes an exemption back. Setting
// the present value is no error.
func (s *Service) Require(ctx context.Context, actor sallyport.Actor, userID string, required bool) error {
	return s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if a.User.MFARequired == required {
			return nil
		}
		if err := demand(ctx, a, required); err != nil || !required {
			return err
		}
		if err := exempt(ctx, a, time.Time{}, ""); err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.FactorDemanded})
	})
}

// Exempt frees a user until a time from the second factor that policy demands, for a reason;
// a zero time takes that back. Who has a factor is asked for it all the same. An admin's own
// demand is taken back with it. It needs mfa.manage and a step-up. CodeInvalid for until
// (in_past or too_far) and reason (required, or a rule of short texts). Setting what holds
// already is no error.
func (s *Service) Exempt(ctx context.Context, actor sallyport.Actor, userID string, until time.Time, reason string) error {
	until = until.UTC().Truncate(time.Microsecond)
	return s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if until.IsZero() {
			return endExemption(ctx, a)
		}
		reason, err := judgeExemption(until, reason, a.Now)
		if err != nil {
			return err
		}
		if err := demand(ctx, a, false); err != nil {
			return err
		}
		if a.User.MFAExemptUntil.Equal(until) && a.User.MFAExemptReason == reason {
			return nil
		}
		if err := exempt(ctx, a, until, reason); err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.FactorExempted, Data: notify.Data{Until: until}})
	})
}

// judgeExemption returns the reason of an exemption as it is stored, or CodeInvalid with all
// that is wrong.
func judgeExemption(until time.Time, reason string, now time.Time) (string, error) {
	var wrong []sallyport.FieldError
	switch {
	case !until.After(now):
		wrong = append(wrong, sallyport.FieldError{Field: "until", Code: "in_past"})
	case until.Sub(now) > LongestExemption:
		wrong = append(wrong, sallyport.FieldError{Field: "until", Code: "too_far"})
	}
	said, err := line.Parse("reason", reason)
	var refused *sallyport.Error
	switch {
	case errors.As(err, &refused):
		wrong = append(wrong, refused.Fields...)
	case said == "":
		wrong = append(wrong, sallyport.FieldError{Field: "reason", Code: "required"})
	}
	if len(wrong) > 0 {
		return "", sallyport.Invalid(wrong...)
	}
	return said, nil
}

// endExemption takes an exemption back, and says so to who has to have a factor then.
func endExemption(ctx context.Context, a *act.Act) error {
	if a.User.MFAExemptUntil.IsZero() {
		return nil
	}
	if err := exempt(ctx, a, time.Time{}, ""); err != nil {
		return err
	}
	u := a.User
	u.MFAExemptUntil = time.Time{}
	if !policy.Enforced(a.Policy, u, a.Now) {
		return nil
	}
	return a.Tell(ctx, act.Alert{Kind: notify.FactorDemanded})
}

// demand records whether an admin demands a second factor of the act's user.
func demand(ctx context.Context, a *act.Act, required bool) error {
	if a.User.MFARequired == required {
		return nil
	}
	a.Note(audit.MFARequirementMoved, act.About{}, "required", strconv.FormatBool(required))
	return a.RequireMFA(ctx, a.User.TenantID, a.User.ID, required)
}

// exempt records an exemption of the act's user; a zero time for none.
func exempt(ctx context.Context, a *act.Act, until time.Time, reason string) error {
	if a.User.MFAExemptUntil.Equal(until) && a.User.MFAExemptReason == reason {
		return nil
	}
	data := act.Given("reason", reason)
	if !until.IsZero() {
		data = append(data, "until", until.Format(time.RFC3339))
	}
	a.Note(audit.MFAExempted, act.About{}, data...)
	return a.ExemptFromMFA(ctx, a.User.TenantID, a.User.ID, until, reason)
}
