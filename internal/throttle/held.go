package throttle

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Held is a lock that is on an account.
type Held struct {
	Scope  Scope
	Method string // of the second factor that is suspended, with FactorRun; "" otherwise
	// Strangers: it keeps out whoever shows no known device. Otherwise it is on a device that
	// signed in before, or on a session.
	Strangers bool
	Until     time.Time // UntilRecovery where no waiting helps
}

// Held returns the locks that are on a user's account: of each kind the one that lasts longest.
// It spends nothing. Without a policy a lock lasts as long as its row says, also one of a clock that was ahead.
func (c Counters) Held(ctx context.Context, db store.Queries, u sallyport.User) (all []Held, err error) {
	for _, k := range lockable(u) {
		rows, err := db.LockedCounters(ctx, c.TenantID, string(k.Scope), k.subject, c.Now)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			h := Held{Scope: k.Scope, Method: k.method, Strangers: k.isOfStrangers(row.Subject), Until: row.LockedUntil}
			if r := rule(k.Scope, c.Policy); !r.Run && r.Lock > 0 && h.Until.After(c.Now.Add(r.Lock+ahead)) { // of a clock that was ahead
				h.Until = c.Now.Add(r.Lock)
			}
			all = longest(all, h)
		}
	}
	return all, nil
}

// lockableKey is what the subjects of counters that can lock an account begin with.
type lockableKey struct {
	Key
	method string
}

// lockable returns those of a user: all that LiftPassword, EndPasswordRuns and LiftFactors lift.
func lockable(u sallyport.User) []lockableKey {
	keys := []lockableKey{
		{ForAccount(u.Email), ""}, {Key{Device, hash(u.ID)}, ""}, {Key{Reauth, hash(u.ID)}, ""},
		{ForPasswordRun(u.Email), ""}, {Key{PasswordRun, hash(u.ID)}, ""},
		{Key{Factor, hash(u.ID)}, ""},
	}
	for _, m := range sallyport.Methods {
		keys = append(keys, lockableKey{Key{FactorRun, hash(u.ID + " " + m.Name)}, m.Name})
	}
	return keys
}

// isOfStrangers reports whether a counter is the one that strangers share: it belongs to an
// address, or to no device and session.
func (k lockableKey) isOfStrangers(subject string) bool {
	party, _ := strings.CutPrefix(subject, k.subject)
	return party == "" || party == hash("")
}

func longest(all []Held, h Held) []Held {
	for i, other := range all {
		if other.Scope == h.Scope && other.Method == h.Method && other.Strangers == h.Strangers {
			if h.Until.After(other.Until) {
				all[i] = h
			}
			return all
		}
	}
	return append(all, h)
}
