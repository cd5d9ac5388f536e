package kit

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/line"
)

// KeyRow is one API key: the same row wherever the keys of one account are listed.
type KeyRow struct {
	ID, Name string
	Hint     string // the end of its text
	Status   Pill
	Soon     *Pill // that it ends soon; nil otherwise
	Allows   []string
	Many     string   // how many those are, where they are many; "" otherwise
	Nothing  string   // what it is good for that allows nothing
	From     []string // where it works from; none for anywhere
	Made     Moment
	Expires  string
	Used     *Moment // nil for never
	Place    *Place
	IP       string
	Former   string  // until when the text before works, "" for no more
	Replace  *Anchor // nil for who may not, and for one that is over
	Revoke   *ConfirmView
}

// soon is how long before its end a key is marked.
const soon = 14 * 24 * time.Hour

// shownPermissions is how many permissions a row has room for.
const shownPermissions = 6

// ViewKey shows a key.
func ViewKey(s Speaker, k sallyport.APIKey) KeyRow {
	r := KeyRow{
		ID: k.ID, Name: k.Name, Hint: k.Hint, Status: s.KeyPill(k.Status(s.Now)), Allows: s.PermissionNames(k.Permissions), Nothing: s.T("apiKeys.allowsNothing"),
		From: networkTexts(k.Networks), Made: s.Moment("apiKeys.made", k.CreatedAt), Expires: s.T("apiKeys.neverEnds"),
	}
	if n := len(r.Allows); n > shownPermissions {
		r.Many = s.N("apiKeys.allowsMany", n)
	}
	active := k.Status(s.Now) == sallyport.KeyActive
	switch {
	case k.ExpiresAt.IsZero():
	case active:
		r.Expires = s.T("apiKeys.ends", "Date", s.Date(k.ExpiresAt, s.Zone))
		if k.ExpiresAt.Sub(s.Now) < soon {
			r.Soon = &Pill{Tone: "warn", Icon: "clock", Text: s.T("apiKeys.soon")}
		}
	default:
		r.Expires = s.T("apiKeys.ended", "Date", s.Date(k.ExpiresAt, s.Zone))
	}
	if r.Used = s.Since("apiKeys.used", k.UsedAt); r.Used != nil {
		place := s.PlaceAt(k.UsedLocation, k.UsedIP)
		r.Place, r.IP = &place, AddressText(k.UsedIP)
	}
	if active && s.Now.Before(k.FormerEndsAt) {
		r.Former = s.Former(k.FormerEndsAt)
	}
	return r
}

// keyPills is the table of statuses of keys: how each looks.
var keyPills = map[sallyport.APIKeyStatus]Pill{
	sallyport.KeyActive:  {Tone: "good", Icon: "circle-check"},
	sallyport.KeyExpired: {Tone: "plain", Icon: "clock"},
	sallyport.KeyRevoked: {Tone: "bad", Icon: "ban"},
}

// KeyPill is the status of a key in words.
func (s Speaker) KeyPill(of sallyport.APIKeyStatus) Pill {
	p := keyPills[of]
	p.Text = s.T("keyStatus." + string(of))
	return p
}

// PermissionNames are permissions in words, in the order of their table: in English where the
// language leaves them out.
func (s Speaker) PermissionNames(granted sallyport.Permissions) []string {
	var out []string
	for _, r := range access.Permissions {
		if granted.Has(string(r.Permission)) {
			out = append(out, s.Complete().T("permission."+string(r.Permission)))
		}
	}
	return out
}

// networkTexts writes networks as people read them: an address without the length of its prefix.
func networkTexts(networks []netip.Prefix) []string {
	out := make([]string, len(networks))
	for i, n := range networks {
		if out[i] = n.String(); n.IsSingleIP() {
			out[i] = n.Addr().String()
		}
	}
	return out
}

// KeyFields are the fields of a new key, as [Form.Keeps] has them.
var KeyFields = []string{"name", "permissions", "expiresAt", "networks"}

// keyTimes are how long a new key can work, in days; 0 for ever.
var keyTimes = []struct {
	days  int
	words string
}{{30, "apiKeys.month"}, {90, "apiKeys.quarter"}, {365, "apiKeys.year"}, {0, "apiKeys.never"}}

// KeyForm asks what a new key is to be. has are the permissions of who makes it: a key has none that
// they lack.
func KeyForm(s Speaker, has []string) *FormView {
	name := TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus, name.Hint = line.MaxLength, true, s.T("apiKeys.nameHint")
	ends := Field{Name: "expiresAt", Label: s.T("apiKeys.expires"), Type: "select", Hint: s.T("apiKeys.expiresHint")}
	for _, one := range keyTimes {
		ends.Options = append(ends.Options, Option{
			Value: strconv.Itoa(one.days), On: one.days == 90,
			Text: s.T(one.words, "Date", s.Date(s.Now.AddDate(0, 0, one.days), s.Zone)),
		})
	}
	networks := Field{Name: "networks", Label: s.T("apiKeys.networks"), Type: "textarea", Rows: 3, Hint: s.T("apiKeys.networksHint"), Optional: true}
	f := &FormView{
		Icon: "key", Wide: true, Title: s.T("apiKeys.newTitle"), Lead: s.T("apiKeys.newLead"), Act: s.T("apiKeys.newAct"),
		Fields: []*Field{&name},
	}
	if len(has) > 0 {
		f.Fields = append(f.Fields, keyPermissions(s, has))
	} else {
		f.Lead = s.T("apiKeys.newLeadNothing")
	}
	f.Fields = append(f.Fields, &ends, &networks)
	return f
}

