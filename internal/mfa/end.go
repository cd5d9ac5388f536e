package mfa

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Reasons a factor ended for, as Factor.EndedReason and event details give them,
// and devices lost their trust for.
const (
	ReasonRemoved    = "removed_by_user"
	ReasonDisabled   = "two_factor_disabled" // with the last method
	ReasonReplaced   = "replaced"            // a set of backup codes by a newer one
	ReasonReset      = "reset_by_admin"
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

// Removed is what taking factors away did.
type Removed struct {
	Methods  int  // how many went, backup codes not counted
	Disabled bool // the account has no second factor any more
}

// TakeAway takes one factor of the act's user away. Backup codes go with the last one.
// CodeMFAEnforced when it is the last one that counts and one is demanded; ErrNotFound
// when the user has no such factor.
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
	others := slices.ContainsFunc(st.Usable, func(o store.Factor) bool { return o.ID != id })
	if st.Enforced && policy.Counts(a.Policy, f.Factor) && sallyport.SecondFactor(f.Method) && !others && reason == ReasonRemoved {
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
	left := slices.ContainsFunc(st.Live, func(o store.Factor) bool {
		return o.ID != id && o.Status != sallyport.FactorPending && sallyport.SecondFactor(o.Method)
	})
	if !sallyport.SecondFactor(f.Method) || left {
		return Removed{Methods: 1}, nil
	}
	return Removed{Methods: 1, Disabled: true}, disable(ctx, a, st)
}

// remove revokes one factor and tells its owner.
func remove(ctx context.Context, a *act.Act, f store.Factor, reason string) error {
	if err := drop(ctx, a, f, reason); err != nil {
		return err
	}
	about, err := a.About(ctx)
	if err != nil {
		return err
	}
	a.Note(audit.MethodRemoved, act.About{Target: f.ID}, "method", f.Method, "name", f.Name, "reason", reason)
	return a.Tell(ctx, alert.Alert{
		Kind: notify.FactorRemoved, Client: a.Actor.Client, About: about, Data: notify.Data{Method: f.Method, FactorName: f.Name},
	})
}

// disable ends what is worth nothing without a second factor: the backup codes.
func disable(ctx context.Context, a *act.Act, st Standing) error {
	a.Note(audit.MFADisabled, act.About{})
	if st.Codes.ID == "" {
		return nil
	}
	_, err := act.Ignore(drop(ctx, a, st.Codes, ReasonDisabled))
	return err
}
