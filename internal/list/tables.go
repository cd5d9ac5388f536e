package list

// The orders. Package store knows their columns.
var (
	oldest = Order{"oldest", "list.oldest"}
	newest = Order{"newest", "list.newest"}
	used   = Order{"used", "list.used"} // last used first
)

// Fields that several lists have.
var (
	ofUser = Field{Name: "userId", Kind: ID, Words: "list.user", Means: "Of this user only."}
	from   = Field{Name: "from", Kind: Since, Words: "list.from", Means: "From this time on, or from this day on in UTC."}
	to     = Field{Name: "to", Kind: Before, Words: "list.to", Means: "Before this time, or up to the end of this day in UTC."}
	ip     = Field{Name: "ip", Kind: Network, Words: "list.ip", Means: "From this IP address, or this range such as 192.0.2.0/24."}

	search     = Field{Name: "q", Kind: Text, Words: "list.search", Means: "Whose name or address has words that begin with each of these."}
	role       = Field{Name: "role", Kind: IDs, Words: "list.role", Means: "With one of these roles only: owner, admin, member, or the id of one that the organisation made."}
	inGroup    = Field{Name: "groupId", Kind: ID, Words: "list.group", Means: "In this group only."}
	userStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only.", Choices: []Option{
		{"active", "status.active"}, {"invited", "status.invited"}, {"disabled", "status.disabled"}, {"closed", "status.closed"},
	}}
	secondFactor = Field{Name: "secondFactor", Kind: Choice, Words: "list.secondFactor", Means: "Whose best active second factor is one of these: " +
		"none, weak (codes that are sent) or strong (an authenticator app or a passkey).", Choices: []Option{
		{"none", "strength.none"}, {"weak", "strength.weak"}, {"strong", "strength.strong"},
	}}
	signedInFrom = Field{Name: "lastSignInFrom", Kind: Since, Words: "list.lastSignInFrom", Means: "Who last signed in at this time or later, or on this day or later in UTC."}
	signedInTo   = Field{Name: "lastSignInTo", Kind: Before, Words: "list.lastSignInTo", Means: "Who last signed in before this time, or up to the end of this day in UTC, or never did."}

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

	Users = &Table{Name: "users", Fields: []Field{search, role, inGroup, userStatus, secondFactor, signedInFrom, signedInTo}, Orders: []Order{oldest, newest}, Limit: usual, Most: most}
	// Who has no second factor although policy or an admin demands one.
	NotEnrolled = &Table{Name: "not-enrolled", Orders: []Order{oldest}, Limit: usual, Most: most}

	Devices  = &Table{Name: "devices", Fields: []Field{ofUser}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Factors  = &Table{Name: "factors", Fields: []Field{ofUser}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Attempts = &Table{Name: "attempts", Fields: []Field{ofUser, ip, from, to}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
	Events   = &Table{Name: "events", Fields: []Field{ofUser, about}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
)

// Tables lists all tables.
var Tables = []*Table{OwnSessions, OwnDevices, OwnAttempts, OwnEvents, Users, NotEnrolled, Devices, Factors, Attempts, Events}
