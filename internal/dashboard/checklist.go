package dashboard

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// reviewEvery is how often admins are asked to go through the checklist.
const reviewEvery = 91 * 24 * time.Hour

// Check is one item of the checklist of best practices.
type Check struct {
	Name string // its texts are "checklist." and the name
	Done bool
}

// circumstances are what items of the checklist are decided by.
type circumstances struct {
	policy   sallyport.Policy
	admins   store.Admins
	now      Gauges
	reviewed bool // in the last quarter
}

// checks is THE table of best practices: the checklist of the first specification, which NIST SP
// 800-63B-4 and OWASP ASVS 5.0 (6.3.3, 7.3.1, 7.3.2) agree with.
var checks = []struct {
	name string
	done func(circumstances) bool
}{
	{"fewOwners", func(c circumstances) bool { return c.admins.Owners <= 3 }},
	{"adminsHaveFactors", func(c circumstances) bool { return c.admins.WithoutFactors == 0 }},
	{"adminsMust", func(c circumstances) bool { return c.policy.MFAEnforced != sallyport.EnforcedNobody }},
	{"strongFactors", func(c circumstances) bool {
		return c.now.Strong+c.now.Weak > 0 && c.now.Weak*10 <= c.now.Strong+c.now.Weak
	}},
	{"idleTimeout", func(c circumstances) bool { return c.policy.SessionIdleWeb > 0 && c.policy.SessionIdleMobile > 0 }},
	{"lifetime", func(c circumstances) bool {
		return c.policy.SessionLifetime > 0 && c.policy.SessionLifetime <= 30*24*time.Hour
	}},
	{"roleChange", func(c circumstances) bool { return c.policy.SessionRevokeOnRoleChange }},
	{"deviceLimit", func(c circumstances) bool { return c.policy.DeviceMaxPerUser > 0 }},
	{"reverify", func(c circumstances) bool { return c.policy.DeviceReverify > 0 }},
	{"removeIdle", func(c circumstances) bool { return c.policy.DeviceAutoRevoke > 0 }},
	{"answerFlags", func(c circumstances) bool { return c.now.Compromised == 0 }},
	{"review", func(c circumstances) bool { return c.reviewed }},
}

// Checklist is the checklist of best practices, and when admins last went through it.
type Checklist struct {
	Checks     []Check
	ReviewedAt time.Time      // zero before the first time
	ReviewedBy sallyport.User // zero for the operator
	Due        time.Time      // when they should go through it again
}

// Done counts what is done.
func (c Checklist) Done() (n int) {
	for _, check := range c.Checks {
		if check.Done {
			n++
		}
	}
	return n
}

// Checklist returns that of the organisation. It needs dashboard.view.
func (s *Service) Checklist(ctx context.Context, actor sallyport.Actor, o Overview) (out Checklist, err error) {
	if err := NeedView.ToLook(actor); err != nil {
		return out, err
	}
	c := circumstances{now: o.Now}
	if c.policy, err = s.acts.Policy(ctx, actor.TenantID); err != nil {
		return out, err
	}
	if c.admins, err = s.acts.CountAdmins(ctx, actor.TenantID); err != nil {
		return out, err
	}
	review, err := s.acts.Review(ctx, actor.TenantID)
	if err != nil {
		return out, err
	}
	if out.ReviewedAt = review.ReviewedAt; review.ReviewedBy != "" {
		people, err := s.acts.UsersByID(ctx, actor.TenantID, []string{review.ReviewedBy})
		if err != nil {
			return out, err
		}
		out.ReviewedBy = people[review.ReviewedBy]
	}
	if out.Due, err = s.due(ctx, actor.TenantID, review); err != nil {
		return out, err
	}
	c.reviewed = !review.ReviewedAt.IsZero() && out.Due.After(o.At)
	for _, check := range checks {
		out.Checks = append(out.Checks, Check{check.name, check.done(c)})
	}
	return out, nil
}

// due is when the next review is: a quarter after the last one, or after the organisation was made.
func (s *Service) due(ctx context.Context, tenantID string, r store.Review) (time.Time, error) {
	if !r.ReviewedAt.IsZero() {
		return r.ReviewedAt.Add(reviewEvery), nil
	}
	t, err := s.acts.Tenant(ctx, tenantID)
	return t.CreatedAt.Add(reviewEvery), err
}

// reviewDue reports whether the review is due.
func (s *Service) reviewDue(ctx context.Context, tenantID string, now time.Time) (bool, error) {
	r, err := s.acts.Review(ctx, tenantID)
	if err != nil {
		return false, err
	}
	due, err := s.due(ctx, tenantID, r)
	return !due.After(now), err
}
