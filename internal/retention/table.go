package retention

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

const day = 24 * time.Hour

// revokedKept is how long the replaced credentials of a revoked device stay. By then everybody has
// noticed that it is revoked, and its present credential goes on to be refused.
const revokedKept = 30 * day

// noticesKept is how long the bell shows what happened.
const noticesKept = 90 * day

// deliveriesKept is how long one sees what was sent to webhooks.
const deliveriesKept = 30 * day

// Row is one kind of row that goes with age.
type Row struct {
	Name string // of the detail of the event that says how many
	What string // goes, for operators and docs/rules.md
	When string
	Stay string // which stay all the same, and why

	age    func(sallyport.Policy) time.Duration // 0 for never
	look   func(store.Queries, context.Context, store.OldRows) ([]store.OldRow, error)
	remove func(tx *store.Tx, ctx context.Context, tenantID string, ids []string, limit int) (int64, error)
}

// Table is THE table of what is removed as policy says, in this order. An age counts from the beginning
// of the day, in UTC, so that a run removes the same whenever on a day it happens. Sessions go before
// the attempts that they began with.
var Table = []Row{
	{
		"sessions", "sessions that ended", "`retentionDays` after their end", "",
		asPolicySays, store.Queries.EndedSessions, (*store.Tx).RemoveSessions,
	},
	{
		"attempts", "attempts to sign in", "`retentionDays` after they were made",
		"the newest ten sign-ins of each user, which the next one is compared with; what began a session that goes on",
		asPolicySays, store.Queries.OldAttempts, (*store.Tx).RemoveAttempts,
	},
	{
		"credentials", "replaced credentials of devices", "`retentionDays` after they were replaced", "",
		asPolicySays, store.Queries.ReplacedCredentials, (*store.Tx).RemoveCredentials,
	},
	{
		"apiKeys", "API keys that were revoked", "`retentionDays` after that", "",
		asPolicySays, store.Queries.EndedKeys, (*store.Tx).RemoveKeys,
	},
	{
		"revokedCredentials", "replaced credentials of revoked devices", "30 days after the device was revoked, unless `retentionDays` is 0", "",
		ofRevoked, store.Queries.RevokedDevices, (*store.Tx).RemoveCredentialsOf,
	},
	{
		personalParts, "personal parts of events: address, place, device, names", "`retentionEventsDays` after the event", "the events, with the commitments to these parts",
		ofEvents, store.Queries.OldParts, (*store.Tx).RemoveParts,
	},
}

// personalParts are what verification of the audit log misses. The event of a run says before when.
const personalParts = "personalParts"

func asPolicySays(p sallyport.Policy) time.Duration { return p.Retention }

func ofRevoked(p sallyport.Policy) time.Duration {
	if p.Retention == 0 {
		return 0
	}
	return revokedKept
}

func ofEvents(p sallyport.Policy) time.Duration { return p.RetentionEvents }

// Expiring is one kind of row that has a time after which it means nothing.
type Expiring struct {
	What string

	// Kept is how old it may be, where it is an age that ends it and not a time of its own.
	Kept   time.Duration
	forget func(tx *store.Tx, ctx context.Context, before time.Time, limit int) (int64, error)
}

// Expirings is THE table of what is removed once it expired, whatever policy says and without an event.
var Expirings = []Expiring{
	{"sign-ins and step-ups under way", 0, (*store.Tx).ForgetFlows},
	{"counters of tries", 0, (*store.Tx).ForgetCounters},
	{"mailed links", 0, (*store.Tx).ForgetLinks},
	{"second factors whose set-up was not finished", 0, (*store.Tx).ForgetPendingFactors},
	{"codes for a new address or number that were not entered", 0, (*store.Tx).ForgetContactCodes},
	{"requests to identity providers", 0, (*store.Tx).ForgetSSORequests},
	{"what identity providers said once", 0, (*store.Tx).ForgetSeen},
	{"former addresses that are not reserved any more", 0, (*store.Tx).ForgetFormerEmails},
	{"what bulk jobs left out", 0, (*store.Tx).ForgetBulkResults},
	{"what the bell showed", noticesKept, (*store.Tx).ForgetNotices},
	{"requests to approve a sign-in", day, (*store.Tx).ForgetApprovals},
	{"what was sent to webhooks", deliveriesKept, (*store.Tx).ForgetWebhookDeliveries},
	{"bulk jobs", 0, (*store.Tx).ForgetBulkJobs},
	{"blocks of networks", 0, (*store.Tx).ForgetBlocks},
	{"passes to apps", 0, (*store.Tx).ForgetPasses},
	{"people in previews of policies", 0, (*store.Tx).ForgetPreviewPeople},
	{"previews of policies", 0, (*store.Tx).ForgetPreviews},
	{"what is kept of exports of the audit log", 0, (*store.Tx).ForgetExports},
	{"numbers of failed attempts in a minute", store.FineKept, (*store.Tx).ForgetFailedMinutes},
	{"numbers of attempts from a country in an hour", store.FineKept, (*store.Tx).ForgetCountryHours},
	{"which unusual sign-ins wait for an answer of their owner", 31 * day, (*store.Tx).ForgetDoubts},
}
