package device

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Device is a device as its owner or an admin sees it.
type Device struct {
	sallyport.Device
	Trust    sallyport.TrustLevel // current trust: TrustLevel, lower when blocked or overdue
	Current  bool                 // the actor's session is on it
	Sessions []sallyport.Session  // live sessions on the device
	Raise    policy.Raise         // how its owner can raise its trust
}

// removedShown is how long a removed device stays listed.
const removedShown = 30 * 24 * time.Hour

// ListOwn returns a page of the actor's devices, without what policy hides from them: the
// device in use, trusted ones and blocked ones. The device in use comes first on its page.
func (s *Service) ListOwn(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[Device], error) {
	none := list.Page[Device]{}
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return none, err
	}
	current, err := s.current(ctx, actor)
	if err != nil {
		return none, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return none, err
	}
	owner := sallyport.User{TenantID: actor.TenantID, ID: actor.UserID}
	found, err := s.acts.OwnDevices(ctx, owner, current, s.acts.Now().Add(-removedShown), q)
	if err != nil {
		return none, err
	}
	toHigh, err := s.toHigh(ctx, actor, p)
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
		if MayStart(d) {
			shown.Raise = policy.MayRaise(shown.Trust, shown.Current, toHigh)
		}
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

// toHigh reports whether a step-up would now ask the actor for a passkey. While the last
// proof is recent no step-up is needed, so it is false.
func (s *Service) toHigh(ctx context.Context, actor sallyport.Actor, p sallyport.Policy) (bool, error) {
	live, err := s.acts.LiveFactors(ctx, actor.TenantID, actor.UserID)
	if err != nil || !slices.ContainsFunc(live, func(f store.Factor) bool { return sallyport.MethodOf(f.Method).Alone && policy.Counts(p, f.Factor) }) {
		return false, err
	}
	err = s.acts.May(ctx, actor, act.User(actor.UserID), NeedAddTrust)
	if sallyport.CodeOf(err) == sallyport.CodeStepUp {
		return true, nil
	}
	return false, err
}

// current returns the id of the device of the actor's session; "" for none.
func (s *Service) current(ctx context.Context, actor sallyport.Actor) (string, error) {
	v, err := s.acts.Session(ctx, actor.TenantID, actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return v.DeviceID, err
}

// needGroups is what it takes to filter by group: it tells who is in one.
var needGroups = act.Need{Permission: access.UsersView}

// List returns a page of the organisation's devices. It needs devices.view, and users.view to
// filter by group.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[Device], error) {
	if err := NeedView.ToLook(actor); err != nil {
		return list.Page[Device]{}, err
	}
	if len(q.Given("groupId")) > 0 {
		if err := needGroups.ToLook(actor); err != nil {
			return list.Page[Device]{}, err
		}
	}
	found, err := s.acts.ListDevices(ctx, actor.TenantID, q)
	if err != nil {
		return list.Page[Device]{}, err
	}
	owners := make([]string, len(found.Rows))
	for i, d := range found.Rows {
		owners[i] = d.UserID
	}
	p, err := s.acts.PoliciesOf(ctx, actor.TenantID, owners)
	return list.Map(found, func(d sallyport.Device) Device {
		return Device{Device: d, Trust: policy.Trust(p.Of(d.UserID), d, s.acts.Now())}
	}), err
}

// Get returns one device. It needs devices.view; its sessions are for who may see sessions.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Device, error) {
	d, err := s.acts.Device(ctx, actor.TenantID, id)
	if err != nil {
		return Device{}, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return Device{}, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, d.UserID)
	if err != nil {
		return Device{}, err
	}
	shown, err := s.show(ctx, p, d)
	if access.Allowed(actor, access.SessionsView, access.Target{TenantID: actor.TenantID}) != nil {
		shown.Sessions = nil
	}
	return shown, err
}
