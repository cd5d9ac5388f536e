package factor

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/sallyport/sallyport"
)

// phoneBytes is the longest number as typed. A number has at most 15 digits (ITU-T E.164);
// the rest is for brackets and other scripts.
const phoneBytes = 128

// ParsePhone returns a phone number in the form of ITU-T E.164, "+41791234567", from what
// was typed. country is the ISO 3166-1 alpha-2 code, in any case, for a number without + or
// an international prefix; it may be "".
//
// The error is a *sallyport.Error about the field and does not repeat the number:
//
//   - required: the number is empty
//   - phone_country: the number has no + and country is "" or unknown; or no country
//     has the code after the +
//   - phone_too_short and phone_too_long
//   - phone_not_mobile: the number is of a kind that receives no text messages, such as
//     a fixed line. Where the kind is not visible, as in North America, it is accepted. Numbers
//     of satellite and global networks are of that kind: a text there costs many times as much, which is what toll
//     fraud lives on, and no country is responsible for them.
//   - phone_invalid: any other fault
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
		return refuse("phone_too_short") // the library does not parse it as a number
	}
	parsed, err := phonenumbers.Parse(withoutFormerPrefix(plain, country), country)
	if err != nil {
		return refuse(phoneErrorCode(err))
	}
	if code := phoneFault(parsed); code != "" {
		return refuse(code)
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// Mexican mobiles had a 1 behind the country's code when called from abroad, and 044 or 045 before the number at home, until
// 2019. Address books still have them so. Today's numbers have ten digits, none of which begins with 1.
var (
	formerMexican = regexp.MustCompile(`^\+521([2-9][0-9]{9})$`)
	formerAbroad  = regexp.MustCompile(`^(?:00|011)521([2-9][0-9]{9})$`)
	formerAtHome  = regexp.MustCompile(`^(?:04[45]|01|1)?([2-9][0-9]{9})$`)
)

// withoutFormerPrefix returns a number from plainPhone without a prefix that was abolished and that the library does not know.
func withoutFormerPrefix(plain, country string) string {
	for _, former := range []*regexp.Regexp{formerMexican, formerAbroad} {
		if part := former.FindStringSubmatch(plain); part != nil {
			return "+52" + part[1]
		}
	}
	if part := formerAtHome.FindStringSubmatch(plain); country == "MX" && part != nil {
		return "+52" + part[1]
	}
	return plain
}

// plainPhone returns the digits of a number as ASCII, with a leading + if there is one. ok is
// false when there is anything but digits and usual separators. Letters are not accepted:
// nobody writes a mobile number as a word, and an extension receives no text messages.
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
			b.WriteByte('?') // must not become "": "abc" is wrong, not missing
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

// textless lists the types of numbers that receive no text messages.
var textless = []phonenumbers.PhoneNumberType{
	phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST,
	phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.PAGER,
}

// phoneFault returns the rule code that a number breaks, or "".
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
	if nowhere(n) {
		return "phone_not_mobile" // also those that the library does not know
	}
	if !phonenumbers.IsValidNumber(n) {
		return "phone_invalid"
	}
	if slices.Contains(textless, phonenumbers.GetNumberType(n)) {
		return "phone_not_mobile"
	}
	return ""
}

// nowhere reports whether a number has a code that ITU-T gave to no country: 870 (Inmarsat), 878, 881 (satellites), 882 and 883
// (global networks), 979 and 888, 800 and 808.
func nowhere(n *phonenumbers.PhoneNumber) bool {
	return phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())) == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
}

// Country is a country or territory to choose for a phone number.
type Country struct {
	Code        string // ISO 3166-1 alpha-2, upper case
	CallingCode int    // ITU-T E.164; several countries can have the same
}

var countries = sync.OnceValue(func() []Country {
	var all []Country
	for code := range phonenumbers.GetSupportedRegions() {
		all = append(all, Country{Code: code, CallingCode: phonenumbers.GetCountryCodeForRegion(code)})
	}
	slices.SortFunc(all, func(a, b Country) int { return cmp.Compare(a.Code, b.Code) })
	return all
})

// Countries returns all countries whose numbers can be parsed, by Code. The caller may
// change the slice.
func Countries() []Country { return slices.Clone(countries()) }

// MaskPhone hides an E.164 number from people who have not proven that it is theirs. It
// shows the calling code and the last two digits, "+41 ••• ••• 67", and not how many digits
// are hidden. For any other text it shows nothing.
func MaskPhone(e164 string) string {
	const hidden = "••• •••"
	parsed, err := phonenumbers.Parse(e164, "")
	if err != nil || len(e164) < 7 {
		return hidden
	}
	return fmt.Sprintf("+%d %s %s", parsed.GetCountryCode(), hidden, e164[len(e164)-2:])
}
