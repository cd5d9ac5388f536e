package sso

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Linked is an account of the reader's at a provider.
type Linked struct {
	ID, Provider string
	Name         string // of the provider
	Preset       string
	Use          Use
	Email        string // as the provider last said
	CreatedAt    time.Time
	UsedAt       time.Time
	OnlyWayIn    bool // without it there is no way to sign in
}

// Linked returns the actor's accounts at providers, and the providers where they can link one.
func (s *Service) Linked(ctx context.Context, actor sallyport.Actor) (have []Linked, more []Provider, err error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, nil, err
	}
	providers, err := s.all(ctx, actor.TenantID)
	if err != nil {
		return nil, nil, err
	}
	identities, err := s.Acts.IdentitiesOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, nil, err
	}
	only, err := s.onlyWayIn(ctx, s.Acts.Queries, actor)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.Acts.Policy(ctx, actor.TenantID)
	for _, i := range identities {
		at := slices.IndexFunc(providers, func(p Provider) bool { return p.ID == i.ProviderID })
		if at < 0 {
			continue
		}
		of := providers[at]
		have = append(have, Linked{i.ID, of.ID, of.Name, of.Preset, of.Use, i.Email, i.CreatedAt, i.UsedAt, only == i.ID})
	}
	for _, of := range providers {
		taken := slices.ContainsFunc(identities, func(i store.Identity) bool { return i.ProviderID == of.ID })
		if of.Enabled && !taken && (of.Use == Organisation || !p.SSORequired) {
			more = append(more, of)
		}
	}
	return have, more, err
}

// onlyWayIn returns the identity without which the actor cannot sign in; "" where there is another way.
func (s *Service) onlyWayIn(ctx context.Context, db store.Queries, actor sallyport.Actor) (string, error) {
	p, err := s.Acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return "", err
	}
	ways, err := identitiesThatOpen(ctx, db, p, actor)
	if err != nil || len(ways) != 1 {
		return "", err
	}
	u, err := db.User(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return "", err
	}
	factors, err := db.LiveFactors(ctx, actor.TenantID, actor.UserID)
	passkey := slices.ContainsFunc(store.Plain(factors), func(f sallyport.Factor) bool { return sallyport.MethodOf(f.Method).Alone && policy.Counts(p, f) })
	if p.SSORequired {
		passkey = passkey && u.Role == sallyport.RoleOwner // others do not come past it
	}
	if passkey || u.PasswordHash != "" && !p.SSORequired {
		return "", err
	}
	return ways[0], err
}

// identitiesThatOpen are the actor's identities with which they could sign in now.
func identitiesThatOpen(ctx context.Context, db store.Queries, p sallyport.Policy, actor sallyport.Actor) (ids []string, err error) {
	identities, err := db.IdentitiesOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	for _, i := range identities {
		of, err := db.IdentityProvider(ctx, actor.TenantID, i.ProviderID)
		if err != nil {
			return nil, err
		}
		if of.Enabled && (of.Counts || !p.SSORequired) {
			ids = append(ids, i.ID)
		}
	}
	return ids, nil
}

// Purposes of requests that belong to a session.
const (
	purposeLink = "link"
	purposeTest = "test"
	// StateOfSession begins the state of a request that belongs to a session and not to a flow.
	StateOfSession = "s."
)

// AskLink begins to link an account of the actor's at a provider. CodeStepUp; CodeForbidden for one where
// policy says no; errors of Ask.
func (s *Service) AskLink(ctx context.Context, actor sallyport.Actor, providerID string) (Out, error) {
	if err := s.Acts.May(ctx, actor, act.User(actor.UserID), NeedLink); err != nil {
		return Out{}, err
	}
	asked, out, err := s.Ask(ctx, actor.TenantID, providerID, How{})
	if err != nil {
		return Out{}, err
	}
	return out, s.keep(ctx, actor, purposeLink, asked)
}

