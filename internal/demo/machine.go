package demo

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/agent"
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
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", false, 0.9},
		{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36", false, 0.8},
	}
	phones = []model{
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", false, 0.4},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", false, 0.4},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", false, 0.4},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", false, 0.35},
		{"Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/114.0 Firefox/114.0", false, 0.3},
		{"Sallyport/1.4.0 (iPhone; iOS 17.5.1; Scale/3.00)", true, 0.5},
		{"Sallyport/1.4.0 (Android 14; Pixel 8)", true, 0.5},
	}
	tablets = []model{
		{"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", false, 0.2},
		{"Mozilla/5.0 (Linux; Android 11; SAMSUNG SM-T875) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/15.0 Chrome/90.0.4430.210 Safari/537.36", false, 0.15},
		{"Mozilla/5.0 (Linux; Android 13; Pixel Tablet) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.5845.92 Safari/537.36", false, 0.15},
	}
	terminals = []model{
		{"Sallyport CLI/1.0.2 (linux; amd64)", true, 0.25},
	}
)

// Machines of the scenes in which it matters which one it is.
var (
	macBook    = desktops[5]
	windowsPC  = desktops[2]
	linuxPC    = desktops[6]
	iPhoneApp  = phones[5]
	iPad       = tablets[0]
	oldAndroid = phones[2]
	script     = model{"python-requests/2.31.0", false, 0}
	headless   = model{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36", false, 0}
	plainCurl  = model{"curl/8.5.0", false, 0}
)

// machine is one machine of one person.
type machine struct {
	model
	info    sallyport.DeviceInfo
	print   sallyport.Fingerprint
	device  *gadget // nil until its first sign-in
	lost    bool
	session *opened // the one its browser holds, nil for none
}

func newMachine(m model) *machine { return &machine{model: m, info: agent.Parse(m.userAgent)} }

// bag returns the machines of a new person.
func (w *world) bag() []*machine {
	bag := []*machine{newMachine(choose(w, desktops))}
	for _, more := range []struct {
		models      []model
		probability float64
	}{{phones, 0.72}, {tablets, 0.16}, {terminals, 0.07}} {
		if w.chance(more.probability) {
			bag = append(bag, newMachine(choose(w, more.models)))
		}
	}
	return bag
}
