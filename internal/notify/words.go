package notify

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/bidi"

	"github.com/sallyport/sallyport/internal/line"
)

// longestName is how many characters of a name a mail shows.
const longestName = 80

// plain makes text that a person chose safe for one line of a mail: without line breaks,
// other control characters and direction marks, and not too long. Names fit where they come in
// ([line.Fits]); those of programs and of older databases may not.
func plain(s string) string { return oneLine(s, longestName) }

// oneLine is plain with a maximum length in characters.
func oneLine(s string, longest int) string {
	s = line.Clean(s)
	// "=?" begins an encoded word, which could hide anything in a subject.
	s = strings.ReplaceAll(s, "=?", "= ?")
	if r := []rune(s); len(r) > longest {
		s = strings.TrimSpace(string(r[:longest-1])) + "…"
	}
	return s
}

// addressLike matches what mail programs turn into a link: a scheme, or a dot inside a
// word.
var addressLike = regexp.MustCompile(`://|\pL[\pL\pN-]*\.\pL{2,}|www\.`)

// callLike matches telephone numbers: seven digits or more with only what stands between
// digits of a number.
var callLike = regexp.MustCompile(`\pN(?:[\s().+/_-]*\pN){6,}`)

// personal is plain for names that people give themselves, their factors and their
// devices. It returns "" for a name that looks like the address of a site or a telephone
// number: otherwise anybody could put one of their choice into a mail to somebody else.
func personal(s string) string {
	if addressLike.MatchString(s) || callLike.MatchString(s) {
		return ""
	}
	return plain(s)
}

// isolate keeps text of the other writing direction from reordering its sentence. It does
// not change text of the mail's own direction, because old mail programs show the marks.
func isolate(s, dir string) string {
	const firstStrong, pop = "\u2068", "\u2069"
	for i := 0; i < len(s); {
		p, size := bidi.LookupString(s[i:])
		if size == 0 {
			break
		}
		switch c := p.Class(); {
		case dir != "rtl" && (c == bidi.R || c == bidi.AL), dir == "rtl" && c == bidi.L:
			return firstStrong + s + pop
		}
		i += size
	}
	return s
}
