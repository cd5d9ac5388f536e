package agent

import "strings"

// crawlers are words for automatic programs that read pages, besides names that contain
// bot, spider or crawler.
var crawlers = []string{
	"facebookexternalhit", "facebookcatalog", "meta-externalagent", "slurp", "bingpreview", "mediapartners-google",
	"google-inspectiontool", "googleother", "chrome-lighthouse", "ia_archiver", "whatsapp/", "skypeuripreview",
	"embedly", "uptimerobot", "statuscake", "bytespider", "feedfetcher", "ptst/",
}

// bot reports whether the header is that of a crawler or of a browser without a screen.
// url is the address in the header, which crawlers give.
func (h header) bot(url string) bool {
	if url != "" || h.headless() {
		return true
	}
	name, _ := h.crawler()
	return name != ""
}

// headless reports whether the header is that of a browser that a program controls.
func (h header) headless() bool { return h.has("HeadlessChrome/", "PhantomJS") }

// crawler returns the name and version of the crawler, such as "Googlebot" and "2.1",
// or "" for none.
func (h header) crawler() (name, version string) {
	for _, word := range strings.FieldsFunc(string(h), func(r rune) bool { return strings.ContainsRune(" ;,()", r) }) {
		name, version, _ := strings.Cut(word, "/")
		if isCrawler(strings.ToLower(word)) && !strings.Contains(name, ":") {
			return name, version
		}
	}
	return "", ""
}

func isCrawler(word string) bool {
	if strings.Contains(word, "cubot") { // a brand of phones
		return false
	}
	for _, w := range []string{"bot", "spider", "crawler"} {
		// Only at the end of a word: "AdsBot-Google", "bingbot/2.0", not "Botany".
		if i := strings.Index(word, w); i >= 0 && (i+len(w) == len(word) || !letter(word[i+len(w)])) {
			return true
		}
	}
	for _, w := range crawlers {
		if strings.HasPrefix(word, w) {
			return true
		}
	}
	return false
}
