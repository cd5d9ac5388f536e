package list

// The orders. Package store knows their columns.
var (
	oldest = Order{"oldest", "list.oldest"}
	newest = Order{"newest", "list.newest"}
	used   = Order{"used", "list.used"} // last used first
)

// Fields that several lists have.
var (
	ofUser  = Field{Name: "userId", Kind: ID, Words: "list.user", Means: "Of this user only."}
	ofGroup = Field{Name: "groupId", Kind: ID, Words: "list.group", Means: "Of members of this group only. It needs users.view."}
	from    = Field{Name: "from", Kind: Since, Words: "list.from", Means: "From this time on, or from this day on in UTC."}
	to      = Field{Name: "to", Kind: Before, Words: "list.to", Means: "Before this time, or up to the end of this day in UTC."}
	ip      = Field{Name: "ip", Kind: Network, Words: "list.ip", Means: "From this IP address, or this range such as 192.0.2.0/24."}

	search     = Field{Name: "q", Kind: Text, Words: "list.search", Means: "Whose name or address has words that begin with each of these."}
	role       = Field{Name: "role", Kind: IDs, Words: "list.role", Means: "With one of these roles only: owner, admin, member, or the id of one that the organisation made."}
	inGroup    = Field{Name: "groupId", Kind: ID, Words: "list.group", Means: "In this group only."}
	userStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only.", Choices: []Option{
		{"active", "status.active"}, {"invited", "status.invited"}, {"disabled", "status.disabled"}, {"closed", "status.closed"}, {"service", "status.service"},
	}}
	secondFactor = Field{Name: "secondFactor", Kind: Choice, Words: "list.secondFactor", Means: "Whose best active second factor is one of these: " +
		"none, weak (codes that are sent) or strong (an authenticator app or a passkey).", Choices: []Option{
		{"none", "strength.none"}, {"weak", "strength.weak"}, {"strong", "strength.strong"},
	}}
	signedInFrom = Field{Name: "lastSignInFrom", Kind: Since, Words: "list.lastSignInFrom", Means: "Who last signed in at this time or later, or on this day or later in UTC."}
	signedInTo   = Field{Name: "lastSignInTo", Kind: Before, Words: "list.lastSignInTo", Means: "Who last signed in before this time, or up to the end of this day in UTC, or never did."}

	sessionStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only.", Choices: []Option{
		{"active", "status.active"}, {"suspended", "status.suspended"}, {"terminated", "status.terminated"}, {"revoked", "status.revoked"}, {"expired", "status.expired"},
	}}
	deviceType = Field{Name: "deviceType", Kind: Choice, Words: "list.deviceType", Means: "On one of these types of device only.", Choices: []Option{
		{"desktop", "deviceType.desktop"}, {"mobile", "deviceType.mobile"}, {"tablet", "deviceType.tablet"}, {"unknown", "deviceType.unknown"},
	}}
	ofSession   = Field{Name: "sessionId", Kind: ID, Words: "list.session", Means: "In this session, or about it."}
	ofTarget    = Field{Name: "targetId", Kind: ID, Words: "list.target", Means: "About the thing with this id: a device, a second factor, a role."}
	onDevice    = Field{Name: "deviceId", Kind: ID, Words: "list.device", Means: "On this device only."}
	startedFrom = Field{Name: "from", Kind: Since, Words: "list.startedFrom", Means: "Started at this time or later, or on this day or later in UTC."}
	startedTo   = Field{Name: "to", Kind: Before, Words: "list.startedTo", Means: "Started before this time, or up to the end of this day in UTC."}

	deviceStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only.", Choices: []Option{
		{"active", "status.active"}, {"suspended", "status.suspended"}, {"revoked", "device.removed"},
	}}
	trustLevel = Field{Name: "trustLevel", Kind: Choice, Words: "list.trust", Means: "With one of these levels of trust only: 0 is not trusted, 1 low, 2 medium, 3 high. As it was given: " +
		"trust that has become too old by policy counts as given.", Choices: []Option{
		{"0", "trust.none"}, {"1", "trust.low"}, {"2", "trust.medium"}, {"3", "trust.high"},
	}}
	compromised = Field{Name: "compromised", Kind: Choice, Words: "list.compromised", Means: "Flagged as compromised, or not.", Choices: []Option{
		{"yes", "list.yes"}, {"no", "list.no"},
	}}
	usedFrom = Field{Name: "lastUsedFrom", Kind: Since, Words: "list.lastUsedFrom", Means: "Last used at this time or later, or on this day or later in UTC."}
	usedTo   = Field{Name: "lastUsedTo", Kind: Before, Words: "list.lastUsedTo", Means: "Last used before this time, or up to the end of this day in UTC: idle since then."}

	// Every reason of a failure that an attempt is recorded with; a test in package signin knows when one is missing.
	outcome = Field{Name: "outcome", Kind: Choice, Words: "list.outcome", Means: "With one of these outcomes only: success, failure for any, or the reason of the failure.", Choices: []Option{
		{"success", "outcome.success"},
		{"failure", "outcome.failure"},
		{"invalid_credentials", "outcome.invalid_credentials"},
		{"mfa_failed", "outcome.mfa_failed"},
		{"account_locked", "outcome.account_locked"},
		{"account_disabled", "outcome.account_disabled"},
		{"account_closed", "outcome.account_closed"},
		{"device_not_trusted", "outcome.device_not_trusted"},
		{"factor_unavailable", "outcome.factor_unavailable"},
		{"approval_denied", "outcome.approval_denied"},
		{"sso_required", "outcome.sso_required"},
		{"sso_failed", "outcome.sso_failed"},
		{"sso_unknown", "outcome.sso_unknown"},
		{"sso_refused", "outcome.sso_refused"},
		{"session_expired", "outcome.session_expired"},
		{"rate_limited", "outcome.rate_limited"},
		{"network_blocked", "outcome.network_blocked"},
	}}
	unusual = Field{Name: "unusual", Kind: Choice, Words: "list.unusual", Means: "Which looked unusual in the last 30 days: unanswered, while their owner has said nothing and nothing else has settled them; or settled.", Choices: []Option{
		{"unanswered", "list.unanswered"}, {"settled", "list.settled"},
	}}
	keyStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only: active (also one that has expired) or revoked.", Choices: []Option{
		{"active", "status.active"}, {"revoked", "keyStatus.revoked"},
	}}
	typed = Field{Name: "email", Kind: Exact, Words: "list.email", Means: "For this e-mail address, whoever has it."}

	named    = Field{Name: "q", Kind: Text, Words: "list.search", Means: "Which name somebody or something by words that begin with each of these: a person, a role, a group, a device, a place."}
	byActor  = Field{Name: "actorId", Kind: ID, Words: "list.actor", Means: "Done by this user only."}
	ofDevice = Field{Name: "deviceId", Kind: ID, Words: "list.device", Means: "About this device only."}

	// about filters by group of events; package audit knows the kinds in each group.
	about = Field{Name: "show", Kind: Choice, Words: "list.about", Means: "About these subjects only.", Choices: []Option{
		{"sign_ins", "activity.group.sign_ins"},
		{"sessions", "activity.group.sessions"},
		{"secrets", "activity.group.secrets"},
		{"devices", "activity.group.devices"},
		{"account", "activity.group.account"},
	}}
)

