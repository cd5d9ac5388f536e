// Package device knows the browsers and clients an account is used from, how much
// each is trusted, and blocks those that are lost or look copied.
//
//	credentials ─ Recognise ─┬─ known: blocked? trusted? ─ Use at every sign-in
//	                         ├─ a replaced credential: there is a copy ─ Copied
//	                         └─ unknown ─ "Trust this device?" ─ Add
//
// A device is recognised by a secret credential that it got at its first sign-in. Its
// fingerprint names it and can raise suspicion, but never grants anything. One browser
// holds a credential for each of its users. The credential is replaced at every sign-in,
// so that a copy is noticed once both were used.
//
// A known device need not be trusted. Being known gives it its own lockout counter, so
// that strangers who lock an account cannot lock out its owner. The table in package
// policy says what earns trust.
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

// Service handles the devices of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// replacedGrace is how long a replaced credential is still accepted as the current one,
// because parallel requests of one browser can arrive in any order.
const replacedGrace = 30 * time.Second

// Held is what a client presents to be recognised as a device of a user.
type Held struct {
	TenantID, UserID string
	Credentials      []string
}

// Recognised is the device of a client, if it is known.
type Recognised struct {
	sallyport.Device        // zero when unknown
	Credential       string // that recognised it; "" when it was replaced less than 30 seconds ago
	Copied           bool   // the credential was replaced before: somebody has a copy
}

// Recognise returns the user's device among the credentials that a client presents.
// ErrNotFound when none is theirs; a UserID of "", for an address that nobody has, takes as
// long. The device may be suspended, revoked or flagged: the
// caller decides what follows. With Copied the client is not recognised as the device: one
// of the two clients holds a copy of its credential.
func Recognise(ctx context.Context, db store.Queries, h Held, now time.Time) (Recognised, error) {
	var former Recognised
	for _, c := range h.Credentials[:min(len(h.Credentials), sallyport.MaxDeviceCredentials)] {
		hash, ok := token.Parse(token.Device, c)
		if !ok {
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
			former = Recognised{Device: d, Copied: now.Sub(replaced) >= replacedGrace}
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

// OfAnybody returns the id of a device, of whichever user, whose current credential is among
// these; "" for none. It shows that somebody has signed in on the client before.
func OfAnybody(ctx context.Context, db store.Queries, tenantID string, credentials []string) (string, error) {
	for _, c := range credentials[:min(len(credentials), sallyport.MaxDeviceCredentials)] {
		hash, ok := token.Parse(token.Device, c)
		if !ok {
			continue
		}
		d, err := db.DeviceOfAnybody(ctx, tenantID, hash[:])
		if err == nil && MayStart(d) {
			return d.ID, nil
		}
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return "", err
		}
	}
	return "", nil
}

// MayStart reports whether sessions may begin on the device.
func MayStart(d sallyport.Device) bool {
	return d.Status == sallyport.DeviceActive && !d.Compromised()
}

// blocked returns a conflict that says why nobody can sign in on the device, or nil.
func blocked(d sallyport.Device) error {
	switch {
	case d.Status == sallyport.DeviceRevoked:
		return sallyport.Blocked(sallyport.DeviceRemoved)
	case d.Status == sallyport.DeviceSuspended:
		return sallyport.Blocked(sallyport.DeviceIsSuspended)
	case d.Compromised():
		return sallyport.Blocked(sallyport.DeviceFlagged)
	}
	return nil
}

// Add stores the device of an act's user at the first sign-in on it, and returns its
// credential, which is never shown again. With trust it begins at TrustLow.
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

// Use records a sign-in on a known device and replaces its credential. It returns "" when
// the client presented a credential that was just replaced: the client has the current
// one, or will get it.
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
		return "", nil // a parallel sign-in replaced it first
	}
	return credential, err
}
