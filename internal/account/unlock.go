package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
)

// Unlock lifts every lock of a user, and tells them by mail. It needs users.manage and a step-up.
// It is no error when nothing was locked.
func (s *Service) Unlock(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		lifted, err := lift(ctx, a)
		if err != nil || !lifted {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.AccountUnlocked})
	})
}

// UnlockByLink lifts the locks of a user's password through the link in the mail about the
// lock. Those of second factors stay: who reads the mailbox has not proven one of them.
func (s *Service) UnlockByLink(ctx context.Context, m link.Mailed) error {
	m.Kind = link.Unlock
	return s.acts.ByLink(ctx, m, func(a *act.Act, _ link.Link) error {
		if !a.Policy.LockoutSelfUnlock {
			return link.ErrExpired // policy forbids it since the mail was sent
		}
		return liftPassword(ctx, a)
	})
}

// lift lifts every lock of the act's user, and reports whether there was one. When nothing was
// locked it notes nothing.
func lift(ctx context.Context, a *act.Act) (bool, error) {
	runs, err := a.Counters().EndPasswordRuns(ctx, a.Tx, a.User)
	if err != nil {
		return false, err
	}
	password, err := a.Counters().LiftPassword(ctx, a.Tx, a.User)
	if err != nil {
		return false, err
	}
	factors, err := a.Counters().LiftFactors(ctx, a.Tx, a.User)
	if err != nil || !runs && !password && !factors {
		return false, err
	}
	a.Note(audit.AccountUnlocked, act.About{})
	return true, nil
}

// liftPassword lifts the locks of the user's password: those of strangers, of each known
// device and of sessions.
func liftPassword(ctx context.Context, a *act.Act) error {
	locked, err := a.Counters().LiftPassword(ctx, a.Tx, a.User)
	if locked {
		a.Note(audit.AccountUnlocked, act.About{})
	}
	return err
}
