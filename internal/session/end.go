package session

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Reasons a session ended for, as Session.TerminationReason and event details
// give them.
const (
	ReasonSignedOut       = "signed_out"       // by its user, in it
	ReasonReplaced        = "signed_in_again"  // its browser signed in anew
	ReasonRevokedByUser   = "revoked_by_user"  // by its user, from another one
	ReasonPasswordChanged = "password_changed" // a change that ends the others
	ReasonPasswordReset   = "password_reset"   // through a mailed link
	ReasonNotMe           = "reported_not_me"  // its user said that it was somebody else
	ReasonUserDisabled    = "user_disabled"    // its user may not sign in any more
	ReasonByAdmin         = "terminated_by_admin"
	ReasonDeviceRevoked   = "device_revoked"
	ReasonDeviceFlagged   = "device_flagged"
	ReasonDeviceSuspended = "device_suspended"
	ReasonIdle            = "idle_timeout"
	ReasonLifetime        = "lifetime_over"
)

var (
	own       = act.Need{Late: true}
	terminate = act.Need{Permission: access.SessionsTerminate}
)

// SignOut ends the session the actor acts in. Ending it twice is no error.
func (s *Service) SignOut(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), own, func(a *act.Act) error {
		return end(ctx, a, actor.UserID, actor.SessionID, ending{sallyport.SessionTerminated, audit.SignedOut, ReasonSignedOut})
	})
}

// RevokeOwn ends one of the actor's own sessions. A session of somebody else is
// ErrNotFound; one that has ended already is no error.
func (s *Service) RevokeOwn(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.Session(id), own, func(a *act.Act) error {
		_, err := EndOne(ctx, a, id, ReasonRevokedByUser)
		return err
	})
}

// RevokeOthers ends all of the actor's sessions but the one they act in, and
// returns how many there were.
func (s *Service) RevokeOthers(ctx context.Context, actor sallyport.Actor) (int, error) {
	return s.revokeOwn(ctx, actor, actor.SessionID)
}

// RevokeAll ends all of the actor's sessions, the one they act in included, and
// returns how many there were.
func (s *Service) RevokeAll(ctx context.Context, actor sallyport.Actor) (int, error) {
	return s.revokeOwn(ctx, actor, "")
}

func (s *Service) revokeOwn(ctx context.Context, actor sallyport.Actor, except string) (n int, err error) {
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), own, func(a *act.Act) (err error) {
		n, err = EndAll(ctx, a, ReasonRevokedByUser, except)
		return err
	})
	return n, err
}

// Terminate ends a session as an admin. It needs sessions.terminate over the
// session's user; a session that has ended already is no error.
func (s *Service) Terminate(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.Session(id), terminate, func(a *act.Act) error {
		return end(ctx, a, a.User.ID, id, ending{sallyport.SessionTerminated, audit.SessionTerminated, ReasonByAdmin})
	})
}

// Suspend pauses an active session: it opens nothing until it is resumed. It
// needs sessions.terminate; a session that is not active is ErrConflict.
func (s *Service) Suspend(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.move(ctx, actor, id, pause)
}

// Resume lets a suspended session go on, unless its time is over meanwhile. It
// needs sessions.terminate; a session that is not suspended is ErrConflict.
func (s *Service) Resume(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.move(ctx, actor, id, resume)
}

// change is one between two live statuses.
type change struct {
	from, to sallyport.SessionStatus
	kind     audit.Kind
}

var (
	pause  = change{sallyport.SessionActive, sallyport.SessionSuspended, audit.SessionSuspended}
	resume = change{sallyport.SessionSuspended, sallyport.SessionActive, audit.SessionResumed}
)

