package device

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/token"
)

// Reasons a device ended for, as Device.EndedReason and event details give them.
const (
	ReasonRevokedByUser  = "revoked_by_user"
	ReasonRevokedByAdmin = "revoked_by_admin"
	ReasonGivenUp        = "given_up_for_another" // the user has as many as policy allows
	ReasonIdle           = "idle"
	ReasonCopied         = "credential_copied"
	reasonSuspended      = "suspended_by_admin"
)

// Revoke removes a device of the act's user for good: its sessions end and no sign-in
// on it succeeds. One that was revoked already stays as it is.
func Revoke(ctx context.Context, a *act.Act, d sallyport.Device, reason string) error {
	d.Status, d.EndedAt, d.EndedReason = sallyport.DeviceRevoked, a.Now, reason
	done, err := act.Ignore(a.SetDeviceStatus(ctx, d, sallyport.DeviceActive, sallyport.DeviceSuspended))
	if !done {
		return err
	}
	n, err := session.EndOnDevice(ctx, a, d.ID, session.ReasonDeviceRevoked)
	a.Note(audit.DeviceRevoked, act.About{Target: d.ID}, "reason", reason, "sessions", strconv.Itoa(n))
	return err
}

// EndTrust makes strangers of devices of the act's user: of the one with this id, or of
// all when it is "". Their credentials are worth nothing from now on; the sessions on
// them go on. Those that are blocked lose their trust and stay blocked.
func EndTrust(ctx context.Context, a *act.Act, id, reason string) error {
	ids := []string{id}
	if id == "" {
		var err error
		if ids, err = a.DeviceIDs(ctx, a.User.TenantID, a.User.ID); err != nil {
			return err
		}
	}
	for _, id := range ids {
		_, unheld := token.New(token.Device) // nobody has this one
		done, err := act.Ignore(a.EndTrust(ctx, a.User.TenantID, a.User.ID, id, unheld[:]))
		if err != nil {
			return err
		}
		if done {
			a.Note(audit.DeviceTrustEnded, act.About{Target: id}, "reason", reason)
		}
	}
	return nil
}
