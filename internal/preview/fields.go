package preview

import "slices"

// Effect is what a change does to somebody.
type Effect string

// Effects, and the opposite of some, for a change that relieves people.
const (
	Asked    Effect = "asked"    // for a second factor
	Enrols   Effect = "enrols"   // led to set one up
	Refused  Effect = "refused"  // for the device
	Locked   Effect = "locked"   // by wrong tries
	Ended    Effect = "ended"    // a session, earlier
	Reminded Effect = "reminded" // to change the password

	AskedNoMore    Effect = "asked_no_more"
	RefusedNoMore  Effect = "refused_no_more"
	EndedLater     Effect = "ended_later"
	RemindedNoMore Effect = "reminded_no_more"
)

// Effects lists them in the order in which they are shown: those that are in somebody's way first.
var Effects = []Effect{Locked, Refused, Enrols, Asked, Ended, Reminded, RefusedNoMore, AskedNoMore, EndedLater, RemindedNoMore}

// opposite has what it is called when a change takes an effect away. Of locks nobody knows, since the tries that
// a lock refused were not compared; nor of set-ups, since who was led to one and gave up left no attempt.
var opposite = map[Effect]Effect{
	Asked: AskedNoMore, Refused: RefusedNoMore, Ended: EndedLater, Reminded: RemindedNoMore,
}

// Why is a reason why a preview cannot know what a field does.
type Why string

// Reasons.
const (
	NextPassword Why = "next_password" // it holds when somebody chooses a password: of today's ones only hashes are kept
	NextCodes    Why = "next_codes"    // it holds for the codes that are issued next
	Waiting      Why = "waiting"       // tries that had to wait are not kept
	Unlocking    Why = "unlocking"     // it decides who can lift a lock, and not who is locked
	Deletion     Why = "deletion"      // it counts when somebody deletes their account
	Display      Why = "display"       // it changes what people see
	RoleChanges  Why = "role_changes"  // changes of roles are not played again
	Keys         Why = "keys"          // what API keys did is not played again
	Acts         Why = "acts"          // on which device somebody did what is not played again
	Devices      Why = "devices"       // how many devices somebody had is not kept
	Elsewhere    Why = "elsewhere"     // it leads people to a provider, and who has no account there is not known
	Removal      Why = "removal"       // it removes records, and hinders nobody
	Unfinished   Why = "unfinished"    // who was led to a set-up and gave up left nothing
	Looser       Why = "looser"        // tries during a lock were not compared, so who would not have been locked is not known
	Before       Why = "before"        // sign-ins before circumstances were kept
)

// Field is what a preview knows of a field of the policy.
type Field struct {
	Name    string
	Effects []Effect // without the opposites; none where it cannot be known
	Why     Why      // then the reason
}

// Fields is THE table of what can be previewed: one row for each field of the policy.
var Fields = []Field{
	{"passwordMinLength", nil, NextPassword},
	{"passwordMinLengthAlone", nil, NextPassword},
	{"passwordMaxLength", nil, NextPassword},
	{"passwordRequireMix", nil, NextPassword},
	{"passwordMixUntil", nil, NextPassword},
	{"passwordHistory", nil, NextPassword},
	{"passwordRejectCommon", nil, NextPassword},
	{"passwordRotationDays", []Effect{Reminded}, ""},
	{"passwordWords", nil, NextPassword},

	{"mfaEnforced", []Effect{Enrols, Asked}, ""},
	{"mfaMethods", []Effect{Enrols, Asked}, ""},
	{"mfaBackupCodes", nil, NextCodes},

	{"lockoutFailures", []Effect{Locked}, ""},
	{"lockoutWindowMinutes", []Effect{Locked}, ""},
	{"lockoutDurationMinutes", []Effect{Locked}, ""},
	{"lockoutProgressiveDelay", nil, Waiting},
	{"lockoutSelfUnlock", nil, Unlocking},

	{"sessionIdleWebMinutes", []Effect{Ended}, ""},
	{"sessionIdleMobileMinutes", []Effect{Ended}, ""},
	{"sessionLifetimeMinutes", []Effect{Ended}, ""},
	{"sessionMaskIp", nil, Display},
	{"sessionRevokeOnRoleChange", nil, RoleChanges},

	{"deviceRequireTrusted", []Effect{Refused}, ""},
	{"deviceMinTrust", nil, Acts},
	{"deviceMaxPerUser", nil, Devices},
	{"deviceAutoRevokeDays", []Effect{Refused}, ""},
	{"deviceReverifyDays", []Effect{Asked}, ""},
	{"deviceCompromise", []Effect{Refused}, ""},
	{"deviceSkipMfa", []Effect{Asked}, ""},

	{"ssoRequired", nil, Elsewhere},

	{"retentionDays", nil, Removal},
	{"retentionEventsDays", nil, Removal},

	{"apiKeyActs", nil, Keys},
	{"accountDeletion", nil, Deletion},
	{"accountDeletionDays", nil, Deletion},
}

// Of returns the row of a field of the policy.
func Of(name string) Field {
	return Fields[slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })]
}
