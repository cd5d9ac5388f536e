package device

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Trust gives a device the level that a reason leads to, in the caller's transaction,
// and returns the event. ErrNotFound when it is blocked.
func Trust(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d *sallyport.Device, why policy.TrustReason, now time.Time) (sallyport.Event, error) {
	return SetLevel(ctx, tx, actor, d, policy.LevelOf(why), why, now)
}

// SetLevel is Trust for a level that somebody chose.
func SetLevel(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d *sallyport.Device, level sallyport.TrustLevel, why policy.TrustReason, now time.Time) (sallyport.Event, error) {
	e := audit.New(actor, audit.DeviceTrusted, now)
	e.UserID, e.TargetID = d.UserID, d.ID
	e.Data = map[string]string{"level": strconv.Itoa(int(level)), "reason": string(why)}
	if err := tx.TrustDevice(ctx, d.TenantID, d.ID, level, string(why), now); err != nil {
		return e, err
	}
	d.TrustLevel, d.TrustReason, d.VerifiedAt = level, string(why), now
	return e, nil
}

// Earn raises a device by what was proven on it, or verifies it anew, in the caller's
// transaction. It returns the event, none when the level stays.
func Earn(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, d *sallyport.Device, s policy.Shown, now time.Time) ([]sallyport.Event, error) {
	before := policy.Trust(p, *d, now)
	level, reason := policy.Earned(before, s)
	if reason == "" {
		return nil, nil
	}
	e, err := SetLevel(ctx, tx, actor, d, level, reason, now)
	if err != nil || level == before {
		return nil, err
	}
	return []sallyport.Event{e}, nil
}

// Lower puts a device whose verification is overdue at TrustLow, and returns the event.
func Lower(ctx context.Context, tx *store.Tx, d sallyport.Device, now time.Time) (sallyport.Event, error) {
	e := audit.New(sallyport.System(d.TenantID), audit.DeviceTrustOverdue, now)
	e.UserID, e.TargetID, e.Data = d.UserID, d.ID, map[string]string{"level": strconv.Itoa(int(sallyport.TrustLow))}
	// When it was verified stays: it is what the level is overdue by.
	return e, tx.TrustDevice(ctx, d.TenantID, d.ID, sallyport.TrustLow, string(policy.Overdue), d.VerifiedAt)
}

// TooMany refuses to trust one more device than policy allows.
func TooMany(p sallyport.Policy) error {
	return sallyport.Invalid(sallyport.FieldError{
		Field: "giveUp", Code: "too_many_devices", Args: map[string]string{"max": strconv.Itoa(p.DeviceMaxPerUser)},
	})
}
