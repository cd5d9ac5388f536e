package device

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/token"
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

// EndTrust ends trust and recognition of one device of the act's user, or of all when id
// is "". Their credentials stop working; sessions on them go on. Blocked devices lose
// their trust and stay blocked.
func EndTrust(ctx context.Context, a *act.Act, id, reason string) error {
	ids := []string{id}
	if id == "" {
		var err error
		if ids, err = a.DeviceIDs(ctx, a.User.TenantID, a.User.ID); err != nil {
			return err
		}
	}
	for _, id := range ids {
		_, unheld := token.New(token.Device) // a credential that no client holds
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
