package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	// JWTLifetime is how long a JWT says what was true when it was made.
	JWTLifetime = 5 * time.Minute
	// signsFor is how long a key signs.
	signsFor = 30 * 24 * time.Hour
	// publishedBefore is how long before it signs a key is published, so that services that keep the
	// set of keys know it by then.
	publishedBefore = 2 * 24 * time.Hour
	// keptAfter is how long after it signed last a key stays published: longer than any JWT lives.
	keptAfter = time.Hour
)

// ErrAudience is the error for a service that nobody knows.
var ErrAudience = errors.New("oauth: the audience is no client of this organisation")

// Issued is a JWT.
type Issued struct {
	Token     string
	ExpiresAt time.Time
}

// claims are those of RFC 9068, with what this service knows besides.
type claims struct {
	Issuer      string   `json:"iss"`
	Subject     string   `json:"sub"`
	Audience    string   `json:"aud"`
	Expires     int64    `json:"exp"`
	IssuedAt    int64    `json:"iat"`
	ID          string   `json:"jti"`
	ClientID    string   `json:"client_id"`
	Scope       string   `json:"scope,omitempty"`
	SessionID   string   `json:"sid,omitempty"`
	AuthTime    int64    `json:"auth_time,omitempty"`
	Methods     []string `json:"amr,omitempty"`
	Email       string   `json:"email,omitempty"`
	Role        string   `json:"role"`
	TenantID    string   `json:"tenant_id"`
	DeviceTrust int      `json:"device_trust"`
	KeyID       string   `json:"api_key_id,omitempty"`
}

// Exchange makes a JWT about the holder of a token for one service, the audience. It needs the token
// alone: it tells no more than the token opens. CodeNotSignedIn for a token that opens nothing; ErrAudience. A key that is bound to networks
// gets none (CodeKeyNetwork): who verifies alone could not hold to it.
func (s *Service) Exchange(ctx context.Context, t sallyport.Tenant, text, audience string) (Issued, error) {
	if _, err := s.Acts.OAuthClient(ctx, t.ID, audience); errors.Is(err, sallyport.ErrNotFound) {
		return Issued{}, ErrAudience
	} else if err != nil {
		return Issued{}, err
	}
	h, err := s.Introspect(ctx, t.ID, text)
	switch {
	case err != nil:
		return Issued{}, err
	case !h.Active():
		return Issued{}, sallyport.ErrNotSignedIn
	case len(h.Networks) > 0:
		return Issued{}, &sallyport.Error{Code: sallyport.CodeKeyNetwork}
	}
	now := s.Acts.Now()
	out := Issued{ExpiresAt: now.Add(JWTLifetime).Truncate(time.Second)}
	if !h.Ends.IsZero() && h.Ends.Before(out.ExpiresAt) {
		out.ExpiresAt = h.Ends.Truncate(time.Second)
	}
	c := claims{
		Issuer: s.Issuer(t), Subject: h.User.ID, Audience: audience, Expires: out.ExpiresAt.Unix(), IssuedAt: now.Unix(), ID: token.NewID(), ClientID: audience,
		Scope: h.Scope(), SessionID: h.SessionID, Methods: h.Methods, Email: h.User.Email, Role: string(h.User.Role), TenantID: t.ID,
		DeviceTrust: int(h.Trust), KeyID: h.KeyID,
	}
	if !h.Proven.IsZero() {
		c.AuthTime = h.Proven.Unix()
	}
	out.Token, err = s.sign(ctx, t.ID, c, now)
	return out, err
}

// sign returns the JWT of claims, signed with the key that signs at a time.
func (s *Service) sign(ctx context.Context, tenantID string, c claims, now time.Time) (string, error) {
	keys, err := s.Acts.SigningKeys(ctx, tenantID)
	if err != nil {
		return "", err
	}
	var with store.SigningKey
	for _, k := range keys { // the newest that signs by now; after a long stop of its job also one whose time is over
		if !now.Before(k.SignsFrom) {
			with = k
		}
	}
	if with.ID == "" {
		return "", sallyport.Refuse(sallyport.CodeUnavailable, "no key signs yet")
	}
	der, err := s.Keys.Open(keyPlace(with), with.Private)
	if err != nil {
		return "", err
	}
	private, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: with.ID}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// JWKS returns the public keys of an organisation as a JWK set: of those that sign, that will sign
