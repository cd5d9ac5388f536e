package kit

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/message"
)

// Nobody is shown the way to a page that they may not open.
func TestNavigation(t *testing.T) {
	s := Speaker{Printer: message.For("en")}
	table := []Route{
		{Pattern: "GET /foundation/security", Entry: Entry{Foundation, "nav.security", ""}, Need: act.Need{Permission: access.SessionsView}},
		{Pattern: "GET /profile/security", Entry: Entry{Profile, "nav.security", ""}},
		{Pattern: "GET /profile/other", Entry: Entry{Profile, "nav.security", ""}, Need: act.Need{StepUp: "change_password"}},
		{Pattern: "GET /profile/none"},
	}
	for role, want := range map[sallyport.Role][]int{sallyport.RoleOwner: {2, 1}, sallyport.RoleAdmin: {2, 1}, sallyport.RoleMember: {2}, "": {2}} {
		groups := Navigation(s, table, sallyport.Actor{Type: sallyport.ActorUser, TenantID: "t", UserID: "u", Role: role}, "/profile/security/devices")
		var got []int
		for _, g := range groups {
			got = append(got, len(g.Items))
		}
		if len(got) != len(want) || got[0] != want[0] {
			t.Errorf("%q sees %v, want %v", role, got, want)
		}
		if first := groups[0].Items[0]; !first.Current || first.Exact || groups[0].Items[1].Current {
			t.Errorf("%q is at %+v", role, groups[0].Items)
		}
	}
}
