package owndata

// Class says how much harm it does when a value is read by whom it is not meant for.
type Class struct {
	Name     string
	Means    string
	Logged   string // whether the log of the process or an event may hold it
	Exported string // whether it leaves by the API, a copy or an export
}

// Classes is THE table of classes, the gravest first.
var Classes = []Class{
	{"secret", "opens something by itself", "never", "never; shown once to whom it belongs, where it is made"},
	{"sealed", "a secret that the service has to use, encrypted with keys that are not in the database", "never", "never"},
	{"hashed", "a secret, or what one is compared with, of which only a hash is kept", "never", "never"},
	{"personal", "tells who somebody is, where they are, or what they did", "by the log of the process: addresses of networks and ids only; by events: in the part that goes with age",
		"to its owner in the copy of their data; to who has the permission to see it"},
	{"plain", "ids, times, states, settings and counts", "yes", "to who has the permission to see it"},
}

// Stored is one table of the database, or one file, with the class of each column. Columns are divided
// by spaces.
type Stored struct {
	Name                             string
	Secret, Sealed, Hashed, Personal string
	Plain                            string
	Reads                            string // who reads it, besides the service: permissions in their names, or owners
	Stays                            string
}

// What several rows say of how long something stays.
const (
	withAccount = "until the account is deleted"
	withTenant  = "as long as the organisation"
	byPolicy    = "`retentionDays` of the policy"
	expires     = "until it expires, then for an hour at most"
	forLog      = "as long as the log"
	nobody      = "nobody"
)

