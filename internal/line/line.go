// Package line reads short texts that a person typed and that are shown again: names,
// names of devices and factors, reasons. Which characters fit is one rule for all of them
// (rune.go): what could fake another line, turn what stands around it, or send a command to a
// terminal does not.
package line

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

// MaxLength is the longest text, in characters.
const MaxLength = 100

// ParseEmail returns an e-mail address as [email.Parse] does. CodeInvalid with the field:
// required, too_long or invalid_email.
func ParseEmail(field, s string) (string, error) {
	address, err := email.Parse(s)
	switch {
	case err == nil:
		return address, nil
	case errors.Is(err, email.ErrMissing):
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "required"})
	case errors.Is(err, email.ErrTooLong):
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(email.MaxLength)}})
	}
	return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "invalid_email"})
}

// Parse returns the text in NFC without surrounding space; "" is allowed. CodeInvalid with
// the field: invalid_characters or too_long.
func Parse(field, s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch {
	case !Fits(s):
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "invalid_characters"})
	case utf8.RuneCountInString(s) > MaxLength:
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(MaxLength)}})
	}
	return s, nil
}
