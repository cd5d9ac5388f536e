package notify

import (
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
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
	// Storm marks what strangers cause in numbers: within [StormWindow] one event of the topic is told at
	// once, and those after it are one message at its end. Of other topics three of a kind are told at once.
	Storm bool
	Of    []AlertOf
}

// AlertOf is a kind of event that a topic has, by its name in package audit.
type AlertOf struct {
	Kind   string
	Detail string   // where only some events of the kind are an alert: the detail that says which,
	Values []string // and what it has then
	Others bool     // only where somebody else did it than whose account it is about
	Words  string   // the title of a message; "" for "event." and the kind
}

// always are kinds of which every event is an alert.
func always(kinds ...string) (of []AlertOf) {
	for _, k := range kinds {
		of = append(of, AlertOf{Kind: k})
	}
	return of
}

// byOthers are kinds that are an alert where somebody else did it than whose account it is about.
func byOthers(kinds ...string) (of []AlertOf) {
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
	{AlertLocks, "Accounts and networks that were locked after too many wrong tries.", false, true,
		always("auth.account_locked", "auth.network_limited")},
	{AlertSignIns, "Sign-ins that looked unusual or were refused, those that somebody said were not theirs, and who is refused again and again.", false, false, slices.Concat(
		always("auth.sign_in_doubted", "auth.reported_not_me", "auth.password_withdrawn", "security.refusals_repeated"),
		[]AlertOf{
			{Kind: "auth.sign_in_failed", Detail: "reason", Values: []string{string(sallyport.CodeDeviceNotTrusted)}, Words: "alerts.title.refused"},
			{Kind: "auth.sign_in_answered", Detail: "answer", Values: []string{string(sallyport.AnswerNotMe)}, Words: "alerts.title.notTheirs"},
			{Kind: "auth.approval_refused", Detail: "reason", Values: []string{"reported_not_me"}, Words: "alerts.title.notTheirs"},
		})},
	{AlertStolen, "Signs that something was stolen: copies of devices, passkeys or tokens of apps, and compromised devices.", true, false,
		always("device.flagged", "device.credential_reused", "auth.passkey_suspended", "auth.2fa_method_tampered", "auth.refresh_token_reused")},
	{AlertDanger, "Accounts that were closed because they are in danger, and how they were opened again.", true, false,
		always("sso.gone_around", "user.locked_down", "user.reopened", "user.email_restored", "auth.password_reset_link_made")},
	{AlertAccess, "Who may do what: roles, new admins, people who were disabled or enabled.", false, false, slices.Concat(
		always("user.role_changed", "role.created", "role.changed", "role.deleted", "user.disabled", "user.enabled"),
		[]AlertOf{
			{Kind: "user.created", Detail: "role", Values: strong, Words: "alerts.title.newAdmin"},
			{Kind: "user.invited", Detail: "role", Values: strong, Words: "alerts.title.invitedAdmin"},
		})},
	{AlertFactors, "Second factors of others that an admin reset, suspended or removed, and exemptions.", false, false, slices.Concat(
		always("auth.2fa_reset", "auth.2fa_exemption_changed", "auth.2fa_method_suspended", "auth.2fa_method_resumed", "auth.2fa_requirement_changed"),
		byOthers("auth.2fa_method_removed", "auth.2fa_recovery_codes_regenerated"))},
	{AlertPolicy, "The policy and who is let in: its fields, and networks that were blocked.", false, false,
		always("policy.changed", "policy.group_changed", "network.blocked", "network.unblocked")},
	{AlertLog, "The audit log and who is told: its keys, exports, and these channels themselves.", false, false,
		always("log.key_added", "log.exported", "database.restored", "alert_channel.created", "alert_channel.changed", "alert_channel.deleted", "alert_channel.switched_off")},
	{AlertPrograms, "Programs: apps, API keys, service accounts, webhooks, and services that check tokens.", false, false,
		always("app.added", "app.changed", "app.removed", "sso.provider_added", "sso.provider_changed", "sso.provider_removed", "sso.provider_switched_on", "sso.provider_switched_off", "sso.domain_added", "sso.domain_proven",
			"sso.domain_removed", "api_key.created", "api_key.rotated", "api_key.revoked", "service_account.created", "oauth_client.created", "oauth_client.secret_replaced", "oauth_client.deleted",
			"webhook.created", "webhook.changed", "webhook.removed", "webhook.rotated", "webhook.switched_off")},
}

