package mfa

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Factors lists the second factors of one account, for its owner or an admin.
type Factors struct {
	Enabled   bool // at least one is usable
	Since     time.Time
	Enforced  bool               // policy or an admin requires one: the last one cannot be removed
	Current   []sallyport.Factor // active and suspended, oldest first, without backup codes
	Forbidden []string           // ids of those in Current whose method policy forbids
	Staying   []string           // ids of those in Current that cannot be removed, because one is required
	Last      string             // id of the only usable one; "" when there is none or several
	Former    []sallyport.Factor // revoked, newest first, at most 20
	Allowed   []string           // methods that may be added
	Choices   []Choice           // what can be proven now
	Alone     []Choice           // those that can replace the password too
	CodesLeft int                // unused backup codes
	CodesFrom time.Time          // when the backup codes were made; zero without any
	Codes     bool               // policy allows backup codes
	Unsaved   bool               // their owner has not said that they have saved the backup codes
	Required  bool               // an admin requires one of this user

	HandedUntil time.Time // until when the code works that an admin handed over after a reset; zero for none

	ExemptUntil  time.Time // until when an admin exempts them from what policy demands; zero for never, or past
	ExemptReason string    // what the admin gave as the reason; for admins
}

// formerFactors is how many revoked factors are listed.
const formerFactors = 20

// Own returns the actor's own second factors.
func (s *Service) Own(ctx context.Context, actor sallyport.Actor) (Factors, error) {
	user, err := s.owner(ctx, actor)
	if err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

// Provable returns what the actor can prove in a step-up for an act: the second factors, and
// those that can replace the password too.
func (s *Service) Provable(ctx context.Context, actor sallyport.Actor, what policy.Act) (choices, alone []Choice, err error) {
	who, err := s.self(ctx, actor)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.Acts.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil {
		return nil, nil, err
	}
	st, err := s.Standing(ctx, s.Acts.Queries, who.Policy, who.User)
	st = st.For(what, v)
	return st.Choices(), st.Alone(), err
}

// Of returns the second factors of a user. It needs mfa.view.
func (s *Service) Of(ctx context.Context, actor sallyport.Actor, userID string) (Factors, error) {
	user, err := s.Acts.User(ctx, actor.TenantID, userID)
	if err != nil {
		return Factors{}, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

// Get returns an active or suspended second factor of the organisation. It needs mfa.view.
// ErrNotFound when there is none, or it was removed.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (sallyport.Factor, error) {
	f, err := s.Acts.FactorByID(ctx, actor.TenantID, id)
	if err == nil {
		err = NeedView.ToLook(actor)
	}
	if err != nil {
		return sallyport.Factor{}, err
	}
	if f.Status != sallyport.FactorActive && f.Status != sallyport.FactorSuspended {
		return sallyport.Factor{}, sallyport.ErrNotFound
	}
	return f.Factor, nil
}

func (s *Service) factorsOf(ctx context.Context, user sallyport.User) (Factors, error) {
	p, err := s.Acts.PolicyOf(ctx, user.TenantID, user.ID)
	if err != nil {
		return Factors{}, err
	}
	st, err := s.Standing(ctx, s.Acts.Queries, p, user)
	if err != nil {
		return Factors{}, err
	}
	former, err := s.Acts.RevokedFactors(ctx, user.TenantID, user.ID, formerFactors)
	if err != nil {
		return Factors{}, err
	}
	out := Factors{
		Enabled: st.Has(), Enforced: st.Enforced, Former: store.Plain(former),
		Codes: slices.Contains(p.MFAMethods, sallyport.MethodBackupCodes), Required: user.MFARequired,
		Allowed: st.Methods, Choices: st.Choices(), Alone: st.Alone(),
	}
	if out.Enabled {
		out.Allowed = append(slices.Clip(out.Allowed), s.besides(p)...)
		slices.SortStableFunc(out.Allowed, byRank)
	}
	if policy.Exempt2FA(user, s.Acts.Now()) {
		out.ExemptUntil, out.ExemptReason = user.MFAExemptUntil, user.MFAExemptReason
	}
	if out.Codes && !st.Codes.HandedOver() {
		out.CodesLeft, out.CodesFrom, out.Unsaved = st.Left, st.Codes.VerifiedAt, st.Unsaved()
	}
	counting := slices.DeleteFunc(slices.Clone(st.Usable), func(f store.Factor) bool { return !sallyport.SecondFactor(f.Method) })
	if len(counting) == 1 {
		out.Last = counting[0].ID
	}
	for _, f := range st.Live {
		if f.HandedOver() {
			out.HandedUntil = f.ExpiresAt
		}
		if f.Status == sallyport.FactorPending || sallyport.MethodOf(f.Method).StandIn {
			continue
		}
		out.Current = append(out.Current, f.Factor)
		if st.stays(p, f.ID) {
			out.Staying = append(out.Staying, f.ID)
		}
		switch {
		case f.Status == sallyport.FactorActive && !policy.Counts(p, f.Factor):
			out.Forbidden = append(out.Forbidden, f.ID)
		case f.Status == sallyport.FactorActive && (out.Since.IsZero() || f.VerifiedAt.Before(out.Since)):
			out.Since = f.VerifiedAt
		}
	}
	return out, nil
}

// List returns a page of the organisation's factors, without pending ones. It needs
// mfa.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Factor], error) {
	if err := NeedView.ToLook(actor); err != nil {
		return list.Page[sallyport.Factor]{}, err
	}
	found, err := s.Acts.ListFactors(ctx, actor.TenantID, q)
	return list.Map(found, func(f store.Factor) sallyport.Factor { return f.Factor }), err
}
