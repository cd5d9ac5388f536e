package mfa

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Factors is the second factors of one account, as its owner or an admin sees them.
type Factors struct {
	Enabled   bool // one counts
	Since     time.Time
	Enforced  bool               // by policy or an admin: the last one cannot be removed
	Current   []sallyport.Factor // active and suspended, oldest first, without backup codes
	Forbidden []string           // ids of those among them whose method policy does not allow
	Last      string             // id of the one without which nothing counts any more; "" for none, or several that count
	Former    []sallyport.Factor // revoked, newest first, at most 20
	Allowed   []string           // methods that may be added
	Choices   []Choice           // how to pass at this moment
	CodesLeft int                // unused backup codes
	CodesFrom time.Time          // when they were made; zero without any
	Codes     bool               // policy allows backup codes
	Required  bool               // an admin demands one of this user
}

// formerFactors is how much of the history is shown.
const formerFactors = 20

// Own returns the actor's own second factors.
func (s *Service) Own(ctx context.Context, actor sallyport.Actor) (Factors, error) {
	user, err := s.owner(ctx, actor)
	if err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

// Of returns the second factors of a user. It needs mfa.view.
func (s *Service) Of(ctx context.Context, actor sallyport.Actor, userID string) (Factors, error) {
	if err := access.Allowed(actor, access.MFAView, access.Target{TenantID: actor.TenantID}); err != nil {
		return Factors{}, err
	}
	user, err := s.Acts.User(ctx, actor.TenantID, userID)
	if err != nil {
		return Factors{}, err
	}
	return s.factorsOf(ctx, user)
}

func (s *Service) factorsOf(ctx context.Context, user sallyport.User) (Factors, error) {
	p, err := s.Acts.Policy(ctx, user.TenantID)
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
		Enabled: st.Has(), Enforced: st.Enforced, Former: store.Plain(former), CodesLeft: st.Left, CodesFrom: st.Codes.VerifiedAt,
		Codes: slices.Contains(p.MFAMethods, sallyport.MethodBackupCodes), Required: user.MFARequired,
		Allowed: st.Methods, Choices: st.Choices(),
	}
	if len(st.Usable) == 1 {
		out.Last = st.Usable[0].ID
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

// List returns a page of the organisation's factors. Pending ones are left out. It
// needs mfa.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Factor], error) {
	if err := access.Allowed(actor, access.MFAView, access.Target{TenantID: actor.TenantID}); err != nil {
		return list.Page[sallyport.Factor]{}, err
	}
	found, err := s.Acts.ListFactors(ctx, actor.TenantID, q)
	return list.Map(found, func(f store.Factor) sallyport.Factor { return f.Factor }), err
}
