package dashboard

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// NeedDigest is what is needed to choose the weekly digest.
var NeedDigest = act.Need{Permission: access.DashboardView, Self: true, Exempt: policy.Harmless}

const (
	digestHour    = 7   // on Monday, from when on it is sent
	digestsAtOnce = 100 // people who are looked at in one step
	week          = 7 * 24 * time.Hour
)

// earliest is where it is Monday first. A week of digests begins there: whoever was sent one since then,
// wherever they were, is sent none before the next week.
var earliest = time.FixedZone("", 14*60*60)

// monday returns the newest time in a zone at which digests are sent.
func monday(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	since := (int(local.Weekday()) + 6) % 7 // days since Monday
	at := time.Date(local.Year(), local.Month(), local.Day()-since, digestHour, 0, 0, 0, zone)
	if at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()-since-7, digestHour, 0, 0, 0, zone)
	}
	return at
}

// zoneOf returns the time zone of a user; UTC where it is not known.
func zoneOf(u sallyport.User) *time.Location {
	if zone, err := time.LoadLocation(u.Zone()); err == nil {
		return zone
	}
	return time.UTC
}

// WantDigest keeps whether the actor wants the weekly digest, from the next Monday on. It needs
// dashboard.view.
func (s *Service) WantDigest(ctx context.Context, actor sallyport.Actor, on bool) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedDigest, func(a *act.Act) (err error) {
		weekly := "no"
		switch {
		case a.User.ID == "":
			return sallyport.ErrNotFound // the operator gets no mails
		case on:
			weekly, err = "yes", a.AddDigest(ctx, a.User.TenantID, store.Digest{UserID: a.User.ID, SentAt: monday(a.Now, zoneOf(a.User))})
		default:
			err = a.RemoveDigest(ctx, a.User.TenantID, a.User.ID)
		}
		if done, err := act.Ignore(err); !done {
			return err
		}
		a.Note(audit.DigestChosen, act.About{}, "weekly", weekly)
		return nil
	})
}

// WantsDigest reports whether the actor wants the weekly digest. It needs dashboard.view.
func (s *Service) WantsDigest(ctx context.Context, actor sallyport.Actor) (bool, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return false, err
	}
	_, err := s.acts.Digest(ctx, actor.TenantID, actor.UserID)
	return act.Ignore(err)
}

// SendDigests mails the weekly digest to everybody who chose it and was not sent that of this week: from
// Monday on, in their time zone, and later in the week where no node was there to do it.
func (s *Service) SendDigests(ctx context.Context) error {
	return s.acts.EachTenant(ctx, func(t sallyport.Tenant, _ sallyport.Policy) error {
		now := s.acts.Now()
		d := digests{Service: s, tenant: t, now: now, since: monday(now, earliest)}
		return d.send(ctx)
	})
}

// digests are those of an organisation in a run.
type digests struct {
	*Service
	tenant  sallyport.Tenant
	now     time.Time
	since   time.Time // when the week began
	counted *Overview // nil before somebody is sent one
	figures []notify.Figure
}

// send looks at those who were not sent one this week, in the order in which they were sent the last one.
// One whom it fails for keeps it from nobody else.
func (d *digests) send(ctx context.Context) (failed error) {
	var place store.Digest
	for {
		found, err := d.acts.DueDigests(ctx, d.tenant.ID, d.since, place, digestsAtOnce)
		if err != nil || len(found) == 0 {
			return errors.Join(failed, err)
		}
		ids := make([]string, len(found))
		for i, wanted := range found {
			ids[i] = wanted.UserID
		}
		people, err := d.acts.UsersByID(ctx, d.tenant.ID, ids)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, wanted := range found {
			u, there := people[wanted.UserID]
			at := monday(d.now, zoneOf(u))
			if !there || at.Before(d.since) { // it is not Monday there yet
				continue
			}
			if ready, err := d.count(ctx); err != nil || !ready {
				return errors.Join(failed, err)
			}
			failed = errors.Join(failed, d.mail(ctx, u, wanted, at))
		}
		place = found[len(found)-1]
	}
}

