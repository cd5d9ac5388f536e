package notify

import (
	"sort"
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit alphabet of 3GPP TS 23.038: characters that take one place of a text
// message, and characters that take two. Any other character makes the whole message cost
// more than twice as much.
const (
	gsmOne = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwo = "^{}\\[~]|€\f"
)

// gsmCost is how many places each character of the alphabet takes.
var gsmCost = func() map[rune]int {
	cost := map[rune]int{}
	for _, r := range gsmOne {
		cost[r] = 1
	}
	for _, r := range gsmTwo {
		cost[r] = 2
	}
	return cost
}()

// gsmLength returns how many places s takes; false when a character is not in the alphabet.
func gsmLength(s string) (int, bool) {
	n := 0
	for _, r := range s {
		cost, ok := gsmCost[r]
		if !ok {
			return 0, false
		}
		n += cost
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

// fit returns say(name), with the name cut so that the text needs as few messages as it can
// while some of the name is left.
func fit(name string, say func(string) string) string {
	const least = 8 // characters of a name that still identify it
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
	// Find the longest name with that cost; the cost only grows with the length.
	fewest := parts(short(least))
	if whole := say(name); parts(whole) <= fewest {
		return whole
	}
	n := sort.Search(len(letters)-least, func(i int) bool { return parts(short(least+i+1)) > fewest })
	return short(least + n)
}
