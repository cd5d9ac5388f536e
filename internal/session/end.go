package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
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

// SignOut ends the session the actor acts in. Ending it twice is no error.
func (s *Service) SignOut(ctx context.Context, actor sallyport.Actor) error {
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		return end(ctx, tx, actor, audit.SignedOut, actor.UserID, actor.SessionID, sallyport.SessionTerminated, ReasonSignedOut, now)
	})
}

// RevokeOwn ends one of the actor's own sessions. A session of somebody else is
// ErrNotFound; one that has ended already is no error.
func (s *Service) RevokeOwn(ctx context.Context, actor sallyport.Actor, id string) error {
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		v, t, err := target(ctx, tx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := access.Own(actor, t); err != nil {
			return err
		}
		events, err := endOne(ctx, tx, actor, v, ReasonRevokedByUser, now)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
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
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return 0, err
	}
	now := s.now()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, actor.TenantID, actor.UserID); err != nil {
			return err
		}
		events, err := EndAll(ctx, tx, actor, actor.UserID, except, audit.SessionRevoked, sallyport.SessionRevoked, ReasonRevokedByUser, now)
		n = len(events)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
	return n, err
}

// EndAll ends the user's live sessions, but the one with id except, in the
// caller's transaction, and returns one event for each. The caller has locked
// the user, and appends the events last.
func EndAll(ctx context.Context, tx *store.Tx, actor sallyport.Actor, userID, except string, kind audit.Kind, to sallyport.SessionStatus, reason string, now time.Time) ([]sallyport.Event, error) {
	ended, err := tx.EndSessionsOfUser(ctx, actor.TenantID, userID, except, to, by(actor), reason, now)
	events := make([]sallyport.Event, 0, len(ended))
	for _, v := range ended {
		events = append(events, of(event(actor, kind, userID, v.ID, reason, now), v.DeviceInfo))
	}
	return events, err
}

// EndOnDevice revokes the live sessions on a device in the caller's transaction, which
// has locked its user, and returns one event for each.
func EndOnDevice(ctx context.Context, tx *store.Tx, actor sallyport.Actor, deviceID, reason string, now time.Time) ([]sallyport.Event, error) {
	ended, err := tx.EndSessionsOfDevice(ctx, actor.TenantID, deviceID, sallyport.SessionRevoked, by(actor), reason, now)
	events := make([]sallyport.Event, 0, len(ended))
	for _, v := range ended {
		events = append(events, of(event(actor, audit.SessionRevoked, v.UserID, v.ID, reason, now), v.DeviceInfo))
	}
	return events, err
}

// of adds on which device the session was that an event tells of: the event
// itself says where the actor was.
func of(e sallyport.Event, d sallyport.DeviceInfo) sallyport.Event {
	if e.Kind != string(audit.SessionRevoked) {
		return e
	}
	if d.Browser != "" {
		e.Data["browser"] = d.Browser
	}
	if system := cmp.Or(d.Model, d.OS); system != "" {
		e.Data["system"] = system
	}
	return e
}

// EndOne revokes one live session of a user in the caller's transaction and
// returns its event, none when it has ended already. The caller has locked the
// user, and appends the event last.
func EndOne(ctx context.Context, tx *store.Tx, actor sallyport.Actor, userID, id, reason string, now time.Time) ([]sallyport.Event, error) {
	v, err := tx.Session(ctx, actor.TenantID, id)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && v.UserID != userID {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return endOne(ctx, tx, actor, v, reason, now)
}

func endOne(ctx context.Context, tx *store.Tx, actor sallyport.Actor, v sallyport.Session, reason string, now time.Time) ([]sallyport.Event, error) {
	err := tx.EndSession(ctx, v.TenantID, v.ID, sallyport.SessionRevoked, by(actor), reason, now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil, nil
	}
	return []sallyport.Event{of(event(actor, audit.SessionRevoked, v.UserID, v.ID, reason, now), v.DeviceInfo)}, err
}

// Replace ends, in the caller's transaction, the session whose token a browser
// held before it signed in anew, and returns the event, if there was one.
func Replace(ctx context.Context, tx *store.Tx, actor sallyport.Actor, secret string, now time.Time) ([]sallyport.Event, error) {
	hash, ok := token.Parse(token.Session, secret)
	if !ok {
		return nil, nil
	}
	v, err := tx.SessionByToken(ctx, actor.TenantID, hash[:])
	if err == nil {
		err = tx.EndSession(ctx, v.TenantID, v.ID, sallyport.SessionTerminated, by(actor), ReasonReplaced, now)
	}
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil, nil
	}
	return []sallyport.Event{event(actor, audit.SignedOut, v.UserID, v.ID, ReasonReplaced, now)}, err
}

