package agent

import (
	"regexp"
	"strings"
)

// Names are shown to the owner of an account in pages and mails from us, and anybody can
// send any header. So a name is shown only when it stands in a table here or in
// browser.go and system.go, and a model only when it has the shape of a known maker's.

// clients are browsers without a row in products, programs, and crawlers, each spelled as in
// the header or by the library.
var clients = set(
	// Browsers and what stands for one.
	"Chrome", "Safari", "Firefox", "Android Browser", "Android WebView", "iOS WebView", "Android app", "Midori", "Iron", "RockMelt",
	"QtWebEngine", "AlohaBrowser", "Comodo_Dragon", "NCSA_Mosaic", "IBrowse", "NetPositive", "YandexSearch", "YaSearchBrowser",
	"SznProhlizec", "SafariViewService", "Microsoft Edge Update",
	// Applications.
	"Microsoft Office Word", "Microsoft Office Excel", "Microsoft Office PowerPoint", "Microsoft Office OneNote", "Microsoft Office",
	"Outlook", "Notion", "Spark", "Papers", "Binance", "Google-Lens", "HbbTV", "EmbyTheater", "GOGGalaxyClient", "Liferea", "RSSOwl",
	"newsbeuter", "Overcast", "Netvibes", "Dart", "Electron",
	// Programs and libraries.
	"Sallyport", "Sallyport CLI", "curl", "Wget", "git", "node", "axios", "okhttp", "python-requests", "Python-urllib", "python-httpx",
	"aiohttp", "Java", "Apache-HttpClient", "Go-http-client", "PostmanRuntime", "insomnia", "HTTPie", "Datadog Agent", "gobuster", "Darwin",
	// Crawlers.
	"Googlebot", "Googlebot-Mobile", "Googlebot-Image", "AdsBot-Google", "Adsbot", "Mediapartners-Google", "Feedfetcher-Google",
	"Google-InspectionTool", "GoogleOther", "Chrome-Lighthouse", "bingbot", "BingPreview", "Slurp", "DuckDuckBot", "Baiduspider", "YandexBot",
	"Applebot", "Applebot-Extended", "Amazonbot", "Amazonbot-Video", "facebookexternalhit", "facebookcatalog", "meta-externalagent",
	"meta-externalfetcher", "Twitterbot", "LinkedInBot", "Slackbot", "Slackbot-LinkExpanding", "TelegramBot", "Discordbot", "WhatsApp",
	"SkypeUriPreview", "Pinterestbot", "AhrefsBot", "SemrushBot", "MJ12bot", "DotBot", "PetalBot", "SeznamBot", "SeekportBot", "Bytespider",
	"GPTBot", "ChatGPT-User", "OAI-SearchBot", "ClaudeBot", "CCBot", "PerplexityBot", "ia_archiver", "archive.org_bot", "UptimeRobot",
	"StatusCake", "Embedly", "PTST", "Linespider", "coccoc", "OhDear", "ImagesiftBot",
)

// shown are the names that may be shown as a browser.
var shown = func() map[string]bool {
	all := clients
	for _, p := range products {
		all[p.name] = true
	}
	return all
}()

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

// known returns the name when it may be shown, else "".
func known(name string) string {
	if name = strings.TrimSpace(name); shown[name] {
		return name
	}
	return ""
}

