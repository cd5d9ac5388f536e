package agent

import (
	"strings"

	"github.com/mileusna/useragent"
)

// product is one row: a token that identifies a browser or an application.
type product struct {
	token   string // at the start of a word; what follows is the version
	name    string
	version string // token to take the version from instead; "-" for none
}

// products are tried in order and the first match counts. A product stands before those
// that it imitates: most say Chrome, and Chrome says Safari. Sources: the vendors' pages
// on their User-Agent, and
// https://developer.mozilla.org/docs/Web/HTTP/Browser_detection_using_the_user_agent
var products = []product{
	// Applications with a built-in browser.
	{"FBAV/", "Facebook", ""},
	{"FBAN/", "Facebook", "-"},
	{"FB_IAB/", "Facebook", "-"},
	{"Instagram ", "Instagram", ""},
	{"MicroMessenger/", "WeChat", ""},
	{"BytedanceWebview/", "TikTok", "app_version/"},
	{"musical_ly", "TikTok", "-"},
	{"trill_", "TikTok", "-"},
	{"Snapchat/", "Snapchat", ""},
	{"Pinterest/", "Pinterest", "-"},
	{"LinkedInApp", "LinkedIn", "-"},
	{"Twitter for ", "X", "-"},
	{"TwitterAndroid", "X", "-"},
	{"Line/", "LINE", ""},
	{"KAKAOTALK", "KakaoTalk", ""},
	{"GSA/", "Google app", ""},
	{"Teams/", "Microsoft Teams", ""},
	{"Slack/", "Slack", ""},
	{"Slack_SSB/", "Slack", ""},
	{"Code/", "Visual Studio Code", ""},

	// Browsers that are built on another one.
	{"Edg/", "Edge", ""},
	{"EdgA/", "Edge", ""},
	{"EdgiOS/", "Edge", ""},
	{"Edge/", "Edge", ""},
	{"OPR/", "Opera", ""},
	{"OPiOS/", "Opera", ""},
	{"OPT/", "Opera", ""},
	{"OPX/", "Opera GX", ""},
	{"Opera Mini/", "Opera Mini", ""},
	{"Opera/9.80", "Opera", "Version/"},
	{"Opera/", "Opera", ""},
	{"SamsungBrowser/", "Samsung Internet", ""},
	{"Vivaldi/", "Vivaldi", ""},
	{"Brave/", "Brave", ""},
	{"YaBrowser/", "Yandex Browser", ""},
	{"YaApp_Android/", "Yandex", ""},
	{"YaApp_iOS/", "Yandex", ""},
	{"DuckDuckGo/", "DuckDuckGo", "-"}, // its version is a constant
	{"Ddg/", "DuckDuckGo", ""},
	{"Ecosia", "Ecosia", "-"},
	{"Whale/", "Whale", ""},
	{"UCBrowser/", "UC Browser", ""},
	{"UBrowser/", "UC Browser", ""},
	{"MQQBrowser/", "QQ Browser", ""},
	{"QQBrowser/", "QQ Browser", ""},
	{"MiuiBrowser/", "Mi Browser", ""},
	{"HuaweiBrowser/", "Huawei Browser", ""},
	{"HeyTapBrowser/", "HeyTap Browser", ""},
	{"VivoBrowser/", "Vivo Browser", ""},
	{"Silk/", "Silk", ""},
	{"OculusBrowser/", "Meta Quest Browser", ""},
	{"Puffin/", "Puffin", ""},
	{"Maxthon/", "Maxthon", ""},
	{"Arc/", "Arc", ""},
	{"Focus/", "Firefox", "-"},
	{"Klar/", "Firefox", "-"},
	{"FxiOS/", "Firefox", ""},
	{"SeaMonkey/", "SeaMonkey", ""},
	{"PaleMoon/", "Pale Moon", ""},
	{"Waterfox/", "Waterfox", ""},
	{"Thunderbird/", "Thunderbird", ""},
	{"LibreWolf/", "LibreWolf", ""},
	{"Firefox/", "Firefox", ""},
	{"CriOS/", "Chrome", ""},
	{"Epiphany/", "GNOME Web", ""},
	{"Konqueror/", "Konqueror", ""},
	{"Falkon/", "Falkon", ""},
	{"HeadlessChrome/", "Chrome", ""},
	{"IEMobile/", "Internet Explorer", ""},
	{"Trident/7.0", "Internet Explorer", "rv:"},
	{"MSIE ", "Internet Explorer", ""},
	{"WindowsPowerShell/", "PowerShell", ""},
	{"PowerShell/", "PowerShell", ""},
	{"BB10", "BlackBerry Browser", "Version/"},
	{"BlackBerry", "BlackBerry Browser", "Version/"},
}

// browser returns the name and raw version of the browser or application.
func (h header) browser(parsed useragent.UserAgent, system string) (name, version string) {
	for _, p := range products {
		rest, ok := h.after(p.token)
		switch {
		case !ok:
			continue
		case p.version == "-":
			rest = ""
		case p.version != "":
			rest, _ = h.after(p.version)
		}
		return p.name, rest
	}
	if !h.browserLike() {
		return h.client()
	}
	if name, version := h.crawler(); name != "" {
		return name, version
	}
	return h.engine(parsed, system)
}

// engine names the browsers without a row: plain Chrome, Safari and Firefox, web views,
// and those that only the library knows.
func (h header) engine(parsed useragent.UserAgent, system string) (name, version string) {
	chrome, isChrome := h.after("Chrome/")
	apple := system == "iOS" || system == "iPadOS"
	switch {
	case isChrome && h.has("; wv)"):
		return "Android WebView", chrome
	case apple && h.has("AppleWebKit/") && !h.has("Safari/"):
		return "iOS WebView", ""
	case system == "Android" && !isChrome && h.has("AppleWebKit/"):
		return "Android Browser", ""
	case parsed.Name == useragent.Chrome, isChrome && plain(parsed.Name) == "":
		return "Chrome", chrome
	case parsed.Name == useragent.Safari:
		version, _ = h.after("Version/")
		return "Safari", version
	case parsed.Version != "" && digit(parsed.Version[0]):
		return parsed.Name, parsed.Version
	case isChrome:
		return "Chrome", chrome
	}
	return "", "" // some word, not a product
}

// client names a program that is no browser by the first product in its header:
// "curl/8.5.0", "Sallyport CLI/1.2 (linux)".
func (h header) client() (name, version string) {
	s := string(h)
	if name, version := h.crawler(); name != "" {
		return name, version
	}
	if end := strings.IndexAny(s, "(["); end >= 0 {
		s = s[:end]
	}
	name, version, ok := strings.Cut(s, "/")
	if !ok && strings.Contains(strings.TrimSpace(name), " ") {
		return "", "" // it is a sentence
	}
	switch name {
	case "Dalvik":
		return "Android app", ""
	case "Mozilla", "CFNetwork":
		return "", ""
	}
	return name, version
}
