package device

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
)

// What admins need to view devices and to act on them. Acts that block a device take a
// step-up too: its owner cannot get it back alone.
var (
	NeedView   = act.Need{Permission: access.DevicesView}
	NeedManage = act.Need{Permission: access.DevicesManage, StepUp: policy.ManageDevices}
)

// SetLevel sets the trust of a device, 1 to 3. It needs devices.manage and a step-up.
// ErrConflict for a blocked device, CodeInvalid for another level. A device that an admin
// put on this level already is no error.
func (s *Service) SetLevel(ctx context.Context, actor sallyport.Actor, id string, level sallyport.TrustLevel) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		if level < sallyport.TrustLow || level > sallyport.TrustHigh {
			return sallyport.Invalid(sallyport.FieldError{Field: "level", Code: "out_of_range", Args: map[string]string{"min": "1", "max": "3"}})
		}
		if err := blocked(d); err != nil {
			return err
		}
		if policy.Trust(a.Policy, d, a.Now) == level && d.TrustReason == string(policy.SetByAdmin) {
			return nil
		}
		return act.Conflict(setLevel(ctx, a, &d, level, policy.SetByAdmin))
	})
}

// Suspend blocks a device until Resume; its sessions end. It needs devices.manage and
// a step-up; ErrConflict when it is removed. One that is suspended already is no error.
func (s *Service) Suspend(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		switch d.Status {
		case sallyport.DeviceSuspended:
			return nil
		case sallyport.DeviceRevoked:
			return sallyport.Blocked(sallyport.DeviceRemoved)
		}
		d.Status, d.EndedAt, d.EndedReason = sallyport.DeviceSuspended, a.Now, reasonSuspended
		if err := a.SetDeviceStatus(ctx, d, sallyport.DeviceActive); err != nil {
			return act.Conflict(err)
		}
		n, err := a.RevokeSessions(ctx, act.Sessions{Device: d.ID}, act.ReasonDeviceSuspended)
		a.Note(audit.DeviceSuspended, act.About{Target: d.ID}, "sessions", strconv.Itoa(n))
		return err
	})
}

// Resume lets a suspended device sign in again, with the trust it had. It needs
// devices.manage and a step-up; ErrConflict when it is removed. One that is not suspended is
// no error.
func (s *Service) Resume(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		switch d.Status {
		case sallyport.DeviceActive:
			return nil
		case sallyport.DeviceRevoked:
			return sallyport.Blocked(sallyport.DeviceRemoved)
		}
		a.Note(audit.DeviceResumed, act.About{Target: d.ID})
		d.Status, d.EndedAt, d.EndedReason = sallyport.DeviceActive, time.Time{}, ""
		return act.Conflict(a.SetDeviceStatus(ctx, d, sallyport.DeviceSuspended))
	})
}

// RevokeOf removes somebody's device for good; its sessions end. It needs
// devices.manage and a step-up.
func (s *Service) RevokeOf(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		return Revoke(ctx, a, d, ReasonRevokedByAdmin)
	})
}

// Flag marks a device as compromised for a reason in words, which its owner and
// the admins read. It needs devices.manage and a step-up.
func (s *Service) Flag(ctx context.Context, actor sallyport.Actor, id, reason string) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		reason, err := line.Parse("reason", reason)
		if err != nil {
			return err
		}
		if reason == "" {
			return sallyport.Invalid(sallyport.FieldError{Field: "reason", Code: "required"})
		}
		return Mark(ctx, a, d, Flag{By: ByAdmin, Reason: reason})
	})
}

// Clear removes the mark of compromise from a device and sets its trust to the lowest
// level. Its client has to hold a credential that is still valid. It needs devices.manage
// and a step-up. A device without the mark is no error.
func (s *Service) Clear(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.own(ctx, actor, id, NeedManage, func(a *act.Act, d sallyport.Device) error {
		if !d.Compromised() {
			return nil
		}
		a.Note(audit.DeviceCleared, act.About{Target: d.ID})
		d.TrustLevel, d.TrustReason, d.VerifiedAt = policy.LevelOf(policy.Cleared), string(policy.Cleared), a.Now
		return act.Conflict(a.ClearDevice(ctx, d))
	})
}
