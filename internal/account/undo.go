package account

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/store"
)

// Undo says what takes back one kind of event, after its user said that it was somebody
// else.
type Undo struct {
	Kind audit.Kind
	// How is what takes it back or, where nothing does, why not. For operators and
	// docs/rules.md.
	How string

	do func(ctx context.Context, t *taking, e sallyport.Event) (done bool, _ error) // nil: nothing does
}

// taking is the taking back of one dispute, in an act.
type taking struct {
	*act.Act
	factors *mfa.Service
	of      *dispute
	already map[string]bool // ids of devices that are strangers by now
	moved   bool            // the e-mail address was given back
	rung    bool            // the phone number was
}

// Why nothing takes an event back.
const (
	noTrace   = "It leaves nothing that opens anything."
	takesAway = "It only took something away; its owner gets that back by signing in."
	byOthers  = "An admin, the operator or the system does it, not somebody in the account."
	withheld  = "The password is withdrawn, or counts no more as proof, whoever set it."
	voided    = "The link is void (rows of links)."
)

// Undos is THE table of what takes back each kind of event.
var Undos = []Undo{
	{audit.MethodAdded, "The second factor is removed.", undoMethod},
	{audit.BackupCodesMade, "The codes are removed.", undoMethod},
	{audit.EnrolmentStarted, "The enrolment ends.", undoEnrolment},
	{audit.DeviceAdded, "The device becomes a stranger.", undoTrust},
	{audit.DeviceTrusted, "The device becomes a stranger.", undoTrust},
	{audit.DevicePrimary, "The device becomes a stranger where it is disputed; otherwise it opens nothing.", undoTrust},
	{audit.DeviceFlagged, "The mark is taken from a device that is not disputed itself; it stays a stranger.", undoFlag},
	{audit.EmailChanged, "The address that the account had before is given back, and the account closes: two mailboxes claim it.", undoEmail},
	{audit.EmailChangeRequested, "The code that waits is useless.", undoCode(contact.KindEmail)},
	{audit.PhoneChanged, "The number that the account had before is given back.", undoPhone},
	{audit.PhoneChangeRequested, "The code that waits is useless.", undoCode(contact.KindPhone)},
	{audit.DeletionRequested, "The account is kept.", undoDeletion},
	{audit.SignInAnswered, "\"It was me\" becomes \"This wasn't me\".", undoAnswer},
	{audit.KeyCreated, "The API key is revoked.", undoKey},
	{audit.IdentityLinked, "The account at the identity provider is unlinked; the sessions that began with it end.", undoIdentity},
	{audit.KeyRotated, "The API key is revoked: nobody knows who has its text.", undoKey},
	{audit.PushSubscribed, "The browser is told no more.", undoPush},
	{audit.SignedIn, "The session ends.", nil},
	{audit.SteppedUp, "The session ends.", nil},
	{audit.MFAEnabled, "The methods are removed, each for itself.", nil},

	{audit.MethodRemoved, "The secret is deleted and cannot come back. Where no factor is left the account closes.", nil},
	{audit.MFADisabled, "As the removal of the last method.", nil},
	{audit.BackupCodeUsed, "A used code stays used.", nil},
	{audit.MethodTampered, "It stays suspended: its row proves nothing.", nil},
	{audit.PasskeySuspended, "It stays suspended: there is a copy.", nil},
	{audit.PasskeySynced, "Its provider has the copies. The passkey is older than the session and stays.", nil},

	{audit.PasswordChanged, withheld, nil},
	{audit.PasswordReset, withheld, nil},
	{audit.PasswordWithdrawn, withheld, nil},
	{audit.PasswordResetRequested, voided, nil},
	{audit.ResetLinkMade, byOthers, nil},
	{audit.VerificationRequested, voided, nil},
	{audit.DeviceConfirmationMailed, voided, nil},

	{audit.SignInFailed, noTrace, nil},
	{audit.ReauthFailed, noTrace, nil},
	{audit.AccountLocked, noTrace, nil},
	{audit.AccountUnlocked, noTrace, nil},
	{audit.NetworkLimited, noTrace, nil},
	{audit.RefusalsRepeated, noTrace, nil},
	{audit.MethodRenamed, noTrace, nil},
	{audit.DeviceRenamed, noTrace, nil},
	{audit.CodeSent, noTrace, nil},
	{audit.Approved, "What it let in ends: the session of a sign-in, and what was done in it.", nil},
	{audit.ApprovalDenied, noTrace, nil},
	{audit.SignInDoubted, noTrace, nil},
	{audit.EmailVerified, noTrace, nil},
	{audit.LanguageChosen, noTrace, nil},
	{audit.DetailsChanged, noTrace, nil},
	{audit.EmailRestored, "It is what takes a change of the address back.", nil},
	{audit.AvatarChanged, noTrace, nil},
	{audit.DigestChosen, noTrace, nil},
	{audit.NotificationsChosen, "What warns of an attack cannot be switched off by mail.", nil},
	{audit.PushUnsubscribed, "It only took something away; its owner subscribes the browser again.", nil},
	{audit.DataExported, "What was read cannot be taken back.", nil},
	{audit.DeletionCancelled, noTrace, nil},
	{audit.DeletionBegun, byOthers, nil},
	{audit.AccountDeleted, byOthers, nil},
	{audit.TenantLanguageChosen, byOthers, nil},
	{audit.OrganisationChanged, byOthers, nil},
	{audit.ReportedNotMe, noTrace, nil},
	{audit.SessionExpired, noTrace, nil},
	{audit.DeviceTrustOverdue, noTrace, nil},
	{audit.DeviceRevocationTold, noTrace, nil},

	{audit.SignedOut, takesAway, nil},
	{audit.SignedOutEverywhere, takesAway, nil},
	{audit.SessionRevoked, takesAway, nil},
	{audit.DeviceTrustEnded, takesAway, nil},
	{audit.DeviceRevoked, takesAway, nil},
	{audit.DeviceCredentialReused, takesAway, nil},
	{audit.LockedDown, takesAway, nil},
	{audit.UserReopened, "It needs a proof that is older than the dispute.", nil},

	{audit.KeyRevoked, "It only took something away; its owner makes another key.", nil},
	{audit.RefreshReused, takesAway, nil},
	{audit.ServiceCreated, byOthers, nil},
	{audit.ClientCreated, byOthers, nil},
	{audit.ClientRotated, byOthers, nil},
	{audit.ClientDeleted, byOthers, nil},
	{audit.SigningKeyMade, byOthers, nil},
	{audit.IdentityUnlinked, "It only took something away; its owner links it again.", nil},
	{audit.BreakGlass, noTrace, nil},
	{audit.ProviderAdded, byOthers, nil},
	{audit.ProviderChanged, byOthers, nil},
	{audit.ProviderRemoved, byOthers, nil},
	{audit.ProviderSwitchedOn, byOthers, nil},
	{audit.ProviderSwitchedOff, byOthers, nil},
	{audit.DomainAdded, byOthers, nil},
	{audit.DomainProven, byOthers, nil},
	{audit.DomainRemoved, byOthers, nil},
	{audit.AppAdded, byOthers, nil},
	{audit.AppChanged, byOthers, nil},
	{audit.AppRemoved, byOthers, nil},
	{audit.AppEntered, noTrace, nil},
	{audit.AlertChannelMade, byOthers, nil},
	{audit.AlertChannelChanged, byOthers, nil},
	{audit.AlertChannelRemoved, byOthers, nil},
	{audit.AlertChannelOff, byOthers, nil},
	{audit.WebhookCreated, byOthers, nil},
	{audit.WebhookChanged, byOthers, nil},
	{audit.WebhookRemoved, byOthers, nil},
	{audit.WebhookRotated, byOthers, nil},
	{audit.WebhookReplayed, byOthers, nil},
	{audit.WebhookResent, byOthers, nil},
	{audit.WebhookOff, byOthers, nil},

	{audit.SetUpCompleted, byOthers, nil},
	{audit.TenantCreated, byOthers, nil},
	{audit.UserCreated, byOthers, nil},
	{audit.UserInvited, byOthers, nil},
	{audit.InvitationAccepted, "The account was empty before.", nil},
	{audit.UserDisabled, byOthers, nil},
	{audit.UserEnabled, byOthers, nil},
	{audit.MFAReset, byOthers, nil},
	{audit.MFARequirementMoved, byOthers, nil},
	{audit.SessionTerminated, byOthers, nil},
	{audit.SessionSuspended, byOthers, nil},
	{audit.SessionResumed, byOthers, nil},
	{audit.SessionExtended, byOthers, nil},
	{audit.BulkStarted, byOthers, nil},
	{audit.BulkFinished, byOthers, nil},
	{audit.BulkStopped, byOthers, nil},
	{audit.BulkCancelled, byOthers, nil},
	{audit.DeviceSuspended, byOthers, nil},
	{audit.DeviceResumed, byOthers, nil},
	{audit.DeviceCleared, byOthers, nil},
	{audit.PolicyChanged, byOthers, nil},
	{audit.GroupPolicyChanged, byOthers, nil},
	{audit.InvitationWithdrawn, byOthers, nil},
	{audit.UserRoleChanged, byOthers, nil},
	{audit.PasswordDemanded, byOthers, nil},
	{audit.RoleCreated, byOthers, nil},
	{audit.RoleChanged, byOthers, nil},
	{audit.RoleDeleted, byOthers, nil},
	{audit.GroupCreated, byOthers, nil},
	{audit.GroupChanged, byOthers, nil},
	{audit.GroupDeleted, byOthers, nil},
	{audit.GroupJoined, byOthers, nil},
	{audit.GroupLeft, byOthers, nil},
	{audit.NetworkBlocked, byOthers, nil},
	{audit.NetworkUnblocked, byOthers, nil},
	{audit.MethodSuspended, byOthers, nil},
	{audit.MethodResumed, byOthers, nil},
	{audit.MFAExempted, byOthers, nil},
	{audit.MFAReminded, byOthers, nil},
	{audit.RetentionApplied, byOthers, nil},
	{audit.LogKeyAdded, byOthers, nil},
	{audit.DatabaseRestored, byOthers, nil},
	{audit.LogExported, byOthers, nil},
	{audit.ReviewCompleted, byOthers, nil},
	{audit.ReviewReminded, byOthers, nil},
	{audit.DigestMailed, byOthers, nil},
	{audit.MailRetried, byOthers, nil},
}

