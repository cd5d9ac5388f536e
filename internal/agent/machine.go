package agent

import (
	"strings"

	"github.com/sallyport/sallyport"
)

// otherMachines are set-top boxes, televisions, consoles, cars and headsets. They are none
// of the three types of machine that a session can have.
var otherMachines = []string{
	"smart-tv", "smarttv", "smart_tv", "smart tv", "android tv", "androidtv", "andr0id", "googletv", "google tv",
	"appletv", "tvos", "watchos", "web0s", "netcast", "hbbtv", "bravia", "viera", "crkey", "roku", "opera tv", "inettvbrowser", " omi/",
	"tesla/", "qtcarbrowser", "oculusbrowser", "oculus quest", "apple watch", "xbox", "playstation", "nintendo", "tv safari",
	"large screen", "sonos/", "ce-html", "smarttvwebos", "kdl-", "dlnadoc", "philipstv", "aoc_tv",
}

// tablets are words that stand outside of the model: of the header's form, and of applications that say on what they run.
var tablets = []string{"tablet;", "tablet)", "tablet ", "opera tablet", "/apad", "playbook", "touchpad/", "silk-accelerated=true"}

// oldPhones are what phones of before Android say of their platform, and oldComputers are systems and forms of
// headers that only desktops have.
var (
	oldPhones = []string{
		"opera mini", "opera mobi", "j2me", "midp", "cldc-", "symbian", "series60", "series40", "wap-browser", "wap_browser", "up.browser", "up.link",
		"au.browser", "obigo", "ucweb", "mre/", "maui", "brew/", "nokia", "teleca", "jasmine/", "windows ce", "palmos", "webos/1", "mobile vr", "docomo/", "kddi-",
	}
	oldComputers = []string{"x11;", "x11)", "inferno)", "syllable", "amigaos", "beos", "haiku", "os/2", "risc os", "; desktop;", "desktop app", "morphos", "dillo/", "wtos/"}
)

// deviceType returns the type of machine, from the header and its system.
func (h header) deviceType(system string) sallyport.DeviceType {
	if h.has(otherMachines...) || strings.HasSuffix(h.low, " tv") {
		return sallyport.DeviceUnknown
	}
	switch system {
	case "iPadOS":
		return sallyport.DeviceTablet
	case "iOS", "Windows Phone", "KaiOS", "Symbian":
		return sallyport.DeviceMobile
	case "Android", "HarmonyOS", "Tizen", "BlackBerry":
		return h.handheld()
	case "Windows", "macOS", "Linux", "ChromeOS", "FreeBSD", "OpenBSD", "NetBSD", "Solaris":
		return h.computer(system)
	}
	switch {
	case h.has(oldPhones...):
		return sallyport.DeviceMobile
	case h.has(oldComputers...):
		return sallyport.DeviceDesktop
	}
	return sallyport.DeviceUnknown
}

// computer returns the type of a machine whose system is that of desktops. A program on Linux is likely to run on
// a server; people do not sign in from a server's Windows or macOS.
func (h header) computer(system string) sallyport.DeviceType {
	switch {
	case h.has("; kf", "kindle", "silk-accelerated=true") || system == "Windows" && h.has("arm; trident") && h.has("touch"):
		return sallyport.DeviceTablet
	case h.has("opera mobi", "opera mini", "mobile safari") && system != "ChromeOS":
		return sallyport.DeviceMobile
	case h.browserLike() || h.has("electron/", "x11") || h.begins(readers) || system != "Linux":
		return sallyport.DeviceDesktop
	}
	return sallyport.DeviceUnknown
}

// handheld returns whether the machine is a phone or a tablet. Browsers on a tablet leave
// out "Mobile"; applications may write it or not.
func (h header) handheld() sallyport.DeviceType {
	m := h.machine()
	switch {
	case m.screen():
		return sallyport.DeviceUnknown
	case m.laptop():
		return sallyport.DeviceDesktop
	case h.has(tablets...), m.tablet():
		return sallyport.DeviceTablet
	case !h.browserLike(), h.has("mobile", "mobi/", "opera mini", "bb10", "blackberry"), m.phone():
		return sallyport.DeviceMobile
	case h.has("gecko"):
		return sallyport.DeviceTablet
	}
	return sallyport.DeviceMobile
}

// model returns the name of the machine: Apple's product, or the model in an Android
// comment, "Pixel 8" in "(Linux; Android 14; Pixel 8 Build/UD1A)".
func (h header) model(system string) string {
	switch system {
	case "iPadOS":
		return "iPad"
	case "iOS":
		if h.has("ipod") {
			return "iPod touch"
		}
		if h.has("iphone") {
			return "iPhone"
		}
	case "Android":
		return h.androidModel()
	}
	return ""
}

// androidModel returns the model as the header spells it.
func (h header) androidModel() string {
	fields := h.comment()
	for len(fields) > 0 && !strings.HasPrefix(lower(fields[0]), "android") && !strings.HasPrefix(lower(fields[0]), "adr ") {
		fields = fields[1:]
	}
	for _, field := range fields {
		low := lower(field)
		if build := strings.Index(low, " build"); build >= 0 {
			field, low = field[:build], low[:build]
		}
		if strings.HasPrefix(low, "samsung ") {
			field, low = field[len("samsung "):], low[len("samsung "):]
		}
		if !noModel[low] && !strings.HasPrefix(low, "android") && !strings.HasPrefix(low, "adr ") && !strings.HasPrefix(low, "rv:") && !locale(field) {
			return field
		}
	}
	return ""
}

// noModel are the other fields of the comment.
var noModel = set("", "k", "u", "wv", "mobile", "tablet", "build", "harmonyos", "arm", "arm_64")

// locale reports whether field is a language tag such as "en-us", which old
// browsers put before the model.
func locale(field string) bool {
	return len(field) == 2 && letter(field[0]) && letter(field[1]) && strings.ToLower(field) == field ||
		len(field) == 5 && (field[2] == '-' || field[2] == '_') && strings.ToLower(field[:2]) == field[:2]
}
