package mfa

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Standing is what second factors a user has, and needs, under a policy.
type Standing struct {
	Live     []store.Factor // active, suspended and pending ones, oldest first
	Usable   []store.Factor // active and allowed by policy, without backup codes, last used first; some only stand beside others
	Outdated []store.Factor // active, but policy forbids them; only where nothing is usable, last used first
	Codes    store.Factor   // the set of backup codes that can be used; zero when there is none
	Left     int            // unused codes of the set
	Had      bool           // the account has a second factor: an active or suspended one, whatever policy allows
	Required bool           // a sign-in needs a second factor
	Enforced bool           // policy or an admin requires one
	Methods  []string       // that can be set up, strongest first
	young    bool           // see Before
}

// Has reports whether the account has a usable second factor.
func (st Standing) Has() bool { return st.hasBesides("") }

// hasBesides reports whether it has one that is not the one with this id.
func (st Standing) hasBesides(id string) bool {
	return slices.ContainsFunc(st.Usable, func(o store.Factor) bool { return o.ID != id && sallyport.SecondFactor(o.Method) })
}

// Unsaved reports whether there are backup codes that their owner has not said to have saved.
func (st Standing) Unsaved() bool { return st.Codes.ID != "" && st.Codes.SavedAt.IsZero() }

// leaves reports whether there is a second factor besides one, whatever policy makes of it.
func (st Standing) leaves(id string) bool {
	return slices.ContainsFunc(st.Live, func(o store.Factor) bool {
		return o.ID != id && o.Status != sallyport.FactorPending && sallyport.SecondFactor(o.Method)
	})
}

// stays reports whether a factor cannot be removed: a second factor is required, and it is the
// last one, or the last that counts.
func (st Standing) stays(p sallyport.Policy, id string) bool {
	others := st.hasBesides(id)
	return st.Enforced && slices.ContainsFunc(st.Live, func(f store.Factor) bool {
		return f.ID == id && f.Status != sallyport.FactorPending && sallyport.SecondFactor(f.Method) &&
			(policy.Counts(p, f.Factor) && !others || !st.leaves(id))
	})
}

// Standing returns a user's second factors under the policy p.
func (s *Service) Standing(ctx context.Context, db store.Queries, p sallyport.Policy, u sallyport.User) (Standing, error) {
	live, err := db.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return Standing{}, err
	}
	all, now := store.Plain(live), s.Acts.Now()
	st := Standing{
		Live: live, Had: policy.Had(all), Enforced: policy.Enforced(p, u, now), Required: policy.FactorRequired(p, u, all, now), Methods: s.offered(p),
	}
	for _, f := range live {
		switch {
		case !policy.Provable(p, f.Factor, all) || !known(f.Method):
		case f.HandedOver() && !now.Before(f.ExpiresAt): // its time is over
		case sallyport.MethodOf(f.Method).StandIn:
			st.Codes = f
		case policy.Counts(p, f.Factor):
			st.Usable = append(st.Usable, f)
		default:
			st.Outdated = append(st.Outdated, f)
		}
	}
	lastUsed := func(a, b store.Factor) int { return b.LastUsedAt.Compare(a.LastUsedAt) }
	slices.SortStableFunc(st.Usable, lastUsed)
	slices.SortStableFunc(st.Outdated, lastUsed)
	if st.Codes.ID != "" {
		left, err := db.CountBackupCodes(ctx, u.TenantID, st.Codes.ID)
		if err != nil {
			return Standing{}, err
		}
		st.Left = int(left)
	}
	return st, nil
}

// offered lists the methods that can be set up under p by anybody: without backup codes, and without
// those that only stand beside others.
func (s *Service) offered(p sallyport.Policy) []string {
	names := slices.DeleteFunc(slices.Clone(p.MFAMethods), func(name string) bool {
		return !sallyport.SecondFactor(name) || !methodOf(name).available(s)
	})
	slices.SortStableFunc(names, byRank)
	return names
}

// besides lists the methods that can be set up under p beside another one.
func (s *Service) besides(p sallyport.Policy) []string {
	return slices.DeleteFunc(slices.Clone(p.MFAMethods), func(name string) bool {
		return !sallyport.MethodOf(name).Beside || !methodOf(name).available(s)
	})
}