// keep stores a request beside the actor's session.
func (s *Service) keep(ctx context.Context, actor sallyport.Actor, purpose string, asked Asked) error {
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	return s.Acts.Keep(ctx, func(tx *store.Tx) error {
		return tx.AddSSORequest(ctx, store.SSORequest{
			TenantID: actor.TenantID, ID: asked.State, Purpose: purpose, ProviderID: asked.Provider, UserID: actor.UserID, SessionID: actor.SessionID,
			Facts: string(text), ExpiresAt: asked.At.Add(AskLifetime),
		})
	})
}

// take returns the request of the actor's session that an answer is to, and uses it up. CodeFlowExpired when
// there is none.
func (s *Service) take(ctx context.Context, actor sallyport.Actor, providerID string, got url.Values) (purpose string, asked Asked, err error) {
	state := StateOf(got)
	var r store.SSORequest
	err = s.Acts.Keep(ctx, func(tx *store.Tx) error {
		r, err = tx.TakeSSORequest(ctx, store.SSORequest{TenantID: actor.TenantID, ID: state, SessionID: actor.SessionID}, s.Acts.Now())
		return err
	})
	if errors.Is(err, sallyport.ErrNotFound) {
		return "", asked, sallyport.Refuse(sallyport.CodeFlowExpired, "this session asked nothing of a provider")
	}
	if err == nil && r.ProviderID != providerID {
		err = sallyport.Refuse(sallyport.CodeFlowExpired, "it came to the address of another provider")
	}
	if err != nil {
		return "", asked, err
	}
	return r.Purpose, asked, json.Unmarshal([]byte(r.Facts), &asked)
}

// Returned is what became of a request that belonged to a session.
type Returned struct {
	Provider Provider
	Test     *Report // of a test; nil for an account that was linked
}

// Return finishes what AskLink or AskTest began, with what the browser brought back to the address of a provider. The account at the
// provider is linked if the session has proven enough for it by now; it is taken with CodeConflict when it is
// somebody else's.
func (s *Service) Return(ctx context.Context, actor sallyport.Actor, providerID string, got url.Values) (Returned, error) {
	purpose, asked, err := s.take(ctx, actor, providerID, got)
	if err != nil {
		return Returned{}, err
	}
	if purpose == purposeTest {
		return s.tested(ctx, actor, asked, got)
	}
	f, err := s.Answer(ctx, actor.TenantID, asked, got)
	if err != nil {
		return Returned{}, err
	}
	return Returned{Provider: f.Provider}, s.linkOwn(ctx, actor, f)
}

func (s *Service) linkOwn(ctx context.Context, actor sallyport.Actor, f Found) error {
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedLink, func(a *act.Act) error {
		known, err := a.IdentityBySubject(ctx, actor.TenantID, f.Provider.ID, f.Subject)
		switch {
		case err == nil && known.UserID == actor.UserID:
			return nil // twice is no error
		case err == nil:
			return sallyport.Blocked(sallyport.IdentityTaken)
		case !errors.Is(err, sallyport.ErrNotFound):
			return err
		}
		return tie(ctx, a, store.Identity{
			TenantID: actor.TenantID, ID: token.NewID(), ProviderID: f.Provider.ID, Subject: f.Subject, UserID: actor.UserID, Email: f.Email, CreatedAt: a.Now,
		}, actor.SessionID)
	})
}

// tie ties an identity to the act's user, who is told. ErrConflict with IdentityTaken when it is somebody else's.
func tie(ctx context.Context, a *act.Act, i store.Identity, sessionID string) error {
	p, err := a.IdentityProvider(ctx, i.TenantID, i.ProviderID)
	if err != nil {
		return act.Conflict(err)
	}
	if err := a.AddIdentity(ctx, i); err != nil {
		if errors.Is(err, sallyport.ErrConflict) {
			err = sallyport.Blocked(sallyport.IdentityTaken)
		}
		return err
	}
	a.Note(audit.IdentityLinked, act.About{Target: i.ID, Session: sessionID}, "provider", p.Name)
	about, err := a.About(ctx)
	if err != nil {
		return err
	}
	about.SessionID = sessionID
	return a.Tell(ctx, act.Alert{Kind: notify.IdentityLinked, Client: a.Actor.Client, About: about, Data: notify.Data{ProviderName: p.Name, Address: i.Email}})
}

