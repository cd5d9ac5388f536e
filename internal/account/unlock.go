package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Unlock lifts every lock of a user. It needs users.manage. It is no error when nothing
// was locked.
func (s *Service) Unlock(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error { return lift(ctx, a) })
}

// UnlockByLink lifts every lock of a user through the link in the mail about the lock.
func (s *Service) UnlockByLink(ctx context.Context, m link.Mailed) error {
	m.Kind = link.Unlock
	return s.acts.ByLink(ctx, m, func(a *act.Act, _ link.Link) error {
		if !a.Policy.LockoutSelfUnlock {
			return link.ErrExpired // policy forbids it since the mail was sent
		}
		return lift(ctx, a)
	})
}

// lift lifts every lock of the act's user. When nothing was locked it notes nothing.
func lift(ctx context.Context, a *act.Act) error {
	locked, err := unlock(ctx, a)
	if locked {
		a.Note(audit.AccountUnlocked, act.About{})
	}
	return err
}

// unlock resets the counters of a user's password and second factors: those of strangers,
// of each known device and of sessions. It reports whether any of them was locked.
func unlock(ctx context.Context, a *act.Act) (locked bool, err error) {
	ids, err := a.DeviceIDs(ctx, a.User.TenantID, a.User.ID)
	if err != nil {
		return false, err
	}
	u := a.User.ID
	keys := []throttle.Key{throttle.ForAccount(a.User.Email), throttle.ForReauth(u), throttle.ForFactor(u, ""), throttle.ForEnrolment(u)}
	for _, id := range ids {
		keys = append(keys, throttle.ForDevice(u, id), throttle.ForFactor(u, id))
	}
	for _, k := range keys {
		was, err := a.Counters().Unlock(ctx, a.Tx, k)
		if err != nil {
			return false, err
		}
		locked = locked || was
	}
	return locked, nil
}
