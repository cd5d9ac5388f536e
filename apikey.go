package sallyport

import (
	"net/netip"
	"time"
)

// APIKey is what a program acts with for a user or a service account. It allows no more than both
// its permissions and the role of its user do at the time.
type APIKey struct {
	ID           string
	TenantID     string
	UserID       string // whose it is
	Name         string // no other live key of the user has it
	Hint         string // the end of its text
	Permissions  Permissions
	Networks     []netip.Prefix // it works from; none for anywhere
	CreatedAt    time.Time
	CreatedBy    string    // user id of who made it
	SessionID    string    // in which it was made; "" for none
	ExpiresAt    time.Time // zero for never
	RotatedAt    time.Time // when its text was last replaced; zero for never
	FormerEndsAt time.Time // until when the text before that works; zero for none
	EndedAt      time.Time // when it was revoked; zero while it is good
	EndedBy      string    // user id, or "system"
	EndReason    string    // stable snake_case
	UsedAt       time.Time // exact to about a minute; zero for never
	UsedIP       string
	UsedLocation Location

	Former bool // it was shown by the text before; only the check of a key knows
}

// APIKeyStatus says whether a key can be used.
type APIKeyStatus string

// Statuses of keys.
const (
	KeyActive  APIKeyStatus = "active"
	KeyExpired APIKeyStatus = "expired"
	KeyRevoked APIKeyStatus = "revoked"
)

// Status returns the status of a key at a time.
func (k APIKey) Status(now time.Time) APIKeyStatus {
	switch {
	case !k.EndedAt.IsZero():
		return KeyRevoked
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return KeyExpired
	}
	return KeyActive
}

// From reports whether a key may be used from an address, in the text form of netip.Addr.
func (k APIKey) From(address string) bool {
	if len(k.Networks) == 0 {
		return true
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range k.Networks {
		if n.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// OAuthClient is a service that asks who the holder of a token is (RFC 7662).
type OAuthClient struct {
	TenantID     string
	ID           string // its client_id
	Name         string // no other of the organisation has it
	Hint         string // the end of its secret
	CreatedAt    time.Time
	CreatedBy    string    // user id; "" for the operator
	RotatedAt    time.Time // when its secret was last replaced; zero for never
	FormerEndsAt time.Time // until when the secret before that works; zero for none
	UsedAt       time.Time // exact to about a minute; zero for never
}
