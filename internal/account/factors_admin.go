package account

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// FactorsOf returns the second factors of a user. It needs mfa.view.
func (s *Service) FactorsOf(ctx context.Context, actor sallyport.Actor, userID string) (Factors, error) {
	if err := access.Allowed(actor, access.MFAView, access.Target{TenantID: actor.TenantID}); err != nil {
		return Factors{}, err
	}
	user, err := s.db.User(ctx, actor.TenantID, userID)
	if err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

// ListFactors returns up to limit factors of the organisation, or of one user of it,
// with an id above after. Pending ones are left out. It needs mfa.view.
func (s *Service) ListFactors(ctx context.Context, actor sallyport.Actor, userID, after string, limit int) ([]sallyport.Factor, error) {
	if err := access.Allowed(actor, access.MFAView, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	found, err := s.db.Factors(ctx, actor.TenantID, userID, after, limit)
	return store.Plain(found), err
}

// ResetFactors removes every second factor of a user, enforced or not, ends the trust
// of their devices, and tells them. It needs mfa.manage and a step-up, and returns how
// many methods there were.
func (s *Service) ResetFactors(ctx context.Context, actor sallyport.Actor, userID string) (n int, err error) {
	err = s.manageFactors(ctx, actor, userID, func(tx *store.Tx, p sallyport.Policy, u sallyport.User) ([]sallyport.Event, error) {
		var events []sallyport.Event
		if n, events, err = s.factors.Reset(ctx, tx, actor, p, u); err != nil {
			return nil, err
		}
		// A sign-in in which a factor was passed already would go on.
		if err := tx.EndFlowsOfUser(ctx, u.TenantID, u.ID); err != nil {
			return nil, err
		}
		strangers, err := device.EndTrust(ctx, tx, actor, u.ID, "", mfa.ReasonReset, s.now())
		return append(events, strangers...), err
	})
	return n, err
}

// IssueBackupCodes makes new backup codes for a user, to be handed over by whoever
// knows them. ErrConflict when they have no second factor. It needs mfa.manage and a
// step-up.
func (s *Service) IssueBackupCodes(ctx context.Context, actor sallyport.Actor, userID string) (codes []string, err error) {
	err = s.manageFactors(ctx, actor, userID, func(tx *store.Tx, p sallyport.Policy, u sallyport.User) ([]sallyport.Event, error) {
		var events []sallyport.Event
		codes, events, err = s.issueCodes(ctx, tx, actor, p, u)
		return events, err
	})
	return codes, err
}

// RequireFactor demands a second factor of a user, or no longer; policy can still
// demand it. It needs mfa.manage. That nothing changes is no error.
func (s *Service) RequireFactor(ctx context.Context, actor sallyport.Actor, userID string, required bool) error {
	return s.administerWith(ctx, actor, access.MFAManage, userID, func(tx *store.Tx, u sallyport.User) error {
		if u.MFARequired == required {
			return nil
		}
		if err := tx.RequireMFA(ctx, u.TenantID, u.ID, required); err != nil {
			return err
		}
		e := audit.New(actor, audit.MFARequirementMoved, s.now())
		e.UserID, e.Data = u.ID, map[string]string{"required": strconv.FormatBool(required)}
		return audit.Append(ctx, tx, e)
	})
}

// manageFactors locks a user and runs act when the actor may manage their factors and
// has proven enough for it.
func (s *Service) manageFactors(ctx context.Context, actor sallyport.Actor, userID string, act func(*store.Tx, sallyport.Policy, sallyport.User) ([]sallyport.Event, error)) error {
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	return s.administerWith(ctx, actor, access.MFAManage, userID, func(tx *store.Tx, u sallyport.User) error {
		if err := assurance.Require(ctx, tx, actor, p, policy.ManageFactors, s.now()); err != nil {
			return err
		}
		events, err := act(tx, p, u)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}
