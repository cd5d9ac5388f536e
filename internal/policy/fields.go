package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Kind is the type and unit of a field's value.
type Kind string

// Kinds.
const (
	Number  Kind = "number"
	Switch  Kind = "yes or no"
	Minutes Kind = "minutes"
	Days    Kind = "days"
	Keep    Kind = "days, or 0" // how long something is kept: 0 for ever, or days from Min to Max
	Choice  Kind = "one of"
	Choices Kind = "some of"
	Words   Kind = "words" // of the operator's choice, each from Min to Max characters
)

// Stricter says which of two values of a field is the stricter one, which wins for a person
// whose groups have a policy of their own.
type Stricter string

// Directions.
const (
	More  Stricter = "more"  // the larger number
	Less  Stricter = "less"  // the smaller number; 0, for never or no limit, is the least strict
	On    Stricter = "on"    // yes
	Off   Stricter = "off"   // no
	Later Stricter = "later" // the option further down the list
	Fewer Stricter = "fewer" // what both allow

	// ForAll is a field that only the organisation decides. Those of lockouts are: a limit that
	// differed between people would tell a stranger whether an address has an account.
	ForAll Stricter = ""
)

// Field is one row of the policy table. Values have the types of JSON: int, bool, string,
// list of strings.
type Field struct {
	Name     string // as in the API
	Kind     Kind
	Min, Max int      // for numbers, minutes and days
	Options  []string // for choices
	Stricter Stricter
	Means    string // for people; it says where a value goes against a standard's advice
	Default  any
	Strict   any
	Balanced any
	Managed  any
	AAL2     any

	ref func(*sallyport.Policy) any // pointer to the field
}

var (
	allMethods  = sallyport.MethodNames(func(sallyport.Method) bool { return true })
	safeMethods = sallyport.MethodNames(func(m sallyport.Method) bool { return !m.Sent })
)

// day is how many minutes a day has.
const day = 24 * 60

