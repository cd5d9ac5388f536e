package device

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
)

// Device is a device as its owner or an admin sees it.
type Device struct {
	sallyport.Device
	Trust    sallyport.TrustLevel // at this moment: TrustLevel, unless it is blocked or overdue
	Current  bool                 // the actor's session is on it
	Sessions []sallyport.Session  // live ones on it
}

// former is how long a removed device is still listed.
const former = 30 * 24 * time.Hour

// ListOwn returns a page of the actor's devices, as they may see them: the one in use,
// whatever it is, and those that are trusted or were blocked. Of a page the one in use
// comes first.
func (s *Service) ListOwn(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[Device], error) {
	none := list.Page[Device]{}
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return none, err
	}
	current, err := s.current(ctx, actor)
	if err != nil {
		return none, err
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return none, err
	}
	owner := sallyport.User{TenantID: actor.TenantID, ID: actor.UserID}
	found, err := s.acts.OwnDevices(ctx, owner, current, s.acts.Now().Add(-former), q)
	if err != nil {
		return none, err
	}
	out := list.Page[Device]{Next: found.Next}
	for _, d := range found.Rows {
		shown, err := s.show(ctx, p, d)
		if err != nil {
			return none, err
		}
		shown.Current, shown.LastIP = d.ID == current, policy.OwnAddress(p, d.LastIP)
		if shown.Current {
			out.Rows = slices.Insert(out.Rows, 0, shown)
		} else {
			out.Rows = append(out.Rows, shown)
		}
	}
	return out, nil
}

// show adds the live sessions on a device.
func (s *Service) show(ctx context.Context, p sallyport.Policy, d sallyport.Device) (Device, error) {
	now := s.acts.Now()
	live, err := s.acts.LiveSessionsOnDevice(ctx, d.TenantID, d.ID)
	live = slices.DeleteFunc(live, func(v sallyport.Session) bool { return !v.EffectiveStatus(now).Live() })
	return Device{Device: d, Trust: policy.Trust(p, d, now), Sessions: live}, err
}

// current returns the id of the device the actor's session is on, "" for none.
func (s *Service) current(ctx context.Context, actor sallyport.Actor) (string, error) {
	v, err := s.acts.Session(ctx, actor.TenantID, actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return v.DeviceID, err
}

// List returns a page of the organisation's devices. It needs devices.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[Device], error) {
	if err := access.Allowed(actor, access.DevicesView, access.Target{TenantID: actor.TenantID}); err != nil {
		return list.Page[Device]{}, err
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return list.Page[Device]{}, err
	}
	found, err := s.acts.ListDevices(ctx, actor.TenantID, q)
	return list.Map(found, func(d sallyport.Device) Device {
		return Device{Device: d, Trust: policy.Trust(p, d, s.acts.Now())}
	}), err
}

// Get returns one device with its sessions. It needs devices.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Device, error) {
	if err := access.Allowed(actor, access.DevicesView, access.Target{TenantID: actor.TenantID}); err != nil {
		return Device{}, err
	}
	d, err := s.acts.Device(ctx, actor.TenantID, id)
	if err != nil {
		return Device{}, err
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return Device{}, err
	}
	return s.show(ctx, p, d)
}
