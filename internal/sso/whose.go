package sso

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Bond is who somebody is at a provider, as a sign-in there has shown. A flow keeps it, and the session that
// it becomes is tied to it.
type Bond struct {
	Provider string         `json:"provider"`
	Identity string         `json:"identity,omitempty"` // "" for one that is not known yet
	Subject  string         `json:"subject"`
	Email    string         `json:"email,omitempty"` // as the provider says
	Session  string         `json:"session,omitempty"`
	Name     string         `json:"name"`           // by which the provider names them where it signs them out
	Hint     []byte         `json:"hint,omitempty"` // sealed
	Role     sallyport.Role `json:"role,omitempty"` // that the rules give; "" for none
	Vouched  bool           `json:"vouched,omitempty"`
}

// Whose says whose identity a provider has found. The user is the zero one where nobody has it; then a bond
// with Existing names an account with the same address, which its owner may tie to it after a proof of that
// account, too.
type Whose struct {
	Bond
	User     sallyport.User
	Existing bool
}

// Whose finds out whose identity it is, and makes an account where the rules say so. CodeSSORefused for
// somebody whom the rules do not admit: then their sessions that began at the provider end. CodeSSOUnknown
// for somebody whom nobody here knows.
func (s *Service) Whose(ctx context.Context, from sallyport.Client, f Found) (Whose, error) {
	p := f.Provider
	tenantID := p.row.TenantID
	w, err := s.bond(ctx, f)
	if err != nil {
		return w, err
	}
	known, err := s.identity(ctx, f)
	if err != nil {
		return w, err
	}
	w.Identity = known.ID
	if !p.admits(f.Assertion) {
		return w, errors.Join(s.cutOff(ctx, known), sallyport.Refuse(sallyport.CodeSSORefused, "no rule of the provider admits them"))
	}
	if known.ID != "" {
		w.User, err = s.Acts.User(ctx, tenantID, known.UserID)
		return w, err
	}
	return s.stranger(ctx, from, f, w)
}

// identity returns that of whom a provider has found; the zero one where nobody has it.
func (s *Service) identity(ctx context.Context, f Found) (store.Identity, error) {
	i, err := s.Acts.IdentityBySubject(ctx, f.Provider.row.TenantID, f.Provider.ID, f.Subject)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return i, err
}

// bond makes what a flow keeps of what a provider has said.
func (s *Service) bond(ctx context.Context, f Found) (w Whose, err error) {
	p := f.Provider
	w.Bond = Bond{Provider: p.ID, Subject: f.Subject, Email: f.Email, Session: f.SessionID, Vouched: p.vouched(f.Assertion)}
	if w.Name, err = s.nameOf(ctx, f); err != nil {
		return w, err
	}
	if p.Use == Organisation {
		w.Role = p.role(f.Assertion)
	}
	if f.Assertion.Hint != "" {
		w.Hint, err = s.Keys.Seal(hintPlace(p.row.TenantID, p.ID), []byte(f.Assertion.Hint))
	}
	return w, err
}

func hintPlace(tenantID, providerID string) seal.Place {
	return seal.Place{Column: "federated_sessions.hint", TenantID: tenantID, ID: providerID}
}

// stranger decides about somebody whose identity nobody has: an address that the provider has verified may be
// that of an account, or of somebody for whom one is made. An address that it has not verified says nothing.
func (s *Service) stranger(ctx context.Context, from sallyport.Client, f Found, w Whose) (Whose, error) {
	p := f.Provider
	unknown := sallyport.Refuse(sallyport.CodeSSOUnknown, "nobody has this identity, and no account may be made")
	if !p.verified(f.Assertion) {
		return w, unknown
	}
	address, err := line.ParseEmail("email", f.Email)
	if err != nil {
		return w, unknown
	}
	w.Email = address
	u, err := s.Acts.UserByEmail(ctx, p.row.TenantID, address)
	switch {
	case err == nil && p.Use == Organisation && !u.Service():
		w.User, w.Existing = u, true
		return w, s.stillStranger(ctx, f)
	case err == nil:
		return w, unknown // linked from the account's own page, and in no other way
	case !errors.Is(err, sallyport.ErrNotFound):
		return w, err
	}
	may, err := s.mayProvision(ctx, p, address)
	if err != nil || !may {
		return w, errors.Join(err, unknown)
	}
	return s.provision(ctx, from, f, w)
}

// errMadeMeanwhile is for who comes in for the first time in several browsers at once.
var errMadeMeanwhile = sallyport.Refuse(sallyport.CodeFlowExpired, "the account was made by another sign-in at the same time")

// stillStranger refuses somebody who has an identity by now: then the account with their address is the one that
// was made with it, and nothing is left to prove.
func (s *Service) stillStranger(ctx context.Context, f Found) error {
	known, err := s.identity(ctx, f)
	if err == nil && known.ID != "" {
		err = errMadeMeanwhile
	}
	return err
}

