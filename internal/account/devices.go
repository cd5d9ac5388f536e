package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Device is a device as its owner or an admin sees it.
type Device struct {
	sallyport.Device
	Trust    sallyport.TrustLevel // at this moment: TrustLevel, unless it is blocked or overdue
	Current  bool                 // the actor's session is on it
	Sessions []sallyport.Session  // live ones on it
}

// formerDevices is how long a removed device is still listed.
const formerDevices = 30 * 24 * time.Hour

// OwnDevices returns the actor's devices: the one in use first, whatever it is, then
// those that are trusted or were blocked, the last used first.
func (s *Service) OwnDevices(ctx context.Context, actor sallyport.Actor) ([]Device, error) {
	if _, err := s.Own(ctx, actor); err != nil {
		return nil, err
	}
	return s.devicesOf(ctx, actor, actor.UserID)
}

func (s *Service) devicesOf(ctx context.Context, actor sallyport.Actor, userID string) ([]Device, error) {
	found, err := s.db.DevicesOf(ctx, actor.TenantID, userID, s.now().Add(-formerDevices))
	if err != nil {
		return nil, err
	}
	current := ""
	if userID == actor.UserID {
		if current, err = s.currentDevice(ctx, actor); err != nil {
			return nil, err
		}
	}
	if current != "" && !slices.ContainsFunc(found, func(d sallyport.Device) bool { return d.ID == current }) {
		d, err := s.db.Device(ctx, actor.TenantID, current) // let in once
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	out := make([]Device, 0, len(found))
	for _, d := range found {
		shown, err := s.showDevice(ctx, p, d, current)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	slices.SortStableFunc(out, func(a, b Device) int {
		switch {
		case a.Current == b.Current:
			return 0
		case a.Current:
			return -1
		}
		return 1
	})
	return out, nil
}

func (s *Service) showDevice(ctx context.Context, p sallyport.Policy, d sallyport.Device, current string) (Device, error) {
	now := s.now()
	live, err := s.db.LiveSessionsOnDevice(ctx, d.TenantID, d.ID)
	live = slices.DeleteFunc(live, func(v sallyport.Session) bool { return !v.EffectiveStatus(now).Live() })
	return Device{Device: d, Trust: policy.Trust(p, d, now), Current: d.ID == current, Sessions: live}, err
}

// currentDevice returns the id of the device the actor's session is on, "" for none.
func (s *Service) currentDevice(ctx context.Context, actor sallyport.Actor) (string, error) {
	v, err := s.db.Session(ctx, actor.TenantID, actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return v.DeviceID, err
}

// ownDevice runs act on one of the actor's own devices, locked with its owner. Acts
// that add trust name what has to be proven; "" is for those that take it away or
// change nothing of it: whoever lost a device should not be held up.
func (s *Service) ownDevice(ctx context.Context, actor sallyport.Actor, id string, what policy.Act, act func(*store.Tx, sallyport.Policy, sallyport.User, sallyport.Device) ([]sallyport.Event, error)) error {
	if _, err := s.Own(ctx, actor); err != nil {
		return err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		user, err := tx.LockUser(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return err
		}
		d, err := tx.Device(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := access.Own(actor, access.Target{TenantID: d.TenantID, UserID: d.UserID}); err != nil {
			return err
		}
		if what == "" {
			err = session.InUse(ctx, tx, actor, s.now())
		} else {
			err = assurance.Require(ctx, tx, actor, p, what, s.now())
		}
		if err != nil {
			return err
		}
		events, err := act(tx, p, user, d)
		if err != nil || len(events) == 0 {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

// TrustDevice trusts one of the actor's devices: the one in use at the lowest level, or
// higher by what the session has proven; another one as verified, when the one in use
// is. CodeStepUp first; ErrConflict when the device is blocked, or from a device that
// is not trusted that much itself; CodeInvalid too_many_devices.
func (s *Service) TrustDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.ownDevice(ctx, actor, id, policy.ManageDevices, func(tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		now := s.now()
		v, err := tx.Session(ctx, actor.TenantID, actor.SessionID)
		if err != nil {
			return nil, err
		}
		if !device.MayStart(d) {
			return nil, sallyport.ErrConflict
		}
		why := policy.ChosenAtSignIn
		if d.ID != v.DeviceID {
			if why, err = s.confirmsOthers(ctx, tx, p, v); err != nil {
				return nil, err
			}
		}
		if policy.Trust(p, d, now) >= policy.LevelOf(why) && d.ID != v.DeviceID {
			return nil, nil // it is already
		}
		if err := roomFor(ctx, tx, p, user, d); err != nil {
			return nil, err
		}
		var events []sallyport.Event
		if policy.Trust(p, d, now) < policy.LevelOf(why) {
			e, err := device.Trust(ctx, tx, actor, &d, why, now)
			if err != nil {
				return nil, conflict(err)
			}
			events = append(events, e)
		}
		if d.ID != v.DeviceID {
			return events, nil
		}
		earned, err := device.Earn(ctx, tx, actor, p, &d, policy.Shown{Method: v.MFAMethod}, now)
		return append(events, earned...), err
	})
}

// confirmsOthers returns why a device is trusted that is confirmed from the one of a
// session; ErrConflict when that one is not trusted enough itself.
func (s *Service) confirmsOthers(ctx context.Context, tx *store.Tx, p sallyport.Policy, v sallyport.Session) (policy.TrustReason, error) {
	own, err := tx.Device(ctx, v.TenantID, v.DeviceID)
	if err != nil {
		return "", conflict(err)
	}
	if policy.Trust(p, own, s.now()) < policy.LevelOf(policy.ConfirmedElsewhere) {
		return "", sallyport.Refuse(sallyport.CodeConflict, "the device in use is not verified itself")
	}
	return policy.ConfirmedElsewhere, nil
}

// roomFor returns too_many_devices when a device that is not trusted yet would be one
// more than policy allows.
func roomFor(ctx context.Context, tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) error {
	if p.DeviceMaxPerUser == 0 || d.TrustLevel > sallyport.TrustNone {
		return nil
	}
	n, err := tx.CountTrusted(ctx, user.TenantID, user.ID)
	if err == nil && int(n) >= p.DeviceMaxPerUser {
		err = device.TooMany(p)
	}
	return err
}

// ConfirmDevice mails the actor a link that trusts the device in use as verified: the
// way for who has no second factor. Nothing is sent past the limit of mails.
func (s *Service) ConfirmDevice(ctx context.Context, actor sallyport.Actor) error {
	id, err := s.currentDevice(ctx, actor)
	if err != nil {
		return err
	}
	if id == "" {
		return sallyport.ErrNotFound
	}
	return s.ownDevice(ctx, actor, id, policy.ManageDevices, func(tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		if !device.MayStart(d) {
			return nil, sallyport.ErrConflict
		}
		now := s.now()
		limit, err := throttle.SpendIn(ctx, tx, p, actor.TenantID, now, throttle.ForMailing(user.Email))
		if err != nil || !limit.Allowed {
			return nil, err
		}
		if err := s.alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.DeviceConfirm, User: user, Client: actor.Client, About: link.About{DeviceID: d.ID}, Link: link.Device, Policy: p, At: now,
		}); err != nil {
			return nil, err
		}
		e := audit.New(actor, audit.DeviceConfirmationMailed, now)
		e.UserID, e.TargetID = user.ID, d.ID
		return []sallyport.Event{e}, nil
	})
}

// ConfirmDeviceByLink trusts a device as verified through a mailed link.
func (s *Service) ConfirmDeviceByLink(ctx context.Context, tenantID string, c sallyport.Client, secret string) error {
	l, user, err := s.linked(ctx, tenantID, link.Device, secret)
	if err != nil {
		return err
	}
	p, err := s.policy(ctx, tenantID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.takeFor(ctx, tx, l); err != nil {
			return err
		}
		d, err := tx.Device(ctx, tenantID, l.DeviceID)
		if err != nil || !device.MayStart(d) {
			return errors.Join(err, link.ErrExpired)
		}
		if err := roomFor(ctx, tx, p, user, d); err != nil {
			return err
		}
		if policy.Trust(p, d, s.now()) > policy.LevelOf(policy.ConfirmedByMail) {
			return nil
		}
		e, err := device.Trust(ctx, tx, byMail(user, c), &d, policy.ConfirmedByMail, s.now())
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, e)
	})
}

// RenameDevice gives one of the actor's devices another name; "" is what it says of
// itself.
func (s *Service) RenameDevice(ctx context.Context, actor sallyport.Actor, id, name string) error {
	name, err := line.Parse("name", name)
	if err != nil {
		return err
	}
	return s.ownDevice(ctx, actor, id, "", func(tx *store.Tx, _ sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		if err := tx.RenameDevice(ctx, d.TenantID, d.ID, name); err != nil {
			return nil, err
		}
		e := audit.New(actor, audit.DeviceRenamed, s.now())
		e.UserID, e.TargetID, e.Data = user.ID, d.ID, map[string]string{"name": name}
		return []sallyport.Event{e}, nil
	})
}

// SetPrimaryDevice says which of the actor's devices they use most. It has to be
// trusted: ErrConflict otherwise.
func (s *Service) SetPrimaryDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.ownDevice(ctx, actor, id, policy.ManageDevices, func(tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		if policy.Trust(p, d, s.now()) == sallyport.TrustNone {
			return nil, sallyport.ErrConflict
		}
		if d.Primary {
			return nil, nil
		}
		if err := tx.SetPrimaryDevice(ctx, d.TenantID, user.ID, d.ID); err != nil {
			return nil, conflict(err)
		}
		e := audit.New(actor, audit.DevicePrimary, s.now())
		e.UserID, e.TargetID = user.ID, d.ID
		return []sallyport.Event{e}, nil
	})
}

// RevokeDevice removes one of the actor's devices for good; its sessions end, this one
// included if it is on it. One that is removed already is no error.
func (s *Service) RevokeDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.ownDevice(ctx, actor, id, "", func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		return device.Revoke(ctx, tx, actor, d, device.ReasonRevokedByUser, s.now())
	})
}

// ReportLost marks one of the actor's devices as lost or stolen: its sessions end and
// no sign-in on it succeeds until an admin clears it. One that is marked already is no
// error.
func (s *Service) ReportLost(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.ownDevice(ctx, actor, id, "", func(tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		return device.Mark(ctx, tx, s.alerts, actor, p, user, d, device.Flag{By: device.ByUser, Client: actor.Client}, s.now())
	})
}