// Limits of a page's size. Exports read more.
const (
	usual = 50
	most  = 200
)

// THE table of lists: first the lists of one's own data, then those of the organisation.
var (
	OwnSessions = &Table{Name: "own-sessions", Orders: []Order{oldest}, Limit: usual, Most: most}
	OwnDevices  = &Table{Name: "own-devices", Orders: []Order{used}, Limit: usual, Most: most}
	OwnAttempts = &Table{Name: "own-attempts", Orders: []Order{newest}, Limit: usual, Most: most}
	OwnEvents   = &Table{Name: "own-events", Fields: []Field{about}, Orders: []Order{newest}, Limit: usual, Most: most}

	OwnNotices = &Table{Name: "own-notices", Orders: []Order{newest}, Limit: usual, Most: most}

	Users = &Table{Name: "users", Fields: []Field{search, role, inGroup, userStatus, secondFactor, signedInFrom, signedInTo}, Orders: []Order{oldest, newest}, Limit: usual, Most: most}
	// Who has no second factor although policy or an admin demands one.
	NotEnrolled = &Table{Name: "not-enrolled", Orders: []Order{oldest}, Limit: usual, Most: most}

	// Whose account is locked by failed attempts.
	Locked = &Table{Name: "locked", Orders: []Order{oldest}, Limit: usual, Most: most}

	Sessions = &Table{Name: "sessions", Fields: []Field{sessionStatus, deviceType, ofUser, ofGroup, onDevice, ip, startedFrom, startedTo}, Orders: []Order{newest, used}, Limit: usual, Most: most}
	// What a bulk job left out.
	BulkResults = &Table{Name: "bulk-results", Orders: []Order{oldest}, Limit: usual, Most: most}
	// What was sent to a webhook.
	WebhookDeliveries = &Table{Name: "webhook-deliveries", Orders: []Order{newest}, Limit: usual, Most: most}
	Devices           = &Table{Name: "devices", Fields: []Field{deviceStatus, trustLevel, compromised, ofUser, ofGroup, ip, usedFrom, usedTo}, Orders: []Order{used, oldest}, Limit: usual, Most: most}
	Factors           = &Table{Name: "factors", Fields: []Field{ofUser}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Attempts          = &Table{Name: "attempts", Fields: []Field{outcome, unusual, ofUser, ofGroup, onDevice, typed, ip, from, to}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
	// Networks that admins blocked, as long as they are.
	Blocks = &Table{Name: "network-blocks", Orders: []Order{newest}, Limit: usual, Most: most}
	// API keys, those that expired among the active ones.
	APIKeys = &Table{Name: "api-keys", Fields: []Field{keyStatus, ofUser}, Orders: []Order{newest}, Limit: usual, Most: most}
	Events  = &Table{Name: "events", Fields: []Field{named, about, kind, ofUser, byActor, ofDevice, ofSession, ofTarget, ip, from, to}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
)

// Tables lists all tables.
var Tables = []*Table{OwnSessions, OwnDevices, OwnAttempts, OwnEvents, OwnNotices, Users, NotEnrolled, Locked, Sessions, BulkResults, WebhookDeliveries, Devices, Factors, Attempts, Blocks, APIKeys, Events}
