package act

import (
	"cmp"
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Reasons why a session ended, as in Session.TerminationReason and event details.
const (
	ReasonSignedOut       = "signed_out"       // by its user, in this session
	ReasonReplaced        = "signed_in_again"  // the same browser signed in again
	ReasonRevokedByUser   = "revoked_by_user"  // by its user, from another session
	ReasonPasswordChanged = "password_changed" // the password changed; other sessions end
	ReasonPasswordReset   = "password_reset"   // through a mailed link
	ReasonNotMe           = "reported_not_me"  // its user said that it was somebody else
	ReasonLockedDown      = "account_locked_down"
	ReasonUserDisabled    = "user_disabled" // its user may not sign in any more
	ReasonRoleChanged     = "role_changed"  // its user got another role
	ReasonLeaving         = "deletion_requested"
	ReasonDeleted         = "account_deleted"
	ReasonByAdmin         = "terminated_by_admin"
	ReasonRevokedByAdmin  = "revoked_by_admin" // for security
	ReasonDeviceRevoked   = "device_revoked"
	ReasonDeviceFlagged   = "device_flagged"
	ReasonDeviceCopied    = "device_credential_copied"
	ReasonDeviceSuspended = "device_suspended"
	ReasonRefreshFailed   = "refresh_failed"         // a copy of a refresh token was used
	ReasonSurrendered     = "surrendered"            // whoever had the text of an API key gave it up
	ReasonSignedOutThere  = "signed_out_at_provider" // at the identity provider that it began at
	ReasonNotAdmitted     = "not_admitted"           // the rules of its identity provider do not admit its user any more
	ReasonRestored        = "restored"               // the database was set back to a backup, in which it may be alive again
	ReasonIdle            = "idle_timeout"
	ReasonLifetime        = "lifetime_over"
)

// Sessions selects live sessions of an act's user. The zero value selects all.
type Sessions struct {
	Device string // only on this device; "" for any
	Except string // all but the session with this id
}

// RevokeSessions ends sessions of the act's user and returns how many. It is here
// because acts on accounts, devices and factors all end sessions.
func (a *Act) RevokeSessions(ctx context.Context, which Sessions, reason string) (int, error) {
	end := a.end(reason)
	var ended []sallyport.Session
	var err error
	if which.Device != "" {
		ended, err = a.EndSessionsOfDevice(ctx, a.User.TenantID, which.Device, end)
	} else {
		ended, err = a.EndSessionsOfUser(ctx, a.User.TenantID, a.User.ID, which.Except, end)
	}
	for _, v := range ended {
		a.NoteRevoked(v, reason)
	}
	return len(ended), err
}

// RevokeSession ends one session of the act's user and returns how many it ended: 0
// when the session has ended already or belongs to somebody else.
func (a *Act) RevokeSession(ctx context.Context, id, reason string) (int, error) {
	v, err := a.Session(ctx, a.User.TenantID, id)
	if err == nil && v.UserID != a.User.ID {
		return 0, nil
	}
	if err == nil {
		err = a.EndSession(ctx, v.TenantID, id, a.end(reason))
	}
	if done, err := Ignore(err); !done {
		return 0, err
	}
	a.NoteRevoked(v, reason)
	return 1, nil
}

// RevokeKey ends an API key of the act's user, and reports whether it was good before.
func (a *Act) RevokeKey(ctx context.Context, k sallyport.APIKey, reason string) (bool, error) {
	done, err := Ignore(a.EndKey(ctx, k.TenantID, k.ID, a.end(reason)))
	if done {
		a.Note(audit.KeyRevoked, About{User: k.UserID, Target: k.ID}, "name", k.Name, "reason", reason)
	}
	return done, err
}

func (a *Act) end(reason string) store.End {
	return store.End{Status: sallyport.SessionRevoked, By: By(a.Actor), Reason: reason, At: a.Now}
}

// NoteRevoked notes the forced end of a session, with the device of that session. The event
// itself says where the actor was.
func (a *Act) NoteRevoked(v sallyport.Session, reason string) {
	d := v.DeviceInfo
	data := append(Given("browser", d.Browser), Given("system", cmp.Or(d.Model, d.OS))...)
	a.Note(audit.SessionRevoked, About{User: v.UserID, Session: v.ID}, append(data, "reason", reason)...)
}

// EndTrustOf makes strangers of devices of the act's user: of the one with this id, or of
// all when it is "". Their credentials are worth nothing from now on; the sessions on
// them go on. Those that are blocked lose their trust and stay blocked.
func (a *Act) EndTrustOf(ctx context.Context, id, reason string) error {
	ids := []string{id}
	if id == "" {
		var err error
		if ids, err = a.DeviceIDs(ctx, a.User.TenantID, a.User.ID); err != nil {
			return err
		}
	}
	for _, id := range ids {
		_, unheld := token.New(token.Device) // nobody has this one
		done, err := Ignore(a.EndTrust(ctx, a.User.TenantID, a.User.ID, id, unheld[:]))
		if err != nil {
			return err
		}
		if done {
			a.Note(audit.DeviceTrustEnded, About{Target: id}, "reason", reason)
		}
	}
	return nil
}
