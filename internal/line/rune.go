package line

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nonJoiner = '\u200c' // Persian and Indic words are written with it
	joiner    = '\u200d' // and with this; it also makes one emoji of several
)

// names are the categories of what a name is made of, in any script.
var names = []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs}

// fits is THE rule of what a name may be made of: letters, marks, numbers, punctuation, symbols and
// spaces of any script. So it can be neither invisible, nor turn what stands around it, nor fake another
// line: controls, direction marks, line separators, letters that nobody sees, private and unassigned
// characters are none of these.
func fits(r rune) bool {
	return unicode.In(r, names...) && r != utf8.RuneError && r != '\ufffc' && r != '\u2800' &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// joins reports whether something can stand beside a joiner: a letter, a mark or an emoji.
func joins(r rune) bool {
	return fits(r) && unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// Fits reports whether a text is one line of what a name may be made of. A joiner fits between what it
// can join.
func Fits(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	text := []rune(s)
	for i := range text {
		if !fitsAt(text, i) {
			return false
		}
	}
	return true
}

func fitsAt(text []rune, i int) bool {
	if r := text[i]; r != nonJoiner && r != joiner {
		return fits(r)
	}
	return i > 0 && i+1 < len(text) && joins(text[i-1]) && joins(text[i+1])
}

// Clean makes a name of a text that somebody else's program sent, and that nobody can be asked to type
// again: every kind of space is one space, and what does not fit is left out.
func Clean(s string) string {
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == nonJoiner, r == joiner, fits(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
	text := []rune(seen)
	out := make([]rune, 0, len(text))
	for i, r := range text {
		// What was kept before decides, so that of two joiners in a row none stays.
		if r != nonJoiner && r != joiner || len(out) > 0 && joins(out[len(out)-1]) && i+1 < len(text) && joins(text[i+1]) {
			out = append(out, r)
		}
	}
	return strings.Join(strings.Fields(string(out)), " ")
}
