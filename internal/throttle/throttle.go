// Package throttle limits guessing. A try is spent, and committed, before any secret is
// compared, so that parallel guesses cannot race between a check and the record of its
// result: with a limit of 5, exactly 5 of any number of parallel tries are compared.
//
//	Counters.Spend (committed) ─ compare the secret ─┬─ right: Return its receipts
//	                                        └─ wrong: nothing to do
//
// Counters are rows, so they survive a restart and hold across nodes, and an attacker
// cannot push one out by filling a cache. The window slides: a try counts until it is
// older than the window.
package throttle

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Decision says whether a try is allowed.
type Decision struct {
	Allowed bool
	Locked  bool      // refused by a lock, not by the wait after a failed try
	Scope   Scope     // the scope that refused
	Until   time.Time // when the next try is allowed; zero when this one is
	// Repeated: the try is refused, and such a refusal was recorded lately already.
	Repeated bool
	// Locks lists the scopes for which this was the last try. If it fails, they stay locked.
	Locks []Lock
	// Spent is for Return, when the try proves right.
	Spent []Receipt
}

// UntilRecovery is the end of a lock that no waiting ends.
var UntilRecovery = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Lock is a lock of a scope that a try caused.
type Lock struct {
	Scope Scope
	Until time.Time // UntilRecovery for the end of a run
}

// When returns the end of the lock as events tell it.
func (l Lock) When() string {
	if l.Until.Equal(UntilRecovery) {
		return "recovery"
	}
	return l.Until.UTC().Format(time.RFC3339)
}

// Receipt is proof of one try that was spent. It is good for giving back this try and no
// other, once. It can be stored.
type Receipt struct {
	Scope   Scope  `json:"scope"`
	Subject string `json:"subject"`
	At      int64  `json:"at"`
}

// Refusal returns nil when the try is allowed, and otherwise the refusal, with the time to
// wait: none where only recovery helps.
func (d Decision) Refusal(now time.Time) error {
	code := sallyport.CodeRateLimited // a wait between tries, or a limit that locks no account
	switch {
	case d.Allowed:
		return nil
	case d.Locked && limit(d.Scope).Locks:
		code = sallyport.CodeAccountLocked
	}
	if d.Until.Equal(UntilRecovery) {
		return &sallyport.Error{Code: code}
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
	keys = ordered(keys)
	counters := make([]counter, len(keys))
	for i, k := range keys {
		var err error
		if counters[i], err = c.lock(ctx, tx, k); err != nil {
			return Decision{}, err
		}
	}
	d, by := refusal(keys, counters, c.Policy, c.Now)
	tell(ctx, d)
	if d.Scope == Network {
		return d, nil
	}
	for i, k := range keys {
		after, changed := counters[i], true
		switch {
		case d.Allowed || k.Scope == Network:
			after = d.take(k, after, rule(k.Scope, c.Policy), c.Now)
		case i == by:
			after, changed = after.refuse(c.Now)
			d.Repeated = !changed
		default:
			changed = false
		}
		if !changed {
			continue
		}
		if err := c.save(ctx, tx, k, after); err != nil {
			return Decision{}, err
		}
	}
	return d, nil
}

func ordered(keys []Key) []Key {
	return slices.SortedFunc(slices.Values(keys), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.subject, b.subject))
	})
}

// take spends one try of a counter and adds to the decision what that did.
func (d *Decision) take(k Key, c counter, r Rule, now time.Time) counter {
	after, last := c.spend(r, now)
	if last {
		d.Locks = append(d.Locks, Lock{k.Scope, after.lockedUntil})
	}
	d.Spent = append(d.Spent, Receipt{k.Scope, k.subject, after.took})
	return after
}

// refusal returns the decision of the first counter that refuses, a network's before
// others, and which one that is; or that the try is allowed.
func refusal(keys []Key, counters []counter, p sallyport.Policy, now time.Time) (d Decision, by int) {
	d = Decision{Allowed: true}
	for i, k := range keys {
		until, locked, blocked := counters[i].blocked(rule(k.Scope, p), now)
		if !blocked || d.Scope == Network {
			continue
		}
		if d.Allowed || k.Scope == Network || until.After(d.Until) {
			d, by = Decision{Until: until, Scope: k.Scope, Locked: locked}, i
		}
	}
	return d, by
}

