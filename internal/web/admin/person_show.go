package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// personView is Settings > Team > somebody > Security.
type personView struct {
	personHead
	Risks    []riskLine
	Account  []personFact
	Stricter *personPolicy  // nil where no group decides anything
	Factors  *personFactors // nil where the reader may not see them, like the others
	Sessions *personSessions
	Devices  *personDevices
	Attempts *personAttempts
}

// personHead is above every page about somebody.
type personHead struct {
	User   *kit.UserView
	Status kit.Pill
	Facts  []string
	Seen   *kit.Moment // last sign-in
	Tabs   []kit.Tab
	Notice *kit.Notice        // why nothing can be done here
	Acts   []*kit.ConfirmView // the two most likely ones
}

// personFact is one line about an account, with what can be done about it.
type personFact struct {
	Label, Text string
	Time        *kit.Moment
	Names       []kit.Anchor // what it is, where each has a page
	Links       []kit.Anchor
	Acts        []*kit.ConfirmView
}

type personFactors struct {
	Status  kit.Pill
	Facts   []string
	Methods []kit.MethodRow
	Empty   string
	Codes   string
	Acts    []*kit.ConfirmView
	Exempt  *kit.Anchor
	Reset   *kit.Anchor
	History []kit.FormerMethod
}

type personSessions struct {
	Rows  []kit.SessionRow
	Empty string
	More  string
	All   *kit.ConfirmView
}

type personDevices struct {
	Rows  []kit.DeviceRow
	Empty string
}

type personAttempts struct {
	Rows  []kit.EventRow
	Empty string
}

// personShow shows somebody to an admin.
func (p *Pages) personShow(v *kit.Visit) error {
	found, err := p.person(v)
	if err != nil {
		return err
	}
	if found.Service() && has(p.Actor(v), access.APIKeysView) {
		v.Redirect(servicePath(found.ID))
		return nil
	}
	return p.Show(v, http.StatusOK, "person_show", found.Name(), viewPerson(v.Speaker, found))
}

func viewPerson(s kit.Speaker, of person) *personView {
	v := &personView{personHead: viewPersonHead(s, of, personPath(of.ID)), Risks: risksOf(s, of), Account: accountFacts(s, of), Stricter: viewStricter(s, of)}
	if of.reader.sees(access.MFAView) {
		v.Factors = viewFactorsOf(s, of)
	}
	if of.reader.sees(access.SessionsView) {
		v.Sessions, v.Attempts = viewSessionsOf(s, of), viewAttemptsOf(s, of)
	}
	if of.reader.sees(access.DevicesView) {
		v.Devices = viewDevicesOf(s, of)
	}
	return v
}

// viewPersonHead is the head as seen from one of the pages about somebody.
func viewPersonHead(s kit.Speaker, of person, path string) personHead {
	h := personHead{
		User: kit.ViewUser(of.User), Status: s.StatusPill(string(of.Status)), Facts: []string{roleOf(s, of)},
		Seen: s.Since("person.seen", of.LastSignInAt),
		Tabs: []kit.Tab{{Title: s.T("person.security"), Path: personPath(of.ID)}, {Title: s.T("activity.heading"), Path: personPath(of.ID, "activity")}},
	}
	for i := range h.Tabs {
		h.Tabs[i].Current = h.Tabs[i].Path == path
	}
	for _, g := range of.Groups {
		h.Facts = append(h.Facts, g.Name)
	}
	switch {
	case of.reader.self:
		h.Notice = &kit.Notice{Tone: "info", Icon: "info-circle", Title: s.T("person.selfTitle"), Text: s.T("person.selfText"),
			More: &kit.Anchor{Text: s.T("person.selfAct"), Path: kit.HomePath}}
	case of.reader.sees(access.UsersManage) && !of.does(account.NeedManage):
		h.Notice = &kit.Notice{Tone: "info", Icon: "shield-lock", Title: s.T("person.strongerTitle"), Text: s.T("person.strongerText", "Name", of.Name())}
	}
	if of.does(account.NeedLockdownOf) && of.Status == sallyport.UserActive {
		h.Acts = append(h.Acts, confirmLockdown(s, of.User))
	}
	return h
}