// makers are the shapes of models, by maker. What a shape leaves free is a few letters and
// digits in a row: too little for a word or a telephone number.
var makers = []string{
	`iPad|iPhone|iPod touch`,
	// Google
	`Pixel( [2-9]| [1-9][0-9])?a?( XL| Pro| Pro XL| Fold| Pro Fold)?|Pixel (C|Tablet)`,
	`Nexus (4|5|5X|6|6P|7|9|10|One|S)`,
	// Samsung
	`SM-[A-Z][0-9]{3,4}[A-Z]{0,3}[0-9]?|GT-[A-Z][0-9]{4}[A-Z]?|EK-G[CN][0-9]{3}|Galaxy Nexus`,
	`Galaxy (S|A|M|F|Z|Note|Tab)? ?[A-Z]?[0-9]{0,2}( Ultra| Plus| FE| 5G| Fold| Flip){0,2}`,
	// Xiaomi
	`(Redmi|POCO|Mi|MI|Xiaomi)( Note| Pad| Max| Mix| MIX| K| A| F| M| X)? ?[A-Z]?[0-9]{1,2}[A-Z]{0,2}( Pro| Plus| Ultra| Lite| Max| SE| 5G| 4G| NFC){0,3}`,
	`M[12][0-9]{3}[A-Z][0-9]{1,2}[A-Z]{1,3}`,
	// OPPO, realme, OnePlus, vivo, Nothing, Fairphone
	`CPH[0-9]{4}|RMX[0-9]{4}|V[12][0-9]{3}[A-Z]{0,2}|vivo [0-9]{4}|(HD|IN|KB|LE|NE|GM|AC|DN|EB)[0-9]{4}|ONEPLUS A[0-9]{4}|A0[0-9]{2}|FP[2-6]|P[A-Z]{3}[0-9]{2}`,
	`OnePlus ?(Pad|Nord)?( ?[0-9]{1,2})?T?( Pro| 5G){0,2}|Fairphone [1-6]|Reno ?[0-9]{1,2}( Pro)?`,
	// Huawei and Honor
	`[A-Z]{3}[0-9]?-(AL|AN|L|LX|N|NX|TL|W)[0-9]{1,2}[A-Z]?|(HUAWEI|HONOR) [A-Z]{3}-[A-Z]{1,2}[0-9]{2}`,
	// Motorola, Sony, LG, Nokia, HTC, ASUS
	`XT[0-9]{4}(-[0-9]{1,2})?|[Mm]oto ?[a-zA-Z]?[0-9]{0,3}( play| plus| power| Power| pure| stylus| 5G){0,2}|[Mm]otorola (edge|razr)( [0-9]{2})?( pro| plus| ultra)?`,
	`XQ-[A-Z]{2}[0-9]{2}|[DEFGHIJ][0-9]{4}|SO-[0-9]{2}[A-Z]|SonyEricsson[A-Z]{2}[0-9]{2}[a-z]`,
	`LG-[A-Z]{1,2}[0-9]{3}[A-Za-z]{0,2}|LM-[A-Z][0-9]{3}[A-Z]{0,3}|Nokia [A-Z]?[0-9]{1,2}(\.[0-9])?( Plus| 5G)?|TA-1[0-9]{3}`,
	`HTC[ _](One|Desire|U)([ _](X|XL|M[789]|S|[0-9]{2,3}))?|ASUS_[A-Z]{1,2}[0-9]{2,3}[A-Z]{0,2}|SH-?[A-Z]?[0-9]{2}[A-Z]?`,
	// Lenovo, Amazon
	`Lenovo (TB-?[0-9]?[A-Z]?-?[0-9]{3,4}[A-Z]{1,2}|[AK][0-9]{2,4}[a-z]?[0-9]{0,2})|KF[A-Z]{2,4}|AFT[A-Z]{1,4}|Kindle Fire`,
	// Transsion, ZTE, Cubot, Ulefone, Doogee
	`TECNO[ -][A-Z]{2}[0-9]{1,2}[a-z]?|Infinix X[0-9]{3,4}[A-Z]?|itel [A-Z][0-9]{4}[A-Z]{0,2}|CUBOT[ _][A-Z]?[0-9]{1,3}( Pro)?`,
	`ZTE( Blade| BLADE| Axon)? ?[A-Z]?[0-9]{1,4}[A-Z]{0,2}|Ulefone Armor [0-9]{1,2}[A-Z]?|DOOGEE [A-Z][0-9]{2,3}`,
}

var modelLike = regexp.MustCompile(`^(?:` + strings.Join(makers, "|") + `)$`)

// knownModel returns the model when it has the shape of a known maker's, else "".
func knownModel(model string) string {
	if model = strings.TrimSpace(model); len(model) <= maxWord && modelLike.MatchString(model) {
		return model
	}
	return ""
}
