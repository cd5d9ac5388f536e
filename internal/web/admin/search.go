package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// searchView is what a search found.
type searchView struct {
	Text         string
	Fault        string // why it was not searched for
	Network      *searchNetwork
	People       []*kit.UserView
	Sessions     []searchRow
	Devices      []searchRow
	DevicesTitle string // what is common to them
	More         bool
	Lacks        string
	Empty        kit.EmptyView
}

// searchNetwork leads on from an address or a range.
type searchNetwork struct {
	Title string
	Links []kit.Anchor
}

// searchRow is a session or a device, and whose it is.
type searchRow struct {
	Icon, Name string
	Path       string
	Who        string
	Place      kit.Place
	IP         string
	At         kit.Moment
	Pills      []kit.Pill
}

// search shows what a text leads to.
func (p *Pages) search(v *kit.Visit) error {
	text := strings.TrimSpace(v.R.FormValue("q"))
	view := &searchView{Text: text}
	if text != "" {
		found, err := p.Search.Find(v.R.Context(), p.Actor(v), text)
		var refused *sallyport.Error
		switch {
		case errors.As(err, &refused) && len(refused.Fields) > 0:
			view.Fault = v.Rule(refused.Fields[0])
		case err != nil:
			return err
		default:
			view = viewFound(v.Speaker, p.Actor(v), text, found)
		}
	} else if err := search.NeedView.ToLook(p.Actor(v)); err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "search_show", v.T("search.heading"), view)
}

func viewFound(s kit.Speaker, actor sallyport.Actor, text string, found search.Found) *searchView {
	v := &searchView{Text: text, More: found.More, Lacks: lacking(s, found.Lacks), DevicesTitle: s.T("search.devices")}
	if found.Kind == search.Network {
		v.DevicesTitle = s.T("search.devicesLastThere")
	}
	if n := viewNetwork(s, actor, text, found); len(n.Links) > 0 {
		v.Network = n
	}
	for _, u := range found.People {
		row := kit.ViewUser(u)
		row.Path = personPath(u.ID)
		v.People = append(v.People, row)
	}
	for _, one := range found.Sessions {
		row := searchRow{
			Icon: kit.DeviceIcon(one.DeviceInfo.Type), Name: s.Device(one.DeviceInfo), Path: sessionsPath + "/" + one.ID, Who: found.Owners[one.UserID].Name(),
			Place: s.PlaceAt(one.Location, one.IPAddress), IP: kit.AddressText(one.IPAddress), At: s.Moment("session.started", one.CreatedAt),
		}
		if status := one.EffectiveStatus(s.Now); status != sallyport.SessionActive {
			row.Pills = append(row.Pills, s.StatusPill(string(status)))
		}
		v.Sessions = append(v.Sessions, row)
	}
	for _, d := range found.Devices {
		device := kit.ViewDevice(s, d)
		v.Devices = append(v.Devices, searchRow{
			Icon: device.Icon, Name: device.Name, Path: devicesPath + "/" + d.ID, Who: found.Owners[d.UserID].Name(), Place: device.Place, IP: kit.AddressText(d.LastIP),
			At: device.Used, Pills: device.Pills,
		})
	}
	v.Empty = kit.EmptyView{Icon: "search", Title: s.T("search.noneTitle"), Text: s.T("search.noneText")}
	if found.Kind == search.Network {
		v.Empty.Title, v.Empty.Text = s.T("search.nobodyThereTitle"), s.T("search.nobodyThereText")
	}
	return v
}

// viewNetwork says where to go on from a network.
func viewNetwork(s kit.Speaker, actor sallyport.Actor, text string, found search.Found) *searchNetwork {
	n := &searchNetwork{Title: networkText(found.Network)}
	if found.Kind != search.Network {
		return n
	}
	of := url.Values{"ip": {n.Title}}
	if has(actor, access.SessionsView) {
		n.Links = append(n.Links, kit.Anchor{Text: s.T("search.timeline"), Path: kit.WithQuery(timelinePath, of)},
			kit.Anchor{Text: s.T("search.sessionsThere"), Path: kit.WithQuery(sessionsPath, of)},
			kit.Anchor{Text: s.T("search.attemptsThere"), Path: kit.WithQuery(attemptsPath, of)})
	}
	if has(actor, access.DevicesView) {
		n.Links = append(n.Links, kit.Anchor{Text: s.T("search.devicesThere"), Path: kit.WithQuery(devicesPath, of)})
	}
	if has(actor, access.SessionsTerminate) {
		n.Links = append(n.Links, kit.Anchor{Text: s.T("blocks.act"), Path: blockNew(n.Title, kit.WithQuery(kit.SearchPath, url.Values{"q": {text}}))})
	}
	return n
}
