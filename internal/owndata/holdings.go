package owndata

// Fate is what becomes of what a table holds of somebody when their account is deleted.
type Fate string

// Fates.
const (
	Deleted  Fate = "deleted"
	Stripped Fate = "stripped" // the personal part goes, the row stays
	Expires  Fate = "expires"  // by itself, soon
	Stays    Fate = "stays"
	Counted  Fate = "counted anew" // figures follow the event
)

// Holding is one place where the database holds something of a person.
type Holding struct {
	Table   string
	Columns []string // that lead to somebody
	What    string   // for operators and docs/rules.md
	Copy    string   // the part of the copy that it is told in; "" for none
	Untold  string   // why it is not in the copy
	Fate    Fate
	Why     string // it does not go, or not by this
}

// What several rows say.
const (
	idOnly  = "an id that leads to nobody"
	derived = "it is made of what is told elsewhere"
	secret  = "it is compared with a secret, and tells nothing without it"
)

// Holdings is THE table of where the database holds something of a person, and what
// becomes of it. A test fails for a table with a column that
// leads to somebody and no row here.
var Holdings = []Holding{
	{"attempts", []string{"user_id", "email", "email_key"}, "attempts to sign in", "attempts", "", Deleted, ""},
	{"sessions", []string{"user_id"}, "sessions", "sessions", "", Deleted, ""},
	{"events", []string{"user_id", "actor_id"}, "events about them and by them", "events", "", Stripped,
		"the log proves that nothing was removed from it unseen; what is left of an event says what happened and when, and names " + idOnly},
	{"flows", []string{"user_id", "email", "email_key"}, "sign-ins and step-ups under way", "", "it lives for minutes", Deleted, ""},
	{"backup_codes", nil, "backup codes", "factors", "", Deleted, ""},
	{"factors", []string{"user_id", "email"}, "second factors", "factors", "", Deleted, ""},
	{"device_credentials", nil, "replaced credentials of devices", "", secret, Deleted, ""},
	{"devices", []string{"user_id", "compromised_by"}, "devices", "devices", "", Deleted, ""},
	{"links", []string{"user_id", "email"}, "mailed links", "links", "", Deleted, ""},
	{"pictures", []string{"owner"}, "their picture", "picture", "", Deleted, ""},
	{"password_history", []string{"user_id"}, "hashes of former passwords", "", secret, Deleted, ""},
	{"contact_codes", []string{"user_id"}, "codes for a new address or number", "waiting", "", Deleted, ""},
	{"former_emails", []string{"user_id", "email", "email_key"}, "former addresses", "formerAddresses", "", Deleted, ""},
	{"api_keys", []string{"user_id"}, "API keys", "apiKeys", "", Deleted, ""},
	{"app_passes", []string{"user_id"}, "browsers at apps", "", "each is part of a session, which sessions tells of, and the log has each time that one began", Deleted, ""},
	{"federated_sessions", nil, "which sessions began at an identity provider", "", "sessions tells of them", Deleted, ""},
	{"identities", []string{"user_id", "email"}, "accounts at identity providers", "identities", "", Deleted, ""},
	{"sso_requests", []string{"user_id"}, "requests to an identity provider under way", "", "it lives for minutes", Deleted, ""},
	{"notices", []string{"user_id"}, "what their bell shows", "notices", "", Deleted, ""},
	{"notification_choices", []string{"user_id"}, "what they want to be told of, and where", "notifications", "", Deleted, ""},
	{"push_subscriptions", []string{"user_id"}, "browsers that they let be told by push", "push", "", Deleted, ""},
	{"approvals", []string{"user_id"}, "requests to approve a sign-in on another device", "", "it lives for a day, and the log tells what came of it", Deleted, ""},
	{"group_members", []string{"user_id"}, "groups that they are in", "groups", "", Deleted, ""},
	{"user_words", []string{"user_id"}, "the words that they are found by", "", derived, Deleted, ""},
	{"digests", []string{"user_id"}, "that they want the weekly digest", "digest", "", Deleted, ""},
	{"figure_doubts", []string{"user_id"}, "which of their sign-ins wait for an answer", "", derived, Counted, ""},
	{"bulk_jobs", []string{"user_id"}, "bulk jobs that they began", "jobs", "", Deleted, ""},
	{"policy_previews", []string{"user_id"}, "previews of policies that they asked for", "", "it says nothing of them but that they asked, which the log tells", Deleted, ""},
	{"audit_exports", []string{"user_id"}, "exports of the log that they made", "", "it says nothing of them but that they asked, which the log tells", Deleted, ""},
	{"outbox", []string{"user_id", "recipient"}, "mails and text messages to them", "mails", "", Deleted, ""},
	{"users", []string{"id", "email", "email_key", "owned_by"}, "the account itself", "account", "", Deleted, ""},

	{"figure_people", []string{"user_id"}, "what they count for in figures", "", derived, Counted, ""},
	{"bulk_results", []string{"user_id"}, "whose session an admin's bulk job left out", "", idOnly, Expires, idOnly + ", until the job is forgotten"},
	{"policy_preview_people", []string{"user_id"}, "whom a preview of a policy found", "", "what would have been is no fact about them", Expires, idOnly + ", until the preview is forgotten"},
	{"mail_requests", []string{"email"}, "requests for a mail to an address", "", "it lives for seconds", Expires, "a job answers and deletes them within seconds"},
	{"throttle", []string{"subject"}, "counters of tries", "", secret, Expires, "a hash that leads to nobody, for some days"},
	{"policy_versions", []string{"saved_by"}, "who saved a version of the policy", "", "it is the organisation's", Stays, "who decided what is proven by it: " + idOnly},
	{"network_blocks", []string{"created_by"}, "who blocked a network", "", "it is the organisation's", Stays, idOnly + ", until the block ends"},
	{"api_keys of others", []string{"created_by", "ended_by"}, "who made or revoked a key of a service account or of somebody", "", "it is another's", Stays, idOnly + ", as long as that key is kept"},
	{"apps", []string{"created_by"}, "who added an app", "", "it is the organisation's", Stays, idOnly},
	{"oauth_clients", []string{"created_by"}, "who let a service ask about tokens", "", "it is the organisation's", Stays, idOnly},
	{"identity_providers", []string{"created_by"}, "who added an identity provider", "", "it is the organisation's", Stays, idOnly},
	{"webhooks", []string{"created_by"}, "who added a program that is sent events", "", "it is the organisation's", Stays, idOnly},
	{"alert_channels", []string{"created_by"}, "who added a chat that is told what happens", "", "it is the organisation's", Stays, idOnly},
	{"reviews", []string{"reviewed_by"}, "who reviewed the organisation last", "", "it is the organisation's", Stays, idOnly},
	{"sessions of others", []string{"terminated_by"}, "who ended somebody's session", "", "it is another person's", Stays, idOnly + ", as long as that session is kept"},
}
