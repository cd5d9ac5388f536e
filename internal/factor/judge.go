package factor

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	shortestWord = 3
	longestWord  = 20
	longWord     = 5 // shorter ones appear in what is random, too: with swaps, and in mixed case
	shortestRun  = 3
	longestJudge = 256 // characters; no policy allows more
	shortPart    = 8   // a password that only repeats fewer characters is common
)

// IsCommon reports whether a guesser who knows people comes to a password early: it is a common
// one, in any case, with anything at its ends; or it is made of too few pieces of what guessers put together:
// words, also backwards and with the usual swaps, keys in a row, counts, years, dates, repetitions
// and symbols. known are names that are tried first here. Its time grows with the length only.
func IsCommon(password string, known ...string) bool {
	if password == "" || utf8.RuneCountInString(password) > longestJudge {
		return false
	}
	j, lower := theJudge(), strings.ToLower(password)
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	letters := strings.TrimFunc(lower, notLetter)
	if j.common(lower) || j.common(letters) {
		return true
	}
	t := read(password)
	if j.common(t.bare()) || t.repeats() {
		return true
	}
	return j.price(t, knownWords(known)) < enough
}

func (j *judge) common(p string) bool { return len(p) >= 4 && j.listed[p] }

// text is a password as a guesser reads it, one byte for each character in all of them.
type text struct {
	plain  string // lower case without accents; characters beyond ASCII are bytes beyond it
	letter string // without swaps
	back   string // the same, from the end
	keys   string // the keys that were pressed: 1 for !
	signs  []int  // how many of the characters before a place are no letters: in a word those are swaps
	caps   []int  // how many of them are capitals
}

// swaps are letters that people replace, with what they replace them by. Letters that share a
// replacement are one: nobody can tell which of them was meant.
var swaps = strings.NewReplacer("4", "a", "@", "a", "8", "b", "(", "c", "3", "e", "6", "g", "9", "g",
	"1", "i", "!", "i", "|", "i", "l", "i", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t", "2", "z")

func unswapped(s string) string { return swaps.Replace(s) }

var shifted = strings.NewReplacer("!", "1", "@", "2", "#", "3", "$", "4", "%", "5", "^", "6", "&", "7", "*", "8", "(", "9", ")", "0")

func read(password string) text {
	var plain []byte
	caps := []int{0}
	for _, r := range norm.NFD.String(password) {
		small, n := unicode.ToLower(r), len(plain)
		switch {
		case unicode.Is(unicode.Mn, r):
		case small == 'ß':
			plain = append(plain, "ss"...)
		case small < 0x80:
			plain = append(plain, byte(small))
		default:
			plain = append(plain, 0x80|byte(small))
		}
		for range len(plain) - n {
			caps = append(caps, caps[len(caps)-1])
		}
		if len(plain) > n && small != r {
			caps[len(caps)-1]++
		}
	}
	s := string(plain)
	return text{s, unswapped(s), reversed(unswapped(s)), shifted.Replace(s), signsOf(s), caps}
}

// signsOf counts, for each place, the characters before it that are no letters.
func signsOf(s string) []int {
	signs := make([]int, len(s)+1)
	for i := range len(s) {
		signs[i+1] = signs[i]
		if isDigit(s[i]) || !isLetterOrDigit(s[i]) {
			signs[i+1]++
		}
	}
	return signs
}

// typed reports whether letters have the case in which people type a word: small, large, or only the first one large.
func (t text) typed(from, to int) bool {
	n := t.caps[to] - t.caps[from]
	return n == 0 || n == to-from-(t.signs[to]-t.signs[from]) || n == 1 && t.caps[from+1] > t.caps[from]
}

// bare returns the text without what stands between and around its words.
func (t text) bare() string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, t.plain)
}

// repeats reports whether the text is one short part, over and over; the last time it may be cut.
func (t text) repeats() bool {
	s := t.plain
	for n := 1; n < shortPart && 2*n <= len(s)+1; n++ {
		if s[n:] == s[:len(s)-n] {
			return true
		}
	}
	return false
}

func knownWords(known []string) map[string]bool {
	words := map[string]bool{}
	for _, k := range known {
		for _, w := range strings.FieldsFunc(read(k).plain, func(r rune) bool { return r < 0x80 && !isLetterOrDigit(byte(r)) }) {
			if len(w) >= shortestWord {
				words[unswapped(w)] = true
			}
		}
	}
	return words
}

// piece is a part of a password that a guesser takes as one.
type piece struct {
	from, to int
	cost     int
	word     bool
}

