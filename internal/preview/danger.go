package preview

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// Danger is that a change would lock out somebody who could undo it: an owner, or who makes it.
type Danger struct {
	UserID string
	Self   bool   // who makes it
	Name   string // of an owner
	// Effect is Refused; Enrols where nothing that the policy allows can be set up; Ended for the actor's session that would end at once.
	Effect Effect
}

// Save saves an edit as [tenant.Service.Save] does. Where it would lock out owners, or the actor, it returns a conflict
// (WouldLockOut) unless anyway says that they know.
func (s *Service) Save(ctx context.Context, actor sallyport.Actor, e tenant.Edit, anyway bool) (tenant.Saved, error) {
	// What is wrong otherwise, Save says, in its order.
	if plan, err := s.tenants.Plan(ctx, actor, e); err == nil && !anyway && plan.Version == e.Version {
		dangers, err := s.dangers(ctx, actor, plan)
		if err != nil {
			return tenant.Saved{}, err
		}
		if len(dangers) > 0 {
			return tenant.Saved{}, sallyport.Blocked(sallyport.WouldLockOut)
		}
	}
	return s.tenants.Save(ctx, actor, e)
}

// dangers returns the dangers of a plan: owners whose sign-ins of the last 30 days it would have refused, and the
// actor's own ones and session.
func (s *Service) dangers(ctx context.Context, actor sallyport.Actor, plan tenant.Plan) ([]Danger, error) {
	if len(plan.Changes) == 0 {
		return nil, nil
	}
	now := s.acts.Now()
	j := &judgement{Service: s, tenantID: actor.TenantID, since: now.Add(-Window), now: now, pairs: map[string][2]sallyport.Policy{}}
	j.Org, j.Next, j.Group, j.NextGroup = policy.ValuesOf(plan.Org), policy.ValuesOf(plan.Next), plan.OfGroup, plan.NextOfGroup
	j.Edit.GroupID = plan.Group.ID
	if err := j.read(ctx); err != nil {
		return nil, err
	}
	users, err := s.acts.OwnersToJudge(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	if actor.Type == sallyport.ActorUser && actor.Role != sallyport.RoleOwner {
		me, err := s.acts.User(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return nil, err
		}
		users = append(users, store.JudgedUser{ID: me.ID, Role: me.Role, PasswordChangedAt: me.PasswordChangedAt})
	}
	var out []Danger
	for _, u := range users {
		d := Danger{UserID: u.ID, Self: u.ID == actor.UserID}
		err := j.each(ctx, []store.JudgedUser{u}, func(_ store.JudgedUser, v verdict) { d.Effect = s.out(v, plan.Next) })
		if err == nil && d.Self && d.Effect == "" {
			d.Effect, err = j.endsAtOnce(ctx, actor)
		}
		if err != nil {
			return nil, err
		}
		if d.Effect == "" {
			continue
		}
		if d.Name, err = s.name(ctx, actor, u.ID); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// out returns the effect that keeps somebody out for good; "" for none. A lock does not.
func (s *Service) out(v verdict, next sallyport.Policy) Effect {
	if v.hits[Refused].times > 0 {
		return Refused
	}
	possible := slices.ContainsFunc(next.MFAMethods, func(m string) bool { return sallyport.SecondFactor(m) && s.factors.Available(m) })
	if v.hits[Enrols].times > 0 && !possible {
		return Enrols
	}
	return ""
}

func (s *Service) name(ctx context.Context, actor sallyport.Actor, id string) (string, error) {
	u, err := s.acts.User(ctx, actor.TenantID, id)
	return u.Name(), err
}

// endsAtOnce returns Ended where the change would end the actor's session in the moment when it is saved.
func (j *judgement) endsAtOnce(ctx context.Context, actor sallyport.Actor) (Effect, error) {
	if actor.SessionID == "" {
		return "", nil
	}
	v, err := j.acts.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil {
		return "", err
	}
	memberOf, err := j.acts.Memberships(ctx, j.tenantID, []string{actor.UserID})
	if err != nil {
		return "", err
	}
	lifetime, idle := policy.SessionTimes(j.pair(memberOf[actor.UserID])[1], v.Native, v.DeviceInfo.Type)
	if !j.now.Before(v.CreatedAt.Add(lifetime)) || !j.now.Before(v.LastActivityAt.Add(idle)) {
		return Ended, nil
	}
	return "", nil
}
