package session

import (
	"context"
	"errors"
	"maps"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// What acts on sessions require: on one's own, and as an admin.
var (
	NeedOwn       = act.Need{Late: true, Exempt: policy.TakesAway} // for the session in use
	NeedOthers    = act.Need{StepUp: policy.EndSessions}
	NeedTerminate = act.Need{Permission: access.SessionsTerminate, StepUp: policy.TerminateSessions, Self: true}
	NeedResume    = act.Need{Permission: access.SessionsTerminate, StepUp: policy.ManageSessions}
)

// SignOut ends the actor's session. Ending it twice is no error.
func (s *Service) SignOut(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedOwn, func(a *act.Act) error {
		return end(ctx, a, actor.UserID, actor.SessionID, ending{sallyport.SessionTerminated, audit.SignedOut, act.ReasonSignedOut})
	})
}

// RevokeOwn ends one of the actor's own sessions; the one in use without any proof. ErrNotFound for somebody else's session;
// it is no error when the session has ended already.
func (s *Service) RevokeOwn(ctx context.Context, actor sallyport.Actor, id string) error {
	need := NeedOthers
	if id == actor.SessionID {
		need = NeedOwn
	}
	return s.acts.Run(ctx, actor, act.Session(id), need, func(a *act.Act) error {
		_, err := a.RevokeSession(ctx, id, act.ReasonRevokedByUser)
		return err
	})
}

// RevokeOthers ends all sessions of the actor except the present one, and returns how many.
// Sign-ins under way end too.
func (s *Service) RevokeOthers(ctx context.Context, actor sallyport.Actor) (int, error) {
	return s.revokeOwn(ctx, actor, actor.SessionID)
}

// RevokeAll ends all sessions of the actor, the present one too, and returns how many.
// Sign-ins under way end too.
func (s *Service) RevokeAll(ctx context.Context, actor sallyport.Actor) (int, error) {
	return s.revokeOwn(ctx, actor, "")
}

func (s *Service) revokeOwn(ctx context.Context, actor sallyport.Actor, except string) (n int, err error) {
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), NeedOthers, func(a *act.Act) (err error) {
		n, err = a.RevokeSessions(ctx, act.Sessions{Except: except}, act.ReasonRevokedByUser)
		a.Note(audit.SignedOutEverywhere, act.About{}, "sessions", strconv.Itoa(n))
		return err
	})
	return n, err
}

// TerminateAllOf ends every session of a user as an admin, and sign-ins under way, and returns
// how many sessions ended. Unless there was none, the user is told by one mail. It needs
// sessions.terminate and a step-up.
func (s *Service) TerminateAllOf(ctx context.Context, actor sallyport.Actor, userID string) (n int, err error) {
	err = s.acts.Run(ctx, actor, act.User(userID), NeedTerminate, func(a *act.Act) error {
		ended, err := a.EndSessionsOfUser(ctx, a.User.TenantID, userID, "",
			store.End{Status: sallyport.SessionTerminated, By: act.By(a.Actor), Reason: act.ReasonByAdmin, At: a.Now})
		if err != nil {
			return err
		}
		for _, v := range ended {
			a.Note(audit.SessionTerminated, act.About{Session: v.ID}, "reason", act.ReasonByAdmin)
		}
		n = len(ended)
		a.Note(audit.SignedOutEverywhere, act.About{}, "sessions", strconv.Itoa(n))
		if n == 0 || a.Actor.UserID == userID {
			return nil
		}
		return a.Tell(ctx, act.Alert{Kind: notify.SessionsEnded})
	})
	return n, err
}

// Replace ends the session whose token a browser held before it signed in again, if any.
func Replace(ctx context.Context, a *act.Act, secret string) error {
	hash, ok := token.OfSession(secret)
	if !ok {
		return nil
	}
	v, err := a.SessionByToken(ctx, a.Actor.TenantID, hash[:])
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return end(ctx, a, v.UserID, v.ID, ending{sallyport.SessionTerminated, audit.SignedOut, act.ReasonReplaced})
}

// ending says how one session ends.
type ending struct {
	status sallyport.SessionStatus
	kind   audit.Kind
	reason string
}

// end moves one live session of a user to a final status, with its note. When the session
// has ended already it does nothing.
func end(ctx context.Context, a *act.Act, userID, id string, e ending) error {
	done, err := act.Ignore(a.EndSession(ctx, a.Actor.TenantID, id, store.End{Status: e.status, By: act.By(a.Actor), Reason: e.reason, At: a.Now}))
	if done {
		a.Note(e.kind, act.About{User: userID, Session: id}, "reason", e.reason)
	}
	return err
}

// Expire marks sessions of all tenants that are past their end, and returns how many. They
// give no access even before; the mark makes the end permanent, also when the clock is set
// back.
func (s *Service) Expire(ctx context.Context) (int, error) {
	if err := errors.Join(s.Flush(ctx), s.bound(ctx)); err != nil {
		return 0, err
	}
	done, now := 0, s.acts.Now()
	for {
		overdue, err := s.acts.OverdueSessions(ctx, now, 200)
		if err != nil || len(overdue) == 0 {
			return done, err
		}
		byTenant := map[string][]sallyport.Session{}
		for _, v := range overdue {
			byTenant[v.TenantID] = append(byTenant[v.TenantID], v)
		}
		for tenantID, sessions := range byTenant {
			n, err := s.expire(ctx, tenantID, sessions)
			if err != nil {
				return done, err
			}
			done += n
		}
	}
}

// expire marks sessions of one tenant, and returns how many were still live.
func (s *Service) expire(ctx context.Context, tenantID string, sessions []sallyport.Session) (int, error) {
	batch, reasons := make([]act.On, len(sessions)), map[string]string{}
	for i, v := range sessions {
		batch[i], reasons[v.ID] = act.Session(v.ID), act.ReasonIdle
		if !s.acts.Now().Before(v.ExpiresAt) {
			reasons[v.ID] = act.ReasonLifetime
		}
	}
	marked := map[string]bool{}
	err := s.acts.Each(ctx, sallyport.System(tenantID), batch, act.Need{}, func(a *act.Act, id string) (err error) {
		marked[id], err = act.Ignore(a.ExpireSession(ctx, tenantID, id, reasons[id], a.Now))
		if marked[id] {
			a.Note(audit.SessionExpired, act.About{Session: id}, "reason", reasons[id])
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	maps.DeleteFunc(marked, func(_ string, done bool) bool { return !done })
	return len(marked), nil
}
