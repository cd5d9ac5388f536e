package device

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// Reasons a device ended for, as Device.EndedReason and event details give them.
const (
	ReasonRevokedByUser  = "revoked_by_user"
	ReasonRevokedByAdmin = "revoked_by_admin"
	ReasonGivenUp        = "given_up_for_another" // the user has as many as policy allows
	ReasonIdle           = "idle"
	ReasonCopied         = "credential_copied"
)

// copied is the assessment of a credential that came back.
var copied = sallyport.Assessment{Score: 100, Findings: []sallyport.Finding{{Signal: risk.CredentialReuse, Weight: 100}}}

// Revoke removes a device for good, in the caller's transaction, which has locked its
// user: its sessions end and no sign-in on it succeeds. It returns the events,
// none when it was revoked already.
func Revoke(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d sallyport.Device, reason string, now time.Time) ([]sallyport.Event, error) {
	err := tx.SetDeviceStatus(ctx, d.TenantID, d.ID, []sallyport.DeviceStatus{sallyport.DeviceActive, sallyport.DeviceSuspended}, sallyport.DeviceRevoked, reason, now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := session.EndOnDevice(ctx, tx, actor, d.ID, session.ReasonDeviceRevoked, now)
	if err != nil {
		return nil, err
	}
	e := audit.New(actor, audit.DeviceRevoked, now)
	e.UserID, e.TargetID = d.UserID, d.ID
	e.Data = map[string]string{"reason": reason, "sessions": strconv.Itoa(len(events))}
	return append(events, e), nil
}

// Suspend blocks a device until Resume; its sessions end. ErrConflict when it is not
// active.
func Suspend(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d sallyport.Device, now time.Time) ([]sallyport.Event, error) {
	err := tx.SetDeviceStatus(ctx, d.TenantID, d.ID, []sallyport.DeviceStatus{sallyport.DeviceActive}, sallyport.DeviceSuspended, "suspended_by_admin", now)
	if err != nil {
		return nil, conflict(err)
	}
	events, err := session.EndOnDevice(ctx, tx, actor, d.ID, session.ReasonDeviceSuspended, now)
	if err != nil {
		return nil, err
	}
	e := audit.New(actor, audit.DeviceSuspended, now)
	e.UserID, e.TargetID, e.Data = d.UserID, d.ID, map[string]string{"sessions": strconv.Itoa(len(events))}
	return append(events, e), nil
}

// Resume lets a suspended device sign in again, with the trust it had. ErrConflict
// when it is not suspended.
func Resume(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d sallyport.Device, now time.Time) (sallyport.Event, error) {
	e := audit.New(actor, audit.DeviceResumed, now)
	e.UserID, e.TargetID = d.UserID, d.ID
	return e, conflict(tx.SetDeviceStatus(ctx, d.TenantID, d.ID, []sallyport.DeviceStatus{sallyport.DeviceSuspended}, sallyport.DeviceActive, "", now))
}

func conflict(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.ErrConflict
	}
	return err
}
