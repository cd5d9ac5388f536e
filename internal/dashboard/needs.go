package dashboard

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/notify"
)

// When failed attempts point to an attack: so many in the last hour, and so many times what is usual
// in an hour of the week before.
const (
	attackAtLeast = 30
	attackTimes   = 5
	usualWindow   = 7 * 24 * time.Hour
)

// Attack is that many more attempts fail than usual.
type Attack struct {
	Failed int64   // in the last hour
	Usual  float64 // in an hour of the week before
}

func (s *Service) attack(ctx context.Context, tenantID string, now time.Time) (*Attack, error) {
	failed, err := s.acts.Failed(ctx, tenantID, now.Add(-time.Hour).Truncate(time.Minute), now.Add(time.Minute))
	if err != nil || failed < attackAtLeast {
		return nil, err
	}
	before := now.UTC().Truncate(time.Hour).Add(-time.Hour) // the hours that are not in the last one
	all, err := s.failedIn(ctx, tenantID, before.Add(-usualWindow), before)
	if err != nil {
		return nil, err
	}
	usual := float64(all) / usualWindow.Hours()
	if float64(failed) < attackTimes*usual {
		return nil, nil
	}
	return &Attack{failed, usual}, nil
}

// failedIn counts failed attempts in the hours that begin from a time on and before another.
func (s *Service) failedIn(ctx context.Context, tenantID string, from, before time.Time) (int64, error) {
	hours, err := s.acts.FigureHours(ctx, tenantID, from, before)
	if err != nil {
		return 0, err
	}
	all := Point{Outcomes: map[string]int64{}}
	for _, h := range hours {
		if err := all.add(h); err != nil {
			return 0, err
		}
	}
	return all.Failed(), nil
}

// NeedKind is what needs an admin.
type NeedKind string

// What needs an admin, the most urgent first.
const (
	UnderAttack   NeedKind = "attack"
	Flagged       NeedKind = "flagged"      // devices
	Unanswered    NeedKind = "unanswered"   // unusual sign-ins
	Locked        NeedKind = "locked"       // accounts
	Certificates  NeedKind = "certificate"  // that ends
	DeadMails     NeedKind = "dead_mails"   // that nobody got
	NotEnrolled   NeedKind = "not_enrolled" // who must have a second factor
	QuarterReview NeedKind = "review"       // that is due
)

// Need is something that needs an admin now.
type Need struct {
	Kind  NeedKind  `json:"kind"`
	Count int64     `json:"count"`
	More  bool      `json:"more"`            // there are more than Count
	Usual float64   `json:"usual,omitempty"` // of an attack
	Until time.Time `json:"until,omitzero"`  // when a certificate ends
}

// needRow says when something needs an admin, and who is told of it.
type needRow struct {
	kind       NeedKind
	permission access.Permission
	find       func(*Service, context.Context, Overview, string) (Need, error)
}

// needRows is THE table of what needs an admin, in the order in which it is told.
var needRows = []needRow{
	{UnderAttack, access.SessionsView, func(_ *Service, _ context.Context, o Overview, _ string) (Need, error) {
		if o.Attack == nil {
			return Need{}, nil
		}
		return Need{Count: o.Attack.Failed, Usual: o.Attack.Usual}, nil
	}},
	{Flagged, access.DevicesView, func(_ *Service, _ context.Context, o Overview, _ string) (Need, error) {
		return Need{Count: o.Now.Compromised}, nil
	}},
	{Unanswered, access.SessionsView, func(s *Service, ctx context.Context, o Overview, tenantID string) (Need, error) {
		n, err := s.acts.CountDoubts(ctx, tenantID, o.At.Add(-DoubtsAsked))
		return Need{Count: n}, err
	}},
	{Locked, access.UsersView, func(_ *Service, _ context.Context, o Overview, _ string) (Need, error) {
		return Need{Count: o.Locked, More: o.Locked == MostLocked}, nil
	}},
	{Certificates, access.DashboardView, func(s *Service, _ context.Context, o Overview, _ string) (Need, error) {
		if s.certificate == nil {
			return Need{}, nil
		}
		ends := s.certificate()
		if ends.IsZero() || ends.After(o.At.Add(certificateTold)) {
			return Need{}, nil
		}
		return Need{Count: 1, Until: ends}, nil
	}},
	{DeadMails, access.UsersView, func(s *Service, ctx context.Context, _ Overview, tenantID string) (Need, error) {
		n, err := s.acts.CountDeadOf(ctx, tenantID, notify.ChannelEmail, mostDead)
		return Need{Count: n, More: n == mostDead}, err
	}},
	{NotEnrolled, access.MFAView, func(_ *Service, _ context.Context, o Overview, _ string) (Need, error) {
		return Need{Count: o.Required}, nil
	}},
	{QuarterReview, access.DashboardView, func(s *Service, ctx context.Context, o Overview, tenantID string) (Need, error) {
		due, err := s.reviewDue(ctx, tenantID, o.At)
		if err != nil || !due {
			return Need{}, err
		}
		return Need{Count: 1}, nil
	}},
}

const (
	// DoubtsAsked is how long an unusual sign-in that its owner has not answered needs an admin, as long as
	// its owner is asked about it.
	DoubtsAsked = 30 * 24 * time.Hour

	certificateTold = 21 * 24 * time.Hour
	mostDead        = 1000
)

// WatchCertificate says how to find when the certificate that is served ends; the zero time for none.
func (s *Service) WatchCertificate(ends func() time.Time) { s.certificate = ends }

// Needs returns what needs an admin, the most urgent first: of it what the actor may see. Nothing of
// it needs to be remembered: it is gone when it is dealt with.
func (s *Service) Needs(ctx context.Context, actor sallyport.Actor, o Overview) ([]Need, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	var out []Need
	for _, row := range needRows {
		if access.Allowed(actor, row.permission, access.Target{TenantID: actor.TenantID}) != nil {
			continue
		}
		n, err := row.find(s, ctx, o, actor.TenantID)
		if err != nil {
			return nil, err
		}
		if n.Kind = row.kind; n.Count > 0 {
			out = append(out, n)
		}
	}
	return out, nil
}
