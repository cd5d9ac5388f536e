package agent

import "strings"

// crawlers are words of programs that read pages for nobody in particular,
// beside everything that calls itself a bot, a spider or a crawler.
var crawlers = []string{
	"facebookexternalhit", "facebookcatalog", "meta-externalagent", "slurp", "bingpreview", "mediapartners-google",
	"google-inspectiontool", "googleother", "chrome-lighthouse", "ia_archiver", "whatsapp/", "skypeuripreview",
	"embedly", "uptimerobot", "statuscake", "bytespider", "feedfetcher", "ptst/",
}

// bot reports whether it says that it is a crawler or a browser without a
// screen; url is the address it gives for itself, as crawlers do.
func (h header) bot(url string) bool {
	if url != "" || h.headless() {
		return true
	}
	name, _ := h.crawler()
	return name != ""
}

// headless reports whether a real browser says that a program drives it.
func (h header) headless() bool { return h.has("HeadlessChrome/", "PhantomJS") }

// crawler returns the product that calls itself one, "Googlebot" and "2.1", or
// nothing.
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
	if strings.Contains(word, "cubot") { // a maker of telephones
		return false
	}
	for _, w := range []string{"bot", "spider", "crawler"} {
		// At the end of a name: "AdsBot-Google", "bingbot/2.0", not "Botany".
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
