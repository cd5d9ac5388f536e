package follow

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/audit"
)

// facility is authpriv: what only those may read who look after security.
const facility = 10

// severities are those of RFC 5424 by the tone of a kind of event. The others are informational.
var severities = map[string]int{"bad": 4, "warn": 5}

const informational = 6

// enterprise is the number that RFC 5612 sets aside for examples: this project has none of its own.
const enterprise = "32473"

// bom begins a text in UTF-8, as RFC 5424 demands.
const bom = "\xef\xbb\xbf"

// format returns an entry as a message of RFC 5424.
func format(e Entry, host string) []byte {
	when := "-"
	if !e.At.IsZero() {
		when = e.At.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return fmt.Appendf(nil, "<%d>1 %s %s sallyport - %s [sallyport@%s position=\"%d\" id=\"%s\" tenant=\"%s\"] %s%s",
		facility*8+severity(e.Kind), when, host, word(e.Kind, 32), enterprise, e.Position, quoted.Replace(e.ID), quoted.Replace(e.TenantID),
		bom, strings.TrimSuffix(string(e.Line), "\n"))
}

// framed returns a message with its length before it, as RFC 6587 and RFC 5425 send it.
func framed(e Entry, host string) []byte {
	m := format(e, host)
	return append(append(strconv.AppendInt(nil, int64(len(m)), 10), ' '), m...)
}

// severity returns that of a kind of event. An event that is missing is as bad as any.
func severity(kind string) int {
	if kind == "" {
		return severities["bad"]
	}
	row, _ := audit.Of(audit.Kind(kind))
	if s, ok := severities[row.Look.Tone]; ok {
		return s
	}
	return informational
}

// quoted escapes the value of a parameter.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)

// word returns what fits into a field of the header: printable ASCII, "-" for nothing.
func word(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < '!' || r > '~' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "-"
	}
	return word(name, 255)
}
