// Package agent reads the User-Agent header: which browser or application,
// which operating system, which kind of machine.
//
//	header -> cut, cleaned -> library -> corrections by table -> parts checked -> DeviceInfo
//
// The result names a session for its owner ("Chrome on macOS") and chooses an idle limit.
// A client can send any header, so no permission may depend on it. The result is shown in
// pages and mails, so names are only those in our tables and models only those with the
// shape of a known maker's: nobody reads text of a stranger in a mail from us.
package agent

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"

	"github.com/sallyport/sallyport"
)

// maxInput is how many bytes of the header are read. Sessions store as many.
const maxInput = 512

// Parse returns what a User-Agent header says. It never fails: parts that are not known are empty,
// and an unknown type is [sallyport.DeviceUnknown]. Versions that browsers have frozen
// (Windows 10.0, macOS 10.15.7, Android 10, ChromeOS) are left out, since they do not say
// what runs. An iPad that asks for desktop pages is reported as a Mac, and Brave as
// Chrome: their headers say so.
func Parse(userAgent string) sallyport.DeviceInfo {
	ua := newHeader(userAgent)
	if ua.text == "" {
		return sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}
	}
	parsed := useragent.Parse(ua.text)
	system, systemVersion := ua.system(parsed)
	browser, browserVersion := ua.browser(parsed, system)
	info := sallyport.DeviceInfo{
		Type:           ua.deviceType(system),
		Browser:        known(browser),
		BrowserVersion: version(browserVersion, 2),
		OS:             plain(system),
		OSVersion:      version(systemVersion, 3),
		Model:          knownModel(ua.model(system)),
		Bot:            ua.bot(parsed.URL),
	}
	if info.Browser == "" {
		info.BrowserVersion = "" // of nothing
	}
	if ua.frozen(info) {
		info.OSVersion = ""
	}
	if info.Bot && !ua.headless() {
		// A crawler only pretends to be a phone.
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

// header is a User-Agent header that tidy has cleaned, and the same with small letters: proxies and
// applications change the case, so everything is compared without it.
type header struct{ text, low string }

func newHeader(userAgent string) header {
	text := tidy(userAgent)
	return header{text, lower(text)}
}

// lower returns s with small ASCII letters. Unlike [strings.ToLower] it keeps every byte in its place.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// has reports whether the header contains one of the texts, which are in small letters.
func (h header) has(texts ...string) bool {
	for _, t := range texts {
		if strings.Contains(h.low, t) {
			return true
		}
	}
	return false
}

// begins reports whether the header begins with one of the texts, which are in small letters.
func (h header) begins(texts []string) bool {
	for _, t := range texts {
		if strings.HasPrefix(h.low, t) {
			return true
		}
	}
	return false
}

// after returns the rest of the token that follows text, as it was written, up to a space or a
// delimiter, and whether text, which is in small letters, occurs at the start of a token: "edge/" does
// not match in "BridgEdge/".
func (h header) after(text string) (string, bool) {
	for from := 0; ; {
		i := strings.Index(h.low[from:], text)
		if i < 0 {
			return "", false
		}
		i += from
		from = i + len(text)
		if i == 0 || !letter(h.low[i-1]) {
			rest := h.text[from:]
			if end := strings.IndexAny(rest, " ;,()[]"); end >= 0 {
				rest = rest[:end]
			}
			return rest, true
		}
	}
}

// comment returns the fields of the first parenthesis, without surrounding space.
func (h header) comment() []string {
	_, rest, _ := strings.Cut(h.text, "(")
	inside, _, _ := strings.Cut(rest, ") ")
	inside = strings.TrimSuffix(inside, ")")
	fields := strings.Split(inside, ";")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// browserLike reports whether the header begins as those of browsers do.
func (h header) browserLike() bool {
	return strings.HasPrefix(h.low, "mozilla/") || strings.HasPrefix(h.low, "opera/")
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