// Return gives tries back after a secret proved right. A counter of one party starts anew,
// and its run of failures ends; one that many people share gets back the try of the receipt,
// and nothing when that was returned before.
func (c Counters) Return(ctx context.Context, tx *store.Tx, receipts ...Receipt) error {
	for _, r := range receipts {
		k := Key{r.Scope, r.Subject}
		if !limit(r.Scope).Shared {
			if _, err := c.Unlock(ctx, tx, k); err != nil {
				return err
			}
			continue
		}
		counter, err := c.lock(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := c.save(ctx, tx, k, counter.refund(r.At)); err != nil {
			return err
		}
	}
	return nil
}

// Unlock deletes a counter and reports whether it was locked.
func (c Counters) Unlock(ctx context.Context, tx *store.Tx, k Key) (bool, error) {
	return tx.DeleteCounter(ctx, c.TenantID, string(k.Scope), k.subject, c.Now)
}

// Exhaust spends every try that is left of a counter, so that it is locked from now on.
func (c Counters) Exhaust(ctx context.Context, tx *store.Tx, k Key) error {
	found, err := c.lock(ctx, tx, k)
	if err != nil {
		return err
	}
	r := rule(k.Scope, c.Policy)
	for last := false; !last; {
		found, last = found.spend(r, c.Now)
	}
	return c.save(ctx, tx, k, found)
}

// LiftPassword deletes what was counted of the passwords of a user, and reports whether any
// of it was locked. Runs of failures go on: only another password ends them, or an admin.
func (c Counters) LiftPassword(ctx context.Context, tx *store.Tx, u sallyport.User) (bool, error) {
	return c.lift(ctx, tx, []Key{ForAccount(u.Email), {Device, hash(u.ID)}, {Reauth, hash(u.ID)}})
}

// EndPasswordRuns ends the runs of wrong passwords of a user, of every party: for a new
// password, at which nobody has guessed. It reports whether one was at its limit.
func (c Counters) EndPasswordRuns(ctx context.Context, tx *store.Tx, u sallyport.User) (bool, error) {
	return c.lift(ctx, tx, []Key{ForPasswordRun(u.Email), {PasswordRun, hash(u.ID)}})
}

// LiftFactors deletes what was counted of the second factors of a user, with the runs of
// failures, and reports whether any of it was locked.
func (c Counters) LiftFactors(ctx context.Context, tx *store.Tx, u sallyport.User) (bool, error) {
	keys := []Key{{Factor, hash(u.ID)}, {Approving, hash(u.ID)}}
	for _, m := range sallyport.Methods {
		keys = append(keys, Key{FactorRun, hash(u.ID + " " + m.Name)})
	}
	return c.lift(ctx, tx, keys)
}

// EndFactorRuns ends the runs of failures of a user with one method, of every party: for a
// new secret, at which nobody has guessed.
func (c Counters) EndFactorRuns(ctx context.Context, tx *store.Tx, userID, method string) error {
	_, err := c.lift(ctx, tx, []Key{{FactorRun, hash(userID + " " + method)}})
	return err
}

// lift deletes all counters whose subjects begin with those of the keys.
func (c Counters) lift(ctx context.Context, tx *store.Tx, keys []Key) (locked bool, err error) {
	for _, k := range ordered(keys) {
		was, err := tx.DeleteCounters(ctx, c.TenantID, string(k.Scope), k.subject, c.Now)
		if err != nil {
			return false, err
		}
		locked = locked || was
	}
	return locked, nil
}

func (c Counters) lock(ctx context.Context, tx *store.Tx, k Key) (counter, error) {
	row, err := tx.LockCounter(ctx, c.TenantID, string(k.Scope), k.subject)
	if err != nil {
		return counter{}, err
	}
	found := counter{lockedUntil: row.LockedUntil, refusedAt: row.RefusedAt}
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
	expires := c.Now.Add(v.lasts(rule(k.Scope, c.Policy)))
	if v.lockedUntil.After(expires) {
		expires = v.lockedUntil
	}
	return tx.SaveCounter(ctx, store.Counter{
		TenantID: c.TenantID, Scope: string(k.Scope), Subject: k.subject,
		Spends: string(spends), LockedUntil: v.lockedUntil, RefusedAt: v.refusedAt, ExpiresAt: expires,
	})
}
