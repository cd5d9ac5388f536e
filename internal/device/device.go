// Package device knows the browsers and clients an account is used from.
//
// A device is recognised by a secret credential that it was given at its first
// sign-in, never by what it looks like. One browser holds a credential for each
// of its users. Being known is not being trusted: a known device has its own
// lockout counter, so that strangers who lock an account cannot keep its owner
// out, and nothing else follows from it.
package device

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// MaxCredentials is how many credentials one client may present.
const MaxCredentials = 8

// Recognise returns the user's device among those whose credentials a client
// presents, or ErrNotFound when none is theirs. The device may be one that was
// suspended, revoked or flagged: the caller decides what follows.
func Recognise(ctx context.Context, db *store.Store, tenantID, userID string, credentials []string) (sallyport.Device, error) {
	for _, c := range credentials[:min(len(credentials), MaxCredentials)] {
		hash, ok := token.Parse(token.Device, c)
		if !ok {
			continue
		}
		d, err := db.DeviceByToken(ctx, tenantID, userID, hash[:])
		if err == nil || !errors.Is(err, sallyport.ErrNotFound) {
			return d, err
		}
	}
	return sallyport.Device{}, sallyport.ErrNotFound
}

// MayStart reports whether sessions may begin on the device.
func MayStart(d sallyport.Device) bool {
	return d.Status == sallyport.DeviceActive && !d.Compromised()
}

// Add stores the device a user signs in from for the first time and returns its
// credential, which is shown this once, and the event that tells of it.
func Add(ctx context.Context, tx *store.Tx, actor sallyport.Actor, userID string, now time.Time) (sallyport.Device, string, sallyport.Event, error) {
	credential, hash := token.New(token.Device)
	d := sallyport.Device{
		ID:           token.NewID(),
		TenantID:     actor.TenantID,
		UserID:       userID,
		Info:         actor.Client.Info,
		TrustLevel:   sallyport.TrustNone,
		Status:       sallyport.DeviceActive,
		LastUsedAt:   now,
		LastIP:       actor.Client.IPAddress,
		LastLocation: actor.Client.Location,
		CreatedAt:    now,
	}
	if err := tx.AddDevice(ctx, d, hash[:]); err != nil {
		return sallyport.Device{}, "", sallyport.Event{}, err
	}
	e := audit.New(actor, audit.DeviceAdded, now)
	e.UserID, e.TargetID = userID, d.ID
	return d, credential, e, nil
}

// EndTrust makes strangers of a user's devices, in the caller's transaction: of
// the one with this id, or of all when it is "". Their credentials are worth
// nothing from now on; the sessions on them go on. It returns the events.
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