// next, and that signed what is still good.
func (s *Service) JWKS(ctx context.Context, tenantID string) ([]byte, error) {
	keys, err := s.Acts.SigningKeys(ctx, tenantID)
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{[]json.RawMessage{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, json.RawMessage(k.Public))
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(set)
}

func keyPlace(k store.SigningKey) seal.Place {
	return seal.Place{Column: "signing_keys.private_key", TenantID: k.TenantID, ID: k.ID}
}

// firstKey makes the first key of an organisation, which signs at once, where it has none.
func (s *Service) firstKey(ctx context.Context, a *act.Act) error {
	keys, err := a.SigningKeys(ctx, a.Actor.TenantID)
	if err != nil || len(keys) > 0 {
		return err
	}
	return s.addKey(ctx, a, a.Now)
}

// addKey makes a key that signs from a time on.
func (s *Service) addKey(ctx context.Context, a *act.Act, from time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return err
	}
	k := store.SigningKey{TenantID: a.Actor.TenantID, ID: token.NewID(), CreatedAt: a.Now, SignsFrom: from, SignsUntil: from.Add(signsFor)}
	public, err := json.Marshal(jose.JSONWebKey{Key: private.Public(), KeyID: k.ID, Algorithm: string(jose.ES256), Use: "sig"})
	if err != nil {
		return err
	}
	k.Public = string(public)
	if k.Private, err = s.Keys.Seal(keyPlace(k), der); err != nil {
		return err
	}
	a.Note(audit.SigningKeyMade, act.About{}, "key", k.ID, "from", from.UTC().Format(time.RFC3339))
	return a.AddSigningKey(ctx, k)
}

// Tend makes the next keys of organisations that have one, in time for services to know them, and
// forgets those of which nothing is good any more. It is a job.
func (s *Service) Tend(ctx context.Context) error {
	return s.Acts.EachTenant(ctx, func(t sallyport.Tenant, _ sallyport.Policy) error {
		keys, err := s.Acts.SigningKeys(ctx, t.ID)
		now := s.Acts.Now()
		if err != nil || len(keys) == 0 || !due(keys, now) && now.Before(keys[0].SignsUntil.Add(keptAfter)) {
			return err
		}
		return s.Acts.Run(ctx, sallyport.System(t.ID), act.Tenant, act.Need{}, func(a *act.Act) error {
			if err := a.LockTenant(ctx, t.ID); err != nil { // of two nodes the second finds the key of the first
				return err
			}
			keys, err := a.SigningKeys(ctx, t.ID)
			if err != nil {
				return err
			}
			if due(keys, a.Now) {
				from := keys[len(keys)-1].SignsUntil
				if from.Before(a.Now) {
					from = a.Now
				}
				if err := s.addKey(ctx, a, from); err != nil {
					return err
				}
			}
			return a.DropSigningKeys(ctx, t.ID, a.Now.Add(-keptAfter))
		})
	})
}

// due reports whether the last key soon signs no more.
func due(keys []store.SigningKey, now time.Time) bool {
	return len(keys) > 0 && !now.Add(publishedBefore).Before(keys[len(keys)-1].SignsUntil)
}

// Reseal encrypts the keys that sign with the primary key of the installation. It returns how many.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	tenants, err := s.Acts.Tenants(ctx)
	for _, t := range tenants {
		keys, err := s.Acts.SigningKeys(ctx, t.ID)
		if err != nil {
			return n, err
		}
		for _, k := range keys {
			der, err := s.Keys.Open(keyPlace(k), k.Private)
			if err != nil {
				return n, err
			}
			old := k.Private
			if k.Private, err = s.Keys.Seal(keyPlace(k), der); err != nil {
				return n, err
			}
			if err := s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.ResealSigningKey(ctx, k, old) }); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, err
}