// price returns what the cheapest way to put the text together costs. What was used before costs nothing more.
func (j *judge) price(t text, known map[string]bool) int {
	total, thought, used := 0, false, map[string]bool{}
	for _, p := range j.pieces(t, known) {
		name := t.plain[p.from:p.to]
		if p.word {
			name = t.letter[p.from:p.to]
		}
		plain := p.word && j.plain[name]
		switch {
		case p.to-p.from == 1 && isLetterOrDigit(name[0]):
			total += again(t.plain, p, used[name])
		case used[name]:
		case plain && thought:
			total += min(p.cost, costNext)
		default:
			total += p.cost
		}
		used[name], thought = true, thought || plain
	}
	return total
}

// again is what a single letter or digit costs: nothing where it is typed twice. Elsewhere it may be there by chance.
func again(s string, p piece, used bool) int {
	switch {
	case p.from > 0 && s[p.from-1] == s[p.from]:
		return 0
	case used:
		return min(p.cost, costNext)
	}
	return p.cost
}

// pieces returns the cheapest pieces that make the text, in their order.
func (j *judge) pieces(t text, known map[string]bool) []piece {
	n := len(t.plain)
	best, last := make([]int, n+1), make([]piece, n+1)
	for to := 1; to <= n; to++ {
		last[to] = single(t.plain, to-1)
		best[to] = best[to-1] + last[to].cost
		for from := to - 2; from >= max(0, to-longestWord); from-- {
			p := j.piece(t, known, from, to)
			if cost := best[from] + p.cost; p.cost > 0 && cost < best[to] {
				best[to], last[to] = cost, p
			}
		}
	}
	var out []piece
	for to := n; to > 0; to = last[to].from {
		out = append(out, last[to])
	}
	slices.Reverse(out)
	return out
}

// single is a character that is part of nothing.
func single(s string, at int) piece {
	p := piece{at, at + 1, costSymbol, false}
	switch c := s[at]; {
	case isDigit(c):
		p.cost = costDigit
	case isLetterOrDigit(c):
		p.cost = costLetter
	}
	return p
}

// piece returns what the text between two places is as one; its cost is 0 when it is nothing.
func (j *judge) piece(t text, known map[string]bool, from, to int) piece {
	p := piece{from, to, j.word(t, known, from, to), true}
	if cost := j.number(t, from, to); cost > 0 && (p.cost == 0 || cost < p.cost) {
		p = piece{from, to, cost, false}
	}
	return p
}

// word returns what a word costs, or 0 for what is none. Where more than two thirds would be
// swapped, any number is a word; in mixed case, any three letters.
func (j *judge) word(t text, known map[string]bool, from, to int) int {
	letters, swapped := t.letter[from:to], t.signs[to]-t.signs[from]
	if j.listed[t.plain[from:to]] && len(letters) > shortestWord {
		return costWord
	}
	cost := j.words[letters]
	if cost == 0 && len(letters) >= longWord {
		cost = j.words[t.back[len(t.back)-to:len(t.back)-from]]
	}
	switch {
	case 3*swapped > 2*len(letters), len(letters) < longWord && !t.typed(from, to):
		return 0
	case known[letters]:
		return costKnown
	case cost > 0 && len(letters) < longWord:
		cost += costSwap * swapped
	}
	return cost
}

// number returns what a year, a date or a row of keys costs, or 0.
func (j *judge) number(t text, from, to int) int {
	s := t.plain[from:to]
	switch {
	case len(s) == 4 && isYear(s):
		return costYear
	case (len(s) == 6 || len(s) == 8) && isDate(s):
		return costDate
	case len(s) >= shortestRun && j.runs[t.keys[from:to]]:
		return costRun
	}
	return 0
}

func isYear(s string) bool {
	return (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) && isDigit(s[2]) && isDigit(s[3])
}

// isDate reports whether six or eight digits are a date in one of the usual orders.
func isDate(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return false
	}
	year := len(s) - 4 // digits of the year
	if year == 4 && !isYear(s[4:]) && !isYear(s[:4]) {
		return false
	}
	return dayAndMonth(s[:4]) || dayAndMonth(s[year:])
}

func dayAndMonth(s string) bool {
	a, b := s[:2], s[2:]
	in := func(s, most string) bool { return s > "00" && s <= most }
	return in(a, "31") && in(b, "12") || in(a, "12") && in(b, "31")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetterOrDigit(c byte) bool { return c >= 'a' && c <= 'z' || isDigit(c) || c >= 0x80 }

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
