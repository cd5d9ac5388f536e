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

	role = Field{Name: "role", Kind: Choice, Words: "list.role", Means: "With one of these roles only.", Choices: []Option{
		{"owner", "role.owner"}, {"admin", "role.admin"}, {"member", "role.member"},
	}}
	userStatus = Field{Name: "status", Kind: Choice, Words: "list.status", Means: "With one of these statuses only.", Choices: []Option{
		{"active", "status.active"}, {"disabled", "status.disabled"}, {"closed", "status.closed"},
	}}

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

	Users    = &Table{Name: "users", Fields: []Field{role, userStatus}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Devices  = &Table{Name: "devices", Fields: []Field{ofUser}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Factors  = &Table{Name: "factors", Fields: []Field{ofUser}, Orders: []Order{oldest}, Limit: usual, Most: most}
	Attempts = &Table{Name: "attempts", Fields: []Field{ofUser, ip, from, to}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
	Events   = &Table{Name: "events", Fields: []Field{ofUser, about}, Orders: []Order{newest, oldest}, Limit: usual, Most: most}
)

// Tables lists all tables.
var Tables = []*Table{OwnSessions, OwnDevices, OwnAttempts, OwnEvents, Users, Devices, Factors, Attempts, Events}
