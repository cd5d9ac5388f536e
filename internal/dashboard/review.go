package dashboard

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedReview is what is needed to say that the checklist was gone through.
var NeedReview = act.Need{Permission: access.DashboardView, Exempt: policy.Harmless}

// Path is the page of the dashboard, which mails lead to.
const Path = "/foundation/security"

// remindReviewEvery is how often admins are reminded of a review that is due.
const remindReviewEvery = 30 * 24 * time.Hour

// Review records that the actor has gone through the checklist. It needs dashboard.view.
func (s *Service) Review(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.Tenant, NeedReview, func(a *act.Act) error {
		a.Note(audit.ReviewCompleted, act.About{})
		return a.MarkReviewed(ctx, actor.TenantID, actor.UserID, a.Now)
	})
}

// RemindReview mails the owners and admins of every organisation whose review is due that it is,
// unless they were within the last month.
func (s *Service) RemindReview(ctx context.Context) error {
	return s.acts.EachTenant(ctx, func(t sallyport.Tenant, _ sallyport.Policy) error { return s.remindReview(ctx, t.ID) })
}

func (s *Service) remindReview(ctx context.Context, tenantID string) error {
	now := s.acts.Now()
	r, err := s.acts.Review(ctx, tenantID)
	if err != nil || r.RemindedAt.After(now.Add(-remindReviewEvery)) {
		return err
	}
	if due, err := s.due(ctx, tenantID, r); err != nil || due.After(now) {
		return err
	}
	admins, err := s.acts.Admins(ctx, tenantID)
	if err != nil {
		return err
	}
	batch := make([]act.On, len(admins))
	for i, u := range admins {
		batch[i] = act.Addressee(u.ID)
	}
	first := true
	return s.acts.Each(ctx, sallyport.System(tenantID), batch, act.Need{}, func(a *act.Act, id string) error {
		if id == admins[0].ID { // also when the transaction is tried again
			if first, err = act.Ignore(a.MarkReminded(ctx, tenantID, r, a.Now)); err != nil {
				return err
			}
		}
		if u := a.User; !first || u.Status != sallyport.UserActive || u.Role != sallyport.RoleOwner && u.Role != sallyport.RoleAdmin {
			return nil
		}
		a.Note(audit.ReviewReminded, act.About{})
		return a.Tell(ctx, act.Alert{Kind: notify.ReviewDue, Page: Path})
	})
}
