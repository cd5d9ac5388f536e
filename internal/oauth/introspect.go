package oauth

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/token"
)

// Holder is who holds a token, and how sure that is. The zero value is for a token that opens nothing.
type Holder struct {
	Kind        string // name of the token's row in [token.Kinds]
	User        sallyport.User
	SessionID   string
	KeyID       string
	Permissions []string
	Networks    []netip.Prefix // that an API key works from: the service compares them with where its caller is
	Trust       sallyport.TrustLevel
	Methods     []string  // as RFC 8176 names them
	Proven      time.Time // when a credential was last proven; zero for an API key
	Began       time.Time
	Ends        time.Time // zero for never
}

// Introspect says who holds a token, as it is now. The zero Holder for one that is unknown, ended, of
// a disabled account, or of a kind that opens nothing; the reason is for its holder alone. An error means that
// nobody knows.
func (s *Service) Introspect(ctx context.Context, tenantID, text string) (Holder, error) {
	var c sallyport.Checked
	var err error
	kind := token.Session
	switch {
	case token.Is(token.APIKey, text):
		kind = token.APIKey
		c, err = s.APIKeys.Look(ctx, tenantID, text)
	case token.Is(token.Access, text):
		kind = token.Access
		fallthrough
	default:
		c, err = s.Sessions.Look(ctx, tenantID, text)
	}
	switch sallyport.CodeOf(err) {
	case "":
		return holder(kind, c), nil
	case sallyport.CodeUnavailable, sallyport.CodeOverloaded, sallyport.CodeInternal:
		return Holder{}, err
	}
	return Holder{}, nil
}

func holder(kind token.Kind, c sallyport.Checked) Holder {
	i := slices.IndexFunc(token.Kinds, func(r token.Row) bool { return r.Kind == kind })
	v, k := c.Session, c.Key
	h := Holder{
		Kind: token.Kinds[i].Name, User: c.User, SessionID: v.ID, KeyID: k.ID, Networks: k.Networks, Trust: c.Trust,
		Permissions: access.Has(sallyport.Actor{Role: c.User.Role, Granted: c.User.Granted, KeyID: k.ID, KeyGrants: k.Permissions}),
	}
	if k.ID != "" {
		h.Began, h.Ends = k.CreatedAt, k.ExpiresAt
		return h
	}
	h.Proven, h.Began, h.Ends = v.AuthenticatedAt, v.CreatedAt, v.EndsAt()
	if ends := v.TokenEndsAt; !ends.IsZero() && ends.Before(h.Ends) {
		h.Ends = ends
	}
	if v.MFAVerified() {
		h.Methods = []string{"mfa"}
	}
	return h
}

// Active reports whether the token opens something.
func (h Holder) Active() bool { return h.User.ID != "" }

// Scope returns the permissions as OAuth writes them.
func (h Holder) Scope() string { return strings.Join(h.Permissions, " ") }
