// Package oauth answers other services: who the holder of a token is (RFC 7662), a token that they can
// verify without asking (RFC 9068), and the keys for that.
//
//	service ─ its secret ─ Introspect ─ session or API key, as it is now
//	holder ─ token ─ Exchange ─ JWT for one service, five minutes ─ verified by /.well-known/jwks.json
//
// Asking is exact: after a revocation was acknowledged the answer is no. A JWT is not: it says what
// was true when it was made, until it expires. Nothing here accepts one as proof.
//
// The secret of a service is 256 random bits, so a fast hash under the service's id is enough, and a
// check costs no password hash.
package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// What acts on clients require.
var (
	NeedView   = act.Need{Permission: access.AppsView}
	NeedManage = act.Need{Permission: access.AppsManage, StepUp: policy.ManageApps}
)

// Config is what the service needs.
type Config struct {
	Acts     *act.Runner
	Sessions *session.Service
	APIKeys  *apikey.Service
	Keys     *seal.Keys // seal the keys that sign
	Base     link.Base
}

// Service answers for all tenants.
type Service struct {
	Config
	used sync.Map // id of a client: when its use was last recorded
}

// New returns a service.
func New(c Config) *Service { return &Service{Config: c} }

// Issuer returns what the tokens of an organisation name as their issuer.
func (s *Service) Issuer(t sallyport.Tenant) string { return s.Base.URL(t, "") }

// Clients returns the services that may ask, by name. It needs apps.view.
func (s *Service) Clients(ctx context.Context, actor sallyport.Actor) ([]sallyport.OAuthClient, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	rows, err := s.Acts.OAuthClients(ctx, actor.TenantID)
	all := make([]sallyport.OAuthClient, len(rows))
	for i, r := range rows {
		all[i] = r.OAuthClient
	}
	return all, err
}

// Client returns one of them. It needs apps.view.
func (s *Service) Client(ctx context.Context, actor sallyport.Actor, id string) (sallyport.OAuthClient, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.OAuthClient{}, err
	}
	c, err := s.Acts.OAuthClient(ctx, actor.TenantID, id)
	return c.OAuthClient, err
}

// Made is a client with its secret, which is shown this once.
type Made struct {
	sallyport.OAuthClient
	Secret string
}

// AddClient lets a service ask. It needs apps.manage and a step-up. CodeInvalid for its name: 1 to
// line.MaxLength characters that no other client has.
func (s *Service) AddClient(ctx context.Context, actor sallyport.Actor, name string) (m Made, err error) {
	name, err = line.Parse("name", name)
	if err == nil && name == "" {
		err = sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "required"})
	}
	if err != nil {
		return m, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		c := store.OAuthClient{OAuthClient: sallyport.OAuthClient{TenantID: actor.TenantID, ID: token.NewID(), Name: name, CreatedAt: a.Now, CreatedBy: actor.UserID}}
		secret, _ := token.NewKey(token.Client)
		c.Hint, c.Hash = token.Hint(secret), hash(c.ID, secret)
		a.Note(audit.ClientCreated, act.About{Target: c.ID}, "name", name)
		if err := a.AddClient(ctx, c); errors.Is(err, sallyport.ErrConflict) {
			return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
		} else if err != nil {
			return err
		}
		m = Made{c.OAuthClient, secret}
		return s.firstKey(ctx, a)
	})
	return m, err
}

// RotateClient gives a client another secret. The former one works for the overlap, one of
// [apikey.Overlaps]. It needs what AddClient needs.
func (s *Service) RotateClient(ctx context.Context, actor sallyport.Actor, id string, overlap time.Duration) (m Made, err error) {
	if !slices.Contains(apikey.Overlaps, overlap) {
		return m, sallyport.Invalid(sallyport.FieldError{Field: "overlapHours", Code: "unknown_value"})
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		c, err := a.OAuthClient(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		secret, _ := token.NewKey(token.Client)
		c.Hint, c.Hash, c.RotatedAt, c.FormerEndsAt = token.Hint(secret), hash(id, secret), a.Now, time.Time{}
		details := []string{"name", c.Name}
		if overlap > 0 {
			c.FormerEndsAt = a.Now.Add(overlap)
			details = append(details, "until", c.FormerEndsAt.UTC().Format(time.RFC3339))
		}
		a.Note(audit.ClientRotated, act.About{Target: id}, details...)
		m = Made{c.OAuthClient, secret}
		return a.RotateClient(ctx, c)
	})
	return m, err
}

// DeleteClient stops a service from asking. It needs what AddClient needs.
func (s *Service) DeleteClient(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		c, err := a.OAuthClient(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		a.Note(audit.ClientDeleted, act.About{Target: id}, "name", c.Name)
		return a.DropClient(ctx, actor.TenantID, id)
	})
}

// hash is what the database keeps of the secret of a client. It counts for this client only.
func hash(clientID, secret string) []byte {
	m := hmac.New(sha256.New, []byte(clientID))
	m.Write([]byte(secret))
	return m.Sum(nil)
}

// ErrClient is the error for a service that may not ask: it is unknown, or its secret is wrong.
var ErrClient = errors.New("oauth: unknown client, or wrong secret")

// Authenticate returns the service with this id and secret. ErrClient when there is none.
func (s *Service) Authenticate(ctx context.Context, tenantID, id, secret string) (sallyport.OAuthClient, error) {
	if _, ok := token.ParseKey(token.Client, secret); !ok {
		return sallyport.OAuthClient{}, ErrClient
	}
	c, err := s.Acts.OAuthClient(ctx, tenantID, id)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = ErrClient
	}
	if err != nil {
		return sallyport.OAuthClient{}, err
	}
	now, shown := s.Acts.Now(), hash(id, secret)
	former := now.Before(c.FormerEndsAt) && hmac.Equal(shown, c.FormerHash)
	if !former && !hmac.Equal(shown, c.Hash) {
		return sallyport.OAuthClient{}, ErrClient
	}
	return c.OAuthClient, s.noteUse(ctx, c.OAuthClient, now)
}

// noteUse records that a client asked, at most once a minute on each node.
func (s *Service) noteUse(ctx context.Context, c sallyport.OAuthClient, now time.Time) error {
	if last, ok := s.used.Load(c.ID); ok && now.Sub(last.(time.Time)) < time.Minute {
		return nil
	}
	s.used.Store(c.ID, now)
	if now.Sub(c.UsedAt) < time.Minute {
		return nil
	}
	return s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.TouchClient(ctx, c.TenantID, c.ID, now) })
}
