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
	{"fbav/", "Facebook", ""},
	{"fban/", "Facebook", "-"},
	{"fb_iab/", "Facebook", "-"},
	{"instagram ", "Instagram", ""},
	{"micromessenger/", "WeChat", ""},
	{"bytedancewebview/", "TikTok", "app_version/"},
	{"musical_ly", "TikTok", "-"},
	{"trill_", "TikTok", "-"},
	{"snapchat/", "Snapchat", ""},
	{"pinterest/", "Pinterest", "-"},
	{"linkedinapp", "LinkedIn", "-"},
	{"twitter for ", "X", "-"},
	{"twitterandroid", "X", "-"},
	{"line/", "LINE", ""},
	{"kakaotalk", "KakaoTalk", ""},
	{"gsa/", "Google app", ""},
	{"teams/", "Microsoft Teams", ""},
	{"slack/", "Slack", ""},
	{"slack_ssb/", "Slack", ""},
	{"code/", "Visual Studio Code", ""},

	// Browsers that are built on another one.
	{"edg/", "Edge", ""},
	{"edga/", "Edge", ""},
	{"edgios/", "Edge", ""},
	{"edge/", "Edge", ""},
	{"opr/", "Opera", ""},
	{"opios/", "Opera", ""},
	{"opt/", "Opera", ""},
	{"opx/", "Opera GX", ""},
	{"opera mini/", "Opera Mini", ""},
	{"opera/9.80", "Opera", "version/"},
	{"opera/", "Opera", ""},
	{"samsungbrowser/", "Samsung Internet", ""},
	{"vivaldi/", "Vivaldi", ""},
	{"brave/", "Brave", ""},
	{"yabrowser/", "Yandex Browser", ""},
	{"yaapp_android/", "Yandex", ""},
	{"yaapp_ios/", "Yandex", ""},
	{"duckduckgo/", "DuckDuckGo", "-"}, // its version is a constant
	{"ddg/", "DuckDuckGo", ""},
	{"ecosia", "Ecosia", "-"},
	{"whale/", "Whale", ""},
	{"ucbrowser/", "UC Browser", ""},
	{"ubrowser/", "UC Browser", ""},
	{"mqqbrowser/", "QQ Browser", ""},
	{"qqbrowser/", "QQ Browser", ""},
	{"miuibrowser/", "Mi Browser", ""},
	{"huaweibrowser/", "Huawei Browser", ""},
	{"heytapbrowser/", "HeyTap Browser", ""},
	{"vivobrowser/", "Vivo Browser", ""},
	{"silk/", "Silk", ""},
	{"oculusbrowser/", "Meta Quest Browser", ""},
	{"puffin/", "Puffin", ""},
	{"maxthon/", "Maxthon", ""},
	{"arc/", "Arc", ""},
	{"focus/", "Firefox", "-"},
	{"klar/", "Firefox", "-"},
	{"fxios/", "Firefox", ""},
	{"seamonkey/", "SeaMonkey", ""},
	{"palemoon/", "Pale Moon", ""},
	{"waterfox/", "Waterfox", ""},
	{"thunderbird/", "Thunderbird", ""},
	{"librewolf/", "LibreWolf", ""},
	{"firefox/", "Firefox", ""},
	{"crios/", "Chrome", ""},
	{"epiphany/", "GNOME Web", ""},
	{"konqueror/", "Konqueror", ""},
	{"falkon/", "Falkon", ""},
	{"headlesschrome/", "Chrome", ""},
	{"iemobile/", "Internet Explorer", ""},
	{"trident/7.0", "Internet Explorer", "rv:"},
	{"msie ", "Internet Explorer", ""},
	{"windowspowershell/", "PowerShell", ""},
	{"powershell/", "PowerShell", ""},
	{"bb10", "BlackBerry Browser", "version/"},
	{"blackberry", "BlackBerry Browser", "version/"},
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
	chrome, isChrome := h.after("chrome/")
	apple := system == "iOS" || system == "iPadOS"
	switch {
	case isChrome && h.has("; wv)"):
		return "Android WebView", chrome
	case apple && h.has("applewebkit/") && !h.has("safari/"):
		return "iOS WebView", ""
	case system == "Android" && !isChrome && h.has("applewebkit/"):
		return "Android Browser", ""
	case parsed.Name == useragent.Chrome, isChrome && known(parsed.Name) == "":
		return "Chrome", chrome
	case parsed.Name == useragent.Safari, known(parsed.Name) == "" && h.has("version/") && h.has("safari/"):
		version, _ = h.after("version/")
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
	s := h.text
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
