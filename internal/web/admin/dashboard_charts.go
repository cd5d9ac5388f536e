package admin

import (
	"math"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// outcomeGroups are the parts of the chart of sign-ins, from the bottom: outcomes by what an admin
// would do about them. Whatever is in none of them is in the last one.
var outcomeGroups = []struct {
	name, tone string
	outcomes   []string
}{
	{"succeeded", "good", []string{dashboard.Success}},
	{"wrongPassword", "warn", []string{string(sallyport.CodeInvalidCredentials)}},
	{"wrongFactor", "info", []string{string(sallyport.CodeMFAFailed)}},
	{"stopped", "bad", []string{string(sallyport.CodeAccountLocked), string(sallyport.CodeRateLimited), string(sallyport.CodeNetworkBlocked)}},
	{"other", "plain", nil},
}

// groupOf returns the part that an outcome belongs to.
func groupOf(outcome string) int {
	for i, g := range outcomeGroups {
		for _, o := range g.outcomes {
			if o == outcome {
				return i
			}
		}
	}
	return len(outcomeGroups) - 1
}

// viewSignIns draws who is trying to get in.
func viewSignIns(s kit.Speaker, o dashboard.Overview) *kit.Chart {
	var parts []kit.ChartPart
	for _, g := range outcomeGroups {
		parts = append(parts, kit.ChartPart{Tone: g.tone, Name: s.T("dashboard.outcome." + g.name)})
	}
	points := make([]kit.ChartPoint, len(o.Points))
	for i, p := range o.Points {
		values := make([]float64, len(parts))
		for outcome, n := range p.Outcomes {
			values[groupOf(outcome)] += float64(n)
		}
		points[i] = kit.ChartPoint{From: p.From, To: p.To, Values: values}
	}
	return kit.ViewBars(s, "sign-ins", parts, points)
}

// viewSessions draws how many are signed in.
func viewSessions(s kit.Speaker, o dashboard.Overview) *kit.Chart {
	parts := []kit.ChartPart{{Tone: "info", Name: s.T("dashboard.sessions")}, {Tone: "plain", Name: s.T("dashboard.people")}}
	return kit.ViewLines(s, "sessions", parts, gaugePoints(o, func(g dashboard.Gauges) []float64 { return []float64{float64(g.Sessions), float64(g.People)} }))
}

// methodTones are the tones of methods, by their place in the table of methods.
var methodTones = []string{"good", "info", "warn", "bad", "plain"}

// viewMethods draws which share of people has which method.
func viewMethods(s kit.Speaker, o dashboard.Overview) *kit.Chart {
	var parts []kit.ChartPart
	var names []string
	for _, m := range sallyport.Methods {
		if !m.StandIn {
			parts = append(parts, kit.ChartPart{Tone: methodTones[len(parts)%len(methodTones)], Name: s.MethodName(m.Name)})
			names = append(names, m.Name)
		}
	}
	return kit.ViewPercents(s, "methods", parts, gaugePoints(o, func(g dashboard.Gauges) []float64 {
		values := make([]float64, len(names))
		for i, name := range names {
			if values[i] = math.NaN(); g.Users > 0 {
				values[i] = float64(g.Methods[name]) / float64(g.Users)
			}
		}
		return values
	}))
}

// gaugePoints are figures at the ends of the steps.
func gaugePoints(o dashboard.Overview, of func(dashboard.Gauges) []float64) []kit.ChartPoint {
	out := make([]kit.ChartPoint, len(o.Points))
	for i, p := range o.Points {
		out[i] = kit.ChartPoint{From: p.From, To: p.To}
		if p.Gauges != nil {
			out[i].Values = of(*p.Gauges)
		}
	}
	return out
}

// viewCountries draws where attempts come from; the colours stand for those that failed.
func viewCountries(s kit.Speaker, o dashboard.Overview) *kit.Map {
	parts := []kit.ChartPart{{Tone: "good", Name: s.T("dashboard.outcome.succeeded")}, {Tone: "bad", Name: s.T("dashboard.outcome.failed")}}
	places := make([]kit.MapPlace, len(o.Countries))
	for i, c := range o.Countries {
		places[i] = kit.MapPlace{Country: c.Code, Values: []float64{float64(c.Succeeded), float64(c.Failed)}}
	}
	return kit.ViewMap(s, "countries", parts, 1, places)
}
