package account

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// MayAct returns nil when the actor's session is proven enough for an act at this
// moment, and CodeStepUp with what has to be proven otherwise. Pages ask before
// they show a form; the act asks again.
func (s *Service) MayAct(ctx context.Context, actor sallyport.Actor, act policy.Act) error {
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	ask, needed, err := assurance.Ask(ctx, s.db.Queries, actor, p, act, s.now())
	if err != nil || !needed {
		return err
	}
	return &sallyport.Error{Code: sallyport.CodeStepUp, StepUp: &ask}
}

// Factors is the second factors of one account, as its owner or an admin sees them.
type Factors struct {
	Enabled   bool // one counts
	Since     time.Time
	Enforced  bool               // by policy or an admin: the last one cannot be removed
	Current   []sallyport.Factor // active and suspended, oldest first, without backup codes
	Forbidden []string           // ids of those among them whose method policy does not allow
	Former    []sallyport.Factor // revoked, newest first, at most 20
	Allowed   []string           // methods that may be added
	Choices   []mfa.Choice       // how to pass at this moment
	CodesLeft int                // unused backup codes
	CodesFrom time.Time          // when they were made; zero without any
	Codes     bool               // policy allows backup codes
	Required  bool               // an admin demands one of this user
}

// formerFactors is how much of the history is shown.
const formerFactors = 20

// OwnFactors returns the actor's own second factors.
func (s *Service) OwnFactors(ctx context.Context, actor sallyport.Actor) (Factors, error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

func (s *Service) factorsOf(ctx context.Context, user sallyport.User) (Factors, error) {
	p, err := s.policy(ctx, user.TenantID)
	if err != nil {
		return Factors{}, err
	}
	st, err := s.factors.Standing(ctx, s.db.Queries, p, user)
	if err != nil {
		return Factors{}, err
	}
	former, err := s.db.RevokedFactors(ctx, user.TenantID, user.ID, formerFactors)
	if err != nil {
		return Factors{}, err
	}
	out := Factors{
		Enabled: st.Has(), Enforced: st.Enforced, Former: store.Plain(former), CodesLeft: st.Left, CodesFrom: st.Codes.VerifiedAt,
		Codes: slices.Contains(p.MFAMethods, sallyport.MethodBackupCodes), Required: user.MFARequired,
		Allowed: st.Methods, Choices: st.Choices(),
	}
	for _, f := range st.Live {
		if f.Status == sallyport.FactorPending || !sallyport.SecondFactor(f.Method) {
			continue
		}
		out.Current = append(out.Current, f.Factor)
		switch {
		case f.Status == sallyport.FactorActive && !policy.Counts(p, f.Factor):
			out.Forbidden = append(out.Forbidden, f.ID)
		case f.Status == sallyport.FactorActive && (out.Since.IsZero() || f.VerifiedAt.Before(out.Since)):
			out.Since = f.VerifiedAt
		}
	}
	return out, nil
}

// own runs act on the actor's own account, locked, when the session is proven
// enough for what. The act returns its events.
func (s *Service) own(ctx context.Context, actor sallyport.Actor, what policy.Act, act func(*store.Tx, sallyport.Policy, sallyport.User) ([]sallyport.Event, error)) error {
	if _, err := s.Own(ctx, actor); err != nil {
		return err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		user, err := tx.LockUser(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return err
		}
		if err := assurance.Require(ctx, tx, actor, p, what, s.now()); err != nil {
			return err
		}
		events, err := act(tx, p, user)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

// BeginFactor begins to set up a second factor of the actor's. It counts once
// VerifyFactor has seen its first use. CodeStepUp when more has to be proven first;
// otherwise the errors of [mfa.Service.NewEnrolment] and [mfa.Enrolment.Store].
func (s *Service) BeginFactor(ctx context.Context, actor sallyport.Actor, n mfa.NewFactor) (mfa.Begun, error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return mfa.Begun{}, err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return mfa.Begun{}, err
	}
	e, err := s.factors.NewEnrolment(ctx, mfa.Subject{User: user, Policy: p}, n)
	if err != nil {
		return mfa.Begun{}, err
	}
	return e.Begun, s.own(ctx, actor, policy.AddFactor, func(tx *store.Tx, _ sallyport.Policy, _ sallyport.User) ([]sallyport.Event, error) {
		return e.Store(ctx, tx, actor)
	})
}

// VerifyFactor makes a factor that BeginFactor began count, by its first use. The
// backup codes that come with an account's first one are shown this once. CodeMFAFailed
// for a wrong answer, CodeAccountLocked after too many; ErrNotFound when the
// enrolment is over.
func (s *Service) VerifyFactor(ctx context.Context, actor sallyport.Actor, id string, a mfa.Answer) (done mfa.Enrolled, err error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return done, err
	}
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return done, err
	}
	verified, err := s.tryFactor(ctx, actor, mfa.Subject{User: user, Policy: p}, id, a)
	if err != nil {
		return done, err
	}
	err = s.own(ctx, actor, policy.AddFactor, func(tx *store.Tx, p sallyport.Policy, _ sallyport.User) ([]sallyport.Event, error) {
		if err := throttle.Reset(ctx, tx, p, user.TenantID, s.now(), enrolmentKey(user)); err != nil {
			return nil, err
		}
		about, err := aboutSession(ctx, tx, actor)
		if err != nil {
			return nil, err
		}
		var events []sallyport.Event
		if done, events, err = verified.Activate(ctx, tx, actor, about); err != nil || a.Session == "" {
			return events, err
		}
		// Its first use proves it in this session as well: nobody waits for the next code
		// to add another one.
		v, err := tx.Session(ctx, actor.TenantID, actor.SessionID)
		if err != nil {
			return nil, err
		}
		done.Session, done.SessionToken, err = session.StepUp(ctx, tx, v, a.Session, false, verified.Method(), s.now())
		return events, err
	})
	return done, err
}

