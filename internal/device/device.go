// Package device knows the browsers and clients an account is used from, how much
// each is trusted, and blocks those that are lost or look copied.
//
//	credentials ─ Recognise ─┬─ known: blocked? trusted? ─ Use at every sign-in
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
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Service works on the devices of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// late is how long a credential that was just replaced is still taken for the
// current one: requests of one browser overtake each other.
const late = 30 * time.Second

// Held is what a client presents to be recognised as a device of a user.
type Held struct {
	TenantID, UserID string
	Credentials      []string
}

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
func Recognise(ctx context.Context, db store.Queries, h Held, now time.Time) (Recognised, error) {
	var former Recognised
	for _, c := range h.Credentials[:min(len(h.Credentials), sallyport.MaxDeviceCredentials)] {
		hash, ok := token.Parse(token.Device, c)
		if !ok || h.UserID == "" {
			continue
		}
		d, err := db.DeviceByToken(ctx, h.TenantID, h.UserID, hash[:])
		if err == nil {
			return Recognised{Device: d, Credential: c}, nil
		}
		if !errors.Is(err, sallyport.ErrNotFound) {
			return Recognised{}, err
		}
		d, replaced, err := db.DeviceByFormerToken(ctx, h.TenantID, h.UserID, hash[:])
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

// Add stores the device that the user of an act signs in from for the first time, and
// returns its credential, which is shown this once. With trust it begins at TrustLow.
func Add(ctx context.Context, a *act.Act, f sallyport.Fingerprint, trust bool) (sallyport.Device, string, error) {
	credential, hash := token.New(token.Device)
	client := a.Actor.Client
	d := sallyport.Device{
		ID:           token.NewID(),
		TenantID:     a.User.TenantID,
		UserID:       a.User.ID,
		Info:         client.Info,
		Fingerprint:  f,
		TrustLevel:   sallyport.TrustNone,
		Status:       sallyport.DeviceActive,
		LastUsedAt:   a.Now,
		LastIP:       client.IPAddress,
		LastLocation: client.Location,
		CreatedAt:    a.Now,
	}
	if err := a.AddDevice(ctx, d, hash[:]); err != nil {
		return sallyport.Device{}, "", err
	}
	a.Note(audit.DeviceAdded, act.About{Target: d.ID})
	if !trust {
		return d, credential, nil
	}
	return d, credential, Trust(ctx, a, &d, policy.ChosenAtSignIn)
}

// Use records a sign-in on a known device and replaces its credential. The new one is
// "" when the client showed one that was replaced a moment ago: it has, or is about
// to have, the current one.
func Use(ctx context.Context, a *act.Act, r Recognised, f sallyport.Fingerprint) (credential string, err error) {
	d, client := r.Device, a.Actor.Client
	d.LastUsedAt, d.LastIP, d.LastLocation, d.Info, d.Fingerprint = a.Now, client.IPAddress, client.Location, client.Info, f
	if err := a.UseDevice(ctx, d); err != nil {
		return "", err
	}
	old, ok := token.Parse(token.Device, r.Credential)
	if !ok {
		return "", nil
	}
	credential, hash := token.New(token.Device)
	err = a.RotateDevice(ctx, d, old[:], hash[:], a.Now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return "", nil // a sign-in beside this one was faster
	}
	return credential, err
}
