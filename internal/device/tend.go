package device

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	// noticePeriod is how long before its removal the owner of an idle device is told. It is
	// shorter where policy removes devices after a short idle time.
	noticePeriod = 7 * 24 * time.Hour

	batch = 100
)

// Tend applies policy to unused devices: it tells the owners of idle ones, removes those
// a week later at the earliest, and lowers the trust of devices whose verification is too
// old. A device is removed only after its owner was told.
func (s *Service) Tend(ctx context.Context) error {
	return s.acts.EachTenant(ctx, func(t sallyport.Tenant, p sallyport.Policy) error {
		each, err := s.acts.EachPolicy(ctx, t.ID, p)
		for _, whose := range each {
			err = errors.Join(err, s.tendIdle(ctx, t.ID, whose), s.tendStale(ctx, t.ID, whose))
		}
		return err
	})
}

func (s *Service) tendIdle(ctx context.Context, tenantID string, whose act.Whose) error {
	after := whose.Policy.DeviceAutoRevoke
	if after == 0 {
		return nil
	}
	now, ahead := s.acts.Now(), min(noticePeriod, after/2)
	idle := now.Add(ahead - after)
	err := s.each(ctx, tenantID, func() ([]sallyport.Device, error) {
		return s.acts.IdleDevices(ctx, store.Whose{TenantID: tenantID, GroupID: whose.GroupID}, idle, batch)
	}, func(a *act.Act, d sallyport.Device) (bool, error) {
		if d.LastUsedAt.After(idle) {
			return false, nil // used since it was found
		}
		return announce(ctx, a, d, ahead)
	})
	if err != nil {
		return err
	}
	gone := now.Add(-after)
	return s.each(ctx, tenantID, func() ([]sallyport.Device, error) {
		return s.acts.AnnouncedDevices(ctx, store.Whose{TenantID: tenantID, GroupID: whose.GroupID}, gone, now.Add(-ahead), batch)
	}, func(a *act.Act, d sallyport.Device) (bool, error) {
		if d.LastUsedAt.After(gone) {
			return false, nil // used since it was found
		}
		return true, Revoke(ctx, a, d, ReasonIdle)
	})
}

// announce tells the owner of an idle device when it will be removed. It does nothing when
// another node has told them.
func announce(ctx context.Context, a *act.Act, d sallyport.Device, ahead time.Duration) (bool, error) {
	if done, err := act.Ignore(a.AnnounceDevice(ctx, d.TenantID, d.ID, a.Now)); !done {
		return false, err
	}
	until := d.LastUsedAt.Add(a.Policy.DeviceAutoRevoke)
	if earliest := a.Now.Add(ahead); until.Before(earliest) {
		until = earliest // policy was tightened after the device's last use
	}
	a.Note(audit.DeviceRevocationTold, act.About{Target: d.ID}, "until", until.UTC().Format(time.RFC3339))
	if a.User.Status != sallyport.UserActive {
		return true, nil
	}
	data := named(d)
	data.Until = until
	return true, a.Tell(ctx, act.Alert{Kind: notify.DeviceExpiring, Data: data})
}

func (s *Service) tendStale(ctx context.Context, tenantID string, whose act.Whose) error {
	if whose.Policy.DeviceReverify == 0 {
		return nil
	}
	return s.each(ctx, tenantID, func() ([]sallyport.Device, error) {
		return s.acts.StaleDevices(ctx, store.Whose{TenantID: tenantID, GroupID: whose.GroupID}, s.acts.Now().Add(-whose.Policy.DeviceReverify), batch)
	}, func(a *act.Act, d sallyport.Device) (bool, error) {
		if d.TrustLevel == policy.Trust(a.Policy, d, a.Now) {
			return false, nil // verified in the meantime
		}
		a.Note(audit.DeviceTrustOverdue, act.About{Target: d.ID}, "level", strconv.Itoa(int(sallyport.TrustLow)))
		// VerifiedAt stays, because it explains why the trust was lowered.
		d.TrustLevel, d.TrustReason = sallyport.TrustLow, string(policy.Overdue)
		return true, a.TrustDevice(ctx, d)
	})
}

// each finds devices in batches and changes each batch in one transaction, until there
// are no more or a batch changes nothing.
func (s *Service) each(ctx context.Context, tenantID string, find func() ([]sallyport.Device, error), change func(*act.Act, sallyport.Device) (bool, error)) error {
	for {
		found, err := find()
		if err != nil || len(found) == 0 {
			return err
		}
		items := make([]act.On, len(found))
		for i, d := range found {
			items[i] = act.Device(d.ID)
		}
		changed := map[string]bool{}
		err = s.acts.Each(ctx, sallyport.System(tenantID), items, act.Need{}, func(a *act.Act, id string) error {
			d, err := a.Device(ctx, tenantID, id)
			if err != nil {
				return err
			}
			did, err := change(a, d)
			changed[id] = did
			return err
		})
		if err != nil {
			return err
		}
		if !anyOf(changed) {
			return nil
		}
	}
}

func anyOf(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}
