package agent

import (
	"strings"

	"github.com/mileusna/useragent"

	"github.com/sallyport/sallyport"
)

// windows maps the kernel version of Windows to its product name. 10.0 is missing, since
// Windows 11 reports it too.
var windows = map[string]string{
	"5.1": "XP", "5.2": "XP", "6.0": "Vista", "6.1": "7", "6.2": "8", "6.3": "8.1",
}

// systems are tried before the library, which mistakes each of them for another system.
var systems = []struct {
	token string // at the start of a word; what follows is the version
	name  string
}{
	{"Windows Phone OS ", "Windows Phone"},
	{"Windows Phone ", "Windows Phone"},
	{"Xbox", "Xbox"},
	{"PlayStation", "PlayStation"},
	{"Nintendo", "Nintendo"},
	{"KAIOS/", "KaiOS"},
	{"Tizen ", "Tizen"},
	{"Tizen/", "Tizen"},
	{"Web0S", "webOS"},
	{"webOS", "webOS"},
	{"AppleTV", "tvOS"},
	{"tvOS ", "tvOS"},
	{"Roku", "Roku OS"},
	{"CrOS ", "ChromeOS"},
	{"OpenHarmony ", "HarmonyOS"},
	{"HarmonyOS", "HarmonyOS"},
	{"BB10", "BlackBerry"},
	{"BlackBerry", "BlackBerry"},
	{"PlayBook", "BlackBerry"},
	{"OpenBSD", "OpenBSD"},
	{"NetBSD", "NetBSD"},
	{"FreeBSD", "FreeBSD"},
	{"iPad", "iPadOS"},
	{"iPadOS ", "iPadOS"},
	{"iPhone", "iOS"},
	{"iPod", "iOS"},
}

// hints are tried after the library, for clients that are not browsers.
var hints = []struct{ token, name string }{
	{"Android", "Android"},
	{"iOS ", "iOS"},
	{"iOS/", "iOS"},
	{"Windows NT ", "Windows"},
	{"windows", "Windows"},
	{"Windows", "Windows"},
	{"macOS ", "macOS"},
	{"macOS/", "macOS"},
	{"Mac OS X ", "macOS"},
	{"Macintosh", "macOS"},
	{"darwin", "macOS"},
	{"Linux", "Linux"},
	{"linux", "Linux"},
}

// system returns the operating system and its raw version.
func (h header) system(parsed useragent.UserAgent) (name, version string) {
	for _, s := range systems {
		rest, ok := h.after(s.token)
		if !ok {
			continue
		}
		switch s.name {
		case "iOS", "iPadOS":
			return s.name, h.appleVersion()
		case "ChromeOS", "Xbox", "webOS", "PlayStation", "BlackBerry":
			return s.name, ""
		}
		return s.name, rest
	}
	switch parsed.OS {
	case useragent.Windows:
		return "Windows", windows[parsed.OSVersion]
	case useragent.MacOS:
		return "macOS", parsed.OSVersion
	case useragent.Android:
		if h.has("Android") { // the library reports something else for Samsung Internet in desktop mode
			return "Android", parsed.OSVersion
		}
	case useragent.Linux:
		return "Linux", ""
	}
	for _, hint := range hints {
		rest, ok := h.after(hint.token)
		if !ok {
			continue
		}
		switch hint.name {
		case "Windows":
			rest = windows[rest]
		case "Linux":
			rest = ""
		case "Android":
			rest = strings.TrimLeft(rest, "/ ")
			if rest == "" {
				rest, _ = h.after("Android ")
			}
		}
		return hint.name, rest
	}
	return "", ""
}

// appleVersion returns the version of iOS or iPadOS in any of the forms that
// browsers and applications use.
func (h header) appleVersion() string {
	for _, token := range []string{"iPhone OS ", "CPU OS ", "iPadOS ", "iOS ", "iOS/"} {
		if rest, ok := h.after(token); ok {
			return rest
		}
	}
	return ""
}

// frozen reports whether the system's version is a constant that the browser sends on
// every system: macOS 10.15.7 (WebKit, Chrome, Firefox), Android 10 without a model
// (Chrome's User-Agent reduction), and iOS 18.6 or 18.7 (WebKit since version 26), unless
// Safari's own version is from that time too.
func (h header) frozen(info sallyport.DeviceInfo) bool {
	v := info.OSVersion
	switch info.OS {
	case "macOS":
		return v == "10.15" || v == "10.15.7"
	case "Android":
		return v == "10" && info.Model == ""
	case "iOS", "iPadOS":
		return h.browserLike() && (strings.HasPrefix(v, "18.6") || strings.HasPrefix(v, "18.7")) && !h.has("Version/18")
	}
	return false
}
