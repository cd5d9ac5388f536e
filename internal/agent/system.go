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
	{"windows phone os ", "Windows Phone"},
	{"windows phone ", "Windows Phone"},
	{"xbox", "Xbox"},
	{"playstation", "PlayStation"},
	{"nintendo", "Nintendo"},
	{"kaios/", "KaiOS"},
	{"tizen ", "Tizen"},
	{"tizen/", "Tizen"},
	{"web0s", "webOS"},
	{"webos", "webOS"},
	{"appletv", "tvOS"},
	{"tvos ", "tvOS"},
	{"watchos", "watchOS"},
	{"roku", "Roku OS"},
	{"cros ", "ChromeOS"},
	{"openharmony ", "HarmonyOS"},
	{"harmonyos", "HarmonyOS"},
	{"bb10", "BlackBerry"},
	{"blackberry", "BlackBerry"},
	{"playbook", "BlackBerry"},
	{"openbsd", "OpenBSD"},
	{"netbsd", "NetBSD"},
	{"freebsd", "FreeBSD"},
	{"ipad", "iPadOS"},
	{"ipados ", "iPadOS"},
	{"iphone", "iOS"},
	{"ipod", "iOS"},
}

// hints are tried after the library, for clients that are not browsers.
var hints = []struct{ token, name string }{
	{"android", "Android"},
	{"ios ", "iOS"},
	{"ios/", "iOS"},
	{"adr ", "Android"}, // UC Browser's short form
	{"windows nt ", "Windows"},
	{"windows", "Windows"},
	{"win10", "Windows"},
	{"win7", "Windows"},
	{"win9", "Windows"},
	{"winhttp", "Windows"},
	{"macos ", "macOS"},
	{"macos/", "macOS"},
	{"mac os x ", "macOS"},
	{"mac os/", "macOS"},
	{"mac os ", "macOS"},
	{"macintosh", "macOS"},
	{"mac_", "macOS"},
	{"macintel", "macOS"},
	{"osx", "macOS"},
	{"os x", "macOS"},
	{"darwin", "macOS"},
	{"linux", "Linux"},
	{"ubuntu", "Linux"},
	{"debian", "Linux"},
	{"fedora", "Linux"},
	{"red hat", "Linux"},
	{"sunos", "Solaris"},
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
	if name := h.appleSystem(); name != "" {
		return name, ""
	}
	if h.has("android") && h.has("chromebook", "chromebox", "pixelbook") {
		return "ChromeOS", "" // it runs Android applications, which tell Android's version
	}
	switch parsed.OS {
	case useragent.Windows:
		return "Windows", windows[parsed.OSVersion]
	case useragent.MacOS:
		return "macOS", parsed.OSVersion
	case useragent.Android:
		if h.has("android") { // the library reports something else for Samsung Internet in desktop mode
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
				rest, _ = h.after("android ")
			}
		}
		return hint.name, rest
	}
	return "", ""
}

// appleSystem returns the system of an Apple application without a web page, which sends
// "Bear/5702 CFNetwork/811.8 Darwin/16.7.0", and behind it a Mac's processor or model. Without those it is a phone's.
// Darwin's version is that of the kernel and not of the system.
func (h header) appleSystem() string {
	switch {
	case !h.has("cfnetwork/") || !h.has("darwin/"):
		return ""
	case h.has("(x86_64)", "(i386)", "(arm64)", "(power%20macintosh)", "(power macintosh)", "macbook", "imac", "macmini", "macpro", "powerbook", "powermac", "(mac"):
		return "macOS"
	}
	return "iOS"
}

// appleVersion returns the version of iOS or iPadOS in any of the forms that
// browsers and applications use.
func (h header) appleVersion() string {
	for _, token := range []string{"iphone os ", "cpu os ", "ipados ", "ios ", "ios/"} {
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
		return h.browserLike() && (strings.HasPrefix(v, "18.6") || strings.HasPrefix(v, "18.7")) && !h.has("version/18")
	}
	return false
}
