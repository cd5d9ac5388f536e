package mfa

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Standing is what an account has to show.
type Standing struct {
	Live     []store.Factor // active, suspended and pending ones, oldest first
	Usable   []store.Factor // what counts under policy besides backup codes, last used first
	Codes    store.Factor   // the set of backup codes; zero without one that counts
	Left     int            // unused codes of it
	Required bool           // a sign-in needs a second factor
	Enforced bool           // by policy or an admin
	Methods  []string       // that may be set up, the strongest first
}

// Has reports whether the account has a second factor that counts.
func (st Standing) Has() bool { return len(st.Usable) > 0 }

// Standing returns what an account has to show under p.
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

// offered lists the second factors that may be set up under p.
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

// Choice is one way to pass the second factor, for people to choose from.
type Choice struct {
	Method   string
	FactorID string // of what a code is sent to; for other methods the one used last
	Name     string // its owner's name for it; "" where one choice stands for several
	Hint     string // where a code goes, masked
	Left     int    // of backup codes
	Verified bool   // a passkey must verify its user: it stands for the password as well
}

// Choices lists the ways to pass, the strongest first and, of one method, the one
// used last. Where the method is shared, any one answers for all of its kind.
func (st Standing) Choices() []Choice {
	var out []Choice
	for _, f := range st.Usable {
		i := slices.IndexFunc(out, func(c Choice) bool { return c.Method == f.Method })
		if sallyport.MethodOf(f.Method).Shared && i >= 0 {
			out[i].Name = "" // of several
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

// Alone returns those of the choices that stand for the password as well.
func (st Standing) Alone() []Choice {
	return slices.DeleteFunc(st.Choices(), func(c Choice) bool { return !sallyport.MethodOf(c.Method).Alone })
}

func byRank(a, b string) int {
	return cmp.Compare(sallyport.MethodOf(a).Rank, sallyport.MethodOf(b).Rank)
}

// Hint says where a code for a factor goes, masked: "" for what no code goes to.
func Hint(f sallyport.Factor) string { return methodOf(f.Method).hint(f) }
