package audit

// Kind says what happened, in the form noun.past_participle.
type Kind string

// Event kinds. The table below describes each.
const (
	SetUpCompleted  Kind = "installation.claimed"
	TenantCreated   Kind = "tenant.created"
	UserCreated     Kind = "user.created"
	UserDisabled    Kind = "user.disabled"
	UserEnabled     Kind = "user.enabled"
	SignedIn        Kind = "auth.signed_in"
	SignInFailed    Kind = "auth.sign_in_failed"
	SignedOut       Kind = "auth.signed_out"
	AccountLocked   Kind = "auth.account_locked"
	AccountUnlocked Kind = "auth.account_unlocked"
	NetworkLimited  Kind = "auth.network_limited"
	PasswordChanged Kind = "auth.password_changed"
	ReauthFailed    Kind = "auth.reauthentication_failed"
	SessionRevoked  Kind = "auth.session_revoked"

	PasswordResetRequested Kind = "auth.password_reset_requested"
	ResetLinkMade          Kind = "auth.password_reset_link_made"
	PasswordReset          Kind = "auth.password_reset"
	PasswordWithdrawn      Kind = "auth.password_withdrawn"
	ReportedNotMe          Kind = "auth.reported_not_me"
	SignedOutEverywhere    Kind = "auth.signed_out_everywhere"
	LockedDown             Kind = "user.locked_down"
	UserReopened           Kind = "user.reopened"
	VerificationRequested  Kind = "user.email_verification_requested"
	EmailVerified          Kind = "user.email_verified"
	UserInvited            Kind = "user.invited"
	InvitationAccepted     Kind = "user.invitation_accepted"
	LanguageChosen         Kind = "user.language_chosen"
	DetailsChanged         Kind = "user.details_changed"
	EmailChangeRequested   Kind = "user.email_change_requested"
	EmailChanged           Kind = "user.email_changed"
	EmailRestored          Kind = "user.email_restored"
	PhoneChangeRequested   Kind = "user.phone_change_requested"
	PhoneChanged           Kind = "user.phone_changed"
	TenantLanguageChosen   Kind = "tenant.language_chosen"
	AvatarChanged          Kind = "avatar.changed"
	OrganisationChanged    Kind = "organisation.changed"

	InvitationWithdrawn Kind = "user.invitation_withdrawn"
	UserRoleChanged     Kind = "user.role_changed"
	PasswordDemanded    Kind = "user.new_password_demanded"
	RoleCreated         Kind = "role.created"
	RoleChanged         Kind = "role.changed"
	RoleDeleted         Kind = "role.deleted"
	GroupCreated        Kind = "group.created"
	GroupChanged        Kind = "group.changed"
	GroupDeleted        Kind = "group.deleted"
	GroupJoined         Kind = "group.member_added"
	GroupLeft           Kind = "group.member_removed"
	NetworkBlocked      Kind = "network.blocked"
	NetworkUnblocked    Kind = "network.unblocked"

	MethodSuspended Kind = "auth.2fa_method_suspended"
	MethodResumed   Kind = "auth.2fa_method_resumed"
	MFAExempted     Kind = "auth.2fa_exemption_changed"
	MFAReminded     Kind = "auth.2fa_reminder_mailed"

	EnrolmentStarted    Kind = "auth.2fa_enrolment_started"
	MFAEnabled          Kind = "auth.2fa_enabled"
	MFADisabled         Kind = "auth.2fa_disabled"
	MethodAdded         Kind = "auth.2fa_method_added"
	MethodRenamed       Kind = "auth.2fa_method_renamed"
	MethodRemoved       Kind = "auth.2fa_method_removed"
	PasskeySuspended    Kind = "auth.passkey_suspended"
	PasskeySynced       Kind = "auth.passkey_synced"
	MethodTampered      Kind = "auth.2fa_method_tampered"
	CodeSent            Kind = "auth.code_sent"
	Approved            Kind = "auth.approved"
	ApprovalDenied      Kind = "auth.approval_refused"
	BackupCodesMade     Kind = "auth.2fa_recovery_codes_regenerated"
	BackupCodeUsed      Kind = "auth.2fa_recovery_code_used"
	MFAReset            Kind = "auth.2fa_reset"
	MFARequirementMoved Kind = "auth.2fa_requirement_changed"
	SteppedUp           Kind = "auth.stepped_up"

	SessionTerminated   Kind = "session.terminated"
	SessionSuspended    Kind = "session.suspended"
	SessionResumed      Kind = "session.resumed"
	SessionExpired      Kind = "session.expired"
	SessionExtended     Kind = "session.extended"
	BulkStarted         Kind = "session.bulk_started"
	BulkFinished        Kind = "session.bulk_finished"
	BulkStopped         Kind = "session.bulk_stopped"
	BulkCancelled       Kind = "session.bulk_cancelled"
	DeviceAdded         Kind = "device.added"
	DeviceTrustEnded    Kind = "device.trust_ended"
	PolicyChanged       Kind = "policy.changed"
	GroupPolicyChanged  Kind = "policy.group_changed"
	RetentionApplied    Kind = "retention.applied"
	LogKeyAdded         Kind = "log.key_added"
	DatabaseRestored    Kind = "database.restored"
	LogExported         Kind = "log.exported"
	ReviewCompleted     Kind = "review.completed"
	ReviewReminded      Kind = "review.reminded"
	DigestChosen        Kind = "digest.chosen"
	DataExported        Kind = "data.exported"
	DeletionRequested   Kind = "account.deletion_requested"
	DeletionCancelled   Kind = "account.deletion_cancelled"
	DeletionBegun       Kind = "account.deletion_begun"
	AccountDeleted      Kind = "account.deleted"
	KeyCreated          Kind = "api_key.created"
	KeyRotated          Kind = "api_key.rotated"
	KeyRevoked          Kind = "api_key.revoked"
	ServiceCreated      Kind = "service_account.created"
	ClientCreated       Kind = "oauth_client.created"
	ClientRotated       Kind = "oauth_client.secret_replaced"
	ClientDeleted       Kind = "oauth_client.deleted"
	SigningKeyMade      Kind = "signing_key.made"
	RefreshReused       Kind = "auth.refresh_token_reused"
	NotificationsChosen Kind = "notifications.chosen"
	PushSubscribed      Kind = "push.subscribed"
	PushUnsubscribed    Kind = "push.unsubscribed"
	AppAdded            Kind = "app.added"
	AppChanged          Kind = "app.changed"
	AppRemoved          Kind = "app.removed"
	AppEntered          Kind = "app.entered"
	AlertChannelMade    Kind = "alert_channel.created"
	AlertChannelChanged Kind = "alert_channel.changed"
	AlertChannelRemoved Kind = "alert_channel.deleted"
	AlertChannelOff     Kind = "alert_channel.switched_off"
	WebhookCreated      Kind = "webhook.created"
	WebhookChanged      Kind = "webhook.changed"
	WebhookRemoved      Kind = "webhook.removed"
	WebhookRotated      Kind = "webhook.rotated"
	WebhookReplayed     Kind = "webhook.replayed"
	WebhookResent       Kind = "webhook.resent"
	WebhookOff          Kind = "webhook.switched_off"
	ProviderAdded       Kind = "sso.provider_added"
	ProviderChanged     Kind = "sso.provider_changed"
	ProviderRemoved     Kind = "sso.provider_removed"
	ProviderSwitchedOn  Kind = "sso.provider_switched_on"
	ProviderSwitchedOff Kind = "sso.provider_switched_off"
	DomainAdded         Kind = "sso.domain_added"
	DomainProven        Kind = "sso.domain_proven"
	DomainRemoved       Kind = "sso.domain_removed"
	IdentityLinked      Kind = "identity.linked"
	IdentityUnlinked    Kind = "identity.unlinked"
	BreakGlass          Kind = "sso.gone_around"
	DigestMailed        Kind = "digest.mailed"
	MailRetried         Kind = "mail.retried"
	RefusalsRepeated    Kind = "security.refusals_repeated"

	DeviceTrusted            Kind = "device.trusted"
	DeviceTrustOverdue       Kind = "device.trust_lowered"
	DeviceRenamed            Kind = "device.renamed"
	DevicePrimary            Kind = "device.primary_chosen"
	DeviceSuspended          Kind = "device.suspended"
	DeviceResumed            Kind = "device.resumed"
	DeviceRevoked            Kind = "device.revoked"
	DeviceRevocationTold     Kind = "device.revocation_announced"
	DeviceFlagged            Kind = "device.flagged"
	DeviceCleared            Kind = "device.cleared"
	DeviceCredentialReused   Kind = "device.credential_reused"
	DeviceConfirmationMailed Kind = "device.confirmation_requested"
	SignInDoubted            Kind = "auth.sign_in_doubted"
	SignInAnswered           Kind = "auth.sign_in_answered"
)

