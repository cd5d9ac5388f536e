package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"github.com/sallyport/sallyport"
)

// PasswordFacts is what is needed to judge a new password, besides the password.
type PasswordFacts struct {
	Context  []string // the user's names and address, the organisation's name, this service's name and host
	Common   bool     // easy to guess
	Breached bool     // known from a data breach
	Reused   bool     // the current password or one of the last ones
}

// Password returns every rule that a password breaks under p; none means that it is good.
// The password must be in the form that is hashed. Rule codes are too_short, too_long,
// needs_upper, needs_number, needs_symbol, common, context, breached and reused.
func Password(p sallyport.Policy, field, password string, facts PasswordFacts) []sallyport.FieldError {
	var out []sallyport.FieldError
	add := func(code string, args ...string) {
		e := sallyport.FieldError{Field: field, Code: code}
		if len(args) == 2 {
			e.Args = map[string]string{args[0]: args[1]}
		}
		out = append(out, e)
	}
	switch n := utf8.RuneCountInString(password); {
	case n < p.PasswordMinLength:
		add("too_short", "min", strconv.Itoa(p.PasswordMinLength))
	case n > p.PasswordMaxLength:
		add("too_long", "max", strconv.Itoa(p.PasswordMaxLength))
	}
	if from := MixWaivedFrom(p); p.PasswordRequireMix && (from == 0 || utf8.RuneCountInString(password) < from) {
		out = append(out, Mix(p, field, password)...)
	}
	switch {
	case containsContext(password, p.PasswordWords) || p.PasswordRejectCommon && containsContext(password, facts.Context):
		add("context") // it says more than that the password is easy to guess
	case p.PasswordRejectCommon && facts.Common:
		add("common")
	}
	if facts.Breached { // whatever the policy, because attackers try such passwords
		add("breached")
	}
	if p.PasswordHistory > 0 && facts.Reused {
		add("reused", "count", strconv.Itoa(p.PasswordHistory))
	}
	return out
}

// MixWaivedFrom returns from how many characters on a password needs no mix of characters; 0 where every one does.
func MixWaivedFrom(p sallyport.Policy) int {
	if p.PasswordMixUntil > p.PasswordMaxLength {
		return 0
	}
	return p.PasswordMixUntil
}

// Mix returns the rules of a mix of characters that a password breaks, whatever its length, with the length from which
// they are not asked.
func Mix(p sallyport.Policy, field, password string) (broken []sallyport.FieldError) {
	var args map[string]string
	if from := MixWaivedFrom(p); from > 0 {
		args = map[string]string{"from": strconv.Itoa(from)}
	}
	if !strings.ContainsFunc(password, isCapital) {
		broken = append(broken, sallyport.FieldError{Field: field, Code: "needs_upper", Args: args})
	}
	if !strings.ContainsFunc(password, unicode.IsNumber) {
		broken = append(broken, sallyport.FieldError{Field: field, Code: "needs_number", Args: args})
	}
	if !strings.ContainsFunc(password, isSymbol) {
		broken = append(broken, sallyport.FieldError{Field: field, Code: "needs_symbol", Args: args})
	}
	return broken
}

// isCapital reports whether r is a capital, or a letter of a script that has none: Han, kana, Hebrew, Arabic, Thai,
// Devanagari. Who writes in such a script has no other letter to give.
func isCapital(r rune) bool { return unicode.In(r, unicode.Lu, unicode.Lt, unicode.Lo) }

// ForPassword is p as it holds for a new password of u: longer where the password is all there is, since u has no
// second factor and none is demanded. Pages and acts ask it, so that both say the same.
func ForPassword(p sallyport.Policy, u sallyport.User, now time.Time) sallyport.Policy {
	if alone(p, u, now) {
		p.PasswordMinLength = LengthAlone(p)
	}
	return p
}

// LengthAlone is how many characters a password has at least where it is all there is.
func LengthAlone(p sallyport.Policy) int { return max(p.PasswordMinLength, p.PasswordMinLengthAlone) }

// TooShort reports whether the password of u is all there is, and shorter than it may be then: a second
// factor went, or is no longer demanded. That is a reason to tell people, never to lock them out.
func TooShort(p sallyport.Policy, u sallyport.User, now time.Time) bool {
	return u.PasswordShort && u.PasswordHash != "" && !p.SSORequired && alone(p, u, now)
}

// alone reports whether a password is all there is.
func alone(p sallyport.Policy, u sallyport.User, now time.Time) bool {
	return u.SecondFactor != sallyport.WeakFactor && u.SecondFactor != sallyport.StrongFactor && !Enforced(p, u, now)
}

// RotationDue reports whether a password set at changed is older than the policy allows.
// That is a reason to remind people, never to lock them out.
func RotationDue(p sallyport.Policy, changed, now time.Time) bool {
	return p.PasswordRotation > 0 && !changed.IsZero() && now.Sub(changed) >= p.PasswordRotation
}

// isSymbol reports whether r is neither letter, number nor mark. The space is a symbol,
// because people who type passphrases expect it.
func isSymbol(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !unicode.IsControl(r)
}

// shortestContext is the least length, in characters, of words that count as context.
// Shorter ones ("Li", "of") occur in good passwords by chance.
const shortestContext = 4

// containsContext reports whether the password contains a word that an attacker would try
// first for this user.
func containsContext(password string, context []string) bool {
	fold := cases.Fold()
	password = fold.String(password)
	return slices.ContainsFunc(contextWords(context), func(word string) bool {
		return strings.Contains(password, fold.String(word))
	})
}

func contextWords(context []string) []string {
	var words []string
	for _, c := range context {
		for _, w := range strings.FieldsFunc(c, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
			if utf8.RuneCountInString(w) >= shortestContext && !slices.Contains(genericWords, strings.ToLower(w)) {
				words = append(words, w)
			}
		}
	}
	return words
}

// genericWords occur in most addresses and say nothing about their owner.
var genericWords = []string{"mail", "email", "gmail", "hotmail", "outlook", "yahoo", "example", "info", "localhost"}
