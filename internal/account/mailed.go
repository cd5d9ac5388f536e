package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// RequestVerification mails the actor a link that proves their address. Nothing
// happens when it is proven already, or when too many were asked for.
func (s *Service) RequestVerification(ctx context.Context, actor sallyport.Actor) error {
	user, err := s.Own(ctx, actor)
	if err != nil || !user.EmailVerifiedAt.IsZero() {
		return err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		d, err := throttle.SpendIn(ctx, tx, p, actor.TenantID, now, throttle.ForMailing(user.Email))
		if err != nil || !d.Allowed {
			return err
		}
		if err := s.alerts.Send(ctx, tx, alert.Alert{Kind: notify.VerifyEmail, User: user, Link: link.VerifyEmail, Policy: p, At: now}); err != nil {
			return err
		}
		e := audit.New(actor, audit.VerificationRequested, now)
		e.UserID = user.ID
		return audit.Append(ctx, tx, e)
	})
}

// VerifyEmail proves the user's address through a mailed link.
func (s *Service) VerifyEmail(ctx context.Context, tenantID string, c sallyport.Client, secret string) error {
	l, user, err := s.linked(ctx, tenantID, link.VerifyEmail, secret)
	if err != nil {
		return err
	}
	now, actor := s.now(), byMail(user, c)
	return s.db.Write(ctx, func(tx *store.Tx) error {
		current, err := s.takeFor(ctx, tx, l)
		if err != nil {
			return err
		}
		events, err := proveAddress(ctx, tx, actor, current, now)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

// proveAddress records that the user reads mail at their address, once.
func proveAddress(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, now time.Time) ([]sallyport.Event, error) {
	if !user.EmailVerifiedAt.IsZero() {
		return nil, nil
	}
	e := audit.New(actor, audit.EmailVerified, now)
	e.UserID = user.ID
	return []sallyport.Event{e}, tx.VerifyEmail(ctx, user.TenantID, user.ID, now)
}

// Invite adds a user without a password and mails them a link to choose one. It
// needs users.manage. Inviting an address again that never accepted mails a new
// link, and the former one ends.
func (s *Service) Invite(ctx context.Context, actor sallyport.Actor, n NewUser) (sallyport.User, error) {
	n.Password = ""
	if err := access.Allowed(actor, access.UsersManage, access.Target{TenantID: actor.TenantID, Role: n.Role}); err != nil {
		return sallyport.User{}, err
	}
	tenant, err := s.db.Tenant(ctx, actor.TenantID)
	if err != nil {
		return sallyport.User{}, err
	}
	user, err := s.build(ctx, tenant, n)
	if err != nil {
		return user, err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return user, err
	}
	by := ""
	if actor.Type == sallyport.ActorUser {
		inviter, err := s.db.User(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return user, err
		}
		by = inviter.Name()
	}
	now := s.now()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := session.InUse(ctx, tx, actor, now); err != nil {
			return err
		}
		var events []sallyport.Event
		if waiting, err := tx.UserByEmail(ctx, actor.TenantID, user.Email); err == nil && invited(waiting) && waiting.Role == user.Role {
			user = waiting
		} else {
			added, err := add(ctx, tx, actor, user)
			if err != nil {
				return err
			}
			events = append(events, added)
		}
		if err := s.alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.Invitation, User: user, Link: link.Invitation, Policy: p, At: now, Data: notify.Data{InvitedBy: by},
		}); err != nil {
			return err
		}
		e := audit.New(actor, audit.UserInvited, now)
		e.UserID, e.Data = user.ID, map[string]string{"role": string(user.Role)}
		return audit.Append(ctx, tx, append(events, e)...)
	})
	return user, err
}

// invited reports whether a user has not joined yet.
func invited(u sallyport.User) bool { return u.PasswordHash == "" && u.EmailVerifiedAt.IsZero() }

// Acceptance is what an invited user enters.
type Acceptance struct {
	FirstName, LastName string
	Password, Confirm   string
}

// AcceptInvitation gives an invited user a name and a password. CodeInvalid with
// everything that is wrong leaves the link usable.
func (s *Service) AcceptInvitation(ctx context.Context, tenantID string, c sallyport.Client, secret string, a Acceptance) error {
	l, user, err := s.linked(ctx, tenantID, link.Invitation, secret)
	if err != nil {
		return err
	}
	if !invited(user) {
		return link.ErrExpired // they joined by another way, such as a link for a new password
	}
	var wrong problems
	user.FirstName, err = line.Parse("firstName", a.FirstName)
	wrong.add(err)
	user.LastName, err = line.Parse("lastName", a.LastName)
	wrong.add(err)
	hash, err := s.judgeAndHash(ctx, user, password.Input{Field: "password", Value: a.Password, Confirm: a.Confirm, ConfirmFieldName: "confirmPassword"})
	wrong.add(err)
	if err := wrong.err(); err != nil {
		return err
	}
	now, actor := s.now(), byMail(user, c)
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.takeFor(ctx, tx, l); err != nil {
			return err
		}
		if err := password.Replace(ctx, tx, user, hash, now); err != nil {
			return err
		}
		if err := tx.SetName(ctx, user.TenantID, user.ID, user.FirstName, user.LastName); err != nil {
			return err
		}
		events, err := proveAddress(ctx, tx, actor, user, now)
		if err != nil {
			return err
		}
		e := audit.New(actor, audit.InvitationAccepted, now)
		e.UserID = user.ID
		return audit.Append(ctx, tx, append(events, e)...)
	})
}

// Unlock lifts every lock of a user before its time. It needs users.manage; that
// nothing was locked is no error.
func (s *Service) Unlock(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.administer(ctx, actor, userID, func(tx *store.Tx, u sallyport.User) error {
		return s.lift(ctx, tx, actor, u)
	})
}

