package notify

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// AlertTopic is what an organisation chooses about for a chat: kinds of events that belong together for
// those who look after it.
type AlertTopic string

// Topics of alerts.
const (
	AlertLocks    AlertTopic = "locks"
	AlertSignIns  AlertTopic = "sign_ins"
	AlertStolen   AlertTopic = "stolen"
	AlertDanger   AlertTopic = "danger"
	AlertAccess   AlertTopic = "access"
	AlertFactors  AlertTopic = "factors"
	AlertPolicy   AlertTopic = "policy"
	AlertLog      AlertTopic = "log"
	AlertPrograms AlertTopic = "programs"
)

// AlertRow describes a topic. Its words are "alerts.topic." and "alerts.help." with its name.
type AlertRow struct {
	Topic  AlertTopic
	Means  string // for operators and docs/rules.md
	Urgent bool   // somebody should look at once, also at night
	Of     []AlertOf
}

// AlertOf is a kind of event that a topic has.
type AlertOf struct {
	Kind   audit.Kind
	Detail string   // where only some events of the kind are an alert: the detail that says which,
	Values []string // and what it has then
	Others bool     // only where somebody else did it than whose account it is about
	Words  string   // the title of a message; "" for "event." and the kind
}

// always are kinds of which every event is an alert.
func always(kinds ...audit.Kind) (of []AlertOf) {
	for _, k := range kinds {
		of = append(of, AlertOf{Kind: k})
	}
	return of
}

// byOthers are kinds that are an alert where somebody else did it than whose account it is about.
func byOthers(kinds ...audit.Kind) (of []AlertOf) {
	for _, k := range kinds {
		of = append(of, AlertOf{Kind: k, Others: true})
	}
	return of
}

// strong are the roles that a newcomer is an alert with.
var strong = []string{string(sallyport.RoleOwner), string(sallyport.RoleAdmin)}

// Alerts is THE table of what a chat can be told. A kind of event is here or in [NoAlerts]: a test fails for
// one of which nobody has decided it.
var Alerts = []AlertRow{
	{AlertLocks, "Accounts and networks that were locked after too many wrong tries.", false,
		always(audit.AccountLocked, audit.NetworkLimited)},
	{AlertSignIns, "Sign-ins that looked unusual or were refused, and those that somebody said were not theirs.", false, slices.Concat(
		always(audit.SignInDoubted, audit.ReportedNotMe, audit.PasswordWithdrawn),
		[]AlertOf{
			{Kind: audit.SignInFailed, Detail: "reason", Values: []string{string(sallyport.CodeDeviceNotTrusted)}, Words: "alerts.title.refused"},
			{Kind: audit.SignInAnswered, Detail: "answer", Values: []string{string(sallyport.AnswerNotMe)}, Words: "alerts.title.notTheirs"},
		})},
	{AlertStolen, "Signs that something was stolen: copies of devices, passkeys or tokens of apps, and compromised devices.", true,
		always(audit.DeviceFlagged, audit.DeviceCredentialReused, audit.PasskeySuspended, audit.RefreshReused)},
	{AlertDanger, "Accounts that were closed because they are in danger, and how they were opened again.", true,
		always(audit.LockedDown, audit.UserReopened, audit.EmailRestored, audit.ResetLinkMade)},
	{AlertAccess, "Who may do what: roles, new admins, people who were disabled or enabled.", false, slices.Concat(
		always(audit.UserRoleChanged, audit.RoleCreated, audit.RoleChanged, audit.RoleDeleted, audit.UserDisabled, audit.UserEnabled),
		[]AlertOf{
			{Kind: audit.UserCreated, Detail: "role", Values: strong, Words: "alerts.title.newAdmin"},
			{Kind: audit.UserInvited, Detail: "role", Values: strong, Words: "alerts.title.invitedAdmin"},
		})},
	{AlertFactors, "Second factors of others that an admin reset, suspended or removed, and exemptions.", false, slices.Concat(
		always(audit.MFAReset, audit.MFAExempted, audit.MethodSuspended, audit.MethodResumed, audit.MFARequirementMoved),
		byOthers(audit.MethodRemoved, audit.BackupCodesMade))},
	{AlertPolicy, "The policy and who is let in: its fields, and networks that were blocked.", false,
		always(audit.PolicyChanged, audit.GroupPolicyChanged, audit.NetworkBlocked, audit.NetworkUnblocked)},
	{AlertLog, "The audit log and who is told: its keys, exports, and these channels themselves.", false,
		always(audit.LogKeyAdded, audit.LogExported, audit.AlertChannelMade, audit.AlertChannelChanged, audit.AlertChannelRemoved, audit.AlertChannelOff)},
	{AlertPrograms, "Programs: API keys, service accounts, and services that check tokens.", false,
		always(audit.KeyCreated, audit.KeyRotated, audit.KeyRevoked, audit.ServiceCreated, audit.ClientCreated, audit.ClientRotated, audit.ClientDeleted)},
}

// NoAlertRow are kinds of events that no chat is told, with the reason.
type NoAlertRow struct {
	Why   string
	Kinds []audit.Kind
}

