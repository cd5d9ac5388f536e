package device

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// What owners need to add trust, to end a device for good, and to name one. Ending one
// takes a step-up: its owner could not sign in on it any more.
var (
	NeedAddTrust = act.Need{StepUp: policy.ManageDevices}
	NeedEnd      = act.Need{StepUp: policy.EndDevice}
	NeedRename   = act.Need{Exempt: policy.Harmless}
)

// own does an act on one of the actor's own devices.
func (s *Service) own(ctx context.Context, actor sallyport.Actor, id string, n act.Need, do func(*act.Act, sallyport.Device) error) error {
	return s.acts.Run(ctx, actor, act.Device(id), n, func(a *act.Act) error {
		d, err := a.Device(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		return do(a, d)
	})
}

// Trust trusts one of the actor's devices more. The device in use gets the lowest level,
// or a higher one from what its session has proven. Another device becomes verified when
// the one in use is. CodeStepUp when more has to be proven; ErrConflict when the device is
// blocked or the one in use is not trusted enough; CodeInvalid too_many_devices.
func (s *Service) Trust(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedAddTrust, func(a *act.Act, d sallyport.Device) error {
		v, err := a.Session(ctx, actor.TenantID, actor.SessionID)
		if err != nil {
			return err
		}
		if err := blocked(d); err != nil {
			return err
		}
		if d.ID != v.DeviceID {
			return confirmOther(ctx, a, v, d)
		}
		if err := Room(ctx, a, d); err != nil {
			return err
		}
		if policy.Trust(a.Policy, d, a.Now) < policy.LevelOf(policy.ChosenAtSignIn) {
			if err := Trust(ctx, a, &d, policy.ChosenAtSignIn); err != nil {
				return act.Conflict(err)
			}
		}
		return Earn(ctx, a, &d, policy.Shown{Method: v.MFAMethod})
	})
}

// confirmOther trusts another device than the session's, whose own trust must be high
// enough.
func confirmOther(ctx context.Context, a *act.Act, v sallyport.Session, d sallyport.Device) error {
	own, err := a.Device(ctx, v.TenantID, v.DeviceID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Blocked(sallyport.DeviceInUseUnproven)
	}
	if err != nil {
		return err
	}
	level := policy.LevelOf(policy.ConfirmedElsewhere)
	if policy.Trust(a.Policy, own, a.Now) < level {
		return sallyport.Blocked(sallyport.DeviceInUseUnproven)
	}
	if policy.Trust(a.Policy, d, a.Now) >= level {
		return nil
	}
	if err := Room(ctx, a, d); err != nil {
		return err
	}
	return act.Conflict(Trust(ctx, a, &d, policy.ConfirmedElsewhere))
}

// Confirm mails the actor a link that makes the device in use verified, for users
// without a second factor. CodeRateLimited when too many were asked for.
func (s *Service) Confirm(ctx context.Context, actor sallyport.Actor) error {
	id, err := s.current(ctx, actor)
	if err != nil {
		return err
	}
	if id == "" {
		return sallyport.ErrNotFound
	}
	return s.own(ctx, actor, id, NeedAddTrust, func(a *act.Act, d sallyport.Device) error {
		if err := blocked(d); err != nil {
			return err
		}
		if err := a.SpendOwn(ctx, link.Device); err != nil {
			return err
		}
		a.Note(audit.DeviceConfirmationMailed, act.About{Target: d.ID})
		return a.Tell(ctx, act.Alert{
			Kind: notify.DeviceConfirm, Client: actor.Client, About: link.About{DeviceID: d.ID}, Link: link.Device,
		})
	})
}

// ConfirmByLink makes a device verified through a mailed link.
func (s *Service) ConfirmByLink(ctx context.Context, m link.Mailed) error {
	m.Kind = link.Device
	return s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error {
		d, err := a.Device(ctx, l.TenantID, l.DeviceID)
		if err != nil || !MayStart(d) {
			return errors.Join(err, link.ErrExpired)
		}
		if err := Room(ctx, a, d); err != nil {
			return err
		}
		if policy.Trust(a.Policy, d, a.Now) > policy.LevelOf(policy.ConfirmedByMail) {
			return nil
		}
		return Trust(ctx, a, &d, policy.ConfirmedByMail)
	})
}

// Rename renames one of the actor's devices; "" restores its description as the name.
func (s *Service) Rename(ctx context.Context, actor sallyport.Actor, id, name string) error {
	name, err := line.Parse("name", name)
	if err != nil {
		return err
	}
	return s.own(ctx, actor, id, NeedRename, func(a *act.Act, d sallyport.Device) error {
		a.Note(audit.DeviceRenamed, act.About{Target: d.ID}, "name", name)
		return a.RenameDevice(ctx, d.TenantID, d.ID, name)
	})
}

// SetPrimary sets which of the actor's devices they use most. ErrConflict when the device
// is not trusted.
func (s *Service) SetPrimary(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedAddTrust, func(a *act.Act, d sallyport.Device) error {
		if err := blocked(d); err != nil {
			return err
		}
		if policy.Trust(a.Policy, d, a.Now) == sallyport.TrustNone {
			return sallyport.Blocked(sallyport.DeviceHasNoTrust)
		}
		if d.Primary {
			return nil
		}
		a.Note(audit.DevicePrimary, act.About{Target: d.ID})
		return act.Conflict(a.SetPrimaryDevice(ctx, d.TenantID, a.User.ID, d.ID))
	})
}

// Revoke removes one of the actor's devices for good. Its sessions end, which can include
// the actor's. It needs a step-up. It is no error when the device is removed already.
func (s *Service) Revoke(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedEnd, func(a *act.Act, d sallyport.Device) error {
		return Revoke(ctx, a, d, ReasonRevokedByUser)
	})
}

// ReportLost marks one of the actor's devices as lost or stolen: its sessions end and it
// cannot be used to sign in until an admin clears it. It needs a step-up. It is no error when the device is
// marked already.
func (s *Service) ReportLost(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedEnd, func(a *act.Act, d sallyport.Device) error {
		return Mark(ctx, a, d, Flag{By: ByUser, Client: actor.Client})
	})
}
