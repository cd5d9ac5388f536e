package kit_test

import (
	"math"
	"time"

	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// chartsView shows each kind of chart.
type chartsView struct {
	Tiles  []chartTile
	Charts []chartShown
	Maps   []mapShown
}

type chartTile struct {
	Name   string
	Count  int
	Course kit.Sparkline
}

type chartShown struct {
	Title string
	Chart *kit.Chart
}

type mapShown struct {
	Title string
	Map   *kit.Map
}

var (
	outcomes = []kit.ChartPart{{Tone: "good", Name: "Signed in"}, {Tone: "warn", Name: "Challenged"}, {Tone: "bad", Name: "Failed"}}
	people   = []kit.ChartPart{{Tone: "info", Name: "Active sessions"}, {Tone: "plain", Name: "People"}}
	methods  = []kit.ChartPart{{Tone: "info", Name: "Passkey"}, {Tone: "good", Name: "Authenticator app"}}
)

// chartPages are pages with charts of so many points of such a length.
func chartPages() (all []kittest.Fixture) {
	for _, one := range []struct {
		name   string
		points int
		length time.Duration
	}{
		{"charts-none", 0, time.Hour},
		{"charts-one", 1, 24 * time.Hour},
		{"charts-24", 24, time.Hour},
		{"charts-30", 30, 24 * time.Hour},
		{"charts-170", 170, time.Hour},
	} {
		all = append(all, kittest.Fixture{Name: one.name, Template: "charts", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/charts", "Charts", &kittest.Amara, viewCharts(s, one.points, one.length))
		}})
	}
	return all
}

func viewCharts(s kit.Speaker, n int, length time.Duration) *chartsView {
	signIns, active, shares, nothing := made(n, length)
	var days []kit.ChartDay
	for _, p := range shares {
		days = append(days, kit.ChartDay{Day: p.From, Shares: p.Values})
	}
	v := &chartsView{Charts: []chartShown{
		{"Who signs in?", kit.ViewBars(s, "bars", outcomes, signIns)},
		{"How many are here?", kit.ViewLines(s, "lines", people, active)},
		{"How many sessions are there?", kit.ViewLines(s, "line", people[:1], active)},
		{"Which methods do people have?", kit.ViewPercents(s, "percents", methods, shares)},
		{"How far is two-factor?", kit.ViewChart(s, "shares", methods, days)},
		{"What was refused?", kit.ViewBars(s, "nothing", outcomes[2:], nothing)},
	}}
	var course []float64
	for _, p := range active {
		course = append(course, p.Values[0])
	}
	for _, tone := range []string{"good", "info", "warn", "bad", "plain"} {
		tile := chartTile{Name: tone, Count: 1204, Course: kit.ViewSparkline(course)}
		tile.Course.Tone = tone
		v.Tiles = append(v.Tiles, tile)
	}
	places := []kit.MapPlace{
		{Country: "DE", Values: []float64{1482, 31}}, {Country: "US", Values: []float64{310, 12}}, {Country: "RU", Values: []float64{0, 97}}, {Country: "SG", Values: []float64{22, 4}},
		{Country: "BR", Values: []float64{41, 240}}, {Country: "IN", Values: []float64{120, 3}}, {Country: "FR", Values: []float64{200, 1}}, {Country: "GB", Values: []float64{96, 0}},
		{Country: "", Values: []float64{9, 7}}, {Country: "MT", Values: []float64{3, 1}}, {Country: "ZA", Values: []float64{14, 2}}, {Country: "VC", Values: []float64{1, 0}},
	}[:min(max(n, 0), 12)]
	v.Maps = []mapShown{{"Who is trying to get in?", kit.ViewMap(s, "failed", []kit.ChartPart{outcomes[0], outcomes[2]}, 1, places)}}
	return v
}

// made returns values as an organisation has them: of the day and of the week, with an attack, and
// with a gap where nobody counted.
func made(n int, length time.Duration) (signIns, active, shares, nothing []kit.ChartPoint) {
	begin := kittest.Now.Truncate(length).Add(-time.Duration(n-1) * length)
	for i := range n {
		from := begin.Add(time.Duration(i) * length)
		at := func(values ...float64) kit.ChartPoint {
			return kit.ChartPoint{From: from, To: from.Add(length), Values: values}
		}
		busy := 0.15 + math.Pow(max(0, math.Sin(float64(from.Hour()-5)/24*2*math.Pi)), 1.5)
		if length >= 24*time.Hour {
			busy = []float64{0.2, 1, 1.1, 1.05, 0.95, 0.8, 0.25}[from.Weekday()]
		}
		failed := math.Round(6*busy + 3*math.Abs(math.Sin(float64(i)*2.7)))
		if i*3/max(n, 1) == 1 && i%7 < 2 {
			failed += 140
		}
		signIns = append(signIns, at(math.Round(310*busy+20*math.Sin(float64(i))+20), math.Round(22*busy), failed))
		sessions := 900 + 420*busy + 30*math.Cos(float64(i))
		if n > 5 && i > n/2 && i < n/2+3 {
			sessions = math.NaN()
		}
		active = append(active, at(math.Round(sessions), math.Round(300+240*busy)))
		shares = append(shares, at(0.18+0.3*float64(i)/float64(n), 0.31+0.08*math.Sin(float64(i)/9)))
		nothing = append(nothing, at(0))
	}
	return signIns, active, shares, nothing
}
