package device

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
)

// Reasons why a device ended, as in Device.EndedReason and event details.
const (
	ReasonRevokedByUser  = "revoked_by_user"
	ReasonRevokedByAdmin = "revoked_by_admin"
	ReasonGivenUp        = "given_up_for_another" // removed to make room for another one
	ReasonIdle           = "idle"
	ReasonCopied         = "credential_copied"
	reasonSuspended      = "suspended_by_admin"
)

// Revoke removes a device of the act's user for good: its sessions end and it cannot be
// used to sign in. Revoking it again changes nothing.
func Revoke(ctx context.Context, a *act.Act, d sallyport.Device, reason string) error {
	d.Status, d.EndedAt, d.EndedReason = sallyport.DeviceRevoked, a.Now, reason
	done, err := act.Ignore(a.SetDeviceStatus(ctx, d, sallyport.DeviceActive, sallyport.DeviceSuspended))
	if !done {
		return err
	}
	n, err := a.RevokeSessions(ctx, act.Sessions{Device: d.ID}, act.ReasonDeviceRevoked)
	a.Note(audit.DeviceRevoked, act.About{Target: d.ID}, "reason", reason, "sessions", strconv.Itoa(n))
	return err
}
