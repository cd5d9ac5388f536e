package profile

import (
	"net/url"
	"slices"

	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// shown are the groups an address asks for, in the order of the filter; none
// stands for all.
func shown(query url.Values) []audit.Group {
	var groups []audit.Group
	for _, g := range audit.Groups {
		if slices.Contains(query["show"], string(g)) {
			groups = append(groups, g)
		}
	}
	return groups
}

// kindsOf returns the kinds of event of some groups, none for all.
func kindsOf(groups []audit.Group) []audit.Kind {
	var kinds []audit.Kind
	for _, row := range audit.Kinds {
		if slices.Contains(groups, row.Group) {
			kinds = append(kinds, row.Kind)
		}
	}
	return kinds
}

func filterChips(s kit.Speaker, groups []audit.Group) []kit.Chip {
	chips := make([]kit.Chip, 0, len(audit.Groups))
	for _, g := range audit.Groups {
		c := kit.Chip{Text: s.T("activity.group." + string(g)), On: slices.Contains(groups, g)}
		label := "activity.filterSet"
		if c.On {
			label = "activity.filterRemove"
		}
		var then []audit.Group // in the order of the filter
		for _, other := range audit.Groups {
			if slices.Contains(groups, other) != (other == g) {
				then = append(then, other)
			}
		}
		c.Label, c.Path = s.T(label, "Group", c.Text), kit.WithQuery(activityPath, filterQuery(then))
		chips = append(chips, c)
	}
	return chips
}

// filterQuery is how an address names the groups, empty for all.
func filterQuery(groups []audit.Group) url.Values {
	query := url.Values{}
	for _, g := range groups {
		query.Add("show", string(g))
	}
	return query
}