// roleOf is what somebody's role is called.
func roleOf(s kit.Speaker, of person) string {
	return roleName(s, of.Role, map[sallyport.Role]string{of.Role: of.RoleName})
}

// offered returns the acts of the table with these words that fit somebody, and that the reader
// may do.
func offered(s kit.Speaker, of person, words ...string) (out []*kit.ConfirmView) {
	for _, name := range words {
		for _, a := range personActs {
			if a.words == name && a.fits(of) && of.does(a.need) {
				out = append(out, a.ask(s, of.User))
			}
		}
	}
	return out
}

func viewSessionsOf(s kit.Speaker, of person) *personSessions {
	v := &personSessions{}
	devices := map[string]device.Device{}
	for _, d := range of.devices {
		devices[d.ID] = d
	}
	for _, one := range of.sessions {
		row := kit.ViewSession(s, one, one.ID == of.reader.actor.SessionID)
		if d, ok := devices[one.DeviceID]; ok {
			if d.Name != "" {
				row.Name, row.What = d.Name, row.Name
			}
			row.Trust = kit.ViewTrust(s, one.ID, d)
			row.Trust.Why = trustBecause(s, d) // the words of the badge are for the owner
		}
		row.Path = sessionsPath + "/" + one.ID
		row.Menu = s.T("person.sessionMenu", "Device", row.Name)
		for _, a := range sessionActs {
			if a.fits(one.EffectiveStatus(s.Now)) && of.does(a.need) {
				row.Acts = append(row.Acts, a.ask(s, of.User, one, personPath(of.ID)))
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if all := offered(s, of, "terminateAll"); len(all) > 0 {
		v.All = all[0]
	}
	if len(v.Rows) == 0 {
		v.Empty = s.T("person.noSessions", "Name", of.Name())
	}
	if of.more {
		v.More = s.T("person.moreSessions")
	}
	return v
}

func viewDevicesOf(s kit.Speaker, of person) *personDevices {
	v := &personDevices{}
	for _, d := range of.devices {
		row := kit.ViewDevice(s, d)
		row.Note, row.Path = deviceNote(s, d), devicesPath+"/"+d.ID // the words of the row are for the owner
		if row.Trust != nil {
			row.Trust.Why = trustBecause(s, d)
		}
		v.Rows = append(v.Rows, row)
	}
	if len(v.Rows) == 0 {
		v.Empty = s.T("person.noDevices", "Name", of.Name())
	}
	return v
}

// deviceNote says who marked a device as compromised, and why; "" for others.
func deviceNote(s kit.Speaker, d device.Device) string {
	id := "person.flagged." + d.CompromisedBy
	if !d.Compromised() || !s.Has(id) {
		return ""
	}
	if d.CompromisedReason == "" {
		return s.T(id)
	}
	return s.T("device.flaggedFor", "Who", s.T(id), "Reason", d.CompromisedReason)
}

func viewAttemptsOf(s kit.Speaker, of person) *personAttempts {
	v := &personAttempts{}
	for _, a := range of.attempts {
		v.Rows = append(v.Rows, viewAttempt(s, a))
	}
	if len(v.Rows) == 0 {
		v.Empty = s.T("person.noAttempts")
	}
	return v
}

// viewAttempt is an attempt to sign in, as the row of what happened.
func viewAttempt(s kit.Speaker, a sallyport.Attempt) kit.EventRow {
	row := kit.EventRow{Icon: "login", Tone: "good", Title: s.T("person.signedIn"), Device: s.Device(a.DeviceInfo), IP: kit.AddressText(a.IPAddress), At: s.Moment("time.plain", a.CreatedAt)}
	if !a.Successful {
		row.Icon, row.Tone, row.Title = "alert-triangle", "warn", s.T("person.failed")
		if id := "reason." + string(a.FailureReason); s.Has(id) {
			row.Title = s.T("event.because", "Event", row.Title, "Reason", s.T(id))
		}
	}
	place := s.PlaceAt(a.Location, a.IPAddress)
	row.Place = &place
	for _, f := range a.Assessment.Findings {
		row.Notes = append(row.Notes, s.Finding(f))
	}
	return row
}