// Fields is THE table of policy fields, in the order they are shown.
var Fields = []Field{
	{"passwordMinLength", Number, 8, 64, nil, More, "Fewest characters of a password.",
		12, 12, 8, 12, 12, func(p *sallyport.Policy) any { return &p.PasswordMinLength }},
	{"passwordMinLengthAlone", Number, 8, 64, nil, More, "Fewest characters of a password of somebody who has no second factor, and of whom none is demanded; never fewer than of others. NIST SP 800-63B-4 section 3.1.1.1 asks for 15.",
		15, 15, 15, 15, 15, func(p *sallyport.Policy) any { return &p.PasswordMinLengthAlone }},
	{"passwordMaxLength", Number, 64, 256, nil, ForAll, "Most characters of a password.",
		128, 128, 128, 128, 128, func(p *sallyport.Policy) any { return &p.PasswordMaxLength }},
	{"passwordRequireMix", Switch, 0, 0, nil, On, "Require an upper-case letter, a number and a symbol. NIST SP 800-63B-4 advises against it: length does more.",
		true, true, false, true, false, func(p *sallyport.Policy) any { return &p.PasswordRequireMix }},
	{"passwordMixUntil", Number, 12, 256, nil, More, "From how many characters on no mix is asked: managers generate passwords and passphrases that are long and have none. More than passwordMaxLength for always.",
		15, 256, 15, 15, 15, func(p *sallyport.Policy) any { return &p.PasswordMixUntil }},
	{"passwordHistory", Number, 0, 24, nil, More, "How many of the last passwords cannot be used again.",
		5, 5, 5, 5, 5, func(p *sallyport.Policy) any { return &p.PasswordHistory }},
	{"passwordRejectCommon", Switch, 0, 0, nil, On, "Refuse passwords that are easy to guess (common ones, and those of too few words, names, rows of keys, years and repetitions) and those with the user's own name or address, the organisation, this service or its host in them.",
		true, true, true, true, true, func(p *sallyport.Policy) any { return &p.PasswordRejectCommon }},
	{"passwordRotationDays", Days, 0, 730, nil, Less, "Remind of changing the password after so many days; 0 for never. A banner, never a lock-out. NIST SP 800-63B-4 advises against it.",
		0, 90, 0, 0, 0, func(p *sallyport.Policy) any { return &p.PasswordRotation }},
	{"passwordWords", Words, shortestContext, 40, nil, ForAll, "Further words that no password may hold, in any case: such as products, places and nicknames of the house. At most 100.",
		[]string{}, []string{}, []string{}, []string{}, []string{}, func(p *sallyport.Policy) any { return &p.PasswordWords }},

	{"mfaEnforced", Choice, 0, 0, []string{sallyport.EnforcedNobody, sallyport.EnforcedAdmins, sallyport.EnforcedEveryone}, Later, "Who must have a second factor.",
		"nobody", "everyone", "nobody", "admins", "everyone", func(p *sallyport.Policy) any { return &p.MFAEnforced }},
	{"mfaMethods", Choices, 0, 0, allMethods, Fewer, "Which second factors count. Who has only others proves one of those a last time, and then sets up one of these. Codes by SMS and e-mail are weaker than the others: they can be read on the way.",
		allMethods, safeMethods, allMethods, allMethods, safeMethods, func(p *sallyport.Policy) any { return &p.MFAMethods }},
	{"mfaBackupCodes", Number, 4, 20, nil, ForAll, "How many backup codes are issued at a time.",
		10, 8, 10, 10, 10, func(p *sallyport.Policy) any { return &p.MFABackupCodes }},

	{"lockoutFailures", Number, 3, 100, nil, ForAll, "Failed attempts within the window that lock. At most 100, NIST SP 800-63B-4 section 3.2.2.",
		5, 5, 6, 5, 5, func(p *sallyport.Policy) any { return &p.LockoutFailures }},
	{"lockoutWindowMinutes", Minutes, 1, 1440, nil, ForAll, "How long a failed attempt counts.",
		15, 15, 15, 15, 15, func(p *sallyport.Policy) any { return &p.LockoutWindow }},
	{"lockoutDurationMinutes", Minutes, 1, 1440, nil, ForAll, "How long a lock lasts.",
		30, 30, 15, 30, 30, func(p *sallyport.Policy) any { return &p.LockoutDuration }},
	{"lockoutProgressiveDelay", Switch, 0, 0, nil, ForAll, "Make each failed attempt wait longer than the one before.",
		true, true, true, true, true, func(p *sallyport.Policy) any { return &p.LockoutProgressive }},
	{"lockoutSelfUnlock", Switch, 0, 0, nil, ForAll, "Let users lift a lock with a link mailed to them.",
		true, false, true, true, true, func(p *sallyport.Policy) any { return &p.LockoutSelfUnlock }},

	// Shorter times make people choose passwords that are quick to type, and sign in without looking where. A session is
	// bound to a device, its owner sees and ends it, and whoever finds it open gets no further than to what takes no fresh
	// proof. Where AAL2 is asked for there is a preset: docs/threat-model.md, "Deviations from the standards".
	{"sessionIdleWebMinutes", Minutes, 5, 90 * day, nil, Less, "A browser session ends after so many minutes without use. The default of a week keeps people from choosing passwords that are quick to type; NIST SP 800-63B-4 section 2.2.3 looks for an hour at AAL2, which the preset aal2 has.",
		7 * day, 1 * day, 7 * day, 7 * day, 60, func(p *sallyport.Policy) any { return &p.SessionIdleWeb }},
	{"sessionIdleMobileMinutes", Minutes, 5, 365 * day, nil, Less, "A session of an app on a phone or tablet ends after so many minutes without use. The default of 30 days rests on the lock of the device and on tokens that change every ten minutes.",
		30 * day, 7 * day, 30 * day, 30 * day, 60, func(p *sallyport.Policy) any { return &p.SessionIdleMobile }},
	{"sessionLifetimeMinutes", Minutes, 60, 365 * day, nil, Less, "Any session ends after so many minutes, used or not. The default of 90 days rests on a fresh proof before each act that matters; NIST SP 800-63B-4 section 2.2.3 looks for a day at AAL2, which the preset aal2 has.",
		90 * day, 30 * day, 90 * day, 30 * day, day, func(p *sallyport.Policy) any { return &p.SessionLifetime }},
	{"sessionMaskIp", Switch, 0, 0, nil, ForAll, "Mask IP addresses in what users see of their own sessions.",
		false, false, true, false, false, func(p *sallyport.Policy) any { return &p.SessionMaskIP }},
	{"sessionRevokeOnRoleChange", Switch, 0, 0, nil, On, "End a user's sessions when their role changes.",
		true, true, true, true, true, func(p *sallyport.Policy) any { return &p.SessionRevokeOnRoleChange }},

	{"deviceRequireTrusted", Switch, 0, 0, nil, On, "Let people sign in on trusted devices only.",
		false, false, false, false, false, func(p *sallyport.Policy) any { return &p.DeviceRequireTrusted }},
	{"deviceMinTrust", Number, 0, 3, nil, More, "Least trust level of a device for sensitive operations; 0 for none.",
		0, 2, 0, 2, 0, func(p *sallyport.Policy) any { return &p.DeviceMinTrust }},
	{"deviceMaxPerUser", Number, 0, 100, nil, Less, "Most trusted devices of one user; 0 for no limit.",
		0, 5, 0, 10, 0, func(p *sallyport.Policy) any { return &p.DeviceMaxPerUser }},
	{"deviceAutoRevokeDays", Days, 0, 730, nil, Less, "Remove a device after so many days without use; 0 for never.",
		0, 90, 0, 90, 0, func(p *sallyport.Policy) any { return &p.DeviceAutoRevoke }},
	{"deviceReverifyDays", Days, 0, 730, nil, Less, "Ask for a device to be verified again after so many days; 0 for never.",
		0, 90, 0, 180, 0, func(p *sallyport.Policy) any { return &p.DeviceReverify }},
	{"deviceCompromise", Choice, 0, 0, []string{AlertCompromised, FlagCompromised}, Later, "What happens when a device looks compromised: alert only, or flag it, which ends its sessions and blocks it.",
		"flag", "flag", "alert", "flag", "flag", func(p *sallyport.Policy) any { return &p.DeviceCompromise }},
	{"deviceSkipMfa", Switch, 0, 0, nil, Off, "Ask for no second factor on a trusted device.",
		false, false, false, false, false, func(p *sallyport.Policy) any { return &p.DeviceSkipMFA }},

	{"ssoRequired", Switch, 0, 0, nil, ForAll, "Sign in through the organisation's identity provider only.",
		false, false, false, false, false, func(p *sallyport.Policy) any { return &p.SSORequired }},

	{"retentionDays", Keep, 30, 3650, nil, ForAll, "How many days ended sessions, attempts to sign in and replaced credentials of devices are kept: at least 30, or 0 for ever.",
		400, 400, 400, 400, 400, func(p *sallyport.Policy) any { return &p.Retention }},
	{"retentionEventsDays", Keep, 30, 3650, nil, ForAll, "How many days the personal parts of events are kept: addresses, places, devices, names. At least 30, or 0 for ever. The log keeps its proof.",
		0, 0, 0, 0, 0, func(p *sallyport.Policy) any { return &p.RetentionEvents }},

	{"apiKeyActs", Choices, 0, 0, actNames(KeyActs), ForAll, "Acts that ask people for a fresh proof, and that API keys may do all the same where their permissions allow it. A key proves nothing: whoever has a copy of it does them too.",
		[]string{}, []string{}, []string{}, []string{}, []string{}, func(p *sallyport.Policy) any { return &p.APIKeyActs }},

	{"accountDeletion", Choice, 0, 0, []string{sallyport.DeletedByEverybody, sallyport.DeletedByMembers, sallyport.DeletedByNobody}, Later, "Who may delete their own account: everybody, those whose role has no rights over others, or nobody.",
		"members", "nobody", "everybody", "nobody", "members", func(p *sallyport.Policy) any { return &p.AccountDeletion }},
	{"accountDeletionDays", Days, 1, 90, nil, More, "How many days an account waits for its deletion, so that its owner can take it back.",
		14, 30, 14, 30, 14, func(p *sallyport.Policy) any { return &p.AccountDeletionGrace }},
}

