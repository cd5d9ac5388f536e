// Package device knows the browsers and clients an account is used from, how much
// each is trusted, and blocks those that are lost or look copied.
//
//	credentials ─ Recognise ─┬─ known: blocked? trusted? ─ Rotate at every sign-in
//	                         ├─ a former credential: there is a copy ─ Copied
//	                         └─ unknown ─ "Trust this device?" ─ Add
//
// A device is recognised by a secret credential that it was given at its first
// sign-in, never by what it looks like: its fingerprint names it and raises
// suspicion, and alone grants nothing. One browser holds a credential for each of
// its users. The credential changes with every sign-in, so that a copy shows at the
// latest when both were used.
//
// Being known is not being trusted: a known device has its own lockout counter, so
// that strangers who lock an account cannot keep its owner out. What earns trust is
// the table in package policy.
package device

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	// MaxCredentials is how many credentials one client may present.
	MaxCredentials = 8

	// late is how long a credential that was just replaced is still taken for the
	// current one: requests of one browser overtake each other.
	late = 30 * time.Second
)

// Recognised is the device a client turned out to be.
type Recognised struct {
	sallyport.Device        // zero when it is unknown
	Credential       string // by which it was recognised; "" when that one was just replaced
	Copied           bool   // the credential was replaced before: somebody else has a copy
}

// Recognise returns the user's device among those whose credentials a client
// presents, or ErrNotFound when none is theirs. The device may be one that was
// suspended, revoked or flagged: the caller decides what follows. A device that is
// Copied was not recognised: it is what a copy was made of.
func Recognise(ctx context.Context, db store.Queries, tenantID, userID string, credentials []string, now time.Time) (Recognised, error) {
	var former Recognised
	for _, c := range credentials[:min(len(credentials), MaxCredentials)] {
		hash, ok := token.Parse(token.Device, c)
		if !ok || userID == "" {
			continue
		}
		d, err := db.DeviceByToken(ctx, tenantID, userID, hash[:])
		if err == nil {
			return Recognised{Device: d, Credential: c}, nil
		}
		if !errors.Is(err, sallyport.ErrNotFound) {
			return Recognised{}, err
		}
		d, replaced, err := db.DeviceByFormerToken(ctx, tenantID, userID, hash[:])
		if err == nil && former.ID == "" {
			former = Recognised{Device: d, Copied: now.Sub(replaced) >= late}
		}
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return Recognised{}, err
		}
	}
	if former.ID == "" {
		return former, sallyport.ErrNotFound
	}
	return former, nil
}

// MayStart reports whether sessions may begin on the device.
func MayStart(d sallyport.Device) bool {
	return d.Status == sallyport.DeviceActive && !d.Compromised()
}

// Add stores the device a user signs in from for the first time and returns its
// credential, which is shown this once, and the event that tells of it. With trust it
// begins at TrustLow.
func Add(ctx context.Context, tx *store.Tx, actor sallyport.Actor, userID string, f sallyport.Fingerprint, trust bool, now time.Time) (sallyport.Device, string, []sallyport.Event, error) {
	credential, hash := token.New(token.Device)
	d := sallyport.Device{
		ID:           token.NewID(),
		TenantID:     actor.TenantID,
		UserID:       userID,
		Info:         actor.Client.Info,
		Fingerprint:  f,
		TrustLevel:   sallyport.TrustNone,
		Status:       sallyport.DeviceActive,
		LastUsedAt:   now,
		LastIP:       actor.Client.IPAddress,
		LastLocation: actor.Client.Location,
		CreatedAt:    now,
	}
	if err := tx.AddDevice(ctx, d, hash[:]); err != nil {
		return sallyport.Device{}, "", nil, err
	}
	e := audit.New(actor, audit.DeviceAdded, now)
	e.UserID, e.TargetID = userID, d.ID
	events := []sallyport.Event{e}
	if trust {
		trusted, err := Trust(ctx, tx, actor, &d, policy.ChosenAtSignIn, now)
		if err != nil {
			return sallyport.Device{}, "", nil, err
		}
		events = append(events, trusted)
	}
	return d, credential, events, nil
}

// Use records a sign-in on a known device and replaces its credential. The new one is
// "" when the client showed one that was replaced a moment ago: it has, or is about
// to have, the current one.
func Use(ctx context.Context, tx *store.Tx, r Recognised, c sallyport.Client, f sallyport.Fingerprint, now time.Time) (credential string, err error) {
	if err := tx.UseDevice(ctx, r.TenantID, r.ID, c, f, now); err != nil {
		return "", err
	}
	old, ok := token.Parse(token.Device, r.Credential)
	if !ok {
		return "", nil
	}
	credential, hash := token.New(token.Device)
	err = tx.RotateDevice(ctx, r.TenantID, r.ID, old[:], hash[:], now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return "", nil // a sign-in beside this one was faster
	}
	return credential, err
}

// EndTrust makes strangers of a user's devices, in the caller's transaction: of
// the one with this id, or of all when it is "". Their credentials are worth
// nothing from now on; the sessions on them go on. Those that are blocked lose their
// trust and stay blocked. It returns the events.
func EndTrust(ctx context.Context, tx *store.Tx, actor sallyport.Actor, userID, id, reason string, now time.Time) ([]sallyport.Event, error) {
	ids := []string{id}
	if id == "" {
		var err error
		if ids, err = tx.DeviceIDs(ctx, actor.TenantID, userID); err != nil {
			return nil, err
		}
	}
	var events []sallyport.Event
	for _, id := range ids {
		_, nobodys := token.New(token.Device)
		err := tx.EndTrust(ctx, actor.TenantID, userID, id, nobodys[:])
		if errors.Is(err, sallyport.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := audit.New(actor, audit.DeviceTrustEnded, now)
		e.UserID, e.TargetID, e.Data = userID, id, map[string]string{"reason": reason}
		events = append(events, e)
	}
	return events, nil
}