// Unlink takes an account of the actor's at a provider away. ErrConflict with OnlyWayIn for the last way to
// sign in; ErrNotFound for one that is not theirs; CodeStepUp.
func (s *Service) Unlink(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedLink, func(a *act.Act) error {
		all, err := a.IdentitiesOf(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(i store.Identity) bool { return i.ID == id })
		if at < 0 {
			return sallyport.ErrNotFound
		}
		only, err := s.onlyWayIn(ctx, a.Queries, actor)
		if err == nil && only == id {
			err = sallyport.Blocked(sallyport.OnlyWayIn)
		}
		if err != nil {
			return err
		}
		return unlink(ctx, a, all[at])
	})
}

func unlink(ctx context.Context, a *act.Act, i store.Identity) error {
	row, err := a.IdentityProvider(ctx, i.TenantID, i.ProviderID)
	if err != nil {
		return err
	}
	return unlinkFrom(ctx, a, Provider{Name: row.Name}, i)
}

// unlinkFrom takes an identity at a provider away from whoever has it, who is told.
func unlinkFrom(ctx context.Context, a *act.Act, p Provider, i store.Identity) error {
	u, err := a.Queries.User(ctx, i.TenantID, i.UserID)
	if err != nil {
		return err
	}
	a.Note(audit.IdentityUnlinked, act.About{User: u.ID, Target: i.ID}, "provider", p.Name)
	if err := act.Conflict(a.DropIdentity(ctx, i)); err != nil {
		return err
	}
	return a.Tell(ctx, act.Alert{Kind: notify.IdentityUnlinked, User: u, Client: a.Origin(), Data: notify.Data{ProviderName: p.Name}})
}

// UnlinkAll takes all accounts at providers of the act's user away, who is told.
func UnlinkAll(ctx context.Context, a *act.Act) error {
	all, err := a.IdentitiesOf(ctx, a.User.TenantID, a.User.ID)
	for _, i := range all {
		if err := unlink(ctx, a, i); err != nil {
			return err
		}
	}
	return err
}

// Anew returns the providers where a user can prove anew who they are.
func (s *Service) Anew(ctx context.Context, u sallyport.User) (out []Provider, err error) {
	identities, err := s.Acts.IdentitiesOf(ctx, u.TenantID, u.ID)
	if err != nil || len(identities) == 0 {
		return nil, err
	}
	p, err := s.Acts.Policy(ctx, u.TenantID)
	if err != nil {
		return nil, err
	}
	all, err := s.all(ctx, u.TenantID)
	for _, of := range all {
		own := slices.ContainsFunc(identities, func(i store.Identity) bool { return i.ProviderID == of.ID })
		if own && of.Enabled && of.Fresh() && (of.Use == Organisation || !p.SSORequired) {
			out = append(out, of)
		}
	}
	return out, err
}

// codePlace is where a flow keeps the code that was mailed to the address of an account.
func codePlace(tenantID, flowID string) seal.Place {
	return seal.Place{Column: "flows.link_code", TenantID: tenantID, ID: flowID}
}

// SealCode seals the code of a flow.
func (s *Service) SealCode(tenantID, flowID, code string) ([]byte, error) {
	return s.Keys.Seal(codePlace(tenantID, flowID), []byte(code))
}

// OpenCode opens what SealCode sealed.
func (s *Service) OpenCode(tenantID, flowID string, sealed []byte) (string, error) {
	code, err := s.Keys.Open(codePlace(tenantID, flowID), sealed)
	return string(code), err
}
