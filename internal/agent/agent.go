// Package agent reads the User-Agent header: which browser or application,
// which operating system, which kind of machine.
//
//	header -> cut, cleaned -> library -> corrections by table -> parts checked -> DeviceInfo
//
// The answer names a session to its owner ("Chrome on macOS") and chooses an
// idle limit. The header is the client's own claim and free to forge: no
// permission may hang on it, and what it says is shown in pages and mails, so
// every part that leaves here is short, plain text that cannot pass for a
// link or a sentence.
package agent

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"

	"github.com/sallyport/sallyport"
)

// maxInput is how much of the header is read, in bytes; sessions keep as much.
const maxInput = 512

// Parse returns what a User-Agent header says. It never fails: what cannot be
// told is empty, and the type is then [sallyport.DeviceUnknown]. Versions that
// browsers have frozen (Windows 10.0, macOS 10.15.7, Android 10, ChromeOS) are
// left out, because they say nothing. An iPad that asks for desktop pages says
// it is a Mac, and Brave says it is Chrome; both are believed.
func Parse(userAgent string) sallyport.DeviceInfo {
	ua := header(tidy(userAgent))
	if ua == "" {
		return sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}
	}
	parsed := useragent.Parse(string(ua))
	system, systemVersion := ua.system(parsed)
	browser, browserVersion := ua.browser(parsed, system)
	info := sallyport.DeviceInfo{
		Type:           ua.deviceType(system),
		Browser:        plain(browser),
		BrowserVersion: version(browserVersion, 2),
		OS:             plain(system),
		OSVersion:      version(systemVersion, 3),
		Model:          plain(ua.model(system)),
		Bot:            ua.bot(parsed.URL),
	}
	if ua.frozen(info) {
		info.OSVersion = ""
	}
	if info.Bot && !ua.headless() {
		// A crawler's phone is a costume.
		return sallyport.DeviceInfo{
			Type: sallyport.DeviceUnknown, Browser: info.Browser, BrowserVersion: info.BrowserVersion, Bot: true,
		}
	}
	return info
}

// tidy returns at most maxInput bytes of s, valid UTF-8 without control
// characters or space around it.
func tidy(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxInput)], "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// header is a tidied User-Agent.
type header string

// has reports whether any of the texts occurs, in this case.
func (h header) has(texts ...string) bool {
	for _, t := range texts {
		if strings.Contains(string(h), t) {
			return true
		}
	}
	return false
}

// after returns the rest of the token that follows text, up to a space or a
// delimiter, and whether text occurs at the start of a token: "Edge/" does not
// match in "BridgEdge/".
func (h header) after(text string) (string, bool) {
	s := string(h)
	for from := 0; ; {
		i := strings.Index(s[from:], text)
		if i < 0 {
			return "", false
		}
		i += from
		from = i + len(text)
		if i == 0 || !letter(s[i-1]) {
			rest := s[from:]
			if end := strings.IndexAny(rest, " ;,()[]"); end >= 0 {
				rest = rest[:end]
			}
			return rest, true
		}
	}
}

// comment returns the fields of the first parenthesis, trimmed.
func (h header) comment() []string {
	_, rest, _ := strings.Cut(string(h), "(")
	inside, _, _ := strings.Cut(rest, ") ")
	inside = strings.TrimSuffix(inside, ")")
	fields := strings.Split(inside, ";")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// browserLike reports whether it has the shape every browser has.
func (h header) browserLike() bool {
	return strings.HasPrefix(string(h), "Mozilla/") || strings.HasPrefix(string(h), "Opera/")
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
