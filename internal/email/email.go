// Package email parses e-mail addresses and decides when two spellings name the same
// account.
//
// It prevents two attacks: a list of addresses where one is expected (a reset link would
// be sent to the second), and many spellings of one address that the lockout would
// count as different accounts.
package email

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The longest address that RFC 5321 allows and its longest local part, in bytes.
const (
	MaxLength      = 254
	maxLocalLength = 64
)

// Why a text is no address.
var (
	ErrMissing = errors.New("the address is missing")
	ErrTooLong = errors.New("the address is longer than MaxLength")
	ErrInvalid = errors.New("the text is not one e-mail address")
)

// Parse returns the address in s, without surrounding space and in NFC; or ErrMissing,
// ErrTooLong or ErrInvalid.
func Parse(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch local, domain, _ := cut(s); {
	case s == "":
		return "", ErrMissing
	case len(s) > MaxLength:
		return "", ErrTooLong
	case !utf8.ValidString(s) || len(local) > maxLocalLength || !validLocal(local) || !validDomain(domain):
		return "", ErrInvalid
	}
	return s, nil
}

// Key returns the same text for all spellings of one account's address: NFKC, case-folded,
// without spaces and invisible characters. It accepts any text, since failed attempts
// are counted for whatever was typed.
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

// validLocal accepts the dot-atom of RFC 5322, extended by RFC 6531 to other scripts. It
// refuses quoted local parts: they are not used in practice and can hide a second address.
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
