package api

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaNames has the names in the document of the schemas whose types are called otherwise
// here: generated clients have types of these names.
var schemaNames = map[string]string{
	"Asked":                 "Challenge",
	"Assessment":            "RiskAssessment",
	"ApiKeyRecord":          "ApiKey",
	"HeldKeyRecord":         "HeldApiKey",
	"NewKeyRecord":          "NewApiKey",
	"ServiceRecord":         "ServiceAccount",
	"ClientRecord":          "OauthClient",
	"AlertChannelRecord":    "AlertChannel",
	"AppRecord":             "App",
	"AppRuleRecord":         "AppRule",
	"CurrentApp":            "SessionCheckApp",
	"WebhookRecord":         "Webhook",
	"NewWebhookRecord":      "NewWebhook",
	"WebhookAnswerRecord":   "WebhookAnswer",
	"WebhookDeliveryRecord": "WebhookDelivery",
	"SentWebhookRecord":     "WebhookDeliverySent",
	"AlertAnswerRecord":     "AlertAnswer",
	"MetadataNote":          "ProviderMetadataNote",
	"ProviderRecord":        "IdentityProvider",
	"SsoDomainRecord":       "SsoDomain",
	"NewClientRecord":       "NewOauthClient",
	"CurrentKey":            "SessionCheckApiKey",
	"AccentRecord":          "AccentUsed",
	"AttemptRecord":         "LoginAttempt",
	"BlockRecord":           "NetworkBlock",
	"ApprovalRecord":        "Approval",
	"BrowserKeys":           "PushKeys",
	"BrowserRecord":         "PushBrowser",
	"PushRecord":            "Push",
	"NoticeRecord":          "Notice",
	"TopicRecord":           "NotificationTopic",
	"ChannelRecord":         "NotificationChannel",
	"ChosenTopic":           "NotificationChoice",
	"TopicList":             "Notifications",
	"UnreadCount":           "UnreadNotices",
	"CheckRecord":           "BestPractice",
	"CountryRecord":         "AttemptsByCountry",
	"GaugesRecord":          "Figures",
	"LockedRecord":          "LockedUser",
	"NeedRecord":            "AdminNeed",
	"PointRecord":           "FiguresOfTime",
	"Current":               "SessionCheck",
	"CurrentDevice":         "SessionCheckDevice",
	"CurrentSession":        "SessionCheckSession",
	"CurrentTenant":         "Tenant",
	"CurrentUser":           "SessionCheckUser",
	"DayRecord":             "AdoptionDay",
	"DeviceRecord":          "Device",
	"Ended":                 "EndedSessions",
	"EntryRecord":           "TimelineEntry",
	"EventRecord":           "Event",
	"FactorList":            "SecondFactorList",
	"FactorRecord":          "SecondFactor",
	"FieldChange":           "PolicyFieldChange",
	"FieldProblem":          "FieldError",
	"Finding":               "RiskFinding",
	"GroupRecord":           "Group",
	"IdentityRecord":        "Identity",
	"AwayTo":                "ProviderRedirect",
	"InviteeRecord":         "Invitee",
	"LockRecord":            "AccountLock",
	"LockdownRecord":        "LockdownReport",
	"LogoRecord":            "Logo",
	"LookFields":            "OrganisationRead",
	"OrganisationRecord":    "Organisation",
	"SchemeRecord":          "AccentScheme",
	"Meaning":               "ProblemDescription",
	"NewSecondFactor":       "NewSecondFactorRequest",
	"PermissionRecord":      "Permission",
	"PersonRecord":          "Person",
	"PolicyChanged":         "PolicyChangeResult",
	"Proof":                 "SecondFactorProofRequest",
	"RoleRecord":            "Role",
	"SessionRecord":         "Session",
	"StepUpAsk":             "StepUpRequirement",
	"SeenAttempt":           "LoginAttemptDetails",
	"UserRecord":            "User",
	"VisitorRecord":         "Visitor",

	"GuessListGuessedAccount":  "GuessedAccountList",
	"GuessListGuessingNetwork": "GuessingNetworkList",
}

// schemaName names the schema of a type. The pages of lists are named after their rows.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if row, ok := strings.CutPrefix(name, "Page"); ok {
		return cmp.Or(schemaNames[row], row) + "Page"
	}
	return cmp.Or(schemaNames[name], name)
}