// keyPermissions asks what a key is to allow.
func keyPermissions(s Speaker, has []string) *Field {
	f := &Field{Name: "permissions", Label: s.T("apiKeys.permissions"), Hint: s.T("apiKeys.permissionsHint"), Type: "checkbox", Optional: true}
	for _, r := range access.Permissions {
		if slices.Contains(has, string(r.Permission)) {
			f.Options = append(f.Options, Option{Value: string(r.Permission), Text: s.Complete().T("permission." + string(r.Permission))})
		}
	}
	return f
}

// KeyInput is what stands in the form of a new key.
func KeyInput(v *Visit) apikey.Input {
	in := apikey.Input{Name: v.Value("name"), Permissions: v.Values("permissions"), Networks: strings.Fields(v.Value("networks")), ExpiresAt: v.Now}
	for _, one := range keyTimes {
		switch v.Value("expiresAt") {
		case "0":
			in.ExpiresAt = time.Time{}
		case strconv.Itoa(one.days):
			in.ExpiresAt = v.Now.AddDate(0, 0, one.days)
		}
	}
	return in
}

// overlapWords are how long a text that is replaced can go on to work.
var overlapWords = map[time.Duration]string{
	0: "apiKeys.overlapNone", time.Hour: "apiKeys.overlapHour", 24 * time.Hour: "apiKeys.overlapDay", 7 * 24 * time.Hour: "apiKeys.overlapWeek",
}

// RotateForm gives a key another text; its page sets where it is.
func RotateForm(s Speaker, k sallyport.APIKey) *FormView {
	return &FormView{
		Icon: "refresh", Title: s.T("apiKeys.replaceTitle", "Name", k.Name), Lead: s.T("apiKeys.replaceLead"),
		Fields: []*Field{RotateField(s)}, Act: s.T("apiKeys.replaceAct"),
	}
}

// RotateField asks how long a text that is replaced goes on to work.
func RotateField(s Speaker) *Field {
	f := &Field{Name: "overlapHours", Label: s.T("apiKeys.overlap"), Type: "radio", Hint: s.T("apiKeys.overlapHint")}
	for _, d := range apikey.Overlaps {
		f.Options = append(f.Options, Option{Value: strconv.Itoa(int(d / time.Hour)), Text: s.T(overlapWords[d]), On: d == 24*time.Hour})
	}
	return f
}

// Overlap is what was chosen there; none of [apikey.Overlaps] where it is not the form.
func Overlap(v *Visit) time.Duration {
	hours, err := strconv.Atoi(v.Value("overlapHours"))
	if err != nil {
		return -1
	}
	return time.Duration(hours) * time.Hour
}

// SecretView shows the text of a key, once.
type SecretView struct {
	Title, Lead string
	Once        *Notice
	Facts       []SecretFact // the text, and what belongs to it
	Use         string       // how it is used
	Example     string
	Former      string // until when the text before works, "" for none
	Back        Anchor
}

// SecretFact is a text to copy.
type SecretFact struct{ ID, Label, Value string }

// ShowSecret shows the text of a key that was just made or replaced. It is part of the answer, because it is
// shown this once.
func (p *Shell) ShowSecret(v *Visit, m apikey.Made, base, back string) error {
	view := ViewSecret(v.Speaker, m, base, back)
	return p.Show(v, http.StatusOK, "key_secret", view.Title, view)
}

// ViewSecret is that page. base is the address of these pages, and back leads to the list of the keys.
func ViewSecret(s Speaker, m apikey.Made, base, back string) *SecretView {
	v := &SecretView{
		Title: s.T("apiKeys.madeTitle", "Name", m.Name), Lead: s.T("apiKeys.madeLead"),
		Once:  s.ShownOnce(),
		Facts: []SecretFact{{"secret", s.T("apiKeys.text"), m.Secret}},
		Use:   s.T("apiKeys.use"), Example: `curl -H "Authorization: Bearer $KEY" ` + base + "/api/v1/session",
		Back: Anchor{Text: s.T("apiKeys.kept"), Path: back},
	}
	if !m.RotatedAt.IsZero() {
		v.Title, v.Lead = s.T("apiKeys.replacedTitle", "Name", m.Name), s.T("apiKeys.replacedLead")
		v.Former = s.Former(m.FormerEndsAt)
	}
	return v
}

// ShownOnce says that a secret is not shown again.
func (s Speaker) ShownOnce() *Notice {
	return &Notice{Tone: "warning", Icon: "alert-triangle", Title: s.T("apiKeys.onceTitle"), Text: s.T("apiKeys.onceText")}
}

// Former says until when a text works that was replaced; zero for no longer.
func (s Speaker) Former(until time.Time) string {
	if until.IsZero() {
		return s.T("apiKeys.formerStopped")
	}
	return s.T("apiKeys.former", "Time", s.Exact(until, s.Zone))
}

// AskRevokeKey asks before a key stops working.
func AskRevokeKey(s Speaker, k sallyport.APIKey, path, back string) *ConfirmView {
	v := &ConfirmView{
		ID: "revoke-" + k.ID, Path: path, Back: back, Icon: "ban",
		Text: s.T("apiKeys.revoke"), Label: s.T("apiKeys.revokeLabel", "Name", k.Name),
		Title: s.T("apiKeys.revokeTitle", "Name", k.Name), Lines: []string{s.T("apiKeys.revokeText")}, Act: s.T("apiKeys.revokeAct"),
	}
	if !k.UsedAt.IsZero() {
		v.Lines = append(v.Lines, s.T("apiKeys.revokeUsed", "Ago", s.Ago(s.Now, k.UsedAt)))
	}
	return v
}
