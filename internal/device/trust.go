package device

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
)

// Trust sets the level that a trust reason gives. ErrNotFound when the device is blocked.
func Trust(ctx context.Context, a *act.Act, d *sallyport.Device, why policy.TrustReason) error {
	return setLevel(ctx, a, d, policy.LevelOf(why), why)
}

// setLevel is Trust with a level that a person chose.
func setLevel(ctx context.Context, a *act.Act, d *sallyport.Device, level sallyport.TrustLevel, why policy.TrustReason) error {
	if err := put(ctx, a, d, level, why); err != nil {
		return err
	}
	a.Note(audit.DeviceTrusted, act.About{Target: d.ID}, "level", strconv.Itoa(int(level)), "reason", string(why))
	return nil
}

func put(ctx context.Context, a *act.Act, d *sallyport.Device, level sallyport.TrustLevel, why policy.TrustReason) error {
	then := *d
	then.TrustLevel, then.TrustReason, then.VerifiedAt = level, string(why), a.Now
	if err := a.TrustDevice(ctx, then); err != nil {
		return err
	}
	*d = then
	return nil
}

// Earn raises a device by what was proven on it, or renews its verification.
func Earn(ctx context.Context, a *act.Act, d *sallyport.Device, s policy.Shown) error {
	before := policy.Trust(a.Policy, *d, a.Now)
	level, reason := policy.Earned(a.Policy, before, s)
	switch {
	case reason == "":
		return nil
	case level == before:
		return put(ctx, a, d, level, reason)
	}
	return setLevel(ctx, a, d, level, reason)
}

// TooMany returns the refusal of one more trusted device than policy allows.
func TooMany(p sallyport.Policy) error {
	return sallyport.Invalid(sallyport.FieldError{
		Field: "giveUp", Code: "too_many_devices", Args: map[string]string{"max": strconv.Itoa(p.DeviceMaxPerUser)},
	})
}

// Room returns too_many_devices when trusting the device would exceed the limit of
// policy.
func Room(ctx context.Context, a *act.Act, d sallyport.Device) error {
	if a.Policy.DeviceMaxPerUser == 0 || d.TrustLevel > sallyport.TrustNone {
		return nil
	}
	n, err := a.CountTrusted(ctx, a.User.TenantID, a.User.ID)
	if err == nil && int(n) >= a.Policy.DeviceMaxPerUser {
		err = TooMany(a.Policy)
	}
	return err
}