// Preset is the name of a preset, a column of the table.
type Preset string

// Presets. A new tenant starts with PresetDefault.
const (
	PresetDefault  Preset = "default"
	PresetStrict   Preset = "strict"
	PresetBalanced Preset = "balanced"
	PresetManaged  Preset = "managed"
	PresetAAL2     Preset = "aal2" // what NIST SP 800-63B-4 asks for at AAL2
)

// Presets lists the presets in the order they are offered.
var Presets = []Preset{PresetStrict, PresetAAL2, PresetBalanced, PresetManaged, PresetDefault}

func (f Field) column(p Preset) any {
	switch p {
	case PresetStrict:
		return f.Strict
	case PresetBalanced:
		return f.Balanced
	case PresetManaged:
		return f.Managed
	case PresetAAL2:
		return f.AAL2
	}
	return f.Default
}

// For returns the policy of a preset, and whether there is such a preset.
func For(name Preset) (sallyport.Policy, bool) {
	var p sallyport.Policy
	known := false
	for _, preset := range Presets {
		known = known || preset == name
	}
	for _, f := range Fields {
		f.set(&p, f.column(name))
	}
	return p, known
}

// Default is the policy a new tenant starts with.
func Default() sallyport.Policy {
	p, _ := For(PresetDefault)
	return p
}

