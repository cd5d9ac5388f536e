package mfa

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedRemind is what an admin needs to remind people, themselves too.
var NeedRemind = act.Need{Permission: access.MFAManage, StepUp: policy.ManageFactors, Self: true}

// SetUpPath is the page where people set a second factor up. It asks them to sign in.
const SetUpPath = "/profile/security/two-factor/add"

const (
	remindEvery = 7 * 24 * time.Hour
	askEvery    = time.Hour // when an admin asks one person: more is the same call repeated
	remindStep  = 500       // people looked at in one step
	remindBatch = 50        // people mailed in one transaction
)

// Audience is whom a reminder goes to, among the active people.
type Audience string

// Audiences.
const (
	WithoutAny Audience = "none"     // who have no second factor
	OnlyWeak   Audience = "weak"     // who have none but codes that are sent
	Demanded   Audience = "required" // who have none although policy or an admin demands one
)

// Audiences lists all audiences.
var Audiences = []Audience{WithoutAny, OnlyWeak, Demanded}

// Reminded is what a reminder did.
type Reminded struct {
	Sent    int
	Skipped int    // of the audience, who were told within the last week
	Next    string // what the next step is called with; "" when everybody was looked at
}

// MailSetUp mails somebody that they should set a second factor up. It needs mfa.manage and a
// step-up. ErrConflict with HasStrongFactor when they have one that policy allows, and with
// NotActive when they cannot sign in. Who was mailed within the last hour gets no other mail.
func (s *Service) MailSetUp(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.Acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if a.User.Status != sallyport.UserActive {
			return sallyport.Blocked(sallyport.NotActive)
		}
		live, err := a.LiveFactors(ctx, a.User.TenantID, userID)
		if err != nil {
			return err
		}
		for _, f := range live {
			if policy.Counts(a.Policy, f.Factor) && sallyport.SecondFactor(f.Method) && !sallyport.MethodOf(f.Method).Sent {
				return sallyport.Blocked(sallyport.HasStrongFactor)
			}
		}
		_, err = mailSetUp(ctx, a, a.Now.Add(-askEvery))
		return err
	})
}

// mailSetUp mails the act's user, unless they were mailed after a time. Then it returns false.
func mailSetUp(ctx context.Context, a *act.Act, notSince time.Time) (bool, error) {
	if done, err := act.Ignore(a.RemindOfMFA(ctx, a.User.TenantID, a.User.ID, a.Now, notSince)); !done {
		return false, err
	}
	a.Note(audit.MFAReminded, act.About{})
	return true, a.Tell(ctx, act.Alert{Kind: notify.SetUpFactor, Page: SetUpPath})
}

// RemindAll does one step of [Service.Remind] after the other, from where sum is, until everybody
// was looked at or goOn, which gets the sums after each, says that it is enough for now.
func (s *Service) RemindAll(ctx context.Context, actor sallyport.Actor, who Audience, sum Reminded, goOn func(Reminded) bool) (Reminded, error) {
	for {
		step, err := s.Remind(ctx, actor, who, sum.Next)
		sum = Reminded{sum.Sent + step.Sent, sum.Skipped + step.Skipped, step.Next}
		if err != nil || sum.Next == "" || !goOn(sum) {
			return sum, err
		}
	}
}

// Remind mails an audience that they should set a second factor up, each of them once a week
// at most, whoever asks how often. One call looks at a part of the people: those after an id, ""
// to begin. It needs mfa.manage and a step-up. CodeInvalid for an audience that does not exist.
// After an error, what was sent stays sent; asking again sends the rest.
func (s *Service) Remind(ctx context.Context, actor sallyport.Actor, who Audience, after string) (out Reminded, err error) {
	if !slices.Contains(Audiences, who) {
		return out, refuse("audience", "unknown_value")
	}
	if err := s.Acts.May(ctx, actor, act.Nobody, NeedRemind); err != nil {
		return out, err
	}
	found, err := s.Acts.ActiveWithFactor(ctx, actor.TenantID, who.best(), after, remindStep)
	if err != nil {
		return out, err
	}
	ids := make([]string, len(found))
	for i, u := range found {
		ids[i] = u.ID
	}
	p, err := s.Acts.PoliciesOf(ctx, actor.TenantID, ids)
	if err != nil {
		return out, err
	}
	now := s.Acts.Now()
	var due []act.On
	for _, u := range found {
		switch {
		case who == Demanded && !policy.Enforced(p.Of(u.ID), u, now):
		case u.MFARemindedAt.After(now.Add(-remindEvery)):
			out.Skipped++
		default:
			due = append(due, act.Addressee(u.ID))
		}
	}
	for batch := range slices.Chunk(due, remindBatch) {
		sent, err := s.remind(ctx, actor, who, batch)
		if err != nil {
			return out, err
		}
		out.Sent, out.Skipped = out.Sent+sent, out.Skipped+len(batch)-sent
	}
	if len(found) == remindStep {
		out.Next = found[len(found)-1].ID
	}
	return out, nil
}

// best returns the value of User.SecondFactor that an audience has.
func (w Audience) best() sallyport.Strength {
	if w == OnlyWeak {
		return sallyport.WeakFactor
	}
	return sallyport.NoFactor
}

// remind mails those of a batch who are of the audience still and whom nobody reminded
// meanwhile, and returns how many.
func (s *Service) remind(ctx context.Context, actor sallyport.Actor, who Audience, batch []act.On) (sent int, err error) {
	did := map[string]bool{}
	err = s.Acts.Each(ctx, actor, batch, NeedRemind, func(a *act.Act, id string) (err error) {
		if did[id] = false; a.User.SecondFactor != who.best() || who == Demanded && !policy.Enforced(a.Policy, a.User, a.Now) {
			return nil
		}
		did[id], err = mailSetUp(ctx, a, a.Now.Add(-remindEvery))
		return err
	})
	for _, mailed := range did {
		if mailed {
			sent++
		}
	}
	return sent, err
}
