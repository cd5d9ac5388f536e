package agent

import "strings"

// crawlers are words for automatic programs that read pages, besides names that contain
// bot, spider or crawler.
var crawlers = []string{
	"facebookexternalhit", "facebookcatalog", "meta-externalagent", "slurp", "bingpreview", "mediapartners-google",
	"google-inspectiontool", "googleother", "chrome-lighthouse", "ia_archiver", "whatsapp/", "skypeuripreview",
	"embedly", "uptimerobot", "statuscake", "bytespider", "feedfetcher", "ptst/",
}

// readers are applications of people that write the address of their project into the header, as crawlers do.
var readers = []string{"liferea/", "juice/", "rssowl/", "akregator/", "quiterss/", "newsboat/", "newsbeuter/", "netnewswire", "evolution/", "gpodder/", "rhythmbox/",
	"amarok/", "clementine ", "vlc/", "miranda", "pidgin/", "netsurf/", "konqueror/", "dillo/", "elinks", "links", "lynx/", "w3m/", "claws mail", "thunderbird", "kodi/", "sage/"}

// bot reports whether the header is that of a crawler or of a browser without a screen.
// url is the address in the header, which crawlers give.
func (h header) bot(url string) bool {
	if h.headless() {
		return true
	}
	if url != "" {
		return !h.begins(readers)
	}
	name, _ := h.crawler()
	return name != ""
}

// headless reports whether the header is that of a browser that a program controls.
func (h header) headless() bool { return h.has("headlesschrome/", "phantomjs") }

// crawler returns the name and version of the crawler, such as "Googlebot" and "2.1",
// or "" for none.
func (h header) crawler() (name, version string) {
	for _, word := range strings.FieldsFunc(h.beyondModel(), func(r rune) bool { return strings.ContainsRune(" ;,()", r) }) {
		name, version, _ := strings.Cut(word, "/")
		if isCrawler(strings.ToLower(word)) && !strings.Contains(name, ":") {
			return name, version
		}
	}
	return "", ""
}

// beyondModel returns the header without what an Android header says of its machine: makers call phones "M bot 60".
// Crawlers that look like a phone name themselves elsewhere, or write "compatible" before it.
func (h header) beyondModel() string {
	start := strings.IndexByte(h.text, '(')
	if start < 0 || !h.has("android") || h.has("compatible;") {
		return h.text
	}
	end := strings.Index(h.text[start:], ") ")
	if end < 0 || !strings.Contains(h.low[start:start+end], "android") {
		return h.text
	}
	return h.text[:start] + h.text[start+end+1:]
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
