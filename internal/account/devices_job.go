package account

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	// notice is how long before an idle device is removed its owner is told, unless
	// that is most of the time a device may be idle.
	notice = 7 * 24 * time.Hour

	deviceBatch = 100
)

// TendDevices does what policy says of devices that nobody touches: it tells owners of
// idle ones, removes those a week later at the earliest, and lowers the trust of those
// that were not verified for too long. A device is removed only when its owner was told.
func (s *Service) TendDevices(ctx context.Context) error {
	tenants, err := s.db.Tenants(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range tenants {
		p, err := s.policy(ctx, t.ID)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		failed = errors.Join(failed, s.tendIdle(ctx, t, p), s.tendStale(ctx, t, p))
	}
	return failed
}

func (s *Service) tendIdle(ctx context.Context, t sallyport.Tenant, p sallyport.Policy) error {
	if p.DeviceAutoRevoke == 0 {
		return nil
	}
	now, ahead := s.now(), min(notice, p.DeviceAutoRevoke/2)
	idle := now.Add(ahead - p.DeviceAutoRevoke)
	err := s.each(ctx, func() ([]sallyport.Device, error) {
		return s.db.IdleDevices(ctx, t.ID, idle, deviceBatch)
	}, func(tx *store.Tx, d sallyport.Device) ([]sallyport.Event, error) {
		return s.announce(ctx, tx, p, d, idle, ahead)
	})
	if err != nil {
		return err
	}
	gone := now.Add(-p.DeviceAutoRevoke)
	return s.each(ctx, func() ([]sallyport.Device, error) {
		return s.db.AnnouncedDevices(ctx, t.ID, gone, now.Add(-ahead), deviceBatch)
	}, func(tx *store.Tx, d sallyport.Device) ([]sallyport.Event, error) {
		d, err := tx.Device(ctx, d.TenantID, d.ID)
		if err != nil || d.LastUsedAt.After(gone) {
			return nil, err // used since it was found
		}
		return device.Revoke(ctx, tx, sallyport.System(t.ID), d, device.ReasonIdle, now)
	})
}

// announce tells the owner of a device that is idle since a time when it will be
// removed.
func (s *Service) announce(ctx context.Context, tx *store.Tx, p sallyport.Policy, d sallyport.Device, idle time.Time, ahead time.Duration) ([]sallyport.Event, error) {
	now := s.now()
	d, err := tx.Device(ctx, d.TenantID, d.ID)
	if err != nil || d.LastUsedAt.After(idle) {
		return nil, err // used since it was found
	}
	if err := tx.AnnounceDevice(ctx, d.TenantID, d.ID, now); err != nil {
		if errors.Is(err, sallyport.ErrNotFound) {
			err = nil // by another node
		}
		return nil, err
	}
	user, err := tx.User(ctx, d.TenantID, d.UserID)
	if err != nil {
		return nil, err
	}
	until := d.LastUsedAt.Add(p.DeviceAutoRevoke)
	if earliest := now.Add(ahead); until.Before(earliest) {
		until = earliest // policy came later than the device's last use
	}
	if user.Status == sallyport.UserActive {
		if err := s.alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.DeviceExpiring, User: user, Policy: p, At: now, Data: notify.Data{DeviceName: device.Title("", d), Until: until},
		}); err != nil {
			return nil, err
		}
	}
	e := audit.New(sallyport.System(d.TenantID), audit.DeviceRevocationTold, now)
	e.UserID, e.TargetID, e.Data = d.UserID, d.ID, map[string]string{"until": until.UTC().Format(time.RFC3339)}
	return []sallyport.Event{e}, nil
}

func (s *Service) tendStale(ctx context.Context, t sallyport.Tenant, p sallyport.Policy) error {
	if p.DeviceReverify == 0 {
		return nil
	}
	now := s.now()
	return s.each(ctx, func() ([]sallyport.Device, error) {
		return s.db.StaleDevices(ctx, t.ID, now.Add(-p.DeviceReverify), deviceBatch)
	}, func(tx *store.Tx, d sallyport.Device) ([]sallyport.Event, error) {
		current, err := tx.Device(ctx, d.TenantID, d.ID)
		if err != nil || current.TrustLevel == policy.Trust(p, current, now) {
			return nil, err // verified meanwhile
		}
		e, err := device.Lower(ctx, tx, current, now)
		return []sallyport.Event{e}, err
	})
}

// each finds devices in batches and changes each in a transaction of its own, until
// there are no more or a batch changes nothing.
func (s *Service) each(ctx context.Context, find func() ([]sallyport.Device, error), change func(*store.Tx, sallyport.Device) ([]sallyport.Event, error)) error {
	for {
		found, err := find()
		if err != nil || len(found) == 0 {
			return err
		}
		changed := false
		for _, d := range found {
			err := s.db.Write(ctx, func(tx *store.Tx) error {
				if _, err := tx.LockUser(ctx, d.TenantID, d.UserID); err != nil {
					return err
				}
				events, err := change(tx, d)
				if err != nil || len(events) == 0 {
					return err
				}
				changed = true
				return audit.Append(ctx, tx, events...)
			})
			if err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
	}
}
