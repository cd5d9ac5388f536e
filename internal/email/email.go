// Package email reads e-mail addresses: which texts are one address, and when
// two addresses name the same account.
//
// It answers two attacks: a list of addresses given where one is expected (a
// reset link sent to the second of them), and spellings of one address that
// would be counted as several accounts by a lockout.
package email

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
)

// Longest address RFC 5321 lets a path carry, in bytes, and its local part.
const (
	MaxLength      = 254
	maxLocalLength = 64
)

// Parse returns the one address in s, without surrounding space and in NFC. The
// error is a validation error for the field, with rule "required", "too_long"
// or "invalid_email".
func Parse(field, s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	rule := ""
	switch local, domain, _ := cut(s); {
	case s == "":
		rule = "required"
	case len(s) > MaxLength:
		rule = "too_long"
	case !utf8.ValidString(s) || len(local) > maxLocalLength || !validLocal(local) || !validDomain(domain):
		rule = "invalid_email"
	}
	if rule != "" {
		wrong := sallyport.FieldError{Field: field, Code: rule}
		if rule == "too_long" {
			wrong.Args = map[string]string{"max": strconv.Itoa(MaxLength)}
		}
		return "", sallyport.Invalid(wrong)
	}
	return s, nil
}

// Key returns what two spellings of one account's address have in common:
// compatibility-normalised, case-folded, without spaces and invisible
// characters. It works for any text, since attempts are counted for whatever
// was typed.
func Key(s string) string {
	s = cases.Fold().String(norm.NFKC.String(s))
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

func cut(s string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// validLocal allows the dot-atom of RFC 5322 extended by RFC 6531 to other
// scripts. Quoted local parts are refused: nobody has one, and they can hide a
// second address.
func validLocal(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		if r < utf8.RuneSelf && !isAtext(byte(r)) || r >= utf8.RuneSelf && !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func isAtext(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", b) >= 0
}

func validDomain(s string) bool {
	if s == "" {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
				return false
			}
		}
	}
	return true
}
