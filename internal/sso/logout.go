package sso

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/store"
)

// SignedOutPath is where a provider sends browsers after it has signed somebody out.
const SignedOutPath = "/sign-in"

// EndThere returns where the browser of a session goes to be signed out at the provider as well, nil for
// nowhere: the session began at none, or its admin does not want it. It is asked before the session ends.
// A provider that cannot be reached keeps nobody from signing out here.
func (s *Service) EndThere(ctx context.Context, actor sallyport.Actor) *Out {
	f, err := s.Acts.FederatedSession(ctx, actor.TenantID, actor.SessionID)
	if err != nil {
		return nil
	}
	p, err := s.Named(ctx, actor.TenantID, f.ProviderID)
	if err != nil || !p.Settings.EndThere {
		return nil
	}
	hint, err := s.Keys.Open(hintPlace(actor.TenantID, p.ID), f.Hint)
	if err != nil {
		return nil
	}
	out, err := s.endThere(ctx, p, string(hint))
	if err != nil || out.URL == "" {
		return nil
	}
	return &out
}

func (s *Service) endThere(ctx context.Context, p Provider, hint string) (Out, error) {
	if p.Protocol == SAML {
		us, err := s.party(ctx, p)
		if err != nil {
			return Out{}, err
		}
		out, err := us.Logout(identityProvider(p), hint, "")
		return Out{out.URL, out.Form}, err
	}
	at, err := s.relying(p)
	if err != nil {
		return Out{}, err
	}
	t, err := s.Acts.Tenant(ctx, p.row.TenantID)
	if err != nil {
		return Out{}, err
	}
	to, err := s.OpenID.EndSession(ctx, at, hint, s.Base.URL(t, SignedOutPath), "")
	return Out{URL: to}, err
}

// BackChannel ends the sessions that a logout token names: those that began in one session at the provider, or
// all of its subject. It returns how many. CodeSSOFailed for a token that does not hold or was used before.
// (OpenID Connect Back-Channel Logout 1.0, section 2.7.)
func (s *Service) BackChannel(ctx context.Context, tenantID, providerID, token string) (int, error) {
	p, err := s.Named(ctx, tenantID, providerID)
	if err != nil {
		return 0, err
	}
	at, err := s.relying(p)
	if err != nil {
		return 0, err
	}
	l, err := s.OpenID.LogoutToken(ctx, at, token)
	if err != nil {
		return 0, failed(err)
	}
	if err := s.once(ctx, p, "logout "+l.ID, l.Expires); err != nil {
		if errors.Is(err, sallyport.ErrConflict) {
			err = failed(&federate.Problem{Code: "replayed"})
		}
		return 0, err
	}
	return s.endNamed(ctx, p, l.Subject, l.SessionID)
}

// endNamed ends the live sessions that a provider names: by the user, "" for whoever it is, and by one of its
// sessions, "" for all of that user.
func (s *Service) endNamed(ctx context.Context, p Provider, name, session string) (int, error) {
	var live []store.Federated
	var err error
	switch {
	case session != "":
		live, err = s.Acts.FederatedSessionsIn(ctx, p.row.TenantID, p.ID, session)
		live = slices.DeleteFunc(live, func(f store.Federated) bool { return name != "" && f.Name != name })
	case name != "":
		live, err = s.Acts.FederatedSessionsNamed(ctx, p.row.TenantID, p.ID, name)
	}
	if err != nil {
		return 0, err
	}
	return s.end(ctx, live, act.ReasonSignedOutThere)
}

// end ends sessions, and returns how many it ended.
func (s *Service) end(ctx context.Context, live []store.Federated, reason string) (n int, err error) {
	for _, f := range live {
		ended, err := s.endOne(ctx, f, reason)
		if err != nil {
			return n, err
		}
		n += ended
	}
	return n, err
}

func (s *Service) endOne(ctx context.Context, f store.Federated, reason string) (n int, err error) {
	err = s.Acts.Run(ctx, sallyport.System(f.TenantID), act.User(f.UserID), act.Need{}, func(a *act.Act) error {
		n, err = a.RevokeSession(ctx, f.SessionID, reason)
		return err
	})
	return n, err
}

// Message is one of SAML that a browser brings to sign somebody out.
type Message = saml.LogoutMessage

// SingleLogout reads a provider's request to sign somebody out, ends the sessions that it names, and returns the
// answer that the browser takes back. (SAML 2.0 profiles, section 4.4.)
func (s *Service) SingleLogout(ctx context.Context, tenantID, providerID string, m Message) (Out, error) {
	p, err := s.Named(ctx, tenantID, providerID)
	if err == nil && p.Protocol != SAML {
		err = sallyport.ErrNotFound
	}
	if err != nil {
		return Out{}, err
	}
	us, err := s.party(ctx, p)
	if err != nil {
		return Out{}, err
	}
	r, err := us.ReadLogout(ctx, identityProvider(p), m)
	if err != nil {
		return Out{}, failed(err)
	}
	sessions := r.Sessions
	if len(sessions) == 0 {
		sessions = []string{""} // all of that name
	}
	for _, session := range sessions {
		if _, err := s.endNamed(ctx, p, r.Name, session); err != nil {
			return Out{}, err
		}
	}
	out, err := us.AnswerLogout(identityProvider(p), r.ID, r.RelayState, true)
	return Out{out.URL, out.Form}, failed(err)
}
