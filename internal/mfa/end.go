package mfa

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// Reasons why a factor ended, as in Factor.EndedReason and event details, or why
// devices lost their trust.
const (
	ReasonRemoved    = "removed_by_user"
	ReasonDisabled   = "two_factor_disabled" // together with the last method
	ReasonReplaced   = "replaced"            // a newer set of backup codes replaced this one
	ReasonReset      = "reset_by_admin"
	ReasonByAdmin    = "removed_by_admin"
	ReasonSuspended  = "suspended_by_admin"
	ReasonCopied     = "counter_went_back" // of a passkey: two keys answer
	ReasonTampered   = "row_changed"       // its row is not as the service left it
	ReasonNotMe      = "reported_not_me"
	ReasonBackupCode = "backup_code_used"
)

// drop revokes one factor of the act's user, with its codes.
func drop(ctx context.Context, a *act.Act, f store.Factor, reason string) error {
	if f.Method == sallyport.MethodBackupCodes {
		if err := a.DropBackupCodes(ctx, f.TenantID, f.ID); err != nil {
			return err
		}
	}
	f.Status, f.EndedAt, f.EndedReason = sallyport.FactorRevoked, a.Now, reason
	return a.EndFactor(ctx, f.Factor)
}

// Removed is the result of removing factors.
type Removed struct {
	Methods  int  // how many were removed, without backup codes
	Disabled bool // the account has no second factor left
}

// TakeAway removes one factor of the act's user; the backup codes go with the last one.
// CodeMFAEnforced when a second factor is required and it is the last one, or the last usable
// one; ErrNotFound when the user has no such factor.
func (s *Service) TakeAway(ctx context.Context, a *act.Act, id, reason string) (Removed, error) {
	st, err := s.Standing(ctx, a.Queries, a.Policy, a.User)
	if err != nil {
		return Removed{}, err
	}
	i := slices.IndexFunc(st.Live, func(f store.Factor) bool { return f.ID == id && f.Status != sallyport.FactorPending })
	if i < 0 {
		return Removed{}, sallyport.ErrNotFound
	}
	f := st.Live[i]
	others := st.hasBesides(id)
	left := st.leaves(id)
	if reason == ReasonRemoved && st.stays(a.Policy, id) {
		return Removed{}, sallyport.Refuse(sallyport.CodeMFAEnforced, "")
	}
	if err := remove(ctx, a, f, reason); err != nil {
		return Removed{}, err
	}
	if reason == ReasonNotMe && others {
		if err := dropKnownCodes(ctx, a, st, f); err != nil {
			return Removed{}, err
		}
	}
	if !sallyport.SecondFactor(f.Method) || left {
		return Removed{Methods: 1}, nil
	}
	return Removed{Methods: 1, Disabled: true}, disable(ctx, a, st)
}

// remove revokes one factor and tells its owner by mail.
func remove(ctx context.Context, a *act.Act, f store.Factor, reason string) error {
	if err := drop(ctx, a, f, reason); err != nil {
		return err
	}
	about, err := a.About(ctx)
	if err != nil {
		return err
	}
	a.Note(audit.MethodRemoved, act.About{Target: f.ID}, "method", f.Method, "name", f.Name, "reason", reason)
	return a.Tell(ctx, act.Alert{
		Kind: notify.FactorRemoved, Client: a.Origin(), About: about,
		Data: notify.Data{Method: f.Method, FactorName: f.Name, ByAdmin: reason == ReasonByAdmin},
	})
}

// disable revokes what is useless without a second factor, the backup codes and what only stands beside
// one, also where policy forbids it at present.
func disable(ctx context.Context, a *act.Act, st Standing) error {
	a.Note(audit.MFADisabled, act.About{})
	for _, f := range st.Live {
		if sallyport.SecondFactor(f.Method) {
			continue
		}
		if sallyport.MethodOf(f.Method).Beside && f.Status != sallyport.FactorPending {
			a.Note(audit.MethodRemoved, act.About{Target: f.ID}, "method", f.Method, "name", f.Name, "reason", ReasonDisabled)
		}
		if _, err := act.Ignore(drop(ctx, a, f, ReasonDisabled)); err != nil {
			return err
		}
	}
	return nil
}
