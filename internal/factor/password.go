// Package factor verifies single credentials. It knows neither users nor policy nor
// counters: the caller has spent the try already.
package factor

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-crypt/crypt/algorithm/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
)

// Argon2 are the parameters of argon2id, RFC 9106.
type Argon2 struct {
	MemoryKiB  uint32
	Iterations int
	Lanes      int
}

// DefaultArgon2 is the OWASP Password Storage Cheat Sheet's recommendation:
// 19 MiB, 2 iterations, 1 lane.
var DefaultArgon2 = Argon2{MemoryKiB: 19 * 1024, Iterations: 2, Lanes: 1}

// maxWaiting is how many hashings may wait for a slot. Further ones are refused, so that a
// flood uses no more memory and does not delay those that wait.
const maxWaiting = 512

// Passwords hashes and verifies passwords. The number of slots limits parallel hashing, so
// its memory is at most slots × MemoryKiB, and by default one processor stays free for the
// session check where there is more than one.
type Passwords struct {
	hasher  *argon2.Hasher
	params  Argon2
	slots   chan struct{}
	waiting atomic.Int64
	dummy   string
}

// NewPasswords returns a hasher with these parameters. slots is how many hashings run in
// parallel; 0 means one less than the processors, and at least one.
func NewPasswords(a Argon2, slots int) (*Passwords, error) {
	if slots <= 0 {
		slots = max(1, runtime.GOMAXPROCS(0)-1)
	}
	h, err := argon2.New(argon2.WithVariantID(), argon2.WithM(a.MemoryKiB), argon2.WithT(a.Iterations), argon2.WithP(a.Lanes))
	if err != nil {
		return nil, err
	}
	p := &Passwords{hasher: h, params: a, slots: make(chan struct{}, slots)}
	p.dummy, err = p.Hash(context.Background(), "the password of nobody")
	return p, err
}

// NormalizePassword returns the form of a password that is judged and hashed: Unicode NFC
// (NIST SP 800-63B-4 section 3.1.1.2) and no other change, so that the same keys give the
// same password on every system.
func NormalizePassword(s string) string { return norm.NFC.String(s) }

// Hash returns the PHC string of a password. CodeOverloaded when too many hashings wait;
// the context's error when ctx ends first.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	d, err := p.hasher.Hash(NormalizePassword(password))
	if err != nil {
		return "", err
	}
	return d.Encode(), nil
}

// Verify reports whether password matches hash, and whether hash is weaker than what Hash
// makes now, so that the caller can replace it. An empty hash, for a user without a password
// or an unknown one, takes as long and never matches.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (ok, weak bool, err error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	nobody := hash == ""
	if nobody {
		hash = p.dummy
	}
	d, err := decodeHash(hash)
	if err != nil {
		return false, false, internalHash(err)
	}
	ok = d.match(password) && !nobody
	return ok, ok && !p.current(hash), nil
}

// current reports whether hash was made with the present parameters.
func (p *Passwords) current(hash string) bool {
	params := func(s string) string {
		if parts := strings.Split(s, "$"); len(parts) == 6 {
			return strings.Join(parts[1:4], "$")
		}
		return ""
	}
	return params(hash) == params(p.dummy)
}

// Waiting returns how many hashings wait for a slot.
func (p *Passwords) Waiting() int64 { return p.waiting.Load() }

func (p *Passwords) acquire(ctx context.Context) (release func(), err error) {
	release = func() { <-p.slots }
	select {
	case p.slots <- struct{}{}:
		return release, nil
	default:
	}
	if p.waiting.Add(1) > maxWaiting {
		p.waiting.Add(-1)
		return nil, &sallyport.Error{Code: sallyport.CodeOverloaded, Detail: "too many passwords wait to be hashed", RetryAfter: 2 * time.Second}
	}
	defer p.waiting.Add(-1)
	select {
	case p.slots <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, &sallyport.Error{Code: sallyport.CodeOverloaded, Detail: "gave up waiting to hash a password", RetryAfter: 2 * time.Second, Err: ctx.Err()}
	}
}