// Sections are the parts of the table, each named by what the names of its fields begin with.
var Sections = []string{"password", "mfa", "lockout", "session", "device", "sso", "retention", "apiKey", "account"}

// Section returns the section that a field belongs to.
func (f Field) Section() string {
	return Sections[slices.IndexFunc(Sections, func(s string) bool { return strings.HasPrefix(f.Name, s) })]
}

// In returns the field's value in a preset, of the type that Get returns.
func (f Field) In(p Preset) any { return f.column(p) }

// Named returns the field of a name, and whether there is one.
func Named(name string) (Field, bool) {
	i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return Fields[i], true
}

// unit returns the duration of one step of the field: a day or a minute.
func (f Field) unit() time.Duration {
	if f.Kind == Minutes {
		return time.Minute
	}
	return 24 * time.Hour
}

// Get returns the field's value in p: an int, bool, string or []string.
func (f Field) Get(p sallyport.Policy) any {
	switch v := f.ref(&p).(type) {
	case *int:
		return *v
	case *bool:
		return *v
	case *string:
		return *v
	case *[]string:
		return append([]string{}, *v...)
	case *time.Duration:
		return int(*v / f.unit())
	default:
		panic("policy: field " + f.Name + " has a type without a kind")
	}
}

// set stores a value of the type that Get returns.
func (f Field) set(p *sallyport.Policy, value any) {
	switch v := f.ref(p).(type) {
	case *int:
		*v = value.(int)
	case *bool:
		*v = value.(bool)
	case *string:
		*v = value.(string)
	case *[]string:
		*v = append([]string{}, value.([]string)...)
	case *time.Duration:
		*v = time.Duration(value.(int)) * f.unit()
	default:
		panic("policy: field " + f.Name + " has a type without a kind")
	}
}
