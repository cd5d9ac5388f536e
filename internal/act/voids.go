package act

import (
	"context"
	"maps"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
)

// deeds is what an act did that its end has to know, besides its changes.
type deeds struct {
	events []sallyport.Event
	mailed []string // ids of the links that the act itself mailed
	flow   string   // id of the flow of which the act is a step; "" for none
}

// VoidLinks is THE table of what voids links: for each kind of link, the kinds of event
// after which the links of the event's user that were mailed before are not valid any
// more. What was mailed to an address that is not the user's any more is void, but for what only
// takes away. A link that the act itself mails stays. It is applied in one place, append.
var VoidLinks = map[link.Kind][]audit.Kind{
	// A new password, however it came about, makes a link for one pointless for its owner
	// and useful for whoever else has it.
	link.Reset: closing(audit.PasswordChanged, audit.PasswordReset, audit.PasswordWithdrawn, audit.ReportedNotMe, audit.EmailChanged, audit.EmailRestored),
	// An address is verified once.
	link.VerifyEmail: closing(audit.EmailVerified, audit.ReportedNotMe, audit.EmailChanged, audit.EmailRestored),
	link.Invitation:  closing(audit.InvitationAccepted, audit.PasswordReset, audit.PasswordChanged, audit.ReportedNotMe),
	link.Unlock:      closing(audit.AccountUnlocked, audit.PasswordChanged, audit.PasswordReset, audit.PasswordWithdrawn, audit.ReportedNotMe),
	// It only takes away, and each is about something else: whoever got in must not void
	// it by doing more.
	link.NotMe: {audit.UserDisabled, audit.LockedDown, audit.UserReopened, audit.DeletionBegun},
	// It makes a place count as the owner's.
	link.Mine: closing(audit.PasswordChanged, audit.PasswordReset, audit.PasswordWithdrawn, audit.ReportedNotMe, audit.EmailChanged, audit.EmailRestored),
	// It gives trust back, so whatever takes trust away voids it.
	link.Device: closing(audit.PasswordChanged, audit.PasswordReset, audit.PasswordWithdrawn, audit.ReportedNotMe, audit.MFAReset, audit.BackupCodeUsed,
		audit.DeviceTrustEnded, audit.DeviceFlagged, audit.DeviceSuspended, audit.DeviceCredentialReused, audit.EmailChanged, audit.EmailRestored),
	link.Reopen: closing(audit.ReportedNotMe, audit.UserReopened),
	// Whoever changed the address can do all else, too. Once one was given back, it is for an
	// older proof to say who it is.
	link.UndoEmail: {audit.EmailRestored},
}

// closing returns kinds, and those that close or open an account: no link survives them.
func closing(kinds ...audit.Kind) []audit.Kind {
	return append(kinds, audit.UserDisabled, audit.UserEnabled, audit.LockedDown, audit.DeletionBegun)
}

// VoidFlows is THE table of what ends sign-ins and step-ups under way: the kinds of event
// after which all flows of the event's user end, but the one of which the act is a step.
// What a flow has proven by then may be what was just taken away.
var VoidFlows = []audit.Kind{
	audit.PasswordChanged, audit.PasswordReset, audit.PasswordWithdrawn,
	audit.EmailChanged, audit.EmailRestored, audit.MethodRemoved, audit.MethodSuspended, audit.MFADisabled, audit.MFAReset,
	audit.ReportedNotMe, audit.LockedDown, audit.SignedOutEverywhere, audit.UserDisabled, audit.UserRoleChanged, audit.DeletionBegun,
}

// VoidKeys is THE table of what ends the API keys of the event's user, with the reason: it makes
// another account of theirs, in which nobody has made those keys. (A disabled or closed account has
// keys that sleep.)
var VoidKeys = map[audit.Kind]string{
	audit.PasswordReset:     ReasonPasswordReset,
	audit.PasswordWithdrawn: ReasonPasswordReset,
	audit.UserRoleChanged:   ReasonRoleChanged, // where policy ends sessions by it
}

// voidKeys ends the API keys that the events of the act end.
func (a *Act) voidKeys(ctx context.Context) error {
	happened := a.did.happened()
	for _, userID := range slices.Sorted(maps.Keys(happened)) {
		reason := ""
		for _, kind := range slices.Sorted(maps.Keys(VoidKeys)) {
			if happened[userID][kind] && (kind != audit.UserRoleChanged || a.policies.Of(userID).SessionRevokeOnRoleChange) {
				reason = VoidKeys[kind]
			}
		}
		if reason == "" {
			continue
		}
		keys, err := a.KeysOf(ctx, a.Actor.TenantID, userID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if _, err := a.RevokeKey(ctx, k, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// voidPush removes the push subscriptions of the sessions that the act ended. That of a suspended
// session stays: nothing is sent to it until the session is resumed.
func (a *Act) voidPush(ctx context.Context) error {
	var over []string
	for _, e := range a.did.events {
		if kind := audit.Kind(e.Kind); endings[kind] && kind != audit.SessionSuspended {
			over = append(over, e.SessionID)
		}
	}
	if over == nil {
		return nil
	}
	return a.DropPushOfSessions(ctx, a.Actor.TenantID, over)
}

// void removes the links and flows that the events of the act make invalid.
func (a *Act) void(ctx context.Context) error {
	happened := a.did.happened()
	for _, userID := range slices.Sorted(maps.Keys(happened)) {
		after := func(kinds []audit.Kind) bool {
			return slices.ContainsFunc(kinds, func(k audit.Kind) bool { return happened[userID][k] })
		}
		var void []string
		for kind, events := range VoidLinks {
			if after(events) {
				void = append(void, string(kind))
			}
		}
		slices.Sort(void)
		if err := a.DropLinks(ctx, a.Actor.TenantID, userID, void, a.did.mailed); err != nil {
			return err
		}
		if !after(VoidFlows) {
			continue
		}
		if err := a.EndFlowsOfUser(ctx, a.Actor.TenantID, userID, a.did.flow); err != nil {
			return err
		}
	}
	return nil
}

// happened returns the kinds of the events, by the user whom they concern.
func (d *deeds) happened() map[string]map[audit.Kind]bool {
	kinds := map[string]map[audit.Kind]bool{}
	for _, e := range d.events {
		if e.UserID == "" {
			continue
		}
		if kinds[e.UserID] == nil {
			kinds[e.UserID] = map[audit.Kind]bool{}
		}
		kinds[e.UserID][audit.Kind(e.Kind)] = true
	}
	return kinds
}

// InFlow makes the act a step of a flow. Its notes name the flow where the actor has no
// session yet: the session that the flow becomes has the same id.
func (a *Act) InFlow(id string) { a.did.flow = id }
