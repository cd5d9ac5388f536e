package agent

import (
	"regexp"
	"strings"
)

// machine is the part of an Android header that names the machine, in small letters: "pixel 8" of
// "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A) …". Makers write into it what they like, so it is read by
// whole words and by the shapes of model numbers, and never searched for pieces of words.
type machine struct {
	name  string
	words []string
}

// maxMachine is how many bytes of a machine's name are read: more than any maker writes.
const maxMachine = 64

// machine returns the part of the header that names the machine.
func (h header) machine() machine {
	name := lower(h.androidModel())
	name = name[:min(len(name), maxMachine)]
	return machine{name, words(name)}
}

// words splits a model where letters, digits and signs meet: "armor_7 tab" is "armor", "7", "tab". A dot between
// digits is part of a number, as in "10.1".
func words(name string) []string {
	var all []string
	for i := 0; i < len(name); {
		end := i
		switch {
		case letter(name[i]):
			for end < len(name) && letter(name[end]) {
				end++
			}
		case digit(name[i]):
			for end < len(name) && (digit(name[end]) || name[end] == '.' && end+1 < len(name) && digit(name[end+1])) {
				end++
			}
		default:
			i++
			continue
		}
		all = append(all, name[i:end])
		i = end
	}
	return all
}

// has reports whether one of the texts is a word of the machine's name.
func (m machine) has(in map[string]bool) bool {
	for _, w := range m.words {
		if in[w] {
			return true
		}
	}
	return false
}

// ends reports whether a word of the machine's name ends with one of the texts and is none of those that only
// look like it.
func (m machine) ends(with []string, but map[string]bool) bool {
	for _, w := range m.words {
		for _, end := range with {
			if strings.HasSuffix(w, end) && !but[w] {
				return true
			}
		}
	}
	return false
}

// laptop reports whether the machine is a laptop or desktop that runs Android, or Android applications.
func (m machine) laptop() bool { return m.has(laptopWords) }

var laptopWords = set("elitebook", "probook", "inspiron", "latitude", "thinkpad", "ideapad", "travelmate", "virtualbox", "vmware",
	"vostro", "precision", "optiplex", "thinkcentre", "vivobook", "zenbook", "macbookpro", "macbookair", "imac")

// screen reports whether the machine is a television, a box beside one, a projector, a game console, a watch, or
// a car's or another fixed screen.
func (m machine) screen() bool {
	return m.has(screenWords) || m.ends([]string{"tv", "box"}, notScreens) || screenLike.MatchString(m.name)
}

var (
	screenWords = set("tvbox", "bravia", "stb", "ott", "iptv", "dvb", "uhd", "fhdtv", "chromecast", "stick", "firetv", "projector",
		"aft", "mitv", "mibox", "shield", "googletv", "smarttv", "streamer", "beyondtv", "watch", "wear", "kiosk",
		"retroid", "gpd", "ayn", "odin", "ouya", "playstation", "oculus", "gamepad", "jxd", "walkman",
		"portal", "portalgo", "zenwatch", "dilink", "carplay", "interactive", "mxq", "photon", "viera", "aquostv", "hdmi", "sonos")

	// notScreens are phones that receive television, and series whose letters only happen to end so.
	notScreens = set("dtv", "htv", "btv", "bntv", "stv", "cinematv", "xbox", "turbox", "runbox", "ebestv", "iocean")

	// screenLike are shapes: the size of a television in inches before its series ("43PUS6754", "32H600GR"), Amazon's
	// boxes (AFT and letters), Samsung's watches, boxes named by their chip, and Sony's players.
	screenLike = regexp.MustCompile(`^(?:2[248]|32|39|4[023589]|5[0458]|6[05]|7[057]|8[256]|98)[ -]?[a-z]{1,4}[0-9]{2,4}|` +
		`\b[0-9]{2}tv\b|^aft[a-z]+\b|^(?:samsung )?sm-r[0-9]{3}|^nw-[az][0-9]|\b[468]k\b|^(?:quad|octa)-core [rtp][a-z]?[0-9]|` +
		`^x?[hmtrs](?:9[0-9]|10)x?[- ]?(?:pro|max|mini|plus|k\+?|z\+?)?[- ]?(?:max|plus|pro)?\b.*\b(?:tv|box|4k)`)
)