func (s *Service) move(ctx context.Context, actor sallyport.Actor, id string, c change) error {
	return s.acts.Run(ctx, actor, act.Session(id), terminate, func(a *act.Act) error {
		v, err := a.Session(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if v.EffectiveStatus(a.Now) != c.from {
			return sallyport.ErrConflict
		}
		if err := a.MoveSession(ctx, v.TenantID, id, c.from, c.to); err != nil {
			return act.Conflict(err)
		}
		a.Note(c.kind, act.About{Session: id})
		return nil
	})
}

// endBy is an end by the actor of an act.
func endBy(a *act.Act, status sallyport.SessionStatus, reason string) store.End {
	return store.End{Status: status, By: act.By(a.Actor), Reason: reason, At: a.Now}
}

// EndAll revokes the live sessions of the act's user, but the one with id except, and
// returns how many there were.
func EndAll(ctx context.Context, a *act.Act, reason, except string) (int, error) {
	ended, err := a.EndSessionsOfUser(ctx, a.User.TenantID, a.User.ID, except, endBy(a, sallyport.SessionRevoked, reason))
	for _, v := range ended {
		noteRevoked(a, v, reason)
	}
	return len(ended), err
}

// EndOnDevice revokes the live sessions on a device of the act's user, and returns how
// many there were.
func EndOnDevice(ctx context.Context, a *act.Act, deviceID, reason string) (int, error) {
	ended, err := a.EndSessionsOfDevice(ctx, a.User.TenantID, deviceID, endBy(a, sallyport.SessionRevoked, reason))
	for _, v := range ended {
		noteRevoked(a, v, reason)
	}
	return len(ended), err
}

// EndOne revokes one session of the act's user, and returns how many that were: 0 when
// it has ended already, or is not theirs.
func EndOne(ctx context.Context, a *act.Act, id, reason string) (int, error) {
	v, err := a.Session(ctx, a.User.TenantID, id)
	if err == nil && v.UserID != a.User.ID {
		return 0, nil
	}
	if err == nil {
		err = a.EndSession(ctx, v.TenantID, id, endBy(a, sallyport.SessionRevoked, reason))
	}
	if done, err := act.Ignore(err); !done {
		return 0, err
	}
	noteRevoked(a, v, reason)
	return 1, nil
}

// noteRevoked notes the end of a session, with the device it was on: the event itself
// says where the actor was.
func noteRevoked(a *act.Act, v sallyport.Session, reason string) {
	d := v.DeviceInfo
	data := append(act.Given("browser", d.Browser), act.Given("system", cmp.Or(d.Model, d.OS))...)
	a.Note(audit.SessionRevoked, act.About{User: v.UserID, Session: v.ID}, append(data, "reason", reason)...)
}

// Replace ends the session whose token a browser held before it signed in anew, if
// there was one.
func Replace(ctx context.Context, a *act.Act, secret string) error {
	hash, ok := token.Parse(token.Session, secret)
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
	return end(ctx, a, v.UserID, v.ID, ending{sallyport.SessionTerminated, audit.SignedOut, ReasonReplaced})
}

// ending is how one session ends.
type ending struct {
	status sallyport.SessionStatus
	kind   audit.Kind
	reason string
}

// end moves one live session of a user to a final status with its note. That it has
// ended already is no error and leaves no second note.
func end(ctx context.Context, a *act.Act, userID, id string, e ending) error {
	done, err := act.Ignore(a.EndSession(ctx, a.Actor.TenantID, id, endBy(a, e.status, e.reason)))
	if done {
		a.Note(e.kind, act.About{User: userID, Session: id}, "reason", e.reason)
	}
	return err
}

// Expire marks sessions whose time is over, of all tenants, and returns how
// many. They open nothing before it ran either; it makes their end part of the
// record, which no change of the clock takes back.
func (s *Service) Expire(ctx context.Context) (int, error) {
	if err := s.Flush(ctx); err != nil {
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

// expire marks sessions of one tenant, and returns how many nobody else had ended.
func (s *Service) expire(ctx context.Context, tenantID string, sessions []sallyport.Session) (int, error) {
	batch, reasons := make([]act.On, len(sessions)), map[string]string{}
	for i, v := range sessions {
		batch[i], reasons[v.ID] = act.Session(v.ID), ReasonIdle
		if !s.acts.Now().Before(v.ExpiresAt) {
			reasons[v.ID] = ReasonLifetime
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
