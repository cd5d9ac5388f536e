// Package throttle limits guessing. A try is spent, and committed, before any secret is
// compared, so that parallel guesses cannot race between a check and the record of its
// result: with a limit of 5, exactly 5 of any number of parallel tries are compared.
//
//	Counters.Spend (committed) ─ compare the secret ─┬─ right: Reset
//	                                        └─ wrong: nothing to do
//
// Counters are rows, so they survive a restart and hold across nodes, and an attacker
// cannot push one out by filling a cache. The window slides: a try counts until it is
// older than the window.
package throttle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/store"
)

// Key is one counter a try is spent on.
type Key struct {
	Scope   Scope
	subject string
}

func key(s Scope, parts ...string) Key {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return Key{s, hex.EncodeToString(h.Sum(nil)[:16])}
}

// ForAccount returns the counter that strangers share for an account, by the address
// as typed.
func ForAccount(address string) Key { return key(Account, email.Key(address)) }

// ForDevice returns the counter of an account on one known device.
func ForDevice(userID, deviceID string) Key { return key(Device, userID, deviceID) }

// ForReauth returns the counter of a signed-in user who proves the password again.
func ForReauth(userID string) Key { return key(Reauth, userID) }

// ForNetwork returns the counter of the network an address is in.
func ForNetwork(ip string) Key { return key(Network, network(ip)) }

// ForOpening returns the counter of sign-ins started from a network.
func ForOpening(ip string) Key { return key(Opening, network(ip)) }

// ForAsking returns the counter of password-reset requests from a network.
func ForAsking(ip string) Key { return key(Asking, network(ip)) }

// ForMailing returns the counter of links requested for an address.
func ForMailing(address string) Key { return key(Mailing, email.Key(address)) }

// ForFactor returns the counter of a user's second factors on one known device; with
// deviceID "" on all unknown devices together.
func ForFactor(userID, deviceID string) Key { return key(Factor, userID, deviceID) }

// ForEnrolment returns the counter of first uses of new second factors in a session.
func ForEnrolment(userID string) Key { return key(Factor, userID, "enrolment") }

// ForSending returns the counter of codes sent to a user.
func ForSending(userID string) Key { return key(Sending, userID) }

// ForTexting returns the counter of codes sent to a phone number.
func ForTexting(number string) Key { return key(Texting, number) }

func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return "none"
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // every IPv6 address has a /64
		return p.String()
	}
	return a.String()
}

// Decision says whether a try is allowed.
type Decision struct {
	Allowed bool
	Locked  bool      // refused by a lock, not by the wait after a failed try
	Scope   Scope     // the scope that refused
	Until   time.Time // when the next try is allowed; zero when this one is
	// Locks names the scopes for which this was the last try. If it fails, they stay
	// locked until LockedUntil.
	Locks       []Scope
	LockedUntil time.Time
}

// Refusal returns nil when the try is allowed, and otherwise the refusal, with the time to
// wait.
func (d Decision) Refusal(now time.Time) error {
	code := sallyport.CodeRateLimited // a wait between tries, or a limit that locks no account
	switch {
	case d.Allowed:
		return nil
	case d.Locked && lockout[d.Scope]:
		code = sallyport.CodeAccountLocked
	}
	return &sallyport.Error{Code: code, RetryAfter: d.Until.Sub(now)}
}

// Counters are the counters of a tenant, under its policy, at a time.
type Counters struct {
	TenantID string
	Policy   sallyport.Policy
	Now      time.Time
}

// Writer runs a transaction of its own.
type Writer interface {
	Keep(ctx context.Context, do func(*store.Tx) error) error
}

// Spend takes one try from every counter and commits it. The network's counter is checked
// first. When another counter refuses, the try is still taken from the network, so that
// tries on locked accounts are limited too. After an error nothing may be compared.
func (c Counters) Spend(ctx context.Context, db Writer, keys ...Key) (d Decision, err error) {
	err = db.Keep(ctx, func(tx *store.Tx) error {
		d, err = c.SpendIn(ctx, tx, keys...)
		return err
	})
	return d, err
}

// SpendIn is Spend in the caller's transaction, for requests that compare no secret.
func (c Counters) SpendIn(ctx context.Context, tx *store.Tx, keys ...Key) (Decision, error) {
	// Everybody locks in this order, so that two tries cannot deadlock.
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.subject, b.subject))
	})
	counters := make([]counter, len(keys))
	for i, k := range keys {
		var err error
		if counters[i], err = c.lock(ctx, tx, k); err != nil {
			return Decision{}, err
		}
	}
	d := refusal(keys, counters, c.Policy, c.Now)
	if d.Scope == Network {
		return d, nil
	}
	for i, k := range keys {
		if !d.Allowed && k.Scope != Network {
			continue
		}
		spent, last := counters[i].spend(rule(k.Scope, c.Policy), c.Now)
		if last {
			d.Locks = append(d.Locks, k.Scope)
			if spent.lockedUntil.After(d.LockedUntil) {
				d.LockedUntil = spent.lockedUntil
			}
		}
		if err := c.save(ctx, tx, k, spent); err != nil {
			return Decision{}, err
		}
	}
	return d, nil
}

// refusal returns the decision of the first counter that refuses, a network's before
// others, or that the try is allowed.
func refusal(keys []Key, counters []counter, p sallyport.Policy, now time.Time) Decision {
	d := Decision{Allowed: true}
	for i, k := range keys {
		until, locked, blocked := counters[i].blocked(rule(k.Scope, p), now)
		if !blocked || d.Scope == Network {
			continue
		}
		if d.Allowed || k.Scope == Network || until.After(d.Until) {
			d = Decision{Until: until, Scope: k.Scope, Locked: locked}
		}
	}
	return d
}

// Reset gives the caller's try back after a secret proved right. A counter of one account
// starts anew; that of a network, which many people share, gets this one try back.
func (c Counters) Reset(ctx context.Context, tx *store.Tx, keys ...Key) error {
	for _, k := range keys {
		if k.Scope != Network && k.Scope != Opening {
			if _, err := c.Unlock(ctx, tx, k); err != nil {
				return err
			}
			continue
		}
		counter, err := c.lock(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := c.save(ctx, tx, k, counter.refund()); err != nil {
			return err
		}
	}
	return nil
}

// Unlock deletes a counter and reports whether it was locked.
func (c Counters) Unlock(ctx context.Context, tx *store.Tx, k Key) (bool, error) {
	return tx.DeleteCounter(ctx, c.TenantID, string(k.Scope), k.subject, c.Now)
}

func (c Counters) lock(ctx context.Context, tx *store.Tx, k Key) (counter, error) {
	row, err := tx.LockCounter(ctx, c.TenantID, string(k.Scope), k.subject)
	if err != nil {
		return counter{}, err
	}
	found := counter{lockedUntil: row.LockedUntil}
	if err := json.Unmarshal([]byte(row.Spends), &found.spends); err != nil {
		return counter{}, fmt.Errorf("throttle: counter cannot be read: %w", err)
	}
	return found, nil
}

func (c Counters) save(ctx context.Context, tx *store.Tx, k Key, v counter) error {
	spends, err := json.Marshal(v.spends)
	if err != nil {
		return err
	}
	expires := c.Now.Add(rule(k.Scope, c.Policy).Window)
	if v.lockedUntil.After(expires) {
		expires = v.lockedUntil
	}
	return tx.SaveCounter(ctx, store.Counter{
		TenantID: c.TenantID, Scope: string(k.Scope), Subject: k.subject,
		Spends: string(spends), LockedUntil: v.lockedUntil, ExpiresAt: expires,
	})
}
