package account

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// What the deletion of one's account needs, and to take it back: for its owner and for an admin.
var (
	NeedDelete = act.Need{StepUp: policy.DeleteAccount}
	NeedKeep   = act.Need{Exempt: policy.Harmless}
	NeedKeepOf = NeedManage
)

// KeptPath is the page where the deletion of one's account is taken back.
const KeptPath = "/profile/general/data"

// Reasons why the deletion of an account was taken back, as in the details of events.
const (
	keptByOwner    = "kept_by_owner"
	keptByAdmin    = "kept_by_admin"
	keptInDanger   = "account_in_danger"
	keptLastOwner  = "last_owner"
	keptInDispute  = "reported_not_me"
	keptByOperator = "kept_by_operator"
)

// MayDelete reports whether policy lets somebody delete their account.
func MayDelete(p sallyport.Policy, u sallyport.User) bool {
	switch p.AccountDeletion {
	case sallyport.DeletedByEverybody:
		return true
	case sallyport.DeletedByMembers:
		return !policy.OverOthers(u)
	}
	return false
}

// Leaving is what somebody is told before they delete their account.
type Leaving struct {
	Allowed bool          // by policy
	Grace   time.Duration // of policy, until it is deleted
	At      time.Time     // when it is deleted; zero when nobody asked for it
	Then    time.Time     // when it would be deleted, asked for now
}

// Leaving returns what deleting the actor's account would mean.
func (s *Service) Leaving(ctx context.Context, actor sallyport.Actor) (Leaving, error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return Leaving{}, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return Leaving{}, err
	}
	then, err := leavesAt(ctx, s.acts.Queries, user, s.acts.Now(), p.AccountDeletionGrace)
	return Leaving{MayDelete(p, user), p.AccountDeletionGrace, user.DeletesAt, then}, err
}

// leavesAt returns when an account is deleted whose user asks for it now: once the grace is over,
// and not while a former mailbox can still take the change of the address back. Of a deletion that
// mailbox is told nothing, and whoever changed the address could destroy the account before it acts.
func leavesAt(ctx context.Context, q store.Queries, u sallyport.User, now time.Time, grace time.Duration) (time.Time, error) {
	at := now.Add(grace)
	former, err := q.FormerEmails(ctx, u.TenantID, u.ID, now)
	for _, f := range former {
		if f.ReservedUntil.After(at) {
			at = f.ReservedUntil
		}
	}
	return at, err
}

// RequestDeletion has the actor's account deleted once the grace of policy is over, but not while a
// former address can be given back, and returns when. Until then it works as before, and [Service.KeepAccount] takes it back. All sessions but the
// actor's own end, so that whoever else is in the account has to prove themselves to be there when it
// is kept. ErrConflict with DeletionForbidden when policy does not allow it; CodeLastOwner for the only
// owner; CodeStepUp. Asking again changes nothing.
func (s *Service) RequestDeletion(ctx context.Context, actor sallyport.Actor) (at time.Time, err error) {
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), NeedDelete, func(a *act.Act) error {
		if at = a.User.DeletesAt; !at.IsZero() {
			return nil
		}
		if !MayDelete(a.Policy, a.User) {
			return sallyport.Blocked(sallyport.DeletionForbidden)
		}
		if err := anotherOwner(ctx, a); err != nil {
			return err
		}
		if at, err = leavesAt(ctx, a.Queries, a.User, a.Now, a.Policy.AccountDeletionGrace); err != nil {
			return err
		}
		if err := a.SetDeletion(ctx, a.User.TenantID, a.User.ID, at); err != nil {
			return act.Conflict(err)
		}
		ended, err := a.RevokeSessions(ctx, act.Sessions{Except: a.Actor.SessionID}, act.ReasonLeaving)
		if err != nil {
			return err
		}
		a.Note(audit.DeletionRequested, act.About{}, "at", at.Format(time.RFC3339), "sessions", strconv.Itoa(ended))
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{
			Kind: notify.AccountDeletion, Client: actor.Client, About: about, Page: KeptPath, Data: notify.Data{Until: at},
		})
	})
	return at, err
}

// KeepAccount takes the deletion of the actor's account back. It is no error when nobody asked for
// it. ErrConflict once it has begun.
func (s *Service) KeepAccount(ctx context.Context, actor sallyport.Actor) error {
	return s.keep(ctx, actor, actor.UserID, NeedKeep)
}

// KeepAccountOf takes the deletion of somebody's account back. It needs users.manage and a step-up.
func (s *Service) KeepAccountOf(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.keep(ctx, actor, userID, NeedKeepOf)
}

func (s *Service) keep(ctx context.Context, actor sallyport.Actor, userID string, need act.Need) error {
	reason := keptByOwner
	switch {
	case actor.Type == sallyport.ActorOperator:
		reason = keptByOperator
	case need.Permission != "":
		reason = keptByAdmin
	}
	return s.acts.Run(ctx, actor, act.User(userID), need, func(a *act.Act) error {
		if !a.User.ErasingAt.IsZero() {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		return keepAccount(ctx, a, reason)
	})
}

// KeepLastOwner takes the deletion of the account of the act's user back when they are the only owner
// by now, and reports whether they are.
func KeepLastOwner(ctx context.Context, a *act.Act) (bool, error) {
	err := anotherOwner(ctx, a)
	if sallyport.CodeOf(err) != sallyport.CodeLastOwner {
		return false, err
	}
	return true, keepAccount(ctx, a, keptLastOwner)
}

// keepAccount takes the deletion of the account of the act's user back, if somebody asked for it, and
// tells them.
func keepAccount(ctx context.Context, a *act.Act, reason string) error {
	if a.User.DeletesAt.IsZero() || !a.User.ErasingAt.IsZero() {
		return nil
	}
	if err := a.SetDeletion(ctx, a.User.TenantID, a.User.ID, time.Time{}); err != nil {
		return act.Conflict(err)
	}
	a.User.DeletesAt = time.Time{}
	a.Note(audit.DeletionCancelled, act.About{}, "reason", reason)
	return a.Tell(ctx, act.Alert{Kind: notify.AccountKept, Client: a.Origin(), Data: notify.Data{ByAdmin: reason == keptByAdmin}})
}

// undoDeletion keeps the account whose deletion was asked for in a dispute.
func undoDeletion(ctx context.Context, t *taking, _ sallyport.Event) (bool, error) {
	if t.User.DeletesAt.IsZero() {
		return false, nil
	}
	return true, keepAccount(ctx, t.Act, keptInDispute)
}