// phone reports whether the name has the shape of a known maker's phones. It counts where the header does not say
// "Mobile", as when a phone asks for the pages of a desktop.
func (m machine) phone() bool { return phoneLike.MatchString(m.name) }

var phoneLike = regexp.MustCompile(`^(?:samsung )?(?:sm-[agnsjfmeczw][0-9]{3}|gt-[is][0-9]{4})|^(?:cph|rmx|vog|ta-1|xt)[0-9]{3,4}|^pixel [0-9]|^(?:redmi|poco|mi|moto|nokia|htc|lg-|oneplus|galaxy|` +
	`infinix|tecno|itel|cubot|doogee|blackview|ulefone|oukitel|umidigi|zte|vivo|oppo|realme|honor|huawei|meizu|wiko|nexus [456]) ?[a-z0-9]|` +
	`^[a-z]{3}-(?:al|an|lx?|tl|n|nx)[0-9]{1,2}|^v[12][0-9]{3}[a-z]{0,2}$|^m[12][0-9]{3}[a-z][0-9]{1,2}[a-z]{1,3}|^2[0-9]{3,5}[a-z0-9]{3,6}[cgi]$|^[def][0-9]{4}$`)

// tablet reports whether the name is that of a tablet. Browsers on tablets mostly leave "Mobile" out; applications
// and browsers of other engines write it on either.
func (m machine) tablet() bool {
	return m.ends([]string{"tab", "pad", "tablet"}, notTablets) || m.has(tabletWords) || m.sized() || tabletLike.MatchString(m.name)
}

// sized reports whether a number of the name is one by which makers of tablets without a name of their own tell size and model:
// 101 is ten inches, 1013 the thirteenth of those, 0705 the fifth of seven.
func (m machine) sized() bool {
	for i, w := range m.words {
		before := i > 0 && phoneCodes[m.words[i-1]]
		after := i+1 < len(m.words) && carriers[m.words[i+1]]
		if !before && !after && sizeLike.MatchString(w) {
			return true
		}
	}
	return false
}

var (
	sizeLike   = regexp.MustCompile(`^(?:97|101|116|133|1010|10[0-6][1-9]|0[789]0[1-9]|110[1-3])$`)
	phoneCodes = set("rm", "ta", "xt", "r", "oppor", "ea", "ec", "e", "iq", "d", "f", "lg", "sm", "gt", "cph", "v", "m", "moto", "c", "x", "pd", "a", "xperia", "desire", "j", "one")

	// carriers are how Japanese ones end the number of a phone: "101SH".
	carriers = set("bm", "fc", "kc", "s", "sh", "so", "xm", "op", "zt", "f", "k", "n", "p", "hw", "lg")
)