// ByKey is the detail that any event has of an act by an API key: the key's id.
const ByKey = "apiKey"

// Group is the subject of an event, as the filters of the activity page name it.
type Group string

// Groups. Their titles are in the message catalogue under "activity." and the name.
const (
	SignIns  Group = "sign_ins"
	Sessions Group = "sessions"
	Secrets  Group = "secrets"
	Devices  Group = "devices"
	Account  Group = "account"
)

// Groups lists all groups, in the order of the filter.
var Groups = []Group{SignIns, Sessions, Secrets, Devices, Account}

// Look is how pages show a kind of event: the name of an icon, and a tone: "good", "info",
// "plain", "warn" or "bad".
type Look struct{ Icon, Tone string }

// Row describes one kind of event. Its text in the message catalogue is "event." and the
// kind.
type Row struct {
	Kind  Kind
	Group Group
	Look  Look
	Means string   // what happened, for operators and docs/rules.md
	Data  []string // names that Event.Data may have

	// More such names, of details that may tell who somebody is: what people typed, addresses, clients.
	// They go with the personal part of an event.
	Personal []string
}

// Kinds is THE table of events. A kind that is not in it cannot be appended.
var Kinds = []Row{
	{SetUpCompleted, Account, Look{"history", "plain"}, "The installation was claimed through its set-up link.", nil, nil},
	{TenantCreated, Account, Look{"history", "plain"}, "An organisation was created.", []string{"name"}, nil},
	{TenantLanguageChosen, Account, Look{"world", "plain"}, "The language of an organisation was chosen, for those who chose none.", []string{"language"}, nil},
	{OrganisationChanged, Account, Look{"palette", "plain"}, "The name, the look or a link of an organisation was changed. A logo is told by its hash; an empty value is none.", []string{"field", "old", "new"}, nil},
	{LanguageChosen, Account, Look{"world", "plain"}, "A user chose the language of their pages and mails.", []string{"language"}, nil},
	{DetailsChanged, Account, Look{"user", "plain"}, "A user changed their name or their time zone; these fields.", []string{"fields"}, nil},
	{EmailChangeRequested, Account, Look{"mail", "info"}, "A user asked for another e-mail address; a code went there, and the present one was told.", nil, []string{"to"}},
	{EmailChanged, Account, Look{"mail-check", "warn"}, "A user has another e-mail address, where a code was read. The former one was told and can take it back for seven days.", nil, []string{"from", "to"}},
	{EmailRestored, Account, Look{"mail-check", "warn"}, "A former e-mail address was given back to its user, since a change of it was disputed.", nil, []string{"from", "to"}},
	{PhoneChangeRequested, Account, Look{"message", "info"}, "A user asked for a phone number on their account; a code went there.", nil, []string{"to"}},
	{PhoneChanged, Account, Look{"message", "info"}, "The phone number of an account was proven, changed or removed.", nil, []string{"from", "to"}},
	{AvatarChanged, Account, Look{"user", "plain"}, "A user chose a picture of themselves, or took it away.", []string{"picture"}, nil},
	{UserCreated, Account, Look{"user", "good"}, "A user was added; by a sign-in at an identity provider where the event names one.", []string{"role"}, []string{"provider"}},
	{DataExported, Account, Look{"download", "warn"}, "A user downloaded what the service holds on them, in this form.", []string{"format"}, nil},
	{DeletionRequested, Account, Look{"trash", "bad"}, "A user asked for the deletion of their account at this time; their other sessions ended, so many.", []string{"at", "sessions"}, nil},
	{DeletionCancelled, Account, Look{"circle-check", "good"}, "The deletion of an account was taken back: by its user or an admin, or for this reason.", []string{"reason"}, nil},
	{DeletionBegun, Account, Look{"trash", "bad"}, "The deletion of an account began, at its owner's wish: its sessions ended, nobody signs in to it any more, and the personal parts of the events about and by its user go.", []string{"sessions"}, nil},
	{AccountDeleted, Account, Look{"trash", "plain"}, "An account was deleted with all that was held on its user; events have its id only.", nil, nil},
	{UserDisabled, Account, Look{"ban", "bad"}, "A user was disabled; all their sessions and pending sign-ins ended.", []string{"sessions"}, nil},
	{UserEnabled, Account, Look{"circle-check", "good"}, "A disabled user was enabled again.", nil, nil},
	{SignedIn, SignIns, Look{"login", "good"}, "A sign-in succeeded and a session began; at an identity provider where the event names one.", []string{"client", "method"}, []string{"provider"}},
	{SignInFailed, SignIns, Look{"alert-triangle", "warn"}, "A sign-in failed: to this account, or to an address nobody has.", []string{"reason"}, nil},
	{SignedOut, SignIns, Look{"logout", "plain"}, "A user ended the session they were using, or replaced it by signing in again.", []string{"reason"}, nil},
	{AccountLocked, SignIns, Look{"lock", "bad"}, "Too many failures locked an account (or an address nobody has) for strangers, for one known device, or inside a session.", []string{"scope", "until"}, nil},
	{NetworkLimited, SignIns, Look{"history", "plain"}, "A network used up its tries; more from it are refused unread until then.", []string{"scope", "until"}, nil},
	{RefusalsRepeated, SignIns, Look{"ban", "warn"}, "Somebody who is signed in, or a network, asked again and again for what they may not have: so often since the last such event, the last time for this reason. It is told once an hour at most.", []string{"count", "reason"}, nil},
	{AccountUnlocked, SignIns, Look{"circle-check", "good"}, "A lock was lifted before its time.", nil, nil},
	{PasswordChanged, Secrets, Look{"key", "info"}, "The password was changed with the current one.", []string{"sessions"}, nil},
	{ReauthFailed, Secrets, Look{"alert-triangle", "warn"}, "A signed-in user was asked to prove anew who they are and did not: a wrong password, or a wrong second factor of this method.", []string{"method"}, nil},
	{EnrolmentStarted, Secrets, Look{"shield-half", "plain"}, "Setting up a second factor was begun. It does not count yet.", []string{"method"}, nil},
	{MFAEnabled, Secrets, Look{"shield-check", "good"}, "An account got its first second factor.", []string{"method"}, nil},
	{MFADisabled, Secrets, Look{"shield-x", "bad"}, "An account lost its last second factor.", nil, nil},
	{MethodAdded, Secrets, Look{"shield-lock", "good"}, "A second factor was added.", []string{"method"}, []string{"name"}},
	{MethodRenamed, Secrets, Look{"shield-lock", "plain"}, "A second factor got another name.", []string{"method"}, []string{"name"}},
	{MethodRemoved, Secrets, Look{"shield-x", "warn"}, "A second factor was removed.", []string{"method", "reason"}, []string{"name"}},
	{MethodTampered, Secrets, Look{"alert-triangle", "bad"}, "A second factor was suspended because its row in the database was changed past the service.", []string{"method"}, []string{"name"}},
	{PasskeySuspended, Secrets, Look{"alert-triangle", "bad"}, "A passkey was suspended because its counter says that there is a copy.", nil, []string{"name"}},
	{PasskeySynced, Secrets, Look{"shield-lock", "info"}, "A passkey that stood on one device became one that its provider may copy to other devices of its owner.", nil, []string{"name"}},
	{CodeSent, SignIns, Look{"message", "plain"}, "A code, or a request to approve, was sent to the user by this method.", []string{"method"}, nil},
	{Approved, SignIns, Look{"circle-check", "good"}, "The user approved on another device what asked for a second factor.", nil, nil},
	{ApprovalDenied, SignIns, Look{"alert-triangle", "warn"}, "The user was asked on another device to approve something, and said that it was not them, or gave a wrong number.", []string{"reason"}, nil},
	{BackupCodesMade, Secrets, Look{"list-numbers", "info"}, "New backup codes were made; the former ones stopped working.", []string{"count"}, nil},
	{BackupCodeUsed, Secrets, Look{"list-numbers", "warn"}, "A backup code was used; all devices lost their trust.", []string{"remaining"}, nil},
	{MFAReset, Secrets, Look{"shield-x", "bad"}, "An admin removed every second factor of a user.", []string{"count", "checked"}, []string{"reason"}},
	{MFARequirementMoved, Secrets, Look{"shield-lock", "info"}, "An admin demands a second factor of this user, or no longer.", []string{"required"}, nil},
	{SteppedUp, SignIns, Look{"circle-check", "info"}, "A signed-in user proved anew who they are, for this act.", []string{"act", "method"}, nil},
	{SessionRevoked, Sessions, Look{"ban", "warn"}, "A user, an admin, or a change that demands it, force-ended a session.", []string{"reason"}, []string{"browser", "system"}},
	{SessionTerminated, Sessions, Look{"ban", "warn"}, "An admin ended a session.", []string{"reason"}, nil},
	{SessionSuspended, Sessions, Look{"player-pause", "warn"}, "An admin paused a session.", nil, nil},
	{SessionResumed, Sessions, Look{"circle-check", "good"}, "An admin let a paused session go on.", nil, nil},
	{SessionExtended, Sessions, Look{"clock", "info"}, "An admin gave a session a later end.", []string{"until"}, nil},
	{BulkStarted, Sessions, Look{"list-numbers", "info"}, "An admin began an act on many sessions, each of which has an event of its own.", []string{"action", "sessions"}, nil},
	{BulkFinished, Sessions, Look{"circle-check", "info"}, "An act on many sessions is finished: so many were changed, so many left out.", []string{"action", "sessions", "skipped", "failed"}, nil},
	{BulkStopped, Sessions, Look{"alert-triangle", "warn"}, "An act on many sessions stopped before its end, because who began it may not go on.", []string{"action", "reason", "sessions", "skipped", "failed"}, nil},
	{BulkCancelled, Sessions, Look{"ban", "warn"}, "An admin cancelled an act on many sessions; what was done before stays done.", []string{"action", "sessions", "skipped", "failed"}, nil},
	{SessionExpired, Sessions, Look{"clock", "plain"}, "A session ended because its time was over.", []string{"reason"}, nil},
	{DeviceAdded, Devices, Look{"devices", "info"}, "An account was used from a new device, which is known from now on.", nil, nil},
	{DeviceTrustEnded, Devices, Look{"shield-x", "warn"}, "A device lost its trust and, unless it is suspended, its credential; it is a stranger from now on.", []string{"reason"}, nil},
	{PasswordResetRequested, Secrets, Look{"mail", "info"}, "A link for a new password was mailed to the user.", nil, nil},
	{ResetLinkMade, Secrets, Look{"mail", "warn"}, "The operator of the server made a link for a new password, to hand over to the user.", nil, nil},
	{PasswordReset, Secrets, Look{"key", "info"}, "A new password was set through a mailed link; all sessions ended.", []string{"sessions"}, nil},
	{PasswordWithdrawn, Secrets, Look{"ban", "warn"}, "The password was made useless, because its owner said that somebody else used it.", nil, nil},
	{ReportedNotMe, Account, Look{"shield-lock", "warn"}, "The owner of the account followed \"This wasn't me\" in a mail and confirmed.", []string{"sessions", "takenBack"}, nil},
	{SignedOutEverywhere, Sessions, Look{"logout", "info"}, "A user ended all their sessions, or all but the present one; sign-ins under way ended too.", []string{"sessions"}, nil},
	{RefreshReused, Sessions, Look{"alert-triangle", "bad"}, "A refresh token of an app came back after it was used, so there is a copy; the session ended.", nil, nil},
	{NotificationsChosen, Account, Look{"pencil", "plain"}, "A user said what they want to be told of, and where.", []string{"on", "off"}, nil},
	{KeyCreated, Secrets, Look{"key", "warn"}, "An API key was made.", []string{"permissions", "until"}, []string{"name"}},
	{KeyRotated, Secrets, Look{"history", "info"}, "The text of an API key was replaced; until then the former one works too.", []string{"until"}, []string{"name"}},
	{KeyRevoked, Secrets, Look{"key", "info"}, "An API key was revoked.", []string{"reason"}, []string{"name"}},
	{ServiceCreated, Account, Look{"user", "info"}, "A service account was made.", []string{"role", "owner"}, []string{"name"}},
	{ClientCreated, Account, Look{"key", "info"}, "A service was allowed to ask about tokens.", nil, []string{"name"}},
	{ClientRotated, Account, Look{"history", "info"}, "The secret of a service that asks about tokens was replaced; until then the former one works too.", []string{"until"}, []string{"name"}},
	{ClientDeleted, Account, Look{"ban", "warn"}, "A service may no longer ask about tokens.", nil, []string{"name"}},
	{SigningKeyMade, Account, Look{"key", "plain"}, "A key was made that signs tokens for others to verify.", []string{"key", "from"}, nil},
	{LockedDown, Account, Look{"lock", "bad"}, "An account in danger was closed: everything it held ended, and only an older proof together with the mailbox, an admin or the operator opens it.", []string{"sessions", "reason"}, nil},
	{UserReopened, Account, Look{"circle-check", "good"}, "A closed account was opened again with a proof that is older than what closed it.", []string{"method"}, nil},
	{VerificationRequested, Account, Look{"mail", "info"}, "A link to prove the e-mail address was mailed to it.", nil, nil},
	{EmailVerified, Account, Look{"mail-check", "good"}, "The e-mail address was proven.", nil, nil},
	{UserInvited, Account, Look{"mail", "info"}, "Somebody was invited by mail to join.", []string{"role"}, nil},
	{InvitationAccepted, Account, Look{"user", "good"}, "An invited user chose a password.", nil, nil},
	{DeviceTrusted, Devices, Look{"shield-check", "good"}, "A device was trusted, or trusted more, for this reason; or an admin set its level.", []string{"level", "reason"}, nil},
	{DeviceTrustOverdue, Devices, Look{"shield-half", "warn"}, "A device was not verified for longer than policy allows; it is at the lowest level until it is.", []string{"level"}, nil},
	{DeviceRenamed, Devices, Look{"pencil", "plain"}, "A device got another name.", nil, []string{"name"}},
	{DevicePrimary, Devices, Look{"devices", "plain"}, "A user said which device is their primary one.", nil, nil},
	{DeviceSuspended, Devices, Look{"player-pause", "warn"}, "An admin blocked a device for the time being; its sessions ended.", []string{"sessions"}, nil},
	{DeviceResumed, Devices, Look{"circle-check", "good"}, "An admin lets a suspended device sign in again.", nil, nil},
	{DeviceRevoked, Devices, Look{"ban", "warn"}, "A device was removed; its sessions ended.", []string{"reason", "sessions"}, nil},
	{DeviceRevocationTold, Devices, Look{"clock", "plain"}, "The owner of an idle device was told when it will be removed.", []string{"until"}, nil},
	{DeviceFlagged, Devices, Look{"alert-triangle", "bad"}, "A device was marked as compromised: its sessions ended and no sign-in on it succeeds.", []string{"by", "signals", "sessions"}, []string{"reason"}},
	{DeviceCleared, Devices, Look{"shield-half", "info"}, "An admin took the mark of compromise from a device.", nil, nil},
	{DeviceCredentialReused, Devices, Look{"alert-triangle", "bad"}, "A credential of a device came back after it was replaced, so there is a copy; the device is a stranger from now on.", nil, nil},
	{DeviceConfirmationMailed, Devices, Look{"mail", "plain"}, "A link to confirm a device was mailed to its owner.", nil, nil},
	{SignInDoubted, SignIns, Look{"alert-triangle", "warn"}, "A sign-in looked unusual, by these signals. Its attempt keeps the details.", []string{"score", "signals"}, nil},
	{SignInAnswered, SignIns, Look{"info-circle", "plain"}, "The owner of an account said whether an unusual sign-in was theirs.", []string{"answer"}, nil},
	{InvitationWithdrawn, Account, Look{"ban", "warn"}, "An invitation that nobody had accepted was taken back, and its account deleted.", nil, []string{"email"}},
	{UserRoleChanged, Account, Look{"user", "info"}, "A user got another role.", []string{"old", "new", "sessions"}, nil},
	{PasswordDemanded, Secrets, Look{"key", "info"}, "An admin demands a new password at the next sign-in.", nil, nil},
	{RoleCreated, Account, Look{"shield-lock", "info"}, "A role was made of permissions.", []string{"name", "permissions"}, nil},
	{RoleChanged, Account, Look{"shield-lock", "info"}, "A role got another name, description or other permissions.", []string{"name", "old", "new"}, nil},
	{RoleDeleted, Account, Look{"ban", "warn"}, "A role that nobody had was deleted.", []string{"name"}, nil},
	{GroupCreated, Account, Look{"user", "info"}, "A group of users was made.", []string{"name"}, nil},
	{GroupChanged, Account, Look{"pencil", "plain"}, "A group got another name or description.", []string{"name"}, nil},
	{GroupDeleted, Account, Look{"ban", "warn"}, "A group was deleted; those in it stayed what they are.", []string{"name"}, nil},
	{GroupJoined, Account, Look{"user", "plain"}, "A user was put into a group.", []string{"name"}, nil},
	{NetworkBlocked, SignIns, Look{"ban", "warn"}, "An admin blocked a network for a while: nobody without a session is let in from there.", []string{"until"}, []string{"name", "reason"}},
	{NetworkUnblocked, SignIns, Look{"circle-check", "info"}, "An admin lifted the block of a network before its end.", nil, []string{"name"}},
	{GroupLeft, Account, Look{"user", "plain"}, "A user was taken out of a group.", []string{"name"}, nil},
	{MethodSuspended, Secrets, Look{"player-pause", "warn"}, "An admin suspended a second factor: it proves nothing until it is resumed.", []string{"method"}, []string{"name"}},
	{MethodResumed, Secrets, Look{"circle-check", "good"}, "An admin let a suspended second factor count again.", []string{"method"}, []string{"name"}},
	{MFAExempted, Secrets, Look{"shield-half", "warn"}, "An admin exempted a user from the second factor that policy demands, or took that back.", []string{"until"}, []string{"reason"}},
	{MFAReminded, Secrets, Look{"mail", "info"}, "A mail asked a user to set a second factor up.", nil, nil},
	{PolicyChanged, Account, Look{"history", "plain"}, "A field of the organisation's policy was changed.", []string{"field", "old", "new"}, []string{"reason"}},
	{GroupPolicyChanged, Account, Look{"history", "plain"}, "A field that the organisation's policy decides more strictly for a group was changed; an empty value leaves it to the organisation.", []string{"name", "field", "old", "new"}, []string{"reason"}},
	{LogKeyAdded, Account, Look{"key", "info"}, "A key that signs checkpoints of the audit log was added.", []string{"key"}, nil},
	{DatabaseRestored, Account, Look{"history", "bad"}, "The database was set back to a backup. What may have been revoked or used since then was ended: so many sessions, API keys and sets of backup codes; and so many passwords have to be renewed, or were withdrawn. What was done after the backup is not in this log.", []string{"users", "sessions", "apiKeys", "backupCodes", "passwords", "then"}, nil},
	{LogExported, Account, Look{"download", "info"}, "An admin exported events of the audit log: so many, in this form.", []string{"events", "format"}, nil},
	{ReviewCompleted, Account, Look{"circle-check", "good"}, "An admin went through the checklist of the dashboard, which is due every quarter.", nil, nil},
	{ReviewReminded, Account, Look{"mail", "info"}, "A mail asked an admin to go through the checklist of the dashboard.", nil, nil},
	{PushSubscribed, Account, Look{"mail", "info"}, "A user let a browser of theirs be told by push.", nil, nil},
	{PushUnsubscribed, Account, Look{"mail", "plain"}, "A user no longer lets a browser of theirs be told by push.", nil, nil},
	{AppAdded, Account, Look{"plug-connected", "warn"}, "An app was added: at this address, with these rules of who gets in.", []string{"address", "rules"}, []string{"name"}},
	{AppChanged, Account, Look{"plug-connected", "warn"}, "An app was changed: its name, its address, or its rules of who gets in.", []string{"address", "rules"}, []string{"name"}},
	{AppRemoved, Account, Look{"ban", "warn"}, "An app was removed: nobody gets in there by this service any more.", []string{"address"}, []string{"name"}},
	{AppEntered, SignIns, Look{"plug-connected", "plain"}, "A browser was let in at an app.", nil, []string{"name"}},
	{AlertChannelMade, Account, Look{"message", "warn"}, "A chat or a tool was added that is told what happens: in this format, at this host, about these topics.", []string{"format", "host", "topics", "named"}, []string{"name"}},
	{AlertChannelChanged, Account, Look{"message", "info"}, "A chat or a tool that is told what happens was changed.", []string{"format", "host", "topics", "named"}, []string{"name"}},
	{AlertChannelRemoved, Account, Look{"ban", "warn"}, "A chat or a tool is no longer told what happens.", []string{"format", "host"}, []string{"name"}},
	{AlertChannelOff, Account, Look{"alert-triangle", "bad"}, "A chat or a tool was switched off, because it had not taken a message for three days.", []string{"format", "host"}, []string{"name"}},
	{WebhookCreated, Account, Look{"plug-connected", "warn"}, "A program was added that is sent the events of the log: at this host, of these groups and kinds.", []string{"host", "kinds"}, []string{"name"}},
	{WebhookChanged, Account, Look{"plug-connected", "info"}, "A program that is sent the events of the log was changed; it is switched on.", []string{"host", "kinds"}, []string{"name"}},
	{WebhookRemoved, Account, Look{"ban", "warn"}, "A program is no longer sent the events of the log.", []string{"host"}, []string{"name"}},
	{WebhookRotated, Account, Look{"refresh", "info"}, "What is sent to a program is signed with a new secret; with the former one too until then.", []string{"host", "until"}, []string{"name"}},
	{WebhookReplayed, Account, Look{"refresh", "warn"}, "A program is sent the events of the log from another position on; it was at the first one.", []string{"host", "from", "to"}, []string{"name"}},
	{WebhookResent, Account, Look{"refresh", "info"}, "A program was sent one event of the log again.", []string{"host", "event"}, []string{"name"}},
	{WebhookOff, Account, Look{"alert-triangle", "bad"}, "A program is no longer sent the events of the log, because it had taken none for three days.", []string{"host"}, []string{"name"}},
	{ProviderAdded, Account, Look{"key", "warn"}, "An identity provider was added.", []string{"protocol"}, []string{"name"}},
	{ProviderChanged, Account, Look{"key", "warn"}, "An identity provider was changed.", []string{"protocol"}, []string{"name"}},
	{ProviderRemoved, Account, Look{"ban", "warn"}, "An identity provider was removed.", []string{"protocol"}, []string{"name"}},
	{ProviderSwitchedOn, Account, Look{"key", "good"}, "People can sign in at an identity provider from now on.", nil, []string{"name"}},
	{ProviderSwitchedOff, Account, Look{"ban", "warn"}, "Nobody can sign in at an identity provider any more.", nil, []string{"name"}},
	{DomainAdded, Account, Look{"world", "info"}, "A domain was named whose people are to sign in at an identity provider.", []string{"domain"}, []string{"name"}},
	{DomainProven, Account, Look{"world", "good"}, "The DNS has shown that a domain is the organisation's.", []string{"domain"}, nil},
	{DomainRemoved, Account, Look{"world", "warn"}, "A domain was taken away from an identity provider.", []string{"domain"}, nil},
	{IdentityLinked, Secrets, Look{"key", "warn"}, "An account at an identity provider was linked with one here, which can sign in with it.", nil, []string{"provider"}},
	{IdentityUnlinked, Secrets, Look{"key", "info"}, "A linked account at an identity provider was taken away.", nil, []string{"provider"}},
	{BreakGlass, SignIns, Look{"alert-triangle", "bad"}, "An owner signed in with a passkey although policy requires single sign-on.", nil, nil},
	{DigestChosen, Account, Look{"mail", "plain"}, "A user chose to get the weekly digest of figures by mail, or no longer.", []string{"weekly"}, nil},
	{DigestMailed, Account, Look{"mail", "plain"}, "The weekly digest of figures was mailed to a user who chose it.", nil, nil},
	{MailRetried, Account, Look{"mail", "info"}, "An admin had mails sent again that could not be delivered: so many.", []string{"count"}, nil},
	{RetentionApplied, Account, Look{"history", "plain"}, "What was older than the policy says began to be removed: so many sessions, attempts to sign in and replaced device credentials that ended or were made before then, replaced credentials of devices revoked for 30 days, and personal parts of events.", []string{"before", "sessions", "attempts", "credentials", "apiKeys", "revokedCredentials", "personalParts", "personalBefore"}, nil},
}

var known = func() map[Kind]Row {
	m := make(map[Kind]Row, len(Kinds))
	for _, r := range Kinds {
		m[r.Kind] = r
	}
	return m
}()

// Of returns the row of a kind of event, and whether there is one.
func Of(k Kind) (Row, bool) {
	r, ok := known[k]
	return r, ok
}
