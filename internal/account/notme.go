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

// NotMeDone is the result of "This wasn't me".
type NotMeDone struct {
	Sessions int  // how many ended
	Device   bool // one device lost its recognition; otherwise all did
}

// NotMe is the owner's answer to a mail about something they did not do. The session
// ends (all sessions when it is not known which), its device is marked as compromised and
// no longer recognised, a second factor that was added is removed, the password stops
// working, and a link for a new one is mailed. The password goes too because the attacker
// may know it.
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

// endReported ends the reported session and the trust of its device, or all sessions and
// the trust of all devices. It returns how many sessions ended.
func (s *Service) endReported(ctx context.Context, a *act.Act, l link.Link) (n int, err error) {
	// Otherwise a sign-in with the password proven already could finish.
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

// takeBack undoes what the mail reported: the device is marked, the sign-in is answered,
// and a factor that was added is removed.
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
		return nil // removed in the meantime
	}
	return err
}