// NoAlertRow are kinds of events that no chat is told, with the reason.
type NoAlertRow struct {
	Why   string
	Kinds []string
}

// NoAlerts is the table of what is no alert.
var NoAlerts = []NoAlertRow{
	{"everyday use of an account", []string{
		"auth.signed_in", "app.entered", "auth.signed_out", "auth.signed_out_everywhere", "auth.stepped_up", "auth.code_sent", "auth.approved", "device.added", "device.trusted", "device.renamed", "device.primary_chosen",
		"device.confirmation_requested", "user.invitation_accepted", "identity.linked", "identity.unlinked", "auth.2fa_recovery_code_used", "auth.2fa_enrolment_started", "auth.2fa_enabled", "auth.2fa_disabled", "auth.2fa_method_added", "auth.2fa_method_renamed", "auth.passkey_synced",
		"auth.password_changed", "auth.password_reset", "auth.password_reset_requested", "user.email_verification_requested", "user.email_verified",
	}},
	{"somebody's own details and wishes, of which they are told", []string{
		"user.language_chosen", "user.details_changed", "user.email_change_requested", "user.email_changed", "user.phone_change_requested", "user.phone_changed", "avatar.changed",
		"notifications.chosen", "push.subscribed", "push.unsubscribed", "digest.chosen", "data.exported",
		"account.deletion_requested", "account.deletion_cancelled", "account.deletion_begun", "account.deleted",
	}},
	{"single failures, which locks sum up", []string{"auth.reauthentication_failed"}},
	{"what admins do every day, and what gives nobody more", []string{
		"auth.account_unlocked", "auth.session_revoked", "session.terminated", "session.suspended", "session.resumed", "session.extended",
		"session.bulk_started", "session.bulk_finished", "session.bulk_stopped", "session.bulk_cancelled", "device.suspended", "device.resumed", "device.revoked", "device.cleared",
		"user.invitation_withdrawn", "user.new_password_demanded", "group.created", "group.changed", "group.deleted", "group.member_added", "group.member_removed",
		"organisation.changed", "tenant.language_chosen", "review.completed", "mail.retried", "webhook.replayed", "webhook.resent",
	}},
	{"what the service does by itself", []string{
		"installation.claimed", "tenant.created", "session.expired", "device.trust_ended", "device.trust_lowered", "device.revocation_announced",
		"auth.2fa_reminder_mailed", "review.reminded", "digest.mailed", "retention.applied", "signing_key.made",
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

var alertKinds = func() map[string]alertKind {
	all := map[string]alertKind{}
	for _, r := range Alerts {
		for _, of := range r.Of {
			all[of.Kind] = alertKind{of, r}
		}
	}
	return all
}()

// MayAlert reports whether events of a kind may be an alert.
func MayAlert(k string) bool { return alertKinds[k].Kind != "" }

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
	return "event." + k.Kind
}

// AlertNews is what happened, for chats: events of a kind in one act.
type AlertNews struct {
	Topic     AlertTopic          `json:"topic"`
	Kind      string              `json:"kind"`
	EventID   string              `json:"-"` // of the last one
	UserID    string              `json:"userId,omitempty"`
	ActorType sallyport.ActorType `json:"actorType"`
	ActorID   string              `json:"actorId,omitempty"`
	At        time.Time           `json:"at"`
	Times     int                 `json:"times"`
	Mixed     bool                `json:"mixed,omitempty"` // they are of several kinds of the topic; Kind is that of the last
	Link      string              `json:"link"`            // to the event
	All       string              `json:"all,omitempty"`   // to all of its kind, for a message about several
}

// Filter is the query of the list of events in which a message about several finds them.
func (n AlertNews) Filter() string {
	k := alertKinds[n.Kind]
	if !k.row.Storm {
		return url.Values{"kind": {n.Kind}}.Encode()
	}
	all := url.Values{}
	for _, of := range k.row.Of {
		all.Add("kind", of.Kind)
	}
	return all.Encode()
}

// Alerting returns what of the events of an act chats can be told, in their order.
func Alerting(events []sallyport.Event) (news []AlertNews) {
	for _, e := range events {
		k := alertKinds[e.Kind]
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