// undone are the kinds of event that something takes back.
var undone = func() (kinds []string) {
	for _, u := range Undos {
		if u.do != nil {
			kinds = append(kinds, string(u.Kind))
		}
	}
	return kinds
}()

// takeBack undoes what was done in a dispute, and returns the events that it took back. It
// ends no session. The trust of the disputed devices has ended already.
func (s *Service) takeBack(ctx context.Context, a *act.Act, d *dispute) (back []sallyport.Event, _ error) {
	events, err := d.events(ctx, a, store.EventsOf{Kinds: undone}, unlimited)
	if err != nil {
		return nil, err
	}
	t := &taking{Act: a, factors: s.factors, of: d, already: maps.Clone(d.devices)}
	for _, e := range events {
		i := slices.IndexFunc(Undos, func(u Undo) bool { return string(u.Kind) == e.Kind })
		done, err := Undos[i].do(ctx, t, e)
		if err != nil {
			return nil, err
		}
		if done {
			back = append(back, e)
		}
	}
	return back, nil
}

func undoMethod(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	_, err := t.factors.TakeAway(ctx, t.Act, e.TargetID, mfa.ReasonNotMe)
	return act.Ignore(err)
}

func undoKey(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	k, err := t.APIKey(ctx, t.User.TenantID, e.TargetID)
	if done, err := act.Ignore(err); !done || k.UserID != t.User.ID {
		return false, err
	}
	return t.RevokeKey(ctx, k, act.ReasonNotMe)
}

