package alert

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	// offAfter is for how long a channel may take nothing before it is switched off.
	offAfter = 3 * 24 * time.Hour
	// offFailed is how many messages it has not taken by then at least: one that was sent twice is no sign.
	offFailed = 3
)

// Tend switches channels off that have not taken a message for three days, and tells the admins by mail. It
// is a job.
func (s *Service) Tend(ctx context.Context) error {
	return s.Acts.EachTenant(ctx, func(t sallyport.Tenant, _ sallyport.Policy) error {
		channels, err := s.Acts.AlertChannels(ctx, t.ID)
		for _, c := range channels {
			if dead(c) {
				err = errors.Join(err, s.switchOff(ctx, c))
			}
		}
		return err
	})
}

// dead reports whether a channel is on and has taken nothing for too long.
func dead(c store.AlertChannel) bool {
	return c.OffAt.IsZero() && c.Failed >= offFailed && !c.FailingSince.IsZero() && c.TriedAt.Sub(c.FailingSince) >= offAfter
}

func (s *Service) switchOff(ctx context.Context, c store.AlertChannel) error {
	return s.Acts.Run(ctx, sallyport.System(c.TenantID), act.Tenant, act.Need{}, func(a *act.Act) error {
		if done, err := act.Ignore(a.SwitchAlertChannelOff(ctx, c.TenantID, c.ID, a.Now)); !done {
			return err
		}
		a.Note(audit.AlertChannelOff, act.About{Target: c.ID}, "format", c.Format, "host", c.Host, "name", c.Name)
		admins, err := a.Admins(ctx, c.TenantID)
		if err != nil {
			return err
		}
		for _, u := range admins {
			if err := a.Tell(ctx, act.Alert{Kind: notify.AlertsOff, User: u, Page: Path, Data: notify.Data{ChannelName: c.Name}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reseal encrypts the addresses with the primary key of the installation. It returns how many.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	tenants, err := s.Acts.Tenants(ctx)
	for _, t := range tenants {
		channels, err := s.Acts.AlertChannels(ctx, t.ID)
		if err != nil {
			return n, err
		}
		for _, c := range channels {
			if err := s.reseal(ctx, c); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, err
}

func (s *Service) reseal(ctx context.Context, c store.AlertChannel) error {
	address, err := notify.OpenAddress(s.Keys, c)
	if err != nil {
		return err
	}
	old := c.Address
	if c.Address, err = notify.SealAddress(s.Keys, c.TenantID, c.ID, address); err != nil {
		return err
	}
	return s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.ResealAlertChannel(ctx, c, old) })
}
