package account

import (
	"context"
	"errors"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
)

// NotMeDone is what "This wasn't me" did.
type NotMeDone struct {
	Sessions int  // that ended
	Device   bool // one device became a stranger; otherwise all did
}

// NotMe is what the owner of an account does about something they were told of
// and did not do: the session concerned ends (all of them when it cannot be
// told), the device is marked as compromised and a stranger, a second factor that was added goes, the
// password stops working, and a link for a new one is mailed. The password goes as well because whoever did it may
// know it.
func (s *Service) NotMe(ctx context.Context, m link.Mailed) (done NotMeDone, err error) {
	m.Kind = link.NotMe
	err = s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error {
		done.Device = l.DeviceID != ""
		if done.Sessions, err = s.endReported(ctx, a, l); err != nil {
			return err
		}
		if err := s.takeBack(ctx, a, l); err != nil {
			return err
		}
		if a.User.PasswordHash != "" {
			if err := password.Replace(ctx, a, a.User, ""); err != nil {
				return err
			}
			a.Note(audit.PasswordWithdrawn, act.About{})
		}
		if err := mailReset(ctx, a, ""); err != nil {
			return err
		}
		a.Note(audit.ReportedNotMe, act.About{}, "sessions", strconv.Itoa(done.Sessions))
		return nil
	})
	return done, err
}

// endReported ends the session that was reported, or all, and the trust of its device,
// or of all. It returns how many sessions ended.
func (s *Service) endReported(ctx context.Context, a *act.Act, l link.Link) (n int, err error) {
	// A sign-in in which the password was proven already would go on without it.
	if err := a.EndFlowsOfUser(ctx, a.User.TenantID, a.User.ID); err != nil {
		return 0, err
	}
	if l.SessionID == "" {
		n, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonNotMe)
	} else {
		n, err = a.RevokeSession(ctx, l.SessionID, act.ReasonNotMe)
	}
	if err != nil {
		return 0, err
	}
	return n, a.EndTrustOf(ctx, l.DeviceID, act.ReasonNotMe)
}

// takeBack undoes what the mail of "This wasn't me" told of: the device it was done on is
// marked, the sign-in is answered, and a factor that was added goes.
func (s *Service) takeBack(ctx context.Context, a *act.Act, l link.Link) error {
	if l.DeviceID != "" {
		d, err := a.Device(ctx, l.TenantID, l.DeviceID)
		if err == nil && d.UserID == a.User.ID {
			err = device.Mark(ctx, a, d, device.Flag{By: device.ByUser, Client: a.Actor.Client})
		}
		if err != nil {
			return err
		}
	}
	if l.AttemptID != "" {
		if err := answerAttempt(ctx, a, l.AttemptID, sallyport.AnswerNotMe); err != nil {
			return err
		}
	}
	if l.FactorID == "" {
		return nil
	}
	_, err := s.factors.TakeAway(ctx, a, l.FactorID, mfa.ReasonNotMe)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil // removed meanwhile
	}
	return err
}