// count makes the figures, once in a run. It reports false while the organisation is being counted
// anew: then the next run sends.
func (d *digests) count(ctx context.Context) (ready bool, err error) {
	if d.counted == nil {
		r, err := RangeNamed("7d")
		if err != nil {
			return false, err
		}
		o, err := d.overview(ctx, d.tenant.ID, r)
		if err != nil {
			return false, err
		}
		if d.figures, err = d.ofWeek(ctx, o); err != nil {
			return false, err
		}
		d.counted = &o
	}
	return d.counted.Counted > 0.99, nil
}

// mail sends one person the digest. Whoever may not see the figures, or cannot sign in, is left out for
// this week.
func (d *digests) mail(ctx context.Context, u sallyport.User, wanted store.Digest, at time.Time) error {
	reader := sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Role: u.Role, Granted: u.Granted}
	reads := u.Status == sallyport.UserActive && NeedView.ToLook(reader) == nil
	data := notify.Data{Figures: d.figures}
	if reads {
		needs, err := d.Needs(ctx, reader, *d.counted)
		if err != nil {
			return err
		}
		for _, n := range needs {
			data.Tasks = append(data.Tasks, notify.Task{Kind: string(n.Kind), Count: n.Count, More: n.More, Until: n.Until})
		}
	}
	return d.acts.Run(ctx, sallyport.System(u.TenantID), act.Addressee(u.ID), act.Need{}, func(a *act.Act) error {
		if a.User.Status != u.Status || a.User.Role != u.Role || a.User.Granted != u.Granted {
			return nil // what they may see has just changed: the next run looks again
		}
		if done, err := act.Ignore(a.MarkDigest(ctx, u.TenantID, wanted, at)); !done || !reads {
			return err
		}
		a.Note(audit.DigestMailed, act.About{})
		return a.Tell(ctx, act.Alert{Kind: notify.WeeklyDigest, Page: Path, Data: data})
	})
}

// ofWeek returns the figures of a digest, each with that of a week ago where it is known.
func (d *digests) ofWeek(ctx context.Context, o Overview) ([]notify.Figure, error) {
	before := func(figure func(Gauges) int64) *int64 {
		if o.Before == nil {
			return nil
		}
		return new(figure(*o.Before))
	}
	out := []notify.Figure{
		{Name: "sessions", Count: o.Now.Sessions, People: new(o.Now.People), Before: before(func(g Gauges) int64 { return g.Sessions })},
	}
	if o.Now.Users > 0 {
		share := notify.Figure{Name: "secondFactor", Count: o.Now.Share(), Share: true}
		if o.Before != nil && o.Before.Users > 0 {
			share.Before = new(o.Before.Share())
		}
		out = append(out, share)
	}
	failed, err := d.failedOfWeek(ctx, o.At)
	return append(out, failed,
		notify.Figure{Name: "locked", Count: o.Locked, More: o.Locked == MostLocked},
		notify.Figure{Name: "trusted", Count: o.Now.Trusted, Before: before(func(g Gauges) int64 { return g.Trusted })},
		notify.Figure{Name: "compromised", Count: o.Now.Compromised, Before: before(func(g Gauges) int64 { return g.Compromised })}), err
}

// failedOfWeek counts failed attempts in the last seven days, and in the seven before where the
// organisation existed all the time.
func (d *digests) failedOfWeek(ctx context.Context, now time.Time) (f notify.Figure, err error) {
	since := now.UTC().Truncate(time.Hour).Add(-week)
	f.Name = "failed"
	if f.Count, err = d.failedIn(ctx, d.tenant.ID, since, now.Add(time.Hour)); err != nil || d.tenant.CreatedAt.After(since.Add(-week)) {
		return f, err
	}
	before, err := d.failedIn(ctx, d.tenant.ID, since.Add(-week), since)
	f.Before = &before
	return f, err
}
