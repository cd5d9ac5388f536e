package factor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/sallyport/sallyport"
)

// phoneBytes is how long a number may be as typed. The longest there is has 15
// digits (ITU-T E.164); the rest is room for brackets and other scripts.
const phoneBytes = 128

// ParsePhone returns a phone number in the form of ITU-T E.164, "+41791234567",
// from how it was typed. country, an ISO 3166-1 alpha-2 code in any case, is
// where a number without + or the country's international prefix is from; it
// may be "".
//
// An error is a *sallyport.Error about the field, without the number:
//
//   - required: there is none
//   - phone_country: it has no +, and the country is not given or unknown; or
//     no country has what follows the +
//   - phone_too_short and phone_too_long
//   - phone_not_mobile: it is of a kind that gets no text messages, such as a
//     fixed line. Where the kind does not show, as in North America, it passes.
//   - phone_invalid: anything else
func ParsePhone(field, number, country string) (string, error) {
	refuse := func(code string) (string, error) {
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: code})
	}
	if len(number) > phoneBytes {
		return refuse("phone_too_long")
	}
	plain, ok := plainPhone(number)
	switch {
	case plain == "":
		return refuse("required")
	case !ok:
		return refuse("phone_invalid")
	}
	country = strings.ToUpper(strings.TrimSpace(country))
	if !strings.HasPrefix(plain, "+") && phonenumbers.GetCountryCodeForRegion(country) == 0 {
		return refuse("phone_country")
	}
	if digits := strings.TrimPrefix(plain, "+"); len(digits) < 3 {
		return refuse("phone_too_short") // the library calls it no number
	}
	parsed, err := phonenumbers.Parse(plain, country)
	if err != nil {
		return refuse(phoneErrorCode(err))
	}
	if code := phoneFault(parsed); code != "" {
		return refuse(code)
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// plainPhone returns the digits of a number, as ASCII and behind a + where one
// leads, and whether there was nothing but digits and what people set between
// them. Letters are a slip here: no phone that gets codes is advertised by a
// word, and nobody can text an extension.
func plainPhone(s string) (plain string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) >= 4 && strings.EqualFold(s[:4], "tel:") { // pasted from a link
		s = s[4:]
	}
	ok = true
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digit(r))
		case r == '+' || r == '＋':
			ok = ok && b.Len() == 0
			b.WriteByte('+')
		case unicode.IsSpace(r), unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf, unicode.Ps, unicode.Pe), strings.ContainsRune("./~\u00b7\u2212\uff0e\uff0f", r):
		default:
			ok = false
			b.WriteByte('?') // not nothing: "abc" is wrong rather than missing
		}
	}
	return b.String(), ok
}

func phoneErrorCode(err error) string {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "phone_country"
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return "phone_too_short"
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "phone_too_long"
	}
	return "phone_invalid"
}

// textless are the kinds of numbers that get no text messages.
var textless = []phonenumbers.PhoneNumberType{
	phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST,
	phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.PAGER,
}

// phoneFault returns the code of what is wrong with a number, or "".
func phoneFault(n *phonenumbers.PhoneNumber) string {
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "phone_too_short"
	case phonenumbers.TOO_LONG:
		return "phone_too_long"
	case phonenumbers.INVALID_COUNTRY_CODE:
		return "phone_country"
	case phonenumbers.INVALID_LENGTH:
		return "phone_invalid"
	}
	if !phonenumbers.IsValidNumber(n) {
		return "phone_invalid"
	}
	if slices.Contains(textless, phonenumbers.GetNumberType(n)) {
		return "phone_not_mobile"
	}
	return ""
}

// Country is a country or territory, for choosing where a number is from.
type Country struct {
	Code        string // ISO 3166-1 alpha-2, upper case
	CallingCode int    // ITU-T E.164; several countries can share one
}

var countries = sync.OnceValue(func() []Country {
	var all []Country
	for code := range phonenumbers.GetSupportedRegions() {
		all = append(all, Country{Code: code, CallingCode: phonenumbers.GetCountryCodeForRegion(code)})
	}
	slices.SortFunc(all, func(a, b Country) int { return cmp.Compare(a.Code, b.Code) })
	return all
})

// Countries returns all countries whose numbers can be parsed, by Code. What is
// returned is the caller's.
func Countries() []Country { return slices.Clone(countries()) }

// MaskPhone returns what may be shown of a number in E.164 to somebody who has
// not proven that it is theirs: the calling code and the last two digits,
// "+41 ••• ••• 67", and not how many are between. Of any other text it shows
// nothing.
func MaskPhone(e164 string) string {
	const hidden = "••• •••"
	parsed, err := phonenumbers.Parse(e164, "")
	if err != nil || len(e164) < 7 {
		return hidden
	}
	return fmt.Sprintf("+%d %s %s", parsed.GetCountryCode(), hidden, e164[len(e164)-2:])
}
