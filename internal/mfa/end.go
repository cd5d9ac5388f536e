package mfa

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
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

// drop revokes one factor, with its codes.
func drop(ctx context.Context, tx *store.Tx, f store.Factor, reason string, s *Service) error {
	if f.Method == sallyport.MethodBackupCodes {
		if err := tx.DropBackupCodes(ctx, f.TenantID, f.ID); err != nil {
			return err
		}
	}
	return tx.EndFactor(ctx, f.TenantID, f.UserID, f.ID, sallyport.FactorRevoked, reason, s.Now())
}

// Removed is what taking factors away did.
type Removed struct {
	Methods  int  // how many went, backup codes not counted
	Disabled bool // the account has no second factor any more
}

// Remove takes one factor of a user away in the caller's transaction, which has
// locked the user, and returns the events. Backup codes go with the last one.
// CodeMFAEnforced when it is the last one that counts and one is demanded; ErrNotFound
// when the user has no such factor.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User, id, reason string, about link.About) (Removed, []sallyport.Event, error) {
	st, err := s.Standing(ctx, tx.Queries, p, u)
	if err != nil {
		return Removed{}, nil, err
	}
	i := slices.IndexFunc(st.Live, func(f store.Factor) bool { return f.ID == id && f.Status != sallyport.FactorPending })
	if i < 0 {
		return Removed{}, nil, sallyport.ErrNotFound
	}
	f := st.Live[i]
	others := slices.ContainsFunc(st.Usable, func(o store.Factor) bool { return o.ID != id })
	if st.Enforced && policy.Counts(p, f.Factor) && sallyport.SecondFactor(f.Method) && !others && reason == ReasonRemoved {
		return Removed{}, nil, sallyport.Refuse(sallyport.CodeMFAEnforced, "")
	}
	events, err := s.remove(ctx, tx, actor, p, u, f, reason, about)
	if err != nil {
		return Removed{}, nil, err
	}
	if reason == ReasonNotMe && others {
		known, err := s.dropKnownCodes(ctx, tx, actor, st, f)
		if err != nil {
			return Removed{}, nil, err
		}
		events = append(events, known...)
	}
	done := Removed{Methods: 1}
	left := slices.ContainsFunc(st.Live, func(o store.Factor) bool {
		return o.ID != id && o.Status != sallyport.FactorPending && sallyport.SecondFactor(o.Method)
	})
	if sallyport.SecondFactor(f.Method) && !left {
		ended, err := s.disable(ctx, tx, actor, u, st)
		if err != nil {
			return Removed{}, nil, err
		}
		done.Disabled, events = true, append(events, ended...)
	}
	return done, events, nil
}

// Disable takes every factor of a user away in the caller's transaction, which has
// locked the user, and returns the events. CodeMFAEnforced when one is demanded.
func (s *Service) Disable(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User, about link.About) (Removed, []sallyport.Event, error) {
	st, err := s.Standing(ctx, tx.Queries, p, u)
	if err != nil {
		return Removed{}, nil, err
	}
	if st.Enforced {
		return Removed{}, nil, sallyport.Refuse(sallyport.CodeMFAEnforced, "")
	}
	var done Removed
	var events []sallyport.Event
	for _, f := range st.Live {
		if !sallyport.SecondFactor(f.Method) {
			continue
		}
		if f.Status == sallyport.FactorPending {
			if err := drop(ctx, tx, f, ReasonDisabled, s); err != nil {
				return Removed{}, nil, err
			}
			continue
		}
		more, err := s.remove(ctx, tx, actor, p, u, f, ReasonDisabled, about)
		if err != nil {
			return Removed{}, nil, err
		}
		done.Methods++
		events = append(events, more...)
	}
	if done.Methods == 0 {
		return done, nil, sallyport.ErrConflict
	}
	done.Disabled = true
	ended, err := s.disable(ctx, tx, actor, u, st)
	return done, append(events, ended...), err
}

// remove revokes one factor with its event and its mail.
func (s *Service) remove(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User, f store.Factor, reason string, about link.About) ([]sallyport.Event, error) {
	if err := drop(ctx, tx, f, reason, s); err != nil {
		return nil, err
	}
	now := s.Now()
	e := audit.New(actor, audit.MethodRemoved, now)
	e.UserID, e.TargetID = u.ID, f.ID
	e.Data = map[string]string{"method": f.Method, "name": f.Name, "reason": reason}
	return []sallyport.Event{e}, s.Alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.FactorRemoved, User: u, Client: actor.Client, About: about, Policy: p, At: now,
		Data: notify.Data{Method: f.Method, FactorName: f.Name},
	})
}

// disable ends what is worth nothing without a second factor: the backup codes.
func (s *Service) disable(ctx context.Context, tx *store.Tx, actor sallyport.Actor, u sallyport.User, st Standing) ([]sallyport.Event, error) {
	if st.Codes.ID != "" {
		if err := drop(ctx, tx, st.Codes, ReasonDisabled, s); err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return nil, err
		}
	}
	e := audit.New(actor, audit.MFADisabled, s.Now())
	e.UserID = u.ID
	return []sallyport.Event{e}, nil
}

// Reset takes everything away for an admin, enforced or not, and tells the owner.
// It returns how many methods there were and the events.
func (s *Service) Reset(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User) (int, []sallyport.Event, error) {
	live, err := tx.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return 0, nil, err
	}
	n, now := 0, s.Now()
	for _, f := range live {
		if err := drop(ctx, tx, f, ReasonReset, s); err != nil {
			return 0, nil, err
		}
		if f.Status != sallyport.FactorPending && sallyport.SecondFactor(f.Method) {
			n++
		}
	}
	if err := s.Alerts.Send(ctx, tx, alert.Alert{Kind: notify.FactorsReset, User: u, Policy: p, At: now, NotMe: true}); err != nil {
		return 0, nil, err
	}
	e := audit.New(actor, audit.MFAReset, now)
	e.UserID, e.Data = u.ID, map[string]string{"count": strconv.Itoa(n)}
	return n, []sallyport.Event{e}, nil
}