var (
	// tabletWords name tablets of more than one maker, and series of one maker that are tablets throughout.
	tabletWords = set("tablets", "tabs", "mid", "tpc", "slate", "kids", "wifi", "xoom", "playbook", "nook", "kindle", "iconia", "transformer",
		"memopad", "mediapad", "matepad", "mypad", "iplay", "visionbook", "lavie", "xelio", "thinktab", "touchlet", "yoga",
		"boox", "pluri", "freeme", "lexibook", "tabpro", "rct", "sgp", "pmt", "lapad", "hipad", "dualos", "plt",
		"smartbook", "hibook", "obook", "touchbook", "maven", "magnet", "ieos", "estar", "arnova", "kocaso", "odys", "readboy", "navitel", "ifive", "excer",
		"turbokids", "qooq", "insignia", "sirius", "surfer", "actived", "atlantis", "quadcore", "eagle", "squad", "tolino", "remarkable",
		"streak", "flyer", "folio", "padpro", "tabplus", "xpad", "tabe", "galaxytab")

	// notTablets are makers and things whose name ends in one of the words for a tablet.
	notTablets = set("coolpad", "techpad", "klipad", "gamepad", "musicpad", "keypad", "thinkpad", "ideapad", "ipad")

	// tabletLike are shapes: the size in inches as a number of its own, and the model numbers of makers.
	tabletLike = regexp.MustCompile(`(?:^|[ _-])(?:7\.0|7\.85|8\.9|9\.7|10\.1|11\.6)(?:$|[ _-])|` + strings.Join([]string{
		// Samsung, Google
		`\b(?:sm-[txp][0-9]{3}|gt-p[0-9]{4}|gt-n(?:51|80)[0-9]{2}|n(?:51|80)[0-9]{2}\b|sch-i(?:705|800|905)|sph-p[0-9]{3}|sgh-t(?:779|849|859)|shv-e(?:140|150|230))`,
		`^nexus (?:7|9|10)\b|^pixel (?:c|tablet)\b`,
		// Huawei and Honor: W for wireless without a telephone
		`\b[a-z]{3,4}[0-9]?k?-[wd][0-9]{1,2}[a-z]{0,2}\b|\b(?:agr|ags|bah|bg2|bgo|btv|bzk|bzt|cmr|cpn|fdr|gemini|hdl|hdn|jdn|jmm|kob|krj|mon|mrx|mrr|sht|scm|scmr|dby|wgr|vrd|agm|plk)[0-9]?-[al][ln]?[0-9]{2}|^[568][0-9]{2}lv|^60[56]hw`,
		// Lenovo, Asus, Acer
		`\b(?:tb-?[a-z]?[0-9]|yt-?[a-z0-9]?-?[a-z]?[0-9]{2,3}|yb-?1)|\b(?:lenovo[ _]?)?(?:b[68]0[08]0|a[1357][0-9]00|a[23]1(?:07|09)a?|s[256]000)(?:-?[fhl]\b|a-|-[a-z])|^ideatab`,
		`\b(?:me[0-9]{3}[a-z]{0,3}|k0[01][0-9a-z]|p0[01][0-9a-z]{1,2}|tf[0-9]{3}[a-z]{0,2})\b|\b(?:a[1357]|b[13])-[a-z]?[0-9]{2,3}`,
		// Amazon, Xiaomi, LG, Sony, HTC, vivo, OPPO
		`^kf[a-z]{2,6}\b|^[0-9]{4,5}rp[a-z0-9]{3}|^2[0-9]{3}[0-9a-z]{0,2}rp[a-z0-9]{3}|^(?:21051182|22081281|22081283|m2105k81)|\blg-?v[0-9]{3}|\blm-t[0-9]{3}`,
		`^(?:sony)?(?:sgp|sot)[0-9]{2,3}|^htc[-_ ]flyer|^i?pa2[0-9]{3}\b|^op[dr][0-9]?[a-z]?[0-9]{3,5}|^opd`,
		// Alcatel and TCL
		`^(?:one touch )?(?:80[5689][1-9]|80(?:68|9[0-9])|90(?:07|09|1[03]|2[24]|32|48)|9[1248][0-9]{2}|93(?:09|17))[a-z]?[0-9]?\b|^evo[78]|^i216|^p3[123]0x`,
		// Digma, Prestigio, teXet, Irbis, bq, Nomi, Oysters
		`\b(?:ns|ts|ht|tt|ps|ms|cs|es|ws|tl|hs)(?:6[0-9]|7[0-9]|8[0-9]|9[0-9]|1[012][0-9])[0-9]{2}[a-z]{1,3}\b|\bd[ab][0-9][a-z][0-9][a-z]?p?[0-9]{1,2}|\bt[a-z][0-9x][a-z][0-9][mp][0-9]{2}`,
		`^pmt[0-9]{4}|^pmp[0-9]{4}|^tm-[79][0-9]{3}|^t[xzw]7?[0-9]{2}\b|^bq(?:ru)?-(?:7[0-9]|8[0-9]|9[0-9]|1[0-9])[0-9]{2}|^(?:nomi[ _])?c(?:07|08|09|10)[0-9]{4}`,
		// Archos, Arnova, Mediacom, Odys, Chuwi, Teclast, Cube, Onda, Ainol
		`\barchos ?(?:[789][0-9]?|10[0-9]?|1[0-3]3)(?:[ a-z]|$)|^an[0-9]{1,2}[a-z]?g[0-9]|^m-(?:mp|sp|ip|1)[0-9a-z]+|^(?:cw-)?(?:hi|vi|v)(?:8|9|10|88)\b|^t(?:10|20|30|40|50)(?: ?\(| ?(?:pro|plus|s|hd|air))`,
		`^p(?:10|20|25|26|30|40|80|85)(?:s|t|x|hd|h|_eea|$)|^u[0-9]{2}gt|^v[89][0-9]{2}[a-z]? |^numy`,
		// Vonino, Qilive, RCA, Thomson, Lexibook, Hyundai, MLS, NEC, Dell, Insignia
		`^(?:rct|mfc|qt|pc-t[a-z])[0-9]{2,}|^nx(?:a|m|16|0)[0-9a-z]+|^q[6-9]t[0-9]|^(?:7|8|10)[wl][a-z][0-9]\b|^iq(?:9|1[08])[0-9]{2}|^ns-[0-9p]|^dx[0-9]{3}|^tc(?:802|970)|^m(?:7|8|9|10)(?:s|[-_ ](?:3g|4g|go|plus|lite|air|quad))`,
		// Toshiba, Vodafone, Casper, Venturer, PCBox, IKU; processors and regions that only tablets name
		`^at(?:[1-9][0-9]?[0s]|7|10[a-z]*)\d?|^vfd 1[1-4]00|^via[-_]t|^(?:vct|ct9)[0-9]|^(?:pcb|kova.*)-?t[0-9]|^iku[ _]t|^pcb|(?:dual|quad|octa)[ _-]?core\b|[ _](?:row|rus|tr|eu)$`,
		// Series with the size in inches behind their name, or the size first
		`(?:^|[ _])(?:element|hope|joy|novo|platinum|eos|connect|goal|falcon|axis|primo|alfa|koral|fusion|base|touch|discovery|endeavour|imperium|winner|tornado|rubik|quadra|nimbus|forward|predator|scepter|vision)[ _-]?(?:7|8|10)(?:[ _a-z]|$)`,
		`(?:pad|tab)[ _]?(?:pro|mini|plus|max|x|xl|lite)\b|^(?:kj|ta[cdq]|qta|qmv|rmd|bnrv|xoro|mz[3-6]|optima|cw-v)[-_a-z]?[0-9a-z]|^(?:7|8|10)[a-z]{1,2}[ _](?:3g|4g|lte|eea)|[a-z]{2}(?:7|8|10|11|12)[0-9]{2}[pmr][glw]\b`,
		`^t(?:20|30)(?: ?max|mini|ultra)|^m[789](?:[0-9]{2}[a-z])? ?(?:go|plus|mini|kid)|^m1[07](?:q|[ _](?:r0|c0|pro|eea))|^(?:hi|vi)(?:8|9|10)|^k(?:105|107|960n)|^tecno[ _-]?(?:p[79]|dp|7c|t1)|^techno[ _-][isxt][a-z]?[0-9]{3}[a-z]`,
		`(?:^|[ _-])(?:7|10)[ _-](?:3g|4g|lte|hd|quad|dual|inch)|\b[ns][bpt]-?(?:0[789]|10)[0-9]{2}[a-z]\b`,
		// The size and what the radio can: "S700 WiFi", "TAB1062 3G"
		`\b(?:[a-z]{1,4}[- ]?)?(?:70[0-9]|7[238][0-9]|78[05]|8[05][0-9]|9[07][0-9]|10[1-9][0-9]?)[a-z]{0,3}[ _-](?:3g|4g|wi-?fi|wf)\b`,
	}, "|"))
)