// enrolmentKey is the counter of first uses inside a session.
func enrolmentKey(u sallyport.User) throttle.Key { return throttle.ForFactor(u.ID, "enrolment") }

// tryFactor spends a try at the first use of a factor, and compares it.
func (s *Service) tryFactor(ctx context.Context, actor sallyport.Actor, who mfa.Subject, id string, a mfa.Answer) (*mfa.Verified, error) {
	if err := s.factors.Waits(ctx, who, id); err != nil {
		return nil, err
	}
	now := s.now()
	d, err := throttle.Spend(ctx, s.db, who.Policy, actor.TenantID, now, enrolmentKey(who.User))
	if err != nil {
		return nil, err
	}
	if !d.Allowed {
		code := sallyport.CodeRateLimited
		if d.Locked {
			code = sallyport.CodeAccountLocked
		}
		return nil, &sallyport.Error{Code: code, RetryAfter: d.Until.Sub(now)}
	}
	v, err := s.factors.CheckEnrolment(ctx, who, id, a)
	if sallyport.CodeOf(err) != sallyport.CodeMFAFailed {
		return v, err
	}
	return nil, cmp.Or(s.db.Write(ctx, func(tx *store.Tx) error {
		return s.reauthFailed(ctx, tx, actor, who.User, who.Policy, d, "enrolment")
	}), err)
}

// RenameFactor gives one of the actor's factors another name. ErrNotFound when it is
// not theirs or is revoked.
func (s *Service) RenameFactor(ctx context.Context, actor sallyport.Actor, id, name string) error {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return err
	}
	if name, err = line.Parse("name", name); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, user.TenantID, user.ID); err != nil {
			return err
		}
		if err := session.InUse(ctx, tx, actor, s.now()); err != nil {
			return err
		}
		f, err := tx.Factor(ctx, user.TenantID, user.ID, id)
		if err != nil {
			return err
		}
		if err := tx.RenameFactor(ctx, user.TenantID, user.ID, id, name); err != nil {
			return err
		}
		e := audit.New(actor, audit.MethodRenamed, s.now())
		e.UserID, e.TargetID, e.Data = user.ID, id, map[string]string{"method": f.Method, "name": name}
		return audit.Append(ctx, tx, e)
	})
}

// RemoveFactor removes one of the actor's factors. CodeMFAEnforced when it is the
// last one and the organisation demands one; CodeStepUp first.
func (s *Service) RemoveFactor(ctx context.Context, actor sallyport.Actor, id string) (done mfa.Removed, err error) {
	err = s.own(ctx, actor, policy.RemoveFactor, func(tx *store.Tx, p sallyport.Policy, user sallyport.User) ([]sallyport.Event, error) {
		about, err := aboutSession(ctx, tx, actor)
		if err != nil {
			return nil, err
		}
		var events []sallyport.Event
		done, events, err = s.factors.Remove(ctx, tx, actor, p, user, id, mfa.ReasonRemoved, about)
		return events, err
	})
	return done, err
}

// DisableFactors removes all of the actor's factors and backup codes. CodeMFAEnforced
// where the organisation demands one; ErrConflict when there is none; CodeStepUp first.
func (s *Service) DisableFactors(ctx context.Context, actor sallyport.Actor) error {
	return s.own(ctx, actor, policy.RemoveFactor, func(tx *store.Tx, p sallyport.Policy, user sallyport.User) ([]sallyport.Event, error) {
		about, err := aboutSession(ctx, tx, actor)
		if err != nil {
			return nil, err
		}
		_, events, err := s.factors.Disable(ctx, tx, actor, p, user, about)
		return events, err
	})
}

// NewBackupCodes replaces the actor's backup codes and returns the new ones, which
// are shown this once. ErrConflict without a second factor or where policy allows no
// codes; CodeStepUp first.
func (s *Service) NewBackupCodes(ctx context.Context, actor sallyport.Actor) (codes []string, err error) {
	err = s.own(ctx, actor, policy.BackupCodes, func(tx *store.Tx, p sallyport.Policy, user sallyport.User) ([]sallyport.Event, error) {
		var events []sallyport.Event
		codes, events, err = s.issueCodes(ctx, tx, actor, p, user)
		return events, err
	})
	return codes, err
}

func (s *Service) issueCodes(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, user sallyport.User) ([]string, []sallyport.Event, error) {
	st, err := s.factors.Standing(ctx, tx.Queries, p, user)
	if err != nil {
		return nil, nil, err
	}
	if !st.Has() || !slices.Contains(p.MFAMethods, sallyport.MethodBackupCodes) {
		return nil, nil, sallyport.ErrConflict
	}
	codes, events, err := s.factors.IssueBackupCodes(ctx, tx, actor, p, user)
	if err != nil {
		return nil, nil, err
	}
	a := alert.Alert{Kind: notify.BackupCodesMade, User: user, Policy: p, At: s.now()}
	if actor.UserID == user.ID { // from where an admin works is theirs
		a.Client = actor.Client
		if a.About, err = aboutSession(ctx, tx, actor); err != nil {
			return nil, nil, err
		}
	}
	return codes, events, s.alerts.Send(ctx, tx, a)
}
