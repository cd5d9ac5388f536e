package mfa

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// What admins need to view factors, and to act on them.
var (
	NeedView   = act.Need{Permission: access.MFAView}
	NeedManage = act.Need{Permission: access.MFAManage, StepUp: policy.ManageFactors}
)

// HandedCodeLifetime is how long a code works that an admin hands over after a reset.
const HandedCodeLifetime = 3 * 24 * time.Hour

// Ways are how an admin can have checked who asks for a reset. Each has its words "person.checked.".
var Ways = []string{"in_person", "video", "known_phone", "other"}

// Grounds are why an admin resets somebody's second factors, and how they know who asks for it.
type Grounds struct {
	Reason  string // in the admin's words
	Checked string // one of Ways
}

// parse returns the grounds as they are stored, or CodeInvalid with all that is wrong.
func (g Grounds) parse() (Grounds, error) {
	var wrong []sallyport.FieldError
	said, err := line.Parse("reason", g.Reason)
	var refused *sallyport.Error
	switch {
	case errors.As(err, &refused):
		wrong = append(wrong, refused.Fields...)
	case said == "":
		wrong = append(wrong, sallyport.FieldError{Field: "reason", Code: "required"})
	}
	if !slices.Contains(Ways, g.Checked) {
		wrong = append(wrong, sallyport.FieldError{Field: "checked", Code: "required"})
	}
	if len(wrong) > 0 {
		return g, sallyport.Invalid(wrong...)
	}
	return Grounds{said, g.Checked}, nil
}

// Reset is what a reset did, and the code to hand over, which is never shown again.
type Reset struct {
	Methods int       // that were removed, without backup codes
	Code    string    // "" where the account had no second factor
	Until   time.Time // when the code stops working
}

// ResetOf removes every second factor of a user, also where one is enforced, ends the
// trust of their devices, and tells them by mail. The password alone does not set up new ones: it
// returns a code that the next sign-in asks for beside it. It needs mfa.manage and a step-up.
// CodeInvalid lists what is wrong with the grounds.
func (s *Service) ResetOf(ctx context.Context, actor sallyport.Actor, userID string, why Grounds) (done Reset, err error) {
	why, invalid := why.parse()
	err = s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if invalid != nil {
			return invalid
		}
		live, err := a.LiveFactors(ctx, a.User.TenantID, userID)
		if err != nil {
			return err
		}
		done = Reset{}
		for _, f := range live {
			if err := drop(ctx, a, f, ReasonReset); err != nil {
				return err
			}
			if f.Status != sallyport.FactorPending && !sallyport.MethodOf(f.Method).StandIn {
				done.Methods++
			}
		}
		if _, err := a.Counters().LiftFactors(ctx, a.Tx, a.User); err != nil {
			return err
		}
		if policy.Had(store.Plain(live)) {
			if err := s.handOver(ctx, a, &done); err != nil {
				return err
			}
		}
		a.Note(audit.MFAReset, act.About{}, "count", strconv.Itoa(done.Methods), "reason", why.Reason, "checked", why.Checked)
		if err := a.Tell(ctx, act.Alert{Kind: notify.FactorsReset, NotMe: true}); err != nil {
			return err
		}
		return a.EndTrustOf(ctx, "", ReasonReset)
	})
	return done, err
}

// handOver adds the code that stands for the factors that were removed.
func (s *Service) handOver(ctx context.Context, a *act.Act, done *Reset) error {
	done.Until = a.Now.Add(HandedCodeLifetime)
	_, codes, err := s.addCodes(ctx, a, 1, done.Until)
	if err == nil {
		done.Code = codes[0]
	}
	return err
}

// NewBackupCodesOf makes new backup codes for a user, which an admin who knows them
// hands over. ErrConflict when they have no second factor. It needs mfa.manage and a
// step-up.
func (s *Service) NewBackupCodesOf(ctx context.Context, actor sallyport.Actor, userID string) ([]string, error) {
	return s.newBackupCodes(ctx, actor, userID, NeedManage)
}