// UnlockByLink lifts every lock of a user through the link in the mail that told
// of it.
func (s *Service) UnlockByLink(ctx context.Context, tenantID string, c sallyport.Client, secret string) error {
	l, user, err := s.linked(ctx, tenantID, link.Unlock, secret)
	if err != nil {
		return err
	}
	p, err := s.policy(ctx, tenantID)
	if err != nil {
		return err
	}
	if !p.LockoutSelfUnlock {
		return link.ErrExpired // policy took it back after the mail
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.takeFor(ctx, tx, l); err != nil {
			return err
		}
		return s.lift(ctx, tx, byMail(user, c), user)
	})
}

func (s *Service) lift(ctx context.Context, tx *store.Tx, actor sallyport.Actor, u sallyport.User) error {
	events, err := lift(ctx, tx, actor, u, s.now())
	if err != nil {
		return err
	}
	return audit.Append(ctx, tx, events...)
}

// lift lifts every lock of a user and returns the event, none when nothing was
// locked.
func lift(ctx context.Context, tx *store.Tx, actor sallyport.Actor, u sallyport.User, now time.Time) ([]sallyport.Event, error) {
	locked, err := unlock(ctx, tx, u, now)
	if err != nil || !locked {
		return nil, err
	}
	e := audit.New(actor, audit.AccountUnlocked, now)
	e.UserID = u.ID
	return []sallyport.Event{e}, nil
}

// unlock forgets what was spent on a user's password and second factors by
// strangers, on each known device and in sessions, and reports whether any of it
// was locked.
func unlock(ctx context.Context, tx *store.Tx, u sallyport.User, now time.Time) (locked bool, err error) {
	ids, err := tx.DeviceIDs(ctx, u.TenantID, u.ID)
	if err != nil {
		return false, err
	}
	keys := []throttle.Key{throttle.ForAccount(u.Email), throttle.ForReauth(u.ID), throttle.ForFactor(u.ID, ""), enrolmentKey(u)}
	for _, id := range ids {
		keys = append(keys, throttle.ForDevice(u.ID, id), throttle.ForFactor(u.ID, id))
	}
	for _, k := range keys {
		was, err := throttle.Unlock(ctx, tx, u.TenantID, now, k)
		if err != nil {
			return false, err
		}
		locked = locked || was
	}
	return locked, nil
}

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
func (s *Service) NotMe(ctx context.Context, tenantID string, c sallyport.Client, secret string) (done NotMeDone, err error) {
	l, user, err := s.linked(ctx, tenantID, link.NotMe, secret)
	if err != nil {
		return done, err
	}
	p, err := s.policy(ctx, tenantID)
	if err != nil {
		return done, err
	}
	now, actor := s.now(), byMail(user, c)
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		current, err := s.takeFor(ctx, tx, l)
		if err != nil {
			return err
		}
		// A sign-in in which the password was proven already would go on without it.
		if err := tx.EndFlowsOfUser(ctx, user.TenantID, user.ID); err != nil {
			return err
		}
		var events []sallyport.Event
		if l.SessionID == "" {
			events, err = s.endAll(ctx, tx, actor, user, session.ReasonNotMe)
		} else {
			events, err = session.EndOne(ctx, tx, actor, user.ID, l.SessionID, session.ReasonNotMe, now)
		}
		if err != nil {
			return err
		}
		done = NotMeDone{Sessions: len(events), Device: l.DeviceID != ""}
		strangers, err := device.EndTrust(ctx, tx, actor, user.ID, l.DeviceID, session.ReasonNotMe, now)
		if err != nil {
			return err
		}
		events = append(events, strangers...)
		undone, err := s.undo(ctx, tx, actor, p, current, l)
		if err != nil {
			return err
		}
		events = append(events, undone...)
		if current.PasswordHash != "" {
			if err := password.Replace(ctx, tx, current, "", now); err != nil {
				return err
			}
			e := audit.New(actor, audit.PasswordWithdrawn, now)
			e.UserID = user.ID
			events = append(events, e)
		}
		reset, err := s.mailReset(ctx, tx, actor, current, p, "")
		if err != nil {
			return err
		}
		e := audit.New(actor, audit.ReportedNotMe, now)
		e.UserID, e.Data = user.ID, map[string]string{"sessions": strconv.Itoa(done.Sessions)}
		return audit.Append(ctx, tx, append(events, reset, e)...)
	})
	return done, err
}

// undo takes back what the mail of "This wasn't me" told of: the device it was done on is
// marked, the sign-in is answered, and a factor that was added goes.
func (s *Service) undo(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, user sallyport.User, l link.Link) (events []sallyport.Event, err error) {
	if l.DeviceID != "" {
		if events, err = s.flagReported(ctx, tx, actor, p, user, l); err != nil {
			return nil, err
		}
	}
	if l.AttemptID != "" {
		answered, err := s.answered(ctx, tx, actor, user, l.AttemptID, sallyport.AnswerNotMe)
		if err != nil {
			return nil, err
		}
		events = append(events, answered)
	}
	if l.FactorID == "" {
		return events, nil
	}
	_, removed, err := s.factors.Remove(ctx, tx, actor, p, user, l.FactorID, mfa.ReasonNotMe, link.About{})
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil // removed meanwhile
	}
	return append(events, removed...), err
}

// flagReported marks the device that "This wasn't me" is about.
func (s *Service) flagReported(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, user sallyport.User, l link.Link) ([]sallyport.Event, error) {
	d, err := tx.Device(ctx, l.TenantID, l.DeviceID)
	if err != nil || d.UserID != user.ID {
		return nil, err
	}
	return device.Mark(ctx, tx, s.alerts, actor, p, user, d, device.Flag{By: device.ByUser, Client: actor.Client}, s.now())
}
