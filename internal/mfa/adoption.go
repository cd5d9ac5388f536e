package mfa

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// HistoryDays is how many days of adoption are counted back at most.
const HistoryDays = 90

// Overview is how many active people of an organisation have which second factor.
type Overview = store.MFANow

// Day is how many people had which second factor at the end of a day in UTC, and so far on the
// present one.
type Day = store.MFADay

// Overview counts the active people of the organisation by their second factors. It needs
// mfa.view.
func (s *Service) Overview(ctx context.Context, actor sallyport.Actor) (Overview, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Overview{}, err
	}
	p, err := s.Acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return Overview{}, err
	}
	return s.Acts.MFANow(ctx, actor.TenantID, p.MFAEnforced, s.Acts.Now())
}

// NotEnrolled returns a page of the active people without a second factor although policy or an
// admin demands one: those whom Overview counts as Required. It needs mfa.view and users.view.
func (s *Service) NotEnrolled(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.User], error) {
	none := list.Page[sallyport.User]{}
	if err := NeedView.ToLook(actor); err != nil {
		return none, err
	}
	if err := access.Allowed(actor, access.UsersView, access.Target{TenantID: actor.TenantID}); err != nil {
		return none, err
	}
	p, err := s.Acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return none, err
	}
	return s.Acts.ListNotEnrolled(ctx, actor.TenantID, p.MFAEnforced, s.Acts.Now(), q)
}

// History returns the last days, oldest first, and the present one last. Days that nobody has
// counted yet are left out. It needs mfa.view. CodeInvalid for days below 1 or above a year.
func (s *Service) History(ctx context.Context, actor sallyport.Actor, days int) ([]Day, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	if days < 1 || days > 366 {
		return nil, refuse("days", "out_of_range")
	}
	now := s.Acts.Now()
	out, err := s.Acts.MFADays(ctx, actor.TenantID, dayOf(now.AddDate(0, 0, 1-days)))
	if err != nil {
		return nil, err
	}
	today, err := s.Acts.MFAAt(ctx, actor.TenantID, now)
	today.Day = dayOf(now)
	if n := len(out); n > 0 && out[n-1].Day >= today.Day { // the clock was set back
		return out, err
	}
	return append(out, today), err
}

// CountDays counts, for each organisation, the days that are over and not counted yet, as far
// back as HistoryDays.
func (s *Service) CountDays(ctx context.Context) error {
	return s.Acts.EachTenant(ctx, func(t sallyport.Tenant, _ sallyport.Policy) error { return s.countDays(ctx, t) })
}

func (s *Service) countDays(ctx context.Context, t sallyport.Tenant) error {
	today := s.Acts.Now().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, -HistoryDays)
	if t.CreatedAt.After(first) {
		first = t.CreatedAt.UTC().Truncate(24 * time.Hour)
	}
	counted, err := s.Acts.MFADays(ctx, t.ID, dayOf(first))
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, d := range counted {
		has[d.Day] = true
	}
	for at := first; at.Before(today); at = at.AddDate(0, 0, 1) {
		if has[dayOf(at)] {
			continue
		}
		d, err := s.Acts.MFAAt(ctx, t.ID, at.AddDate(0, 0, 1).Add(-time.Microsecond))
		if err != nil {
			return err
		}
		d.Day = dayOf(at)
		if err := s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.AddMFADay(ctx, t.ID, d) }); err != nil {
			return err
		}
	}
	return nil
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
