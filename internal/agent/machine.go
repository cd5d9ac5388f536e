package agent

import (
	"strings"

	"github.com/sallyport/sallyport"
)

// otherMachines are set-top boxes, televisions, consoles, cars and headsets. They are none
// of the three types of machine that a session can have.
var otherMachines = []string{
	"SMART-TV", "SmartTV", "Smart-TV", "SMART_TV", "Smart TV", "Android TV", "AndroidTV", "GoogleTV", "Google TV",
	"AppleTV", "tvOS", "Web0S", "NetCast", "HbbTV", "BRAVIA", "Viera", "MiTV", "MIBOX", "MiBOX", "CrKey", "Roku",
	"; AFT", "Chromecast", "SHIELD", "Tesla/", "QtCarBrowser", "OculusBrowser", "Quest", "Watch", "Xbox",
	"PlayStation", "Nintendo", "TV Safari", "Large Screen",
}

// tablets are words and model numbers of Android tablets. Their applications may write
// "Mobile", although browsers on a tablet leave it out.
var tablets = []string{
	"Tablet;", "Tablet)", "Tablet ", "tablet", "SM-T", "SM-X", "SM-P", "GT-P", "; KF", "Kindle", "Lenovo TB", "; TB-", "; TB3",
	"Nexus 7", "Nexus 9", "Nexus 10", "Pixel C", "Xoom", "MediaPad", "MatePad", "Redmi Pad", "Xiaomi Pad", "Mi Pad", "OnePlus Pad",
	"PlayBook",
}

// deviceType returns the type of machine, from the header and its system.
func (h header) deviceType(system string) sallyport.DeviceType {
	if h.has(otherMachines...) {
		return sallyport.DeviceUnknown
	}
	switch system {
	case "iPadOS":
		return sallyport.DeviceTablet
	case "iOS", "Windows Phone", "KaiOS":
		return sallyport.DeviceMobile
	case "Android", "HarmonyOS", "Tizen", "BlackBerry":
		return h.handheld()
	case "Windows", "macOS", "Linux", "ChromeOS", "FreeBSD", "OpenBSD", "NetBSD":
		switch {
		case h.has("; KF", "Kindle", "Silk-Accelerated=true"):
			return sallyport.DeviceTablet
		case h.has("Opera Mobi", "Opera Mini", "Mobile Safari"):
			return sallyport.DeviceMobile
		case h.browserLike() || h.has("Electron/"):
			return sallyport.DeviceDesktop
		}
		return sallyport.DeviceUnknown // a program, perhaps on a server
	}
	if h.has("Opera Mini", "Opera Mobi", "J2ME", "MIDP", "Symbian") {
		return sallyport.DeviceMobile
	}
	return sallyport.DeviceUnknown
}

// handheld returns whether the machine is a phone or a tablet. Browsers on a tablet leave
// out "Mobile"; applications may write it or not.
func (h header) handheld() sallyport.DeviceType {
	switch {
	case h.has(tablets...):
		return sallyport.DeviceTablet
	case !h.browserLike(), h.has("Mobile", "Mobi/", "Opera Mini", "BB10", "BlackBerry"):
		return sallyport.DeviceMobile
	case h.has("Gecko"):
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
		if h.has("iPod") {
			return "iPod touch"
		}
		if h.has("iPhone") {
			return "iPhone"
		}
	case "Android":
		return h.androidModel()
	}
	return ""
}

func (h header) androidModel() string {
	fields := h.comment()
	for len(fields) > 0 && !strings.HasPrefix(fields[0], "Android") {
		fields = fields[1:]
	}
	for _, field := range fields {
		field, _, _ = strings.Cut(field, " Build")
		field = strings.TrimPrefix(field, "SAMSUNG ")
		switch {
		case strings.HasPrefix(field, "Android"), strings.HasPrefix(field, "rv:"), locale(field):
		case field == "", field == "K", field == "U", field == "wv", field == "Mobile", field == "Tablet", field == "Build":
		default:
			return field
		}
	}
	return ""
}

// locale reports whether field is a language tag such as "en-us", which old
// browsers put before the model.
func locale(field string) bool {
	return len(field) == 2 && letter(field[0]) && letter(field[1]) && strings.ToLower(field) == field ||
		len(field) == 5 && (field[2] == '-' || field[2] == '_') && strings.ToLower(field[:2]) == field[:2]
}
