package mfa

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// SuspendOf makes one second factor of a user prove nothing, in sign-ins under way too, until
// it is resumed. Their account still counts as having it, so the password alone does not do.
// It needs mfa.manage and a step-up. ErrNotFound when the user has no such factor; ErrConflict
// with FactorIsRemoved when it is removed. One that is suspended already is no error, and keeps
// the reason for which it is.
func (s *Service) SuspendOf(ctx context.Context, actor sallyport.Actor, userID, id string) error {
	return s.onMethod(ctx, actor, userID, id, func(a *act.Act, f store.Factor) error {
		if f.Status == sallyport.FactorSuspended {
			return nil
		}
		f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, a.Now, ReasonSuspended
		if err := a.EndFactor(ctx, f.Factor); err != nil {
			return act.Conflict(err)
		}
		a.Note(audit.MethodSuspended, act.About{Target: f.ID}, "method", f.Method, "name", f.Name)
		return tellMethod(ctx, a, notify.MethodSuspended, f)
	})
}

// ResumeOf lets a suspended second factor of a user count again. Failures with its method are
// counted anew: an admin is one way to recover from too many in a row. Errors are those of
// SuspendOf, and ErrConflict with PasskeyIsCopied for a passkey that was suspended because
// there are two of it: nobody can tell whose answers are its owner's. One that is active is
// no error.
func (s *Service) ResumeOf(ctx context.Context, actor sallyport.Actor, userID, id string) error {
	return s.onMethod(ctx, actor, userID, id, func(a *act.Act, f store.Factor) error {
		switch {
		case f.Status == sallyport.FactorActive:
			return nil
		case f.EndedReason == ReasonCopied:
			return sallyport.Blocked(sallyport.PasskeyIsCopied)
		}
		if err := a.ResumeFactor(ctx, f.Factor); err != nil {
			return act.Conflict(err)
		}
		if err := a.Counters().EndFactorRuns(ctx, a.Tx, userID, f.Method); err != nil {
			return err
		}
		a.Note(audit.MethodResumed, act.About{Target: f.ID}, "method", f.Method, "name", f.Name)
		return tellMethod(ctx, a, notify.MethodResumed, f)
	})
}

// RevokeOf removes one second factor of a user, also the last one where one is enforced: the
// next sign-in asks to set one up then. With the last one go the backup codes and, as after
// ResetOf, the trust of devices, which rests on it. It needs mfa.manage and a step-up.
// ErrNotFound when the user has no such factor. One that is removed already is no error.
func (s *Service) RevokeOf(ctx context.Context, actor sallyport.Actor, userID, id string) (done Removed, err error) {
	err = s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if done = (Removed{}); wasRemoved(ctx, a, id) {
			return nil
		}
		if done, err = s.TakeAway(ctx, a, id, ReasonByAdmin); err != nil || !done.Disabled {
			return err
		}
		return a.EndTrustOf(ctx, "", ReasonByAdmin)
	})
	return done, err
}

// onMethod does an act on one factor of a user that is active or suspended.
func (s *Service) onMethod(ctx context.Context, actor sallyport.Actor, userID, id string, do func(*act.Act, store.Factor) error) error {
	return s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		f, err := a.Factor(ctx, a.User.TenantID, userID, id)
		switch {
		case err != nil:
			return err
		case f.VerifiedAt.IsZero():
			return sallyport.ErrNotFound // it was begun and not finished: nobody lists it
		case f.Status == sallyport.FactorRevoked:
			return sallyport.Blocked(sallyport.FactorIsRemoved)
		}
		return do(a, f)
	})
}

// tellMethod mails the act's user what an admin did to one of their second factors.
func tellMethod(ctx context.Context, a *act.Act, kind notify.Kind, f store.Factor) error {
	return a.Tell(ctx, act.Alert{Kind: kind, Data: notify.Data{Method: f.Method, FactorName: f.Name}})
}