// Terminate ends a session as an admin. It needs sessions.terminate over the
// session's user; a session that has ended already is no error.
func (s *Service) Terminate(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.administer(ctx, actor, id, func(tx *store.Tx, v sallyport.Session, now time.Time) error {
		return end(ctx, tx, actor, audit.SessionTerminated, v.UserID, v.ID, sallyport.SessionTerminated, ReasonByAdmin, now)
	})
}

// Suspend pauses an active session: it opens nothing until it is resumed. It
// needs sessions.terminate; a session that is not active is ErrConflict.
func (s *Service) Suspend(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.move(ctx, actor, id, sallyport.SessionActive, sallyport.SessionSuspended, audit.SessionSuspended)
}

// Resume lets a suspended session go on, unless its time is over meanwhile. It
// needs sessions.terminate; a session that is not suspended is ErrConflict.
func (s *Service) Resume(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.move(ctx, actor, id, sallyport.SessionSuspended, sallyport.SessionActive, audit.SessionResumed)
}

func (s *Service) move(ctx context.Context, actor sallyport.Actor, id string, from, to sallyport.SessionStatus, kind audit.Kind) error {
	return s.administer(ctx, actor, id, func(tx *store.Tx, v sallyport.Session, now time.Time) error {
		if v.EffectiveStatus(now) != from {
			return sallyport.ErrConflict
		}
		err := tx.MoveSession(ctx, v.TenantID, v.ID, from, to)
		if errors.Is(err, sallyport.ErrNotFound) {
			return sallyport.ErrConflict
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, event(actor, kind, v.UserID, v.ID, "", now))
	})
}

func (s *Service) administer(ctx context.Context, actor sallyport.Actor, id string, act func(*store.Tx, sallyport.Session, time.Time) error) error {
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		v, t, err := target(ctx, tx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := access.Allowed(actor, access.SessionsTerminate, t); err != nil {
			return err
		}
		if err := InUse(ctx, tx, actor, now); err != nil {
			return err
		}
		return act(tx, v, now)
	})
}

// end moves one live session to a final status with its event. That it has
// ended already is no error and leaves no second event.
func end(ctx context.Context, tx *store.Tx, actor sallyport.Actor, kind audit.Kind, userID, id string, to sallyport.SessionStatus, reason string, now time.Time) error {
	err := tx.EndSession(ctx, actor.TenantID, id, to, by(actor), reason, now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return audit.Append(ctx, tx, event(actor, kind, userID, id, reason, now))
}

func by(actor sallyport.Actor) string {
	if actor.Type == sallyport.ActorUser {
		return actor.UserID
	}
	return string(actor.Type)
}

// Expire marks sessions whose time is over, of all tenants, and returns how
// many. They open nothing before it ran either; it makes their end part of the
// record, which no change of the clock takes back.
func (s *Service) Expire(ctx context.Context) (int, error) {
	if err := s.Flush(ctx); err != nil {
		return 0, err
	}
	done, now := 0, s.now()
	for {
		overdue, err := s.db.OverdueSessions(ctx, now, 200)
		if err != nil || len(overdue) == 0 {
			return done, err
		}
		for _, v := range overdue {
			marked, err := s.expire(ctx, v, now)
			if err != nil {
				return done, err
			}
			if marked {
				done++
			}
		}
	}
}

// expire marks one session, and reports whether nobody else had ended it.
func (s *Service) expire(ctx context.Context, v sallyport.Session, now time.Time) (marked bool, err error) {
	reason := ReasonIdle
	if !now.Before(v.ExpiresAt) {
		reason = ReasonLifetime
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		err := tx.ExpireSession(ctx, v.TenantID, v.ID, reason, now)
		if marked = err == nil; !marked {
			if errors.Is(err, sallyport.ErrNotFound) {
				return nil
			}
			return err
		}
		return audit.Append(ctx, tx, event(sallyport.System(v.TenantID), audit.SessionExpired, v.UserID, v.ID, reason, now))
	})
	return marked && err == nil, err
}
