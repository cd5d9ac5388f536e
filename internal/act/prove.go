package act

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// Try is one try of somebody who is signed in to prove anew who they are. Tries are
// bounded, so that a stolen session can guess neither the password nor a second factor; and
// counted by session, so that it cannot use up those of its owner's other sessions.
type Try struct {
	Keys   func(throttle.Party) []throttle.Key // it is spent on
	Method string                              // of a second factor, as events tell it; "" for the password
	// Compare returns nil when the answer is right, and CodeInvalidCredentials or
	// CodeMFAFailed when it is wrong. Any other error is no try that failed.
	Compare func() error
}

// Prove spends a try and compares. A right answer gives the tries back; a wrong one is an
// event, and the owner is told of a lock. The error is the one of Compare, or
// CodeRateLimited or CodeAccountLocked when nothing was compared.
func (r *Runner) Prove(ctx context.Context, actor sallyport.Actor, t Try) error {
	p, err := r.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return err
	}
	party, err := Party(ctx, r.Queries, actor)
	if err != nil {
		return err
	}
	counters := throttle.Counters{TenantID: actor.TenantID, Policy: p, Now: r.Now()}
	d, err := counters.Spend(ctx, r, t.Keys(party)...)
	if err != nil {
		return err
	}
	if err := d.Refusal(counters.Now); err != nil {
		return err
	}
	err = t.Compare()
	switch sallyport.CodeOf(err) {
	case "":
		return r.Keep(ctx, func(tx *store.Tx) error { return counters.Return(ctx, tx, d.Spent...) })
	case sallyport.CodeInvalidCredentials, sallyport.CodeMFAFailed:
		return errors.Join(r.Run(ctx, actor, User(actor.UserID), Need{}, func(a *Act) error {
			return t.failed(ctx, a, d)
		}), err)
	}
	return err
}

// Party returns the session of a signed-in actor as whose tries and quotas count.
func Party(ctx context.Context, db store.Queries, actor sallyport.Actor) (throttle.Party, error) {
	v, err := db.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return throttle.Party{}, err
	}
	return throttle.InSession(actor.UserID, actor.SessionID, v.DeviceID), nil
}

// SpendOwn spends one of a kind of link that the act's actor asks for. CodeRateLimited when
// there were too many.
func (a *Act) SpendOwn(ctx context.Context, kind link.Kind) error {
	party, err := Party(ctx, a.Queries, a.Actor)
	if err != nil {
		return err
	}
	d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForOwnMailing(party, string(kind)))
	return cmp.Or(err, d.Refusal(a.Now))
}

// failed notes a try that failed, with what that locked.
func (t Try) failed(ctx context.Context, a *Act, d throttle.Decision) error {
	a.Note(audit.ReauthFailed, About{}, Given("method", t.Method)...)
	for _, l := range d.Locks {
		a.Note(audit.AccountLocked, About{}, "scope", string(l.Scope), "until", l.When())
	}
	kind, until := LockMail(d.Locks)
	if kind == "" {
		return nil
	}
	return a.Tell(ctx, Locked(a.Policy, kind, a.Actor.Client, until))
}

// Proof is what the owner of a session proved anew.
type Proof struct {
	Primary bool   // the password, or a passkey instead
	Method  string // of a second factor; "" for none
	Act     string // that it was made for; "" for the first use of a new factor, which is made for none
}

// AccessLifetime is how long an access token of a native client opens something.
const AccessLifetime = 10 * time.Minute

// Tokens is what the client of a session holds. It is shown once.
type Tokens struct {
	SessionToken string    // of a browser, or the access token of a native client
	AccessEndsAt time.Time // of an access token; zero for a browser
	RefreshToken string    // of a native client, see [token.Family]; "" for a browser
}

// NewTokens makes what the client of a session holds, and what the database keeps of it. A native
// client gets the first tokens of a new family.
func NewTokens(v sallyport.Session, now time.Time) (Tokens, store.Held) {
	if !v.Native {
		secret, hash := token.New(token.Session)
		return Tokens{SessionToken: secret}, store.Held{Hash: hash[:]}
	}
	secret, hash := token.New(token.Access)
	family, refresh := token.NewFamily(v.ID, now)
	t := Tokens{secret, now.Add(AccessLifetime), refresh}
	return t, store.Held{Hash: hash[:], EndsAt: t.AccessEndsAt, Refresh: family}
}

// StepUp records a proof in an active session and gives its client other tokens:
// whoever had copied the former ones is left behind. CodeNotSignedIn
// when the session ended meanwhile, or secret is not its token any more.
func (a *Act) StepUp(ctx context.Context, v sallyport.Session, secret string, p Proof) (sallyport.Session, Tokens, error) {
	old, ok := token.OfSession(secret)
	if !ok {
		return v, Tokens{}, sallyport.ErrNotSignedIn
	}
	if p.Act != "" {
		v.SteppedUpAt, v.SteppedUpFor = a.Now, p.Act
	}
	if p.Primary {
		v.AuthenticatedAt = a.Now
	}
	if p.Method != "" {
		v.MFAVerifiedAt, v.MFAMethod = a.Now, p.Method
	}
	tokens, held := NewTokens(v, a.Now)
	err := a.StepUpSession(ctx, v, old[:], held)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.ErrNotSignedIn
	}
	return v, tokens, err
}
