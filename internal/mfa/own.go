package mfa

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/throttle"
)

// What acts on one's own factors require.
var (
	NeedAdd         = act.Need{StepUp: policy.AddFactor}
	NeedRemove      = act.Need{StepUp: policy.RemoveFactor}
	NeedBackupCodes = act.Need{StepUp: policy.BackupCodes}
	NeedRename      = act.Need{Exempt: policy.Harmless}
	NeedCodesSaved  = act.Need{Exempt: policy.Harmless}
)

// owner returns the user who acts on their own factors.
func (s *Service) owner(ctx context.Context, actor sallyport.Actor) (sallyport.User, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return sallyport.User{}, err
	}
	return s.Acts.User(ctx, actor.TenantID, actor.UserID)
}

// self returns the actor as the subject of their own factors.
func (s *Service) self(ctx context.Context, actor sallyport.Actor) (Subject, error) {
	user, err := s.owner(ctx, actor)
	if err != nil {
		return Subject{}, err
	}
	p, err := s.Acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return Subject{}, err
	}
	party, err := act.Party(ctx, s.Acts.Queries, actor)
	return Subject{User: user, Policy: p, Party: party, Session: actor.SessionID}, err
}

// Begin begins to set up a second factor for the actor. It becomes active by Verify.
// CodeStepUp when more has to be proven first; otherwise the errors of
// [Service.NewEnrolment] and [Enrolment.Store].
func (s *Service) Begin(ctx context.Context, actor sallyport.Actor, n NewFactor) (Begun, error) {
	who, err := s.self(ctx, actor)
	if err != nil {
		return Begun{}, err
	}
	e, err := s.NewEnrolment(ctx, who, n)
	if err != nil {
		return Begun{}, err
	}
	return e.Begun, s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedAdd, func(a *act.Act) error { return e.Store(ctx, a) })
}

// Begun returns what the actor needs to finish an enrolment that Begin began.
// ErrNotFound when it is finished or expired; CodeStepUp as for Begin.
func (s *Service) Begun(ctx context.Context, actor sallyport.Actor, id string) (Begun, error) {
	user, err := s.owner(ctx, actor)
	if err != nil {
		return Begun{}, err
	}
	if err := s.Acts.May(ctx, actor, act.User(user.ID), NeedAdd); err != nil {
		return Begun{}, err // the step-up is needed because the seed is shown again
	}
	return s.Pending(ctx, user, id)
}

// Verify activates a factor from Begin by its first use. Backup codes that come with an
// account's first factor are never shown again. CodeMFAFailed for a wrong answer,
// CodeAccountLocked after too many; ErrNotFound when the enrolment is over.
func (s *Service) Verify(ctx context.Context, actor sallyport.Actor, id string, answer Answer) (done Enrolled, err error) {
	who, err := s.self(ctx, actor)
	if err != nil {
		return done, err
	}
	if err := s.Waits(ctx, who, id); err != nil {
		return done, err
	}
	if err := answer.Given(); err != nil {
		return done, err
	}
	var verified *Verified
	err = s.Acts.Prove(ctx, actor, act.Try{Keys: throttle.EnrolmentTry, Method: "enrolment", Compare: func() (err error) {
		verified, err = s.CheckEnrolment(ctx, who, id, answer)
		return err
	}})
	if err != nil {
		return done, err
	}
	err = s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedAdd, func(a *act.Act) error {
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		if done, err = verified.Activate(ctx, a, about); err != nil || answer.Session == "" {
			return err
		}
		// The first use also counts as proof in this session, so that adding another
		// factor need not wait for the next code.
		v, err := a.Session(ctx, actor.TenantID, actor.SessionID)
		if err != nil {
			return err
		}
		proof := act.Proof{Method: verified.Method()}
		if sallyport.MethodOf(proof.Method).Beside { // that a message came through proves nothing of who reads it
			proof = act.Proof{}
		}
		done.Session, done.Tokens, err = a.StepUp(ctx, v, answer.Session, proof)
		return err
	})
	return done, err
}

// Rename renames one of the actor's factors. ErrNotFound when it is not theirs or
// is revoked.
func (s *Service) Rename(ctx context.Context, actor sallyport.Actor, id, name string) error {
	name, err := line.Parse("name", name)
	if err != nil {
		return err
	}
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedRename, func(a *act.Act) error {
		f, err := a.Factor(ctx, actor.TenantID, actor.UserID, id)
		if err != nil {
			return err
		}
		a.Note(audit.MethodRenamed, act.About{Target: id}, "method", f.Method, "name", name)
		return a.RenameFactor(ctx, actor.TenantID, actor.UserID, id, name)
	})
}

