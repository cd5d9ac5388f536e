package admin

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	listPath = invitePath + "/list"
	sendPath = listPath + "/send"
)

// inviteListForm asks for a list of people. Whoever has to prove more does so now: a list is too
// long to be kept meanwhile.
func (p *Pages) inviteListForm(v *kit.Visit) (*kit.FormView, error) {
	given, groups, err := p.offered(v)
	if err != nil {
		return nil, err
	}
	return viewInviteList(v.Speaker, given, groups), nil
}

func viewInviteList(s kit.Speaker, given []role.Role, groups []sallyport.Group) *kit.FormView {
	area := &kit.Field{Name: "list", Label: s.T("invite.list"), Type: "textarea", Hint: s.T("invite.listHint"), Focus: true, Optional: true}
	file := &kit.Field{Name: "file", Label: s.T("invite.file"), Type: "file", Hint: s.T("invite.fileHint"), Optional: true}
	fields := append([]*kit.Field{area, file}, placeFields(s, given, groups)...)
	for _, f := range fields[2:] {
		f.Label = s.T("invite.usual", "Field", f.Label)
	}
	return &kit.FormView{
		Path: listPath, Back: teamPath, Icon: "users-group", Wide: true, Upload: true, Title: s.T("invite.listTitle"), Lead: s.T("invite.listLead"),
		Fields: fields, Act: s.T("invite.preview"),
	}
}

// inviteListPlan shows what will become of each row, and changes nothing.
func (p *Pages) inviteListPlan(v *kit.Visit) error {
	l, err := postedList(v)
	if err != nil {
		return err
	}
	plan, err := p.Accounts.PlanInvitations(v.R.Context(), p.Actor(v), l)
	if err != nil {
		return err
	}
	names, err := p.namesOf(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "invite_plan", v.T("invite.planTitle"), viewPlan(v.Speaker, l, plan, names))
}

// postedList is the list of a form: that of its file, if there is one.
func postedList(v *kit.Visit) (account.List, error) {
	l := account.List{Text: v.Value("list"), Role: sallyport.Role(v.Value("role")), GroupID: v.Value("group")}
	if v.R.MultipartForm == nil || len(v.R.MultipartForm.File["file"]) == 0 || v.R.MultipartForm.File["file"][0].Size == 0 {
		return l, nil
	}
	f, err := v.R.MultipartForm.File["file"][0].Open()
	if err != nil {
		return l, err
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	l.Text = textOf(body)
	return l, err
}

// textOf reads a file as UTF-8, or else as what spreadsheets of western languages write.
func textOf(body []byte) string {
	if utf8.Valid(body) {
		return string(body)
	}
	var out strings.Builder
	for _, b := range body {
		out.WriteRune(rune(b)) // ISO 8859-1 is the beginning of Unicode
	}
	return out.String()
}

// places are the names of roles and groups.
type places struct {
	roles  map[sallyport.Role]string
	groups map[string]string
}

func (p *Pages) namesOf(v *kit.Visit) (n places, err error) {
	n = places{map[sallyport.Role]string{}, map[string]string{}}
	given, groups, err := p.offered(v)
	for _, r := range given {
		n.roles[sallyport.Role(r.ID)] = r.Name
	}
	for _, g := range groups {
		n.groups[g.ID] = g.Name
	}
	return n, err
}

// planView is the preview of a list, what was done with it so far, and in the end all of it.
type planView struct {
	Title, Lead string
	Counts      []kit.Pill
	Rows        []planRow
	Form        *sendForm // nil when nothing is left to do
	Progress    *progress // nil for the preview
	Back        kit.Anchor
}

// planRow is a row of the list with what becomes of it.
type planRow struct {
	Line        string
	Email, Name string
	Place       string // role and group
	Fate        kit.Pill
	Why         []string
}

// sendForm goes on with the list. It holds all of it, so that no server has to.
type sendForm struct {
	Path string
	Kept []kit.Kept
	List string
	Act  string
}

// progress is how far it is.
type progress struct {
	Done, All int
	Text      string
}

// fates is what can become of a row: how it looks, and the letter it has in the form.
var fates = map[account.Fate]struct{ letter, words, tone, icon string }{
	account.ToInvite:       {"", "invite.toInvite", "info", "mail"},
	account.Invited:        {"i", "invite.invited", "good", "circle-check"},
	account.Limited:        {"l", "invite.limited", "warn", "hourglass"},
	account.AlreadyInvited: {"a", "invite.already", "plain", "mail-check"},
	account.HasAccount:     {"h", "invite.hasAccount", "plain", "user"},
	account.Duplicate:      {"d", "invite.duplicate", "plain", "copy"},
	account.Wrong:          {"w", "invite.wrong", "bad", "alert-circle"},
}

// inOrder are the fates as they are counted.
var inOrder = []account.Fate{
	account.ToInvite, account.Invited, account.Limited, account.AlreadyInvited, account.HasAccount, account.Duplicate, account.Wrong,
}

// count returns how many rows have each fate.
func count(plan []account.Invitee) map[account.Fate]int {
	n := map[account.Fate]int{}
	for _, r := range plan {
		n[r.Fate]++
	}
	return n
}

func viewPlan(s kit.Speaker, l account.List, plan []account.Invitee, names places) *planView {
	n := count(plan)
	v := &planView{
		Title: s.T("invite.planTitle"), Lead: s.N("invite.planLead", n[account.ToInvite]), Rows: viewRows(s, plan, names), Counts: counts(s, n),
		Back: kit.Anchor{Text: s.T("invite.other"), Path: listPath},
	}
	if n[account.ToInvite] > 0 {
		v.Form = &sendForm{Path: sendPath, List: l.Text, Kept: keptList(l, ""), Act: s.N("invite.listAct", n[account.ToInvite])}
	}
	return v
}

func keptList(l account.List, done string) []kit.Kept {
	return []kit.Kept{{Name: "role", Value: string(l.Role)}, {Name: "group", Value: l.GroupID}, {Name: "done", Value: done}}
}

func counts(s kit.Speaker, n map[account.Fate]int) []kit.Pill {
	var out []kit.Pill
	for _, f := range inOrder {
		if n[f] > 0 {
			look := fates[f]
			out = append(out, kit.Pill{Tone: look.tone, Icon: look.icon, Text: s.T("invite.count", "Count", strconv.Itoa(n[f]), "Fate", s.T(look.words))})
		}
	}
	return out
}

func viewRows(s kit.Speaker, plan []account.Invitee, names places) []planRow {
	out := make([]planRow, len(plan))
	for i, r := range plan {
		look := fates[r.Fate]
		out[i] = planRow{
			Line: strconv.Itoa(r.Line), Email: r.Email, Name: strings.TrimSpace(r.FirstName + " " + r.LastName),
			Fate: kit.Pill{Tone: look.tone, Icon: look.icon, Text: s.T(look.words)},
		}
		if r.Fate == account.ToInvite || r.Fate == account.Invited || r.Fate == account.Limited {
			out[i].Place = roleName(s, r.Role, names.roles)
			if g := names.groups[r.GroupID]; g != "" {
				out[i].Place += " · " + g
			}
		}
		if r.Fate == account.Duplicate {
			out[i].Why = []string{s.T("invite.sameAs", "Line", strconv.Itoa(r.SameAs))}
		}
		for _, w := range r.Wrong {
			out[i].Why = append(out[i].Why, s.Rule(w))
		}
	}
	return out
}