// OlderThan returns the standing with only those factors that open an account that was closed
// because of what happened since a time.
func (st Standing) OlderThan(disputedSince time.Time) Standing {
	return st.without(func(f store.Factor) bool { return !policy.Reopens(f.Factor, disputedSince) })
}

// without returns the standing without the factors, and codes, that cannot be proven.
func (st Standing) without(gone func(store.Factor) bool) Standing {
	st.Usable, st.Outdated = slices.DeleteFunc(slices.Clone(st.Usable), gone), slices.DeleteFunc(slices.Clone(st.Outdated), gone)
	if gone(st.Codes) {
		st.Codes, st.Left = store.Factor{}, 0
	}
	return st
}

// Available reports whether factors of a method can be set up in this installation.
func (s *Service) Available(method string) bool { return methodOf(method).available(s) }

// provable returns the factors that can be proven at present: the usable ones, and where
// there are none, those that policy forbids by now.
func (st Standing) provable() []store.Factor { return slices.Concat(st.Usable, st.Outdated) }

// can reports whether there is a factor of a method, or a set of codes, to prove.
func (st Standing) can(method string) bool {
	return len(st.of(method)) > 0 || sallyport.MethodOf(method).StandIn && st.Codes.ID != ""
}

// of returns the factors of one method that can be proven at present.
func (st Standing) of(method string) []store.Factor {
	return slices.DeleteFunc(st.provable(), func(f store.Factor) bool { return f.Method != method })
}

// Choice is one second factor that a person can choose to use. They are shown it before they have
// proven it, so it does not say how many backup codes are left.
type Choice struct {
	Method   string
	FactorID string // where a code is sent; for other methods the factor used last
	Name     string // given by its owner; "" when the choice covers several factors
	Hint     string // where a code is sent, masked
	Verified bool   // the passkey must verify its user, because it replaces the password
}

// Choices lists what can be proven: the strongest method first, then the last used. A
// shared method is one choice, whatever the number of its factors.
func (st Standing) Choices() []Choice {
	var out []Choice
	for _, f := range st.provable() {
		i := slices.IndexFunc(out, func(c Choice) bool { return c.Method == f.Method })
		if sallyport.MethodOf(f.Method).Shared && i >= 0 {
			out[i].Name = "" // one choice for several
			continue
		}
		out = append(out, Choice{Method: f.Method, FactorID: f.ID, Name: f.Name, Hint: Hint(f.Factor)})
	}
	if st.Left > 0 {
		out = append(out, Choice{Method: st.Codes.Method, FactorID: st.Codes.ID})
	}
	slices.SortStableFunc(out, func(a, b Choice) int { return byRank(a.Method, b.Method) })
	return out
}

// Alone returns the choices that can replace the password too. A method that policy forbids
// by now never does.
func (st Standing) Alone() []Choice {
	st.Outdated = nil
	if st.young {
		return nil
	}
	return slices.DeleteFunc(st.Choices(), func(c Choice) bool { return !sallyport.MethodOf(c.Method).Alone })
}

// Before returns the standing with only the factors that were there before a session began:
// what was added in it proves nothing of who holds it. Where nothing else is left, those that
// were added count as second factors, but not instead of the password.
func (st Standing) Before(began time.Time) Standing {
	old := st.without(func(f store.Factor) bool { return f.VerifiedAt.After(began) })
	if len(old.provable()) == 0 {
		st.young = true
		return st
	}
	return old
}

// For returns the standing that counts in a session in a step-up for an act.
func (st Standing) For(what policy.Act, v sallyport.Session) Standing {
	if r, ok := policy.ActOf(what); ok && r.Again {
		return st.Before(v.CreatedAt)
	}
	return st
}

func byRank(a, b string) int {
	return cmp.Compare(sallyport.MethodOf(a).Rank, sallyport.MethodOf(b).Rank)
}

// Hint says where the codes of a factor are sent, masked; "" when none are sent.
func Hint(f sallyport.Factor) string { return methodOf(f.Method).hint(f) }