// Columns is THE table of what every column of the database holds. A test fails for one without a class.
var Columns = []Stored{
	{Name: "alert_channels", Sealed: "address", Plain: "tenant_id id name name_key format host hint topics named created_at created_by off_at taken_at tried_at outcome status said failed failing_since", Reads: "`webhooks.view`, without the address", Stays: "until an admin deletes it"},
	{Name: "app_passes", Hashed: "hash state_hash", Plain: "tenant_id id app_id session_id user_id exchanged created_at ends_at", Reads: nobody, Stays: "a minute, then with the session"},
	{Name: "apps", Plain: "tenant_id id name name_key origin rules preflight version created_at created_by changed_at", Reads: "`apps.view`", Stays: "until an admin deletes it"},
	{Name: "api_keys", Hashed: "hash former_hash", Personal: "used_ip used_location networks",
		Plain: "tenant_id id user_id name name_key hint former_ends_at permissions created_at created_by session_id expires_at rotated_at status ended_at ended_by end_reason used_at", Reads: "its owner, `api_keys.view`", Stays: byPolicy + " after it was revoked"},
	{Name: "approvals", Personal: "number client ip_address user_agent device_info location", Plain: "tenant_id id user_id flow_id factor_id act session_id device_id created_at ends_at answer answered_at answered_in used_at", Reads: "its owner", Stays: "a day"},
	{Name: "attempts", Personal: "email ip_address ip_bytes user_agent device_info location email_key circumstances", Plain: "tenant_id id user_id successful failure_reason mfa_required mfa_verified created_at device_id session_id assessment answer", Reads: "its owner, `sessions.view`", Stays: byPolicy},
	{Name: "audit_deliveries", Plain: "tenant_id way size sent_at", Reads: "`audit.view`", Stays: forLog},
	{Name: "audit_exports", Personal: "wanted", Plain: "tenant_id id user_id events last more done created_at touched_at expires_at", Reads: "who made it", Stays: expires},
	{Name: "audit_hashes", Plain: "tenant_id place hash", Reads: "`audit.view`", Stays: forLog},
	{Name: "audit_heads", Plain: "tenant_id size root peaks checkpoint checkpoint_size", Reads: "`audit.view`", Stays: forLog},
	{Name: "audit_keys", Plain: "id public added_at", Reads: "`audit.view`", Stays: forLog},
	{Name: "audit_leaves", Plain: "tenant_id position seq hash", Reads: "`audit.view`", Stays: forLog},
	{Name: "audit_queue", Plain: "tenant_id seq queued_at", Reads: nobody, Stays: "about a second"},
	{Name: "backup_codes", Hashed: "hash", Plain: "tenant_id factor_id used_at", Reads: nobody, Stays: "until another set replaces it"},
	{Name: "bulk_jobs", Personal: "client selection", Plain: "tenant_id id user_id session_id action status reason total done skipped failed place steps leased_until created_at ended_at expires_at", Reads: "who began it", Stays: expires},
	{Name: "bulk_results", Plain: "tenant_id job_id id user_id reason expires_at", Reads: "who began the job", Stays: expires},
	{Name: "check_nodes", Plain: "id renewal seen", Reads: nobody, Stays: "while the node runs"},
	{Name: "contact_codes", Sealed: "code", Personal: "address", Plain: "tenant_id user_id kind id session_id created_at expires_at", Reads: "its owner, without the code", Stays: expires},
	{Name: "demo", Plain: "id marked_at", Reads: nobody, Stays: "for good"},
	{Name: "device_credentials", Hashed: "token_hash", Plain: "tenant_id device_id replaced_at", Reads: nobody, Stays: byPolicy + " after it was replaced"},
	{Name: "devices", Hashed: "token_hash", Personal: "name info last_ip last_location fingerprint ip_bytes",
		Plain: "tenant_id id user_id trust_level status last_used_at compromised_at compromised_reason created_at is_primary trust_reason verified_at rotated_at announced_at ended_at ended_reason compromised_by quiet passkey_offered_at", Reads: "its owner, `devices.view`", Stays: withAccount},
	{Name: "digests", Plain: "tenant_id user_id sent_at", Reads: "its owner", Stays: withAccount},
	{Name: "events", Personal: "ip_bytes personal named", Plain: "tenant_id seq id kind actor_id user_id session_id target_id created_at body", Reads: "whom it is about, `audit.view`", Stays: "for good; personal parts `retentionEventsDays`"},
	{Name: "factors", Sealed: "secret", Personal: "name phone_number email", Plain: "tenant_id id user_id method status credential_id credential last_step backup_eligible backed_up created_at verified_at last_used_at expires_at ended_at ended_reason saved_at reminded_at",
		Reads: "its owner, `mfa.view`; the key of a passkey nobody", Stays: withAccount + "; the secret until it is revoked"},
	{Name: "federated_sessions", Sealed: "hint", Personal: "name provider_session", Plain: "tenant_id session_id identity_id provider_id created_at", Reads: nobody, Stays: "with the session"},
	{Name: "figure_countries", Plain: "tenant_id step begins_at country succeeded failed", Reads: "`dashboard.view`", Stays: "weeks by the hour, then by the day"},
	{Name: "figure_doubts", Plain: "tenant_id user_id attempt_id created_at open", Reads: "`dashboard.view`, as a number", Stays: "31 days"},
	{Name: "figure_hours", Plain: "tenant_id hour outcomes locks gauges", Reads: "`dashboard.view`", Stays: withTenant},
	{Name: "figure_minutes", Plain: "tenant_id minute failed", Reads: "`dashboard.view`", Stays: "weeks"},
	{Name: "figure_people", Plain: "tenant_id user_id users strong weak demanded sessions trusted compromised methods exempt_until locked_until", Reads: "`dashboard.view`, as sums", Stays: withAccount},
	{Name: "figures", Plain: "tenant_id counted settled recounting users strong weak demanded sessions people trusted compromised methods", Reads: "`dashboard.view`", Stays: withTenant},
	{Name: "flows", Hashed: "token_hash", Personal: "email facts email_key", Plain: "tenant_id id state user_id client version created_at expires_at session_id", Reads: "who is in it, in part", Stays: expires},
	{Name: "former_emails", Personal: "email_key email", Plain: "tenant_id user_id verified_at changed_at reserved_until", Reads: "its owner, `users.manage`", Stays: "seven days"},
	{Name: "goose_db_version", Plain: "id version_id is_applied tstamp", Reads: nobody, Stays: "for good"},
	{Name: "group_members", Plain: "tenant_id group_id user_id added_at", Reads: "`users.view`", Stays: withAccount},
	{Name: "identities", Personal: "subject email", Plain: "tenant_id id provider_id user_id created_at used_at", Reads: "its owner, `sso.view`", Stays: withAccount},
	{Name: "identity_providers", Sealed: "secrets", Plain: "tenant_id id name name_key protocol enabled counts asks_anew settings version created_at created_by changed_at tested_at", Reads: "`sso.view`, without secrets", Stays: "until an admin deletes it"},
	{Name: "installation", Plain: "id claimed_at", Reads: nobody, Stays: "for good"},
	{Name: "key_checks", Sealed: "sealed", Plain: "key_id", Reads: nobody, Stays: "for good"},
	{Name: "links", Hashed: "token_hash", Personal: "email", Plain: "tenant_id id kind user_id session_id device_id created_at expires_at factor_id attempt_id", Reads: nobody, Stays: expires},
	{Name: "mail_requests", Personal: "email client", Plain: "tenant_id id kind locked_until created_at", Reads: nobody, Stays: "seconds"},
	{Name: "mfa_days", Plain: "tenant_id day users strong weak", Reads: "`mfa.view`", Stays: withTenant},
	{Name: "network_blocks", Personal: "first_ip last_ip network", Plain: "tenant_id id reason created_by created_at expires_at", Reads: "`sessions.view`", Stays: expires},
	{Name: "notices", Personal: "facts", Plain: "tenant_id id user_id kind session_id device_id times created_at last_at read_at", Reads: "its owner", Stays: "90 days"},
	{Name: "notification_choices", Plain: "tenant_id user_id topic channel wanted", Reads: "its owner", Stays: withAccount},
	{Name: "oauth_clients", Hashed: "hash former_hash", Plain: "tenant_id id name name_key hint former_ends_at created_at created_by rotated_at used_at", Reads: "`apps.view`", Stays: "until an admin deletes it"},
	{Name: "outbox", Sealed: "payload", Personal: "recipient last_error", Plain: "tenant_id id channel kind user_id bulk state attempts next_attempt_at leased_until lease_token created_at sent_at held", Reads: "the operator, without the payload", Stays: "days; the payload until it is sent or given up"},
	{Name: "password_history", Hashed: "password_hash", Plain: "tenant_id user_id id created_at", Reads: nobody, Stays: "as many as the policy compares with"},
	{Name: "pictures", Personal: "body hash", Plain: "tenant_id owner size type created_at", Reads: "who is signed in; the logo everybody", Stays: withAccount},
	{Name: "policies", Plain: "tenant_id group_id version body mfa_enforced updated_at", Reads: "`policies.view`", Stays: withTenant},
	{Name: "policy_preview_people", Plain: "tenant_id preview_id effect user_id times last_at expires_at", Reads: "who asked for it", Stays: expires},
	{Name: "policy_previews", Plain: "tenant_id id user_id edit found status total done place steps leased_until created_at ended_at expires_at", Reads: "who asked for it", Stays: expires},
	{Name: "policy_versions", Plain: "tenant_id group_id version body reason saved_by saved_at", Reads: "`policies.view`", Stays: withTenant},
	{Name: "push_subscriptions", Sealed: "target", Hashed: "endpoint_hash", Personal: "device_info", Plain: "tenant_id id user_id session_id service key_id created_at last_at failed last_status", Reads: "its owner, without the target", Stays: "with the session"},
	{Name: "restorations", Plain: "generation done_at passwords tenant_id place counts", Reads: nobody, Stays: "for good"},
	{Name: "retention_runs", Plain: "tenant_id cutoff parts_cutoff told done taken leased_until", Reads: nobody, Stays: withTenant},
	{Name: "reviews", Plain: "tenant_id reviewed_at reviewed_by reminded_at", Reads: "`dashboard.view`", Stays: withTenant},
	{Name: "roles", Plain: "tenant_id id name name_key description permissions created_at", Reads: "`roles.view`", Stays: "until an admin deletes it"},
	{Name: "session_feed", Plain: "tenant_id id scope subject xid", Reads: nobody, Stays: "half a minute"},
	{Name: "sessions", Hashed: "token_hash refresh_key refresh_hash refresh_former refresh_salt", Personal: "device_info ip_address ip_bytes user_agent location",
		Plain: "tenant_id id user_id device_id status device_type created_at expires_at idle_us last_activity_at ends_at authenticated_at mfa_verified_at terminated_at terminated_by termination_reason native stepped_up_at mfa_method assessment stepped_up_for longest_idle_us token_ends_at refreshed_at",
		Reads: "its owner, `sessions.view`", Stays: byPolicy + " after its end"},
	{Name: "setup_links", Hashed: "secret_hash", Plain: "created_at", Reads: nobody, Stays: "until the installation has an owner"},
	{Name: "signing_keys", Sealed: "private_key", Plain: "tenant_id id public_key created_at signs_from signs_until", Reads: "everybody, the public half", Stays: "days after it signed last"},
	{Name: "sso_domains", Plain: "tenant_id domain provider_id record created_at proven_at checked_at", Reads: "`sso.view`", Stays: "until an admin deletes it"},
	{Name: "sso_requests", Personal: "facts", Plain: "tenant_id id purpose provider_id user_id session_id expires_at", Reads: nobody, Stays: expires},
	{Name: "sso_seen", Hashed: "hash", Plain: "tenant_id provider_id expires_at", Reads: nobody, Stays: expires},
	{Name: "tenants", Plain: "id host name created_at language accent logo help_url privacy_url imprint_url security_contact sign_in_text", Reads: "everybody", Stays: "for good"},
	{Name: "throttle", Hashed: "subject", Plain: "tenant_id scope spends locked_until expires_at refused_at", Reads: nobody, Stays: expires},
	{Name: "user_groups", Plain: "tenant_id id name name_key description created_at", Reads: "`users.view`", Stays: "until an admin deletes it"},
	{Name: "user_words", Personal: "word", Plain: "tenant_id user_id", Reads: "`users.view`, by searching", Stays: withAccount},
	{Name: "users", Hashed: "password_hash", Personal: "email email_key first_name last_name language browser_language time_zone chosen_zone phone avatar mfa_exempt_reason",
		Plain: "tenant_id id role status password_changed_at created_at disabled_at email_verified_at must_change_password mfa_required disputed_since last_sign_in_at second_factor mfa_exempt_until mfa_reminded_at phone_verified_at deletes_at erasing_at owned_by password_short",
		Reads: "its owner, `users.view`", Stays: withAccount},
	{Name: "webhook_deliveries", Plain: "tenant_id webhook_id number event_id kind position cause tried_at took outcome answered said", Reads: "`webhooks.view`; what was sent and said with `audit.view`", Stays: "30 days, the newest 1,000 of a webhook"},
	{Name: "webhooks", Sealed: "sealed", Plain: "tenant_id id name name_key host hint kinds created_at created_by rotated_at former_until off_at position due_at leased_until steps deliveries tried_at taken_at took outcome status failed failing_since", Reads: "`webhooks.view`, without address and secret", Stays: "until an admin removes it"},
}

