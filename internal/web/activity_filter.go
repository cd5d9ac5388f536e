package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/audit"
)

// Groups of events, as the filter of the feed names them in its address.
const (
	groupSignIns  = "sign-ins"
	groupSessions = "sessions"
	groupSecrets  = "secrets"
	groupDevices  = "devices"
	groupAccount  = "account"
)

// groupTitles are the groups in the order of the filter, with their message ids.
var groupTitles = []struct{ group, title string }{
	{groupSignIns, "activity.signIns"},
	{groupSessions, "activity.sessions"},
	{groupSecrets, "activity.secrets"},
	{groupDevices, "activity.devices"},
	{groupAccount, "activity.account"},
}

// groupOf returns the group of a kind of event.
func groupOf(kind audit.Kind) string {
	begins := func(prefix string) bool { return strings.HasPrefix(string(kind), prefix) }
	switch {
	case kind == audit.SessionRevoked, begins("session."):
		return groupSessions
	case kind == audit.ReauthFailed, kind == audit.PasskeySuspended, begins("auth.password_"), begins("auth.2fa_"):
		return groupSecrets
	case begins("device."):
		return groupDevices
	case begins("auth.") && kind != audit.ReportedNotMe:
		return groupSignIns
	}
	return groupAccount
}

// shown are the groups an address asks for, in the order of the filter; none
// stands for all.
func shown(query url.Values) []string {
	var groups []string
	for _, t := range groupTitles {
		if slices.Contains(query["show"], t.group) {
			groups = append(groups, t.group)
		}
	}
	return groups
}

// kindsOf returns the kinds of event of some groups, none for all.
func kindsOf(groups []string) []audit.Kind {
	var kinds []audit.Kind
	for _, row := range audit.Kinds {
		if slices.Contains(groups, groupOf(row.Kind)) {
			kinds = append(kinds, row.Kind)
		}
	}
	return kinds
}

// chip is one filter: a link that sets it, or takes it away again.
type chip struct {
	Text, Label string
	Path        string
	On          bool
}

func filterChips(s speaker, groups []string) []chip {
	chips := make([]chip, 0, len(groupTitles))
	for _, t := range groupTitles {
		c := chip{Text: s.T(t.title), On: slices.Contains(groups, t.group)}
		then, label := append(slices.Clone(groups), t.group), "activity.filterSet"
		if c.On {
			then = slices.DeleteFunc(then, func(g string) bool { return g == t.group })
			label = "activity.filterRemove"
		}
		c.Label, c.Path = s.T(label, "Group", c.Text), withQuery(activityPath, filterQuery(shown(url.Values{"show": then})))
		chips = append(chips, c)
	}
	return chips
}

// filterQuery is how an address names the groups, nil for all.
func filterQuery(groups []string) url.Values {
	if len(groups) == 0 {
		return nil
	}
	return url.Values{"show": groups}
}
