package sso

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/store"
)

// party is what we are at a provider that speaks SAML.
func (s *Service) party(ctx context.Context, p Provider) (saml.Party, error) {
	t, err := s.Acts.Tenant(ctx, p.row.TenantID)
	if err != nil {
		return saml.Party{}, err
	}
	secret, err := s.open(p)
	if err != nil {
		return saml.Party{}, err
	}
	key, err := saml.ParseKey([]byte(secret.Key))
	base := s.Base.URL(t, CallbackPath+p.ID)
	return saml.Party{
		EntityID: base, ACS: base + "/callback", SLO: base + "/logout", Key: key.Private, Cert: key.Cert, Now: s.Acts.Now, Replays: replays{s, p},
	}, err
}

func identityProvider(p Provider) saml.Provider {
	return saml.Provider{
		Metadata: []byte(p.Metadata), EntityID: p.EntityID, Email: p.Email, Name: p.Settings.Name, Groups: p.Groups, Subject: p.Subject,
		AnyFormat: p.AnyFormat,
	}
}

// nameOf is how a provider names somebody in a request to sign them out: by the NameID of the assertion, which
// is not the subject where that is an attribute.
func (s *Service) nameOf(ctx context.Context, f Found) (string, error) {
	if f.Provider.Protocol != SAML {
		return f.Subject, nil
	}
	us, err := s.party(ctx, f.Provider)
	return us.NameOf(f.Issuer, f.Assertion.Hint), err
}

func (s *Service) askSAML(ctx context.Context, p Provider, asked Asked, how How, tr *federate.Trace) (Asked, Out, error) {
	us, err := s.party(ctx, p)
	if err != nil {
		return Asked{}, Out{}, err
	}
	out, err := us.Request(identityProvider(p), saml.Request{RelayState: asked.State, ForceAuthn: how.Fresh, NameHint: how.Hint}, tr)
	asked.Request = out.ID
	return asked, Out{out.URL, out.Form}, failed(err)
}

func (s *Service) readSAML(ctx context.Context, p Provider, asked Asked, got url.Values, tr *federate.Trace) (federate.Assertion, error) {
	if subtle.ConstantTimeCompare([]byte(asked.State), []byte(got.Get("RelayState"))) != 1 {
		return federate.Assertion{}, &federate.Problem{Code: "state"}
	}
	us, err := s.party(ctx, p)
	if err != nil {
		return federate.Assertion{}, err
	}
	return us.Response(ctx, identityProvider(p), got.Get("SAMLResponse"), asked.Request, tr)
}

// replays takes assertions and messages once, on all nodes.
type replays struct {
	s *Service
	p Provider
}

// Consume is that of [saml.Replays].
func (r replays) Consume(ctx context.Context, id string, expires time.Time) error {
	err := r.s.once(ctx, r.p, id, expires)
	if errors.Is(err, sallyport.ErrConflict) {
		return saml.ErrReplayed
	}
	return err
}

// once takes something that a provider said, unless it was taken before: then the error is ErrConflict.
func (s *Service) once(ctx context.Context, p Provider, id string, expires time.Time) error {
	hash := sha256.Sum256([]byte(id))
	return s.Acts.Keep(ctx, func(tx *store.Tx) error {
		return tx.SeeAtProvider(ctx, store.SeenAtProvider{TenantID: p.row.TenantID, ProviderID: p.ID, Hash: hash[:], ExpiresAt: expires})
	})
}
