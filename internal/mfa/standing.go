package mfa

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Standing is what second factors a user has, and needs, under a policy.
type Standing struct {
	Live     []store.Factor // active, suspended and pending ones, oldest first
	Usable   []store.Factor // active and allowed by policy, without backup codes, last used first
	Codes    store.Factor   // the set of backup codes; zero when none is valid
	Left     int            // unused codes of the set
	Required bool           // a sign-in needs a second factor
	Enforced bool           // policy or an admin requires one
	Methods  []string       // that can be set up, strongest first
}

// Has reports whether the account has a usable second factor.
func (st Standing) Has() bool { return len(st.Usable) > 0 }

// Standing returns a user's second factors under the policy p.
func (s *Service) Standing(ctx context.Context, db store.Queries, p sallyport.Policy, u sallyport.User) (Standing, error) {
	live, err := db.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return Standing{}, err
	}
	st := Standing{Live: live, Enforced: policy.Enforced(p, u), Required: policy.FactorRequired(p, u, store.Plain(live)), Methods: s.offered(p)}
	for _, f := range live {
		switch {
		case !policy.Counts(p, f.Factor):
		case sallyport.SecondFactor(f.Method):
			st.Usable = append(st.Usable, f)
		default:
			st.Codes = f
		}
	}
	slices.SortStableFunc(st.Usable, func(a, b store.Factor) int { return b.LastUsedAt.Compare(a.LastUsedAt) })
	if st.Codes.ID != "" {
		left, err := db.CountBackupCodes(ctx, u.TenantID, st.Codes.ID)
		if err != nil {
			return Standing{}, err
		}
		st.Left = int(left)
	}
	return st, nil
}

// offered lists the methods that can be set up under p, without backup codes.
func (s *Service) offered(p sallyport.Policy) []string {
	names := slices.DeleteFunc(slices.Clone(p.MFAMethods), func(name string) bool {
		return !sallyport.SecondFactor(name) || !methodOf(name).available(s)
	})
	slices.SortStableFunc(names, byRank)
	return names
}

// usable returns the usable factors of one method.
func (st Standing) usable(method string) []store.Factor {
	return slices.DeleteFunc(slices.Clone(st.Usable), func(f store.Factor) bool { return f.Method != method })
}

// Choice is one second factor that a person can choose to use.
type Choice struct {
	Method   string
	FactorID string // where a code is sent; for other methods the factor used last
	Name     string // given by its owner; "" when the choice covers several factors
	Hint     string // where a code is sent, masked
	Left     int    // unused backup codes
	Verified bool   // the passkey must verify its user, because it replaces the password
}

// Choices lists the usable second factors: the strongest method first, then the last
// used. A shared method is one choice, whatever the number of its factors.
func (st Standing) Choices() []Choice {
	var out []Choice
	for _, f := range st.Usable {
		i := slices.IndexFunc(out, func(c Choice) bool { return c.Method == f.Method })
		if sallyport.MethodOf(f.Method).Shared && i >= 0 {
			out[i].Name = "" // one choice for several
			continue
		}
		out = append(out, Choice{Method: f.Method, FactorID: f.ID, Name: f.Name, Hint: Hint(f.Factor)})
	}
	if st.Left > 0 {
		out = append(out, Choice{Method: st.Codes.Method, FactorID: st.Codes.ID, Left: st.Left})
	}
	slices.SortStableFunc(out, func(a, b Choice) int { return byRank(a.Method, b.Method) })
	return out
}

// Alone returns the choices that can replace the password too.
func (st Standing) Alone() []Choice {
	return slices.DeleteFunc(st.Choices(), func(c Choice) bool { return !sallyport.MethodOf(c.Method).Alone })
}

func byRank(a, b string) int {
	return cmp.Compare(sallyport.MethodOf(a).Rank, sallyport.MethodOf(b).Rank)
}

// Hint says where the codes of a factor are sent, masked; "" when none are sent.
func Hint(f sallyport.Factor) string { return methodOf(f.Method).hint(f) }
