package demo

import (
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/agent"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/signin"
)

// model is a kind of machine with a browser or application on it.
type model struct {
	userAgent string
	native    bool    // an application, which gets tokens instead of cookies
	daily     float64 // probability that its owner uses it on a day they work
}

// desktops come first in everybody's bag, the others by chance.
var (
	desktops = []model{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", false, 0.93},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", false, 0.93},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", false, 0.93},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", false, 0.9},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", false, 0.93},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", false, 0.9},
		{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", false, 0.9},
		{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36", false, 0.8},
	}
	phones = []model{
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", false, 0.4},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", false, 0.4},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", false, 0.4},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", false, 0.35},
		{"Sallyport/1.4.0 (iPhone; iOS 17.5.1; Scale/3.00)", true, 0.5},
		{"Sallyport/1.4.0 (Android 14; Pixel 8)", true, 0.5},
	}
	tablets = []model{
		{"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", false, 0.04},
		{"Mozilla/5.0 (Linux; Android 11; SAMSUNG SM-T875) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/15.0 Chrome/90.0.4430.210 Safari/537.36", false, 0.04},
		{"Mozilla/5.0 (Linux; Android 13; Pixel Tablet) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.5845.92 Safari/537.36", false, 0.04},
	}
	terminals = []model{
		{"Sallyport CLI/1.0.2 (linux; amd64)", true, 0.25},
	}
)

// Machines of the scenes in which it matters which one it is.
var (
	macBook   = desktops[5]
	windowsPC = desktops[2]
	linuxPC   = desktops[6]
	android   = phones[2]
	iPhoneApp = phones[4]
	iPad      = tablets[0]
	script    = model{"python-requests/2.31.0", false, 0}
	headless  = model{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36", false, 0}
)

// machine is one machine, with what its browser or application keeps.
type machine struct {
	model
	of      *person
	from    signin.From // with the credentials of its devices and the token of its session
	session string      // id of the session
	refresh string      // refresh token of an app; "" in a browser
	device  string      // id of the device
	doubt   int         // score of the last sign-in
	away    bool        // lost, or blocked: nobody uses it
}

// machine returns a new machine for a person.
func (w *world) machine(p *person, m model) *machine {
	out := &machine{model: m, of: p, from: signin.From{Native: m.native, AsksTrust: true}}
	out.from.Client = sallyport.Client{
		UserAgent: m.userAgent, Info: agent.Parse(m.userAgent),
		Language: message.Offered(p.site.language), TimeZone: p.site.place.TimeZone,
	}
	if !m.native {
		out.from.Fingerprint = w.fingerprint(p, out.from.Client.Info, m.userAgent)
	}
	return out
}

// at moves the machine to an address of a network.
func (w *world) at(m *machine, n network) *machine {
	m.from.TenantID = w.tenantID
	m.from.Client.IPAddress, m.from.Client.Location = w.address(n.prefix), n.place
	if n.prefix == m.of.home.prefix {
		m.from.Client.IPAddress = m.of.homeIP
	}
	return m
}

// keep stores what a browser keeps of a sign-in.
func (m *machine) keep(r signin.Result) {
	m.from.Session, m.refresh, m.session, m.doubt = r.SessionToken, r.RefreshToken, r.Session.ID, r.Session.Assessment.Score
	if r.Session.DeviceID != "" {
		m.device = r.Session.DeviceID
	}
	if r.DeviceToken != "" {
		m.from.Devices = append(slices.DeleteFunc(m.from.Devices, func(c string) bool { return c == r.FormerDeviceToken }), r.DeviceToken)
	}
}

// forget clears the machine's cookies.
func (m *machine) forget() { m.from.Session, m.session, m.from.Devices, m.device = "", "", nil, "" }

// bag returns the machines of a new person.
func (w *world) bag(p *person) []*machine {
	bag := []*machine{w.machine(p, choose(w, desktops))}
	for _, more := range []struct {
		models      []model
		probability float64
	}{{phones, 0.72}, {tablets, 0.16}, {terminals, p.department.terminals}} {
		if w.chance(more.probability) {
			bag = append(bag, w.machine(p, choose(w, more.models)))
		}
	}
	return bag
}

// platforms is what browsers say of the system they are on.
var platforms = map[string]string{"Windows": "Win32", "macOS": "MacIntel", "iPadOS": "MacIntel", "iOS": "iPhone"}

var screens = map[sallyport.DeviceType][]string{
	sallyport.DeviceMobile:  {"390x844", "393x852", "412x915"},
	sallyport.DeviceTablet:  {"820x1180", "1024x1366"},
	sallyport.DeviceDesktop: {"1920x1080", "2560x1440", "1512x982", "3840x2160"},
}

// fingerprint is what a browser says of its machine. Scripts say nothing.
func (w *world) fingerprint(p *person, info sallyport.DeviceInfo, userAgent string) sallyport.Fingerprint {
	if info.Bot || info.OS == "" {
		return sallyport.Fingerprint{}
	}
	f := sallyport.Fingerprint{
		UserAgent: userAgent, Timezone: p.site.place.TimeZone, Language: p.site.language, Platform: platforms[info.OS],
		HardwareConcurrency: choose(w, []int{4, 8, 8, 12, 16}), ScreenResolution: choose(w, screens[info.Type]),
		TouchSupport: info.Type != sallyport.DeviceDesktop,
	}
	if f.Platform == "" {
		f.Platform = "Linux x86_64"
	}
	if info.Browser == "Chrome" || info.Browser == "Edge" {
		f.DeviceMemory = 8
	}
	return f
}
