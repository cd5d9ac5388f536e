// Package line reads a short text that a person typed to be shown again: what they
// are called, what they call a thing of theirs, why they did something. It answers
// whoever hides a second line, or a command to a terminal, in one.
package line

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
)

// MaxLength is how long a line can be, in characters.
const MaxLength = 100

// Parse returns what was typed into a field in NFC without surrounding space. It
// may be empty. The error is CodeInvalid with the field: invalid_characters or
// too_long.
func Parse(field, s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, isControl):
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "invalid_characters"})
	case utf8.RuneCountInString(s) > MaxLength:
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(MaxLength)}})
	}
	return s, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