// Remove removes one of the actor's factors. CodeMFAEnforced when it is the last one
// and the organisation requires one, which is said before anything has to be proven;
// CodeStepUp when more has to be proven first. One that is removed already is no error.
func (s *Service) Remove(ctx context.Context, actor sallyport.Actor, id string) (done Removed, err error) {
	if err := s.stays(ctx, actor, id); err != nil {
		return done, err
	}
	err = s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedRemove, func(a *act.Act) error {
		done, err = s.TakeAway(ctx, a, id, ReasonRemoved)
		if errors.Is(err, sallyport.ErrNotFound) && wasRemoved(ctx, a, id) {
			return nil // the answer to the first time was lost
		}
		return err
	})
	return done, err
}

// wasRemoved reports whether the act's user had a factor that counted and was removed.
func wasRemoved(ctx context.Context, a *act.Act, id string) bool {
	f, err := a.Factor(ctx, a.User.TenantID, a.User.ID, id)
	return err == nil && f.Status == sallyport.FactorRevoked && !f.VerifiedAt.IsZero()
}

// stays returns CodeMFAEnforced when one of the actor's factors has to stay, or with no id when
// one of all has to: nobody should prove who they are for an act that is then refused. The act
// asks again under its lock.
func (s *Service) stays(ctx context.Context, actor sallyport.Actor, id string) error {
	who, err := s.self(ctx, actor)
	if err != nil {
		return err
	}
	st, err := s.Standing(ctx, s.Acts.Queries, who.Policy, who.User)
	if err != nil {
		return err
	}
	if id == "" && st.Enforced || st.stays(who.Policy, id) {
		return sallyport.Refuse(sallyport.CodeMFAEnforced, "")
	}
	return nil
}

// Disable removes all of the actor's factors and backup codes. CodeMFAEnforced where
// the organisation requires one, which is said before anything has to be proven; CodeStepUp when
// more has to be proven first. It is no error when there is none.
func (s *Service) Disable(ctx context.Context, actor sallyport.Actor) error {
	if err := s.stays(ctx, actor, ""); err != nil {
		return err
	}
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedRemove, func(a *act.Act) error {
		st, err := s.Standing(ctx, a.Queries, a.Policy, a.User)
		if err != nil {
			return err
		}
		if st.Enforced {
			return sallyport.Refuse(sallyport.CodeMFAEnforced, "")
		}
		removed := 0
		for _, f := range st.Live {
			switch {
			case !sallyport.SecondFactor(f.Method):
			case f.Status == sallyport.FactorPending:
				err = drop(ctx, a, f, ReasonDisabled)
			default:
				removed++
				err = remove(ctx, a, f, ReasonDisabled)
			}
			if err != nil {
				return err
			}
		}
		if removed == 0 {
			return nil
		}
		return disable(ctx, a, st)
	})
}

// NewBackupCodes replaces the actor's backup codes and returns the new ones, which are
// never shown again. ErrConflict without a second factor or where policy allows no
// codes; CodeStepUp when more has to be proven first.
func (s *Service) NewBackupCodes(ctx context.Context, actor sallyport.Actor) ([]string, error) {
	return s.newBackupCodes(ctx, actor, actor.UserID, NeedBackupCodes)
}

// CodesSaved takes the word of the actor that they have saved their backup codes, so that
// nobody reminds them. It is no error without any codes.
func (s *Service) CodesSaved(ctx context.Context, actor sallyport.Actor) error {
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedCodesSaved, func(a *act.Act) error { return Saved(ctx, a) })
}

// Saved records that the act's user has saved their backup codes.
func Saved(ctx context.Context, a *act.Act) error {
	return a.SaveBackupCodes(ctx, a.User.TenantID, a.User.ID, a.Now)
}

func (s *Service) newBackupCodes(ctx context.Context, actor sallyport.Actor, userID string, n act.Need) (codes []string, err error) {
	err = s.Acts.Run(ctx, actor, act.User(userID), n, func(a *act.Act) error {
		st, err := s.Standing(ctx, a.Queries, a.Policy, a.User)
		if err != nil {
			return err
		}
		if !st.Has() {
			return sallyport.Blocked(sallyport.NoSecondFactor)
		}
		if !slices.Contains(a.Policy.MFAMethods, sallyport.MethodBackupCodes) {
			return sallyport.Blocked(sallyport.BackupCodesForbidden)
		}
		if codes, err = s.issueBackupCodes(ctx, a); err != nil {
			return err
		}
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.BackupCodesMade, Client: a.Origin(), About: about})
	})
	return codes, err
}
