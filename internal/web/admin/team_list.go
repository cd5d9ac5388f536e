package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamListed is how many users one page shows.
const teamListed = 25

// groupsShown is how many groups of somebody a row has room for.
const groupsShown = 2

// teamView is Settings > Team.
type teamView struct {
	Invite *kit.Anchor // nil for who may not
	Bar    kit.Bar
	Users  []teamRow
	MFA    bool // the column of second factors
	Alone  *kit.EmptyView
	Empty  kit.EmptyView
	Pages  kit.PagesView
}

// teamRow is one user.
type teamRow struct {
	Who        *kit.UserView
	ID         string
	You        bool // the reader
	Role       string
	Groups     string
	MoreGroups string // "+3", "" for no more
	AllGroups  string
	Status     kit.Pill
	Factor     kit.Pill
	Seen       *kit.Moment // nil before the first sign-in
	Menu       string      // label of the menu
	Acts       []*kit.ConfirmView
}

// team is what the list is made of.
type team struct {
	reader sallyport.Actor
	list   kit.List
	found  list.Page[sallyport.User]
	roles  map[sallyport.Role]string // names of those that the organisation made
	groups []sallyport.Group
	of     map[string][]sallyport.Group // by user
	drop   []kit.Chip                   // filters without which there would be somebody
}

// teamList shows the users of the organisation.
func (p *Pages) teamList(v *kit.Visit) error {
	t, err := p.readTeam(v.R.Context(), v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "team_list", v.T("team.heading"), t.view(v.Speaker))
}

func (p *Pages) readTeam(ctx context.Context, v *kit.Visit) (t team, err error) {
	t = team{reader: p.Actor(v), list: kit.Listed(v.R, teamPath, list.Users, teamListed)}
	if t.found, err = p.Accounts.List(ctx, t.reader, t.list.Query); err != nil {
		return t, err
	}
	if t.roles, err = p.Roles.Names(ctx, t.reader); err != nil {
		return t, err
	}
	if t.groups, err = p.Groups.List(ctx, t.reader); err != nil {
		return t, err
	}
	if t.of, err = p.Groups.OfEach(ctx, t.reader, t.groups, idsOf(t.found.Rows)); err != nil {
		return t, err
	}
	if len(t.found.Rows) > 0 {
		return t, nil
	}
	for _, other := range t.list.Alternatives(v.Speaker, t.values(v.Speaker)) {
		found, err := p.Accounts.List(ctx, t.reader, other.Query)
		if err != nil {
			return t, err
		}
		if len(found.Rows) > 0 {
			t.drop = append(t.drop, other.Chip)
		}
	}
	return t, nil
}

// values are those of the filters that the organisation decides, and of those that the reader may
// not see.
func (t team) values(s kit.Speaker) map[string][]kit.Value {
	var roles, custom, groups []kit.Value
	for _, r := range access.Roles() {
		roles = append(roles, kit.Value{Value: string(r), Text: s.T("role." + string(r))})
	}
	for id, name := range t.roles {
		custom = append(custom, kit.Value{Value: string(id), Text: name})
	}
	slices.SortFunc(custom, func(a, b kit.Value) int { return strings.Compare(a.Text, b.Text) })
	for _, g := range t.groups {
		groups = append(groups, kit.Value{Value: g.ID, Text: g.Name})
	}
	values := map[string][]kit.Value{"role": append(roles, custom...), "groupId": groups}
	if !has(t.reader, access.MFAView) {
		values["secondFactor"] = nil
	}
	return values
}

func (t team) view(s kit.Speaker) *teamView {
	v := &teamView{
		Bar:   t.list.Bar(s, t.values(s)),
		MFA:   has(t.reader, access.MFAView),
		Empty: kit.EmptyView{Icon: "users", Title: s.T("team.emptyTitle"), Text: s.T("team.emptyText")},
		Pages: t.list.Pages(t.found.Next),
	}
	if has(t.reader, access.UsersManage) {
		v.Invite = &kit.Anchor{Text: s.T("team.invite"), Path: invitePath}
	}
	if v.Bar.Clear != nil {
		v.Empty = kit.EmptyView{Icon: "filter", Title: s.T("team.noneTitle"), Text: s.T("team.noneText"), Drop: t.drop, Action: v.Bar.Clear}
	}
	for _, u := range t.found.Rows {
		v.Users = append(v.Users, t.row(s, u))
	}
	if len(v.Users) == 1 && v.Users[0].You && v.Bar.Clear == nil && t.list.IsFirst() {
		v.Alone = &kit.EmptyView{Icon: "users-group", Title: s.T("team.aloneTitle"), Text: s.T("team.aloneText"), Action: v.Invite}
	}
	return v
}

func (t team) row(s kit.Speaker, u sallyport.User) teamRow {
	r := teamRow{
		Who: kit.ViewUser(u), ID: u.ID, You: u.ID == t.reader.UserID, Role: roleName(s, u.Role, t.roles),
		Status: s.StatusPill(string(u.Status)), Factor: s.StrengthPill(u.SecondFactor), Menu: s.T("team.menu", "Name", u.Name()),
	}
	r.Who.Path = personPath(u.ID)
	if u.Service() {
		r.Who, r.Status, r.Factor = viewHolder(s, t.reader, u), servicePill(s, u), kit.Pill{}
	}
	var names []string
	for _, g := range t.of[u.ID] {
		names = append(names, g.Name)
	}
	r.AllGroups, r.Groups = strings.Join(names, ", "), strings.Join(names[:min(len(names), groupsShown)], ", ")
	if more := len(names) - groupsShown; more > 0 {
		r.MoreGroups = "+" + strconv.Itoa(more)
	}
	if !u.LastSignInAt.IsZero() {
		at := s.Moment("team.seen", u.LastSignInAt)
		r.Seen = &at
	}
	if u.Status == sallyport.UserInvited && access.Allowed(t.reader, access.UsersManage, access.Of(u)) == nil {
		r.Acts = []*kit.ConfirmView{askResend(s, u), askWithdraw(s, u)}
	}
	return r
}

// idsOf returns the ids of some users.
func idsOf(users []sallyport.User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return ids
}

// roleName is what a role is called; names are those that the organisation made.
func roleName(s kit.Speaker, r sallyport.Role, names map[sallyport.Role]string) string {
	if r.BuiltIn() {
		return s.T("role." + string(r))
	}
	return names[r]
}
