package list

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Condition is a filter with its values.
type Condition struct {
	Field Field
	Given []string // as in the address, in canonical form

	Texts []string     // for ID, Exact and Text: one; for IDs and Choice: any of them
	Time  time.Time    // for Since and Before
	Range netip.Prefix // for Network
}

// Wrong is a parameter of an address that does not fit the list. It has the shape of
// sallyport.FieldError.
type Wrong struct {
	Field string
	Code  string // stable snake_case rule, for example "unknown_value"
	Args  map[string]string
}

func (w *Wrong) Error() string { return w.Field + " " + w.Code }

// Refused are all parameters of an address that do not fit.
type Refused []*Wrong

func (r Refused) Error() string {
	all := make([]string, len(r))
	for i, w := range r {
		all[i] = w.Error()
	}
	return strings.Join(all, "; ")
}

// Unwrap returns them one by one.
func (r Refused) Unwrap() []error {
	all := make([]error, len(r))
	for i, w := range r {
		all[i] = w
	}
	return all
}

// refuse returns the error that a field's values break a rule.
func (f Field) refuse(code string) *Wrong { return &Wrong{Field: f.Name, Code: code} }

// parse reads the values of a field; there is at least one.
func (f Field) parse(given []string) (c Condition, wrong *Wrong) {
	c.Field = f
	if f.Kind == Choice {
		for _, o := range f.Choices {
			if slices.Contains(given, o.Value) {
				c.Texts = append(c.Texts, o.Value)
			}
		}
		c.Given = slices.Clone(c.Texts)
		if slices.ContainsFunc(given, func(s string) bool { return !slices.Contains(c.Texts, s) }) {
			return c, f.refuse("unknown_value")
		}
		return c, nil
	}
	if f.Kind == IDs {
		c.Given = slices.Compact(slices.Sorted(slices.Values(given)))
		c.Texts = c.Given
		if len(c.Given) > mostIDs || slices.ContainsFunc(given, func(s string) bool { return !plain(s) }) {
			return c, f.refuse("invalid")
		}
		return c, nil
	}
	if len(given) > 1 {
		return c, f.refuse("invalid") // an id, text, time or network has one value
	}
	text := given[0]
	c.Given = given
	switch f.Kind {
	case ID:
		c.Texts = given
		if !plain(text) {
			return c, f.refuse("invalid")
		}
	case Text, Exact:
		text = strings.TrimSpace(text)
		c.Texts, c.Given = []string{text}, []string{text}
		if text == "" || len(text) > longestText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return c, f.refuse("invalid")
		}
	case Since, Before:
		ok := false
		if c.Time, c.Given[0], ok = moment(text, f.Kind == Before); !ok {
			return c, f.refuse("invalid_time")
		}
	case Network:
		p, ok := ParseNetwork(text)
		if !ok {
			return c, f.refuse("invalid_network")
		}
		c.Range, c.Given[0] = p, p.String()
		if p.IsSingleIP() {
			c.Given[0] = p.Addr().String()
		}
	}
	return c, nil
}

const (
	longestID   = 64  // longer than any id, in bytes
	longestText = 200 // bytes
	mostIDs     = 50
)

// plain reports whether a text can be an id. Other texts are not sent to the database,
// which could fail on them instead of finding nothing.
func plain(s string) bool {
	return s != "" && len(s) <= longestID && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// moment reads a date or a time, and returns its canonical form. The end of a date is the
// beginning of the next one.
func moment(text string, end bool) (at time.Time, canonical string, ok bool) {
	at, err := time.Parse(time.DateOnly, text)
	if err == nil {
		if end {
			at = at.AddDate(0, 0, 1)
		}
		return at, text, true
	}
	if at, err = time.Parse(time.RFC3339, text); err != nil {
		return at, "", false
	}
	at = at.UTC().Truncate(time.Microsecond) // times are stored in microseconds
	return at, at.Format(time.RFC3339Nano), at.Year() > 0 && at.Year() < 10000
}

// ParseNetwork reads an address or a range, without what stands behind the range's bits. An
// IPv4-mapped IPv6 address is read as the IPv4 one.
func ParseNetwork(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), a.Zone() == ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, false
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}