// mayProvision reports whether an account is made for somebody with this address.
func (s *Service) mayProvision(ctx context.Context, p Provider, address string) (bool, error) {
	if p.Use != Organisation || p.Provision == ForNobody {
		return false, nil
	}
	if p.Provision == ForAnybody {
		return true, nil
	}
	d, err := s.Acts.SSODomain(ctx, p.row.TenantID, domainOf(address))
	known, err := act.Ignore(err)
	return known && d.ProviderID == p.ID && !d.ProvenAt.IsZero(), err
}

// domainOf returns the domain of an address as domains are stored.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(email.Key(address), "@")
	return domain
}

// provision makes an account for somebody whom the provider has signed in for the first time.
func (s *Service) provision(ctx context.Context, from sallyport.Client, f Found, w Whose) (Whose, error) {
	p := f.Provider
	u := sallyport.User{
		ID: token.NewID(), TenantID: p.row.TenantID, Email: w.Email, Role: sallyport.RoleMember, Status: sallyport.UserActive, SecondFactor: sallyport.NoFactor,
	}
	u.FirstName, u.LastName = names(f.Name)
	if w.Role != "" {
		u.Role = w.Role
	}
	w.Identity = token.NewID()
	by := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: u.TenantID, Client: from}
	err := s.Acts.Run(ctx, by, act.Nobody, act.Need{}, func(a *act.Act) error {
		u.CreatedAt, u.EmailVerifiedAt = a.Now, a.Now
		if err := act.Conflict(a.AddUser(ctx, u)); err != nil {
			return err
		}
		a.Note(audit.UserCreated, act.About{User: u.ID}, "role", string(u.Role), "provider", p.Name)
		a.Note(audit.IdentityLinked, act.About{User: u.ID, Target: w.Identity}, "provider", p.Name)
		return a.AddIdentity(ctx, store.Identity{
			TenantID: u.TenantID, ID: w.Identity, ProviderID: p.ID, Subject: f.Subject, UserID: u.ID, Email: w.Email, CreatedAt: a.Now, UsedAt: a.Now,
		})
	})
	if errors.Is(err, sallyport.ErrConflict) { // a parallel sign-in of the same person was first
		err = errMadeMeanwhile
	}
	w.User = u
	return w, err
}

// names makes a first and a last name of what a provider calls somebody.
func names(all string) (first, last string) {
	all = line.Clean(all)
	first, last, _ = strings.Cut(all, " ")
	fit := func(field, s string) string {
		if utf8.RuneCountInString(s) > line.MaxLength {
			return ""
		}
		s, err := line.Parse(field, s)
		if err != nil {
			return ""
		}
		return s
	}
	return fit("firstName", first), fit("lastName", last)
}

// cutOff ends the sessions that somebody began with an identity whom the rules do not admit any more.
func (s *Service) cutOff(ctx context.Context, i store.Identity) error {
	if i.ID == "" {
		return nil
	}
	live, err := s.Acts.FederatedSessionsOf(ctx, i.TenantID, i.ID)
	if err != nil {
		return err
	}
	_, err = s.end(ctx, live, act.ReasonNotAdmitted)
	return err
}

// Tie records in the act that begins a session that it began at a provider. An identity that is new is tied to
// the act's user, who is told; ErrConflict when it became somebody else's meanwhile.
func (b Bond) Tie(ctx context.Context, a *act.Act, sessionID string) error {
	i := store.Identity{TenantID: a.User.TenantID, ID: b.Identity, ProviderID: b.Provider, Subject: b.Subject, UserID: a.User.ID, Email: b.Email, CreatedAt: a.Now, UsedAt: a.Now}
	if b.Identity == "" {
		i.ID = token.NewID()
		if err := tie(ctx, a, i, sessionID); err != nil {
			return err
		}
	} else if err := a.UseIdentity(ctx, i); err != nil {
		return act.Conflict(err)
	}
	if err := b.giveRole(ctx, a); err != nil {
		return err
	}
	return a.AddFederatedSession(ctx, store.FederatedSession{
		TenantID: i.TenantID, SessionID: sessionID, IdentityID: i.ID, ProviderID: b.Provider, Name: b.Name, ProviderSession: b.Session, Hint: b.Hint, CreatedAt: a.Now,
	})
}

// giveRole gives the act's user the role that the rules of the provider say. An owner stays one: only owners
// make and unmake owners.
func (b Bond) giveRole(ctx context.Context, a *act.Act) error {
	if b.Role == "" || b.Role == a.User.Role || slices.Contains([]sallyport.Role{b.Role, a.User.Role}, sallyport.RoleOwner) {
		return nil
	}
	if !b.Role.BuiltIn() {
		if _, err := a.Queries.Role(ctx, a.User.TenantID, string(b.Role)); err != nil {
			_, err = act.Ignore(err) // a role that was deleted is given to nobody
			return err
		}
	}
	a.Note(audit.UserRoleChanged, act.About{}, "old", string(a.User.Role), "new", string(b.Role), "sessions", "0")
	return act.Conflict(a.SetRole(ctx, a.User.TenantID, a.User.ID, b.Role))
}
