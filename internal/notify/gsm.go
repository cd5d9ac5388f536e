package notify

import (
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit alphabet of 3GPP TS 23.038: what costs one place of a text
// message, and what costs two. One character of any other kind makes the whole
// message cost more than twice as much.
const (
	gsmOne = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwo = "^{}\\[~]|€\f"
)

// gsmLength returns how many places s takes, or false when it is not all of that
// alphabet.
func gsmLength(s string) (int, bool) {
	n := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsmOne, r):
			n++
		case strings.ContainsRune(gsmTwo, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}

// parts returns how many messages a text is sent as.
func parts(s string) int {
	length, one, more := 0, 160, 153
	if n, ok := gsmLength(s); ok {
		length = n
	} else {
		length, one, more = len(utf16.Encode([]rune(s))), 70, 67
	}
	if length <= one {
		return 1
	}
	return (length + more - 1) / more
}

// fit returns what say makes of a name, cut as far as it takes for the text to
// be as few messages as it can be with some of the name left.
func fit(name string, say func(string) string) string {
	const least = 8 // characters of a name that still tell whose it is
	if text := say(name); parts(text) == 1 {
		return text
	}
	letters := []rune(name)
	dots := "..."
	if _, ok := gsmLength(name); !ok {
		dots = "…"
	}
	short := func(n int) string {
		if n >= len(letters) {
			return say(name)
		}
		return say(strings.TrimSpace(string(letters[:n])) + dots)
	}
	fewest := parts(short(least))
	for n := len(letters); n > least; n-- {
		if text := short(n); parts(text) <= fewest {
			return text
		}
	}
	return short(least)
}
