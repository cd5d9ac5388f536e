package tenant

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/look"
)

// How long addresses and the text of the sign-in page can be.
const (
	MaxAddress    = 500 // bytes
	MaxSignInText = 500 // characters
)

func tooLong(field string, most int) *sallyport.FieldError {
	return &sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(most)}}
}

// parseAccent reads a colour; "" is that of the product.
func parseAccent(field, s string) (string, *sallyport.FieldError) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	colour, ok := look.Parse(s)
	if !ok {
		return "", &sallyport.FieldError{Field: field, Code: "invalid_colour"}
	}
	return colour, nil
}

// parseText reads a text of several lines. It can neither turn what is around it nor push it away.
func parseText(field, s string) (string, *sallyport.FieldError) {
	s = norm.NFC.String(strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)))
	switch {
	case slices.ContainsFunc(strings.Split(s, "\n"), func(one string) bool { return !line.Fits(one) }):
		return "", &sallyport.FieldError{Field: field, Code: "invalid_characters"}
	case utf8.RuneCountInString(s) > MaxSignInText:
		return "", tooLong(field, MaxSignInText)
	}
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s, nil
}

func noAddress(field string) *sallyport.FieldError {
	return &sallyport.FieldError{Field: field, Code: "invalid_address"}
}

// parsePage reads the address of a page; "" for none. Only https: people come to it from the page
// where they type their password.
func parsePage(field, s string) (string, *sallyport.FieldError) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", nil
	case len(s) > MaxAddress:
		return "", tooLong(field, MaxAddress)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' }):
		return "", noAddress(field)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return "", noAddress(field)
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil || !validHost(strings.ToLower(host)) || !validPort(u.Port()) {
		return "", noAddress(field)
	}
	port := ""
	if u.Port() != "" {
		port = ":" + u.Port()
	}
	u.Host = strings.ToLower(host) + port
	s = u.String()
	switch {
	case len(s) > MaxAddress:
		return "", tooLong(field, MaxAddress)
	case strings.ContainsAny(s, "\"<>`^{|}"): // in the query, which is kept as it is
		return "", noAddress(field)
	}
	return s, nil
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}

// parseContact reads where to tell of a weakness: an address of a page, or mailto: and one mailbox.
func parseContact(field, s string) (string, *sallyport.FieldError) {
	s = strings.TrimSpace(s)
	scheme, rest, _ := strings.Cut(s, ":")
	if !strings.EqualFold(scheme, "mailto") {
		return parsePage(field, s)
	}
	mailbox, err := email.Parse(rest)
	if err != nil || strings.ContainsAny(mailbox, "?&%#/") { // it would be more than a mailbox
		return "", &sallyport.FieldError{Field: "securityContact", Code: "invalid_address"}
	}
	return "mailto:" + mailbox, nil
}
