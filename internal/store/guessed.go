package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
)

// guessRows is how many of the newest attempts of a window are looked at.
const guessRows = stepRows

// Guessed is a name that somebody failed to sign in with.
type Guessed struct {
	Email    string // as it was typed once
	Key      string // that all its spellings have
	UserID   string // who had it then; "" for nobody
	Failures int
	Networks int // that they came from
	Last     time.Time
}

// Guessing is a network from which somebody failed to sign in.
type Guessing struct {
	Network  netip.Prefix // an IPv4 address, or the /64 of IPv6 addresses
	Location sallyport.Location
	Failures int
	Names    int // that were tried
	Last     time.Time
}

// pairs are the failed attempts among the newest of a window, by name and network. A network is an
// IPv4 address, or the first half of an IPv6 address, as in package throttle.
const pairs = ` FROM (SELECT email_key, network, COUNT(*) AS n, MAX(email) AS email, MAX(user_id) AS user_id, MAX(location) AS location, MAX(created_at) AS last
	FROM (SELECT email, email_key, user_id, location, created_at, failure_reason,
		CASE WHEN SUBSTR(ip_bytes, 1, 12) = $3 THEN ip_bytes ELSE SUBSTR(ip_bytes, 1, 8) END AS network
		FROM attempts WHERE tenant_id = $1 AND created_at > $2 ORDER BY created_at DESC, id DESC LIMIT $4) AS looked
	WHERE failure_reason <> '' GROUP BY email_key, network) AS pairs`

// mapped is what the bytes of an IPv4 address begin with.
var mapped = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}

// MostGuessed returns the names with the most failed attempts since a time, at most limit.
func (q Queries) MostGuessed(ctx context.Context, tenantID string, since time.Time, limit int) ([]Guessed, error) {
	return all(ctx, q, func(scan func(...any) error) (g Guessed, err error) {
		var last int64
		err = scan(&g.Key, &g.Email, &g.UserID, &g.Failures, &g.Networks, &last)
		g.Last = fromMicros(last)
		return g, err
	}, "SELECT email_key, MAX(email), MAX(user_id), SUM(n), COUNT(*), MAX(last)"+pairs+
		" WHERE email_key <> '' GROUP BY email_key ORDER BY SUM(n) DESC, MAX(last) DESC, email_key LIMIT $5", tenantID, micros(since), mapped, guessRows, limit)
}

// MostGuessing returns the networks with the most failed attempts since a time, at most limit.
func (q Queries) MostGuessing(ctx context.Context, tenantID string, since time.Time, limit int) ([]Guessing, error) {
	return all(ctx, q, func(scan func(...any) error) (g Guessing, err error) {
		var network []byte
		var location string
		var last int64
		if err = scan(&network, &location, &g.Failures, &g.Names, &last); err != nil {
			return g, err
		}
		g.Network, g.Last = networkOf(network), fromMicros(last)
		return g, unjson(location, &g.Location)
	}, "SELECT network, MAX(location), SUM(n), COUNT(*), MAX(last)"+pairs+
		" WHERE LENGTH(network) > 0 GROUP BY network ORDER BY SUM(n) DESC, MAX(last) DESC, network LIMIT $5", tenantID, micros(since), mapped, guessRows, limit)
}

// LookedBackTo returns the time of the oldest attempt that MostGuessed and MostGuessing look at,
// and the zero time when they look at the whole window.
func (q Queries) LookedBackTo(ctx context.Context, tenantID string, since time.Time) (time.Time, error) {
	at, err := get(ctx, q, func(scan func(...any) error) (at int64, err error) { return at, scan(&at) },
		`SELECT created_at FROM attempts WHERE tenant_id = $1 AND created_at > $2 ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $3`,
		tenantID, micros(since), guessRows)
	if sallyport.CodeOf(err) == sallyport.CodeNotFound {
		return time.Time{}, nil
	}
	return fromMicros(at), err
}

// networkOf returns the network of its bytes: a whole address, or the half that networks of IPv6
// are told apart by.
func networkOf(b []byte) netip.Prefix {
	var address [16]byte
	copy(address[:], b)
	a := netip.AddrFrom16(address)
	if len(b) < len(address) {
		return netip.PrefixFrom(a, 64)
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen())
}

// AttemptOf returns one attempt of the tenant, or ErrNotFound.
func (q Queries) AttemptOf(ctx context.Context, tenantID, id string) (sallyport.Attempt, error) {
	return get(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND id = $2", tenantID, id)
}
