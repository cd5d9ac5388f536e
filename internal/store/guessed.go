package store

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// guessRows is how many of the newest failed attempts of a window are looked at.
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

// networkText is the network of an attempt: an IPv4 address, or the first half of an IPv6 address, as
// in package throttle.
const networkText = "CASE WHEN SUBSTR(ip_bytes, 1, 12) = $3 THEN ip_bytes ELSE SUBSTR(ip_bytes, 1, 8) END"

// failed are the newest failed attempts of a window, as attempts_failed has them.
const failed = `WITH failed AS MATERIALIZED (SELECT email_key, ` + networkText + ` AS network, created_at
	FROM attempts WHERE tenant_id = $1 AND created_at > $2 AND failure_reason <> '' ORDER BY created_at DESC, id DESC LIMIT $4)`

// most returns the statement that counts the failed attempts by a column, and how many values of
// another column those with the most had. What is shown besides is that of the newest one.
func most(by, other string, shown ...string) string {
	text := failed + `, counted AS (SELECT ` + by + ` AS counted_by, COUNT(*) AS n, MAX(created_at) AS last FROM failed
		WHERE LENGTH(` + by + `) > 0 GROUP BY ` + by + ` ORDER BY n DESC, last DESC, ` + by + ` LIMIT $5)
	SELECT counted_by, n, (SELECT COUNT(DISTINCT ` + other + `) FROM failed WHERE ` + by + ` = counted_by), last`
	for _, column := range shown {
		text += `, (SELECT ` + column + ` FROM attempts WHERE tenant_id = $1 AND created_at = last AND failure_reason <> '' AND ` +
			strings.ReplaceAll(by, "network", networkText) + ` = counted_by ORDER BY id DESC LIMIT 1)`
	}
	return text + ` FROM counted ORDER BY n DESC, last DESC, counted_by`
}

var (
	mostGuessed  = most("email_key", "network", "email", "user_id")
	mostGuessing = most("network", "email_key", "location")
)

// mapped is what the bytes of an IPv4 address begin with.
var mapped = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}

// MostGuessed returns the names with the most failed attempts since a time, at most limit.
func (q Queries) MostGuessed(ctx context.Context, tenantID string, since time.Time, limit int) ([]Guessed, error) {
	return all(ctx, q, func(scan func(...any) error) (g Guessed, err error) {
		var last int64
		err = scan(&g.Key, &g.Failures, &g.Networks, &last, &g.Email, &g.UserID)
		g.Last = fromMicros(last)
		return g, err
	}, mostGuessed, tenantID, micros(since), mapped, guessRows, limit)
}

// MostGuessing returns the networks with the most failed attempts since a time, at most limit.
func (q Queries) MostGuessing(ctx context.Context, tenantID string, since time.Time, limit int) ([]Guessing, error) {
	return all(ctx, q, func(scan func(...any) error) (g Guessing, err error) {
		var network []byte
		var location string
		var last int64
		if err = scan(&network, &g.Failures, &g.Names, &last, &location); err != nil {
			return g, err
		}
		g.Network, g.Last = networkOf(network), fromMicros(last)
		return g, unjson(location, &g.Location)
	}, mostGuessing, tenantID, micros(since), mapped, guessRows, limit)
}

// LookedBackTo returns the time of the oldest failed attempt that MostGuessed and MostGuessing look at,
// and the zero time when they look at the whole window.
func (q Queries) LookedBackTo(ctx context.Context, tenantID string, since time.Time) (time.Time, error) {
	at, err := get(ctx, q, func(scan func(...any) error) (at int64, err error) { return at, scan(&at) },
		`SELECT created_at FROM attempts WHERE tenant_id = $1 AND created_at > $2 AND failure_reason <> '' ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $3`,
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
