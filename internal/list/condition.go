package list

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Condition is a filter that is set.
type Condition struct {
	Field Field
	Given []string // as an address says it, each question in one way

	Texts []string     // of an ID: one; of a Choice: any of them
	Time  time.Time    // of Since and Before
	Range netip.Prefix // of a Network
}

// refuse says which rule the values of a field break.
func (f Field) refuse(code string) *sallyport.FieldError {
	return &sallyport.FieldError{Field: f.Name, Code: code}
}

// parse reads the values of a field, of which there is one at least.
func (f Field) parse(given []string) (c Condition, wrong *sallyport.FieldError) {
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
	if len(given) > 1 {
		return c, f.refuse("invalid") // two users at once are nobody's question
	}
	text := given[0]
	c.Given = given
	switch f.Kind {
	case ID:
		c.Texts = given
		if !plain(text) {
			return c, f.refuse("invalid")
		}
	case Since, Before:
		ok := false
		if c.Time, c.Given[0], ok = moment(text, f.Kind == Before); !ok {
			return c, f.refuse("invalid_time")
		}
	case Network:
		p, ok := network(text)
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

// longestID is longer than any id, in bytes.
const longestID = 64

// plain reports whether a text can be an id. What cannot be one does not reach a
// database, which may fail instead of finding nothing.
func plain(s string) bool {
	return s != "" && len(s) <= longestID && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// moment reads a date or a time, and says it in one way. The end of a date is the
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
	at = at.UTC().Truncate(time.Microsecond) // as times are stored
	return at, at.Format(time.RFC3339Nano), at.Year() > 0 && at.Year() < 10000
}

// network reads an address or a range. An IPv4 address that is written as an IPv6
// one is the same address.
func network(text string) (netip.Prefix, bool) {
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