// NoAlerts is the table of what is no alert.
var NoAlerts = []NoAlertRow{
	{"everyday use of an account", []audit.Kind{
		audit.SignedIn, audit.SignedOut, audit.SignedOutEverywhere, audit.SteppedUp, audit.CodeSent, audit.DeviceAdded, audit.DeviceTrusted, audit.DeviceRenamed, audit.DevicePrimary,
		audit.DeviceConfirmationMailed, audit.InvitationAccepted, audit.BackupCodeUsed, audit.EnrolmentStarted, audit.MFAEnabled, audit.MFADisabled, audit.MethodAdded, audit.MethodRenamed,
		audit.PasswordChanged, audit.PasswordReset, audit.PasswordResetRequested, audit.VerificationRequested, audit.EmailVerified,
	}},
	{"somebody's own details and wishes, of which they are told", []audit.Kind{
		audit.LanguageChosen, audit.DetailsChanged, audit.EmailChangeRequested, audit.EmailChanged, audit.PhoneChangeRequested, audit.PhoneChanged, audit.AvatarChanged,
		audit.NotificationsChosen, audit.PushSubscribed, audit.PushUnsubscribed, audit.DigestChosen, audit.DataExported,
		audit.DeletionRequested, audit.DeletionCancelled, audit.DeletionBegun, audit.AccountDeleted,
	}},
	{"single failures, which locks sum up", []audit.Kind{audit.ReauthFailed}},
	{"what admins do every day, and what gives nobody more", []audit.Kind{
		audit.AccountUnlocked, audit.SessionRevoked, audit.SessionTerminated, audit.SessionSuspended, audit.SessionResumed, audit.SessionExtended,
		audit.BulkStarted, audit.BulkFinished, audit.BulkStopped, audit.BulkCancelled, audit.DeviceSuspended, audit.DeviceResumed, audit.DeviceRevoked, audit.DeviceCleared,
		audit.InvitationWithdrawn, audit.PasswordDemanded, audit.GroupCreated, audit.GroupChanged, audit.GroupDeleted, audit.GroupJoined, audit.GroupLeft,
		audit.OrganisationChanged, audit.TenantLanguageChosen, audit.ReviewCompleted, audit.MailRetried,
	}},
	{"what the service does by itself", []audit.Kind{
		audit.SetUpCompleted, audit.TenantCreated, audit.SessionExpired, audit.DeviceTrustEnded, audit.DeviceTrustOverdue, audit.DeviceRevocationTold,
		audit.MFAReminded, audit.ReviewReminded, audit.DigestMailed, audit.RetentionApplied, audit.SigningKeyMade,
	}},
}

// AlertTopics lists the topics in the order of the page.
var AlertTopics = func() (names []AlertTopic) {
	for _, r := range Alerts {
		names = append(names, r.Topic)
	}
	return names
}()

// alertKind is what the table says of a kind of event.
type alertKind struct {
	AlertOf
	row AlertRow
}

var alertKinds = func() map[audit.Kind]alertKind {
	all := map[audit.Kind]alertKind{}
	for _, r := range Alerts {
		for _, of := range r.Of {
			all[of.Kind] = alertKind{of, r}
		}
	}
	return all
}()

// MayAlert reports whether events of a kind may be an alert.
func MayAlert(k audit.Kind) bool { return alertKinds[k].Kind != "" }

// is reports whether an event is an alert.
func (k AlertOf) is(e sallyport.Event) bool {
	switch {
	case k.Kind == "":
		return false
	case k.Others && e.ActorID == e.UserID && e.ActorType == sallyport.ActorUser:
		return false
	}
	return k.Detail == "" || slices.Contains(k.Values, e.Data[k.Detail])
}

// words is the id of the title of a message.
func (k AlertOf) words() string {
	if k.Words != "" {
		return k.Words
	}
	return "event." + string(k.Kind)
}

// AlertNews is what happened, for chats: events of a kind in one act.
type AlertNews struct {
	Topic     AlertTopic          `json:"topic"`
	Kind      audit.Kind          `json:"kind"`
	EventID   string              `json:"-"` // of the last one
	UserID    string              `json:"userId,omitempty"`
	ActorType sallyport.ActorType `json:"actorType"`
	ActorID   string              `json:"actorId,omitempty"`
	At        time.Time           `json:"at"`
	Times     int                 `json:"times"`
	Link      string              `json:"link"`          // to the event
	All       string              `json:"all,omitempty"` // to all of its kind, for a message about several
}

// Alerting returns what of the events of an act chats can be told, in their order.
func Alerting(events []sallyport.Event) (news []AlertNews) {
	for _, e := range events {
		k := alertKinds[audit.Kind(e.Kind)]
		if !k.is(e) {
			continue
		}
		n := AlertNews{Topic: k.row.Topic, Kind: k.Kind, EventID: e.ID, UserID: e.UserID, ActorType: e.ActorType, ActorID: e.ActorID, At: e.CreatedAt, Times: 1}
		if i := slices.IndexFunc(news, func(o AlertNews) bool { return o.Kind == n.Kind }); i >= 0 {
			n.Times = news[i].Times + 1
			news[i] = n
			continue
		}
		news = append(news, n)
	}
	return news
}
