// Package mfa is second factors at work: setting them up, asking for them,
// accepting each proof once, and taking them away. It serves the two uses that
// people see: package signin, where a factor is asked for, and package account,
// where its owner looks after it.
//
//	enrol:  NewEnrolment ─ Store (pending) ─ person ─ CheckEnrolment ─ Activate
//	prove:  Ask ─ Send (code or passkey options) ─ person ─ Check ─ Use
//
// What compares a secret writes nothing, and what uses it up is a statement in the
// transaction of the act, guarded so that of any number of parallel tries one wins.
// The caller spends a try ([throttle.Spend]) before it compares.
//
// Seeds of codes and codes under way are sealed with a key outside the database and
// bound to their row.
package mfa

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// Config is what a service stands on.
type Config struct {
	DB     *store.Store
	Keys   *seal.Keys
	Outbox *notify.Outbox
	Alerts *alert.Service
	Base   link.Base
	Now    func() time.Time
}

// Service works on the second factors of all tenants.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Standing is what an account has to show.
type Standing struct {
	Live     []store.Factor // active, suspended and pending ones, oldest first
	Usable   []store.Factor // what counts under policy besides backup codes, last used first
	Codes    store.Factor   // the set of backup codes; zero without one that counts
	Left     int            // unused codes of it
	Required bool           // a sign-in needs a second factor
	Enforced bool           // by policy or an admin
	Methods  []string       // that may be set up
}

// Has reports whether the account has a second factor that counts.
func (st Standing) Has() bool { return len(st.Usable) > 0 }

// Standing returns what an account has to show under p.
func (s *Service) Standing(ctx context.Context, db store.Queries, p sallyport.Policy, u sallyport.User) (Standing, error) {
	live, err := db.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return Standing{}, err
	}
	st := Standing{Live: live, Enforced: policy.Enforced(p, u), Required: policy.FactorRequired(p, u, store.Plain(live)), Methods: s.methods(p)}
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

// Choice is one way to pass the second factor, for people to choose from.
type Choice struct {
	Method   string
	FactorID string // of what a code is sent to; for other methods the one used last
	Name     string // its owner's name for it; "" where one choice stands for several
	Hint     string // where a code goes, masked
	Left     int    // of backup codes
	Verified bool   // a passkey must verify its user: it stands for the password as well
}

// Choices lists the ways to pass, the one used last first and backup codes at the
// end. Any authenticator app or passkey of the account answers for all of its kind.
func (st Standing) Choices() []Choice {
	var out []Choice
	for _, f := range st.Usable {
		shared := f.Method == sallyport.MethodTOTP || f.Method == sallyport.MethodWebAuthn
		i := slices.IndexFunc(out, func(c Choice) bool { return c.Method == f.Method })
		if shared && i >= 0 {
			out[i].Name = "" // of several
			continue
		}
		out = append(out, Choice{Method: f.Method, FactorID: f.ID, Name: f.Name, Hint: hint(f.Factor)})
	}
	if st.Left > 0 {
		out = append(out, Choice{Method: sallyport.MethodBackupCodes, FactorID: st.Codes.ID, Left: st.Left})
	}
	return out
}

func hint(f sallyport.Factor) string {
	switch f.Method {
	case sallyport.MethodSMS:
		return factor.MaskPhone(f.PhoneNumber)
	case sallyport.MethodEmail:
		return MaskEmail(f.Email)
	}
	return ""
}

// usable returns the usable factors of one method.
func (st Standing) usable(method string) []store.Factor {
	return slices.DeleteFunc(slices.Clone(st.Usable), func(f store.Factor) bool { return f.Method != method })
}

// secret is what is sealed with a factor.
type secret struct {
	Seed     []byte    `json:"seed,omitempty"`     // of TOTP
	Key      []byte    `json:"key,omitempty"`      // of the hashes of backup codes
	Code     string    `json:"code,omitempty"`     // sent, of a pending factor
	Until    time.Time `json:"until,omitzero"`     // when Code stops working
	Ceremony []byte    `json:"ceremony,omitempty"` // of a pending passkey
	Options  []byte    `json:"options,omitempty"`  // of the same, as the browser gets them
}

func place(tenantID, id string) seal.Place {
	return seal.Place{Column: "factors.secret", TenantID: tenantID, ID: id}
}

func (s *Service) seal(tenantID, id string, v secret) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(place(tenantID, id), text)
}

func (s *Service) open(f store.Factor) (v secret, err error) {
	text, err := s.Keys.Open(place(f.TenantID, f.ID), f.Secret)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(text, &v)
}

// relyingParty is the organisation as passkeys know it: by its host name.
func (s *Service) relyingParty(t sallyport.Tenant) (factor.RelyingParty, error) {
	origin := s.Base.URL(t, "")
	u, err := url.Parse(origin)
	return factor.RelyingParty{ID: u.Hostname(), Name: t.Name, Origins: []string{origin}}, err
}

func passkeyUser(u sallyport.User, passkeys []store.Factor) factor.PasskeyUser {
	out := factor.PasskeyUser{Handle: []byte(u.ID), Name: u.Email, DisplayName: u.Name()}
	for _, f := range passkeys {
		out.Passkeys = append(out.Passkeys, []byte(f.Credential))
	}
	return out
}
