package device

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
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

// ListOwn returns the actor's devices: the one in use first, whatever it is, then
// those that are trusted or were blocked, the last used first.
func (s *Service) ListOwn(ctx context.Context, actor sallyport.Actor) ([]Device, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, err
	}
	found, err := s.acts.DevicesOf(ctx, actor.TenantID, actor.UserID, s.acts.Now().Add(-former))
	if err != nil {
		return nil, err
	}
	current, err := s.current(ctx, actor)
	if err != nil {
		return nil, err
	}
	if current != "" && !slices.ContainsFunc(found, func(d sallyport.Device) bool { return d.ID == current }) {
		d, err := s.acts.Device(ctx, actor.TenantID, current) // let in once
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	out := make([]Device, 0, len(found))
	for _, d := range found {
		shown, err := s.show(ctx, p, d)
		if err != nil {
			return nil, err
		}
		shown.Current = d.ID == current
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

// List returns up to limit devices of the organisation, or of one user of it,
// with an id above after. It needs devices.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, userID, after string, limit int) ([]Device, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	found, err := s.acts.Devices(ctx, actor.TenantID, userID, after, limit)
	out := make([]Device, len(found))
	for i, d := range found {
		out[i] = Device{Device: d, Trust: policy.Trust(p, d, s.acts.Now())}
	}
	return out, err
}

// Get returns one device with its sessions. It needs devices.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Device, error) {
	d, err := s.acts.Device(ctx, actor.TenantID, id)
	if err != nil {
		return Device{}, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return Device{}, err
	}
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return Device{}, err
	}
	return s.show(ctx, p, d)
}
