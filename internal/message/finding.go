package message

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Finding returns why a sign-in was unusual, as a sentence without a full stop:
// "1,900 km from a sign-in in Lisbon 40 minutes earlier". The owner and admins read it
// days later, so it has neither "today" nor "your". A missing argument, as in old stored
// findings, leaves out its part of the sentence.
func (p *Printer) Finding(f sallyport.Finding) string {
	number := func(name string) int {
		n, _ := strconv.Atoi(f.Args[name]) // 0 when missing
		return n
	}
	id := "risk." + string(f.Signal)
	switch f.Signal {
	case "impossible_travel":
		distance, earlier := p.Number(number("km")), p.earlier(number("minutes"))
		from := f.Args["from"]
		if from == "" {
			from = p.inCountry(f.Args["fromCountry"])
		}
		if from == "" {
			return p.T("risk.impossible_travelNowhere", "Distance", distance, "Earlier", earlier)
		}
		return p.T(id, "Distance", distance, "Place", from, "Earlier", earlier)
	case "new_country":
		country := p.inCountry(f.Args["country"])
		if days := number("days"); days > 0 {
			return p.T("risk.new_countryAgain", "Country", country, "Duration", p.span(days))
		}
		return p.T(id, "Country", country)
	case "long_silence":
		return p.T(id, "Duration", p.span(number("days")))
	case "mfa_failures", "many_accounts":
		return p.N(id, number("count"))
	case "fingerprint_jump":
		return p.T(id, "Parts", p.parts(strings.Split(f.Args["changed"], ",")))
	}
	return p.T(id)
}

// Number writes a number with the thousands separators of the language.
func (p *Printer) Number(n int) string { return p.numbers.Sprint(n) }

// Tenths writes a number with one digit after the comma, which is never rounded up.
func (p *Printer) Tenths(v float64) string { return p.numbers.Sprintf("%.1f", math.Floor(v*10)/10) }

// earlier writes how long before a sign-in another one was. Below two hours it gives
// minutes, since they show that a distance is impossible.
func (p *Printer) earlier(minutes int) string {
	switch {
	case minutes < 1:
		return p.T("risk.momentsEarlier")
	case minutes < 120:
		return p.N("risk.minutesEarlier", minutes)
	}
	return p.N("risk.hoursEarlier", minutes/60)
}

// span writes a number of days in days, months or years.
func (p *Printer) span(days int) string {
	switch d := time.Duration(days) * day; {
	case d < 2*month:
		return p.N("risk.days", days)
	case d < 2*year:
		return p.N("risk.months", int(d/month))
	default:
		return p.N("risk.years", int(d/year))
	}
}

// inCountry returns the name of a country as it is written inside a sentence: some names
// need an article in some languages. It is "" for "".
func (p *Printer) inCountry(code string) string {
	if code != "" && slices.Contains(strings.Fields(p.T("risk.articled")), code) {
		return p.T("risk.withArticle", "Country", p.Country(code))
	}
	return p.Country(code)
}

// parts writes the names of what changed about a device: "system, memory and screen".
// Unknown names are written unchanged.
func (p *Printer) parts(names []string) string {
	list := ""
	for i, name := range names {
		if id := "risk." + name; p.Has(id) {
			name = p.T(id)
		}
		switch {
		case i == 0:
			list = name
		case i == len(names)-1:
			list = p.T("risk.listLast", "First", list, "Last", name)
		default:
			list = p.T("risk.listNext", "First", list, "Next", name)
		}
	}
	return list
}