// undoIdentity takes a linked account away, with the sessions that began with it.
func undoIdentity(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	all, err := t.IdentitiesOf(ctx, t.User.TenantID, t.User.ID)
	i := slices.IndexFunc(all, func(i store.Identity) bool { return i.ID == e.TargetID })
	if err != nil || i < 0 {
		return false, err
	}
	live, err := t.FederatedSessionsOf(ctx, all[i].TenantID, all[i].ID)
	if err != nil {
		return false, err
	}
	for _, f := range live {
		if _, err := t.RevokeSession(ctx, f.SessionID, act.ReasonNotMe); err != nil {
			return false, err
		}
	}
	return act.Ignore(t.DropIdentity(ctx, all[i]))
}

func undoPush(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	p, err := t.PushSubscription(ctx, t.User.TenantID, e.TargetID)
	if done, err := act.Ignore(err); !done || p.UserID != t.User.ID {
		return false, err
	}
	return act.Ignore(t.DropPushSubscription(ctx, p.TenantID, p.ID))
}

func undoEnrolment(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	n, err := t.DropPending(ctx, t.User.TenantID, t.User.ID, e.TargetID)
	return n > 0, err
}

// undoTrust makes a stranger of a device that was trusted. What a device of the owner got from
// the dispute it gets again at its next sign-in.
func undoTrust(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	d, err := ownDevice(ctx, t.Act, e.TargetID)
	if err != nil || d.ID == "" || !device.MayStart(d) {
		return false, err
	}
	if t.already[d.ID] || t.already[""] {
		return true, nil
	}
	t.already[d.ID] = true
	return true, t.EndTrustOf(ctx, d.ID, act.ReasonNotMe)
}

func undoFlag(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	d, err := ownDevice(ctx, t.Act, e.TargetID)
	if err != nil || t.of.devices[d.ID] || e.Data["by"] != device.ByUser || !d.Compromised() {
		return false, err
	}
	d.TrustLevel, d.TrustReason = sallyport.TrustNone, ""
	t.Note(audit.DeviceCleared, act.About{Target: d.ID})
	return act.Ignore(t.ClearDevice(ctx, d))
}

func undoAnswer(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	if e.Data["answer"] != string(sallyport.AnswerMine) {
		return false, nil
	}
	return true, answerAttempt(ctx, t.Act, e.TargetID, sallyport.AnswerNotMe)
}

// ownDevice returns a device of the act's user, or the zero value when they have none with
// this id.
func ownDevice(ctx context.Context, a *act.Act, id string) (sallyport.Device, error) {
	d, err := a.Device(ctx, a.User.TenantID, id)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && d.UserID != a.User.ID {
		return sallyport.Device{}, nil
	}
	return d, err
}
