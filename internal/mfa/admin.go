package mfa

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// What admins need to view factors, and to act on them.
var (
	NeedView   = act.Need{Permission: access.MFAView}
	NeedManage = act.Need{Permission: access.MFAManage, StepUp: policy.ManageFactors}
)

// ResetOf removes every second factor of a user, also where one is enforced, ends the
// trust of their devices, and tells them by mail. It needs mfa.manage and a step-up.
// It returns how many methods were removed.
func (s *Service) ResetOf(ctx context.Context, actor sallyport.Actor, userID string) (n int, err error) {
	err = s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		live, err := a.LiveFactors(ctx, a.User.TenantID, userID)
		if err != nil {
			return err
		}
		n = 0
		for _, f := range live {
			if err := drop(ctx, a, f, ReasonReset); err != nil {
				return err
			}
			if f.Status != sallyport.FactorPending && !sallyport.MethodOf(f.Method).StandIn {
				n++
			}
		}
		if _, err := a.Counters().LiftFactors(ctx, a.Tx, a.User); err != nil {
			return err
		}
		a.Note(audit.MFAReset, act.About{}, "count", strconv.Itoa(n))
		if err := a.Tell(ctx, act.Alert{Kind: notify.FactorsReset, NotMe: true}); err != nil {
			return err
		}
		return a.EndTrustOf(ctx, "", ReasonReset)
	})
	return n, err
}

// NewBackupCodesOf makes new backup codes for a user, which an admin who knows them
// hands over. ErrConflict when they have no second factor. It needs mfa.manage and a
// step-up.
func (s *Service) NewBackupCodesOf(ctx context.Context, actor sallyport.Actor, userID string) ([]string, error) {
	return s.newBackupCodes(ctx, actor, userID, NeedManage)
}
