package account

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// ListDevices returns up to limit devices of the organisation, or of one user of it,
// with an id above after. It needs devices.view.
func (s *Service) ListDevices(ctx context.Context, actor sallyport.Actor, userID, after string, limit int) ([]Device, error) {
	if err := access.Allowed(actor, access.DevicesView, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	found, err := s.db.Devices(ctx, actor.TenantID, userID, after, limit)
	out := make([]Device, len(found))
	for i, d := range found {
		out[i] = Device{Device: d, Trust: policy.Trust(p, d, s.now())}
	}
	return out, err
}

// DeviceOf returns one device with its sessions. It needs devices.view.
func (s *Service) DeviceOf(ctx context.Context, actor sallyport.Actor, id string) (Device, error) {
	if err := access.Allowed(actor, access.DevicesView, access.Target{TenantID: actor.TenantID}); err != nil {
		return Device{}, err
	}
	d, err := s.db.Device(ctx, actor.TenantID, id)
	if err != nil {
		return Device{}, err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return Device{}, err
	}
	return s.showDevice(ctx, p, d, "")
}

// SetDeviceLevel sets how much a device is trusted, 1 to 3. It needs devices.manage
// and a step-up; ErrConflict for one that is blocked, CodeInvalid for another level.
func (s *Service) SetDeviceLevel(ctx context.Context, actor sallyport.Actor, id string, level sallyport.TrustLevel) error {
	if level < sallyport.TrustLow || level > sallyport.TrustHigh {
		return sallyport.Invalid(sallyport.FieldError{Field: "level", Code: "out_of_range", Args: map[string]string{"min": "1", "max": "3"}})
	}
	return s.manageDevice(ctx, actor, id, policy.ManageDevices, func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		e, err := device.SetLevel(ctx, tx, actor, &d, level, policy.SetByAdmin, s.now())
		return []sallyport.Event{e}, conflict(err)
	})
}

// SuspendDevice blocks a device until ResumeDevice; its sessions end. It needs
// devices.manage; ErrConflict when it is not active.
func (s *Service) SuspendDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.manageDevice(ctx, actor, id, "", func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		return device.Suspend(ctx, tx, actor, d, s.now())
	})
}

// ResumeDevice lets a suspended device sign in again. It needs devices.manage;
// ErrConflict when it is not suspended.
func (s *Service) ResumeDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.manageDevice(ctx, actor, id, "", func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		e, err := device.Resume(ctx, tx, actor, d, s.now())
		return []sallyport.Event{e}, err
	})
}

// RevokeDeviceOf removes a device for good; its sessions end. It needs
// devices.manage.
func (s *Service) RevokeDeviceOf(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.manageDevice(ctx, actor, id, "", func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		return device.Revoke(ctx, tx, actor, d, device.ReasonRevokedByAdmin, s.now())
	})
}

// FlagDevice marks a device as compromised for a reason in words, which its owner and
// the admins read. It needs devices.manage.
func (s *Service) FlagDevice(ctx context.Context, actor sallyport.Actor, id, reason string) error {
	reason, err := line.Parse("reason", reason)
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return sallyport.Invalid(sallyport.FieldError{Field: "reason", Code: "required"})
	}
	return s.manageDevice(ctx, actor, id, "", func(tx *store.Tx, p sallyport.Policy, user sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		return device.Mark(ctx, tx, s.alerts, actor, p, user, d, device.Flag{By: device.ByAdmin, Reason: reason}, s.now())
	})
}

// ClearDevice takes the mark of compromise from a device, which is at the lowest level
// of trust from then on. It needs devices.manage and a step-up; ErrConflict when it has
// none.
func (s *Service) ClearDevice(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.manageDevice(ctx, actor, id, policy.ManageDevices, func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User, d sallyport.Device) ([]sallyport.Event, error) {
		e, err := device.Clear(ctx, tx, actor, d, s.now())
		return []sallyport.Event{e}, err
	})
}

// manageDevice locks a device's owner and runs act when the actor may manage devices
// of theirs. Acts that give trust name what has to be proven; "" is for those that take
// it away.
func (s *Service) manageDevice(ctx context.Context, actor sallyport.Actor, id string, what policy.Act, act func(*store.Tx, sallyport.Policy, sallyport.User, sallyport.Device) ([]sallyport.Event, error)) error {
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Device(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		user, err := tx.LockUser(ctx, d.TenantID, d.UserID)
		if err != nil {
			return err
		}
		if err := access.Allowed(actor, access.DevicesManage, access.Target{TenantID: d.TenantID, UserID: d.UserID, Role: user.Role}); err != nil {
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
		if d, err = tx.Device(ctx, actor.TenantID, id); err != nil { // as it is now that its owner is locked
			return err
		}
		events, err := act(tx, p, user, d)
		if err != nil || len(events) == 0 {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}