// Files is THE table of files that the service reads or writes.
var Files = []Stored{
	{Name: "keys.json", Secret: "the whole file", Reads: "the user of the process (mode 0600)", Stays: "for good; docs/keys.md"},
	{Name: "sallyport.db, -wal, -shm", Personal: "what the tables above say", Reads: "the user of the process (mode 0600)", Stays: "for good"},
	{Name: "mail/ and sms/", Secret: "mails and text messages, where there is no server for them", Reads: "the user of the process", Stays: "until the operator deletes them"},
	{Name: "demo", Plain: "marks the folder of a demo", Reads: "the user of the process", Stays: "for good"},
	{Name: "the list of breached passwords", Plain: "hashes of passwords that everybody can have", Reads: "the user of the process", Stays: "the operator's"},
	{Name: "certificate and key of TLS", Secret: "the key", Plain: "the certificate", Reads: "the user of the process", Stays: "the operator's"},
	{Name: "files of `audit follow`, `--checkpoint-folder`", Personal: "events", Plain: "checkpoints, and how far it is", Reads: "who may read the folder", Stays: "the operator's"},
	{Name: "the log of the process", Personal: "addresses of networks", Plain: "what happens", Reads: "the operator", Stays: "the operator's"},
}

// Of returns the columns of a class.
func (s Stored) Of(class string) string {
	return map[string]string{"secret": s.Secret, "sealed": s.Sealed, "hashed": s.Hashed, "personal": s.Personal, "plain": s.Plain}[class]
}
