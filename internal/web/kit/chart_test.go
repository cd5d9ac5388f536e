package kit

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"github.com/sallyport/sallyport/internal/message"
)

func chartSpeaker(lang string) Speaker {
	return Speaker{Printer: message.For(lang), Now: time.Date(2026, time.November, 21, 13, 32, 0, 0, time.UTC), Zone: time.UTC}
}

// hoursOf are points of one hour each, with one value.
func hoursOf(values ...float64) (points []ChartPoint) {
	return pointsOf(time.Hour, values...)
}

func pointsOf(length time.Duration, values ...float64) (points []ChartPoint) {
	from := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
	for i, v := range values {
		at := from.Add(time.Duration(i) * length)
		points = append(points, ChartPoint{From: at, To: at.Add(length), Values: []float64{v}})
	}
	return points
}

var onePart = []ChartPart{{Tone: "good", Name: "Signed in"}}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		highest, top float64
		steps        int
	}{
		{0, 1, 1}, {0.3, 1, 1}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 2}, {5, 6, 3}, {7, 10, 2}, {10, 10, 2}, {11, 15, 3}, {16, 20, 2},
		{29, 30, 3}, {31, 40, 2}, {99, 100, 2}, {100, 100, 2}, {101, 150, 3}, {600, 600, 3}, {601, 1000, 2}, {1_234_567, 1_500_000, 3},
		{math.NaN(), 1, 1}, {math.Inf(1), 1, 1}, {-5, 1, 1},
	} {
		if top, steps := ticks(c.highest); top != c.top || steps != c.steps {
			t.Errorf("for %v the upper edge is %v in %d steps, want %v in %d", c.highest, top, steps, c.top, c.steps)
		}
	}
	for highest := 1.5; highest < 1e14; highest *= 1.07 {
		top, steps := ticks(highest)
		if top < highest || steps < 2 || steps > 3 || top > 2.5*highest || top/float64(steps) != math.Trunc(top/float64(steps)) {
			t.Fatalf("for %v the upper edge is %v in %d steps", highest, top, steps)
		}
	}
}

func TestTickLabels(t *testing.T) {
	for _, c := range []struct {
		lang  string
		chart func(s Speaker) *Chart
		want  []string
	}{
		{"en", func(s Speaker) *Chart { return ViewBars(s, "x", onePart, hoursOf(1204)) }, []string{"1,500", "1,000", "500", "0"}},
		{"de", func(s Speaker) *Chart { return ViewBars(s, "x", onePart, hoursOf(1204)) }, []string{"1.500", "1.000", "500", "0"}},
		{"en", func(s Speaker) *Chart { return ViewLines(s, "x", onePart, hoursOf(0, 0)) }, []string{"1", "0"}},
		{"en", func(s Speaker) *Chart { return ViewLines(s, "x", onePart, nil) }, []string{"1", "0"}},
		{"en", func(s Speaker) *Chart { return ViewPercents(s, "x", onePart, hoursOf(0.5, 0.93)) }, []string{"100 %", "50 %", "0 %"}},
		{"en", func(s Speaker) *Chart { return ViewPercents(s, "x", onePart, hoursOf(0.05)) }, []string{"6 %", "4 %", "2 %", "0 %"}},
		{"en", func(s Speaker) *Chart { return ViewPercents(s, "x", onePart, hoursOf(0, math.NaN())) }, []string{"100 %", "50 %", "0 %"}},
	} {
		if got := c.chart(chartSpeaker(c.lang)).Ticks; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
}

func TestChartTimes(t *testing.T) {
	for _, c := range []struct {
		n      int
		length time.Duration
		want   string
	}{
		{0, time.Hour, ""},
		{1, time.Hour, "00:00"},
		{2, time.Hour, "00:00 01:00"},
		{24, time.Hour, "00:00 06:00 12:00 18:00 23:00"},
		{48, time.Hour, "20 Nov, 21 Nov"},
		{168, time.Hour, "20 Nov, 22 Nov, 24 Nov, 26 Nov"},
		{7, oneDay, "20 Nov, 22 Nov, 24 Nov, 26 Nov"},
		{30, oneDay, "20 Nov, 26 Nov, 2 Dec, 8 Dec, 14 Dec, 19 Dec"},
	} {
		var got []string
		chart := ViewBars(chartSpeaker("en"), "x", onePart, pointsOf(c.length, make([]float64, c.n)...))
		for i, at := range chart.Times {
			got = append(got, at.Text)
			if n := len(chart.Times); n > 1 && (i == 0 || i == n-1) && at.Spare {
				t.Errorf("%d points: %s at the edge is left out on a phone", c.n, at.Text)
			}
		}
		sep := ", "
		if strings.Contains(c.want, ":") {
			sep = " "
		}
		if text := strings.Join(got, sep); text != c.want {
			t.Errorf("%d points of %v: %q, want %q", c.n, c.length, text, c.want)
		}
	}
}

func TestWhenOfAPoint(t *testing.T) {
	for length, want := range map[time.Duration]string{
		time.Hour: "20 Nov, 00:00–01:00", 6 * time.Hour: "20 Nov, 00:00–06:00", oneDay: "20 Nov 2026", 7 * oneDay: "20 Nov – 26 Nov 2026",
	} {
		if got := ViewBars(chartSpeaker("en"), "x", onePart, pointsOf(length, 1)).Columns[0].When; got != want {
			t.Errorf("%v: %q, want %q", length, got, want)
		}
	}
}

func TestLinePaths(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values           []float64
		line, area, dots string
	}{
		{nil, "", "", ""},
		{[]float64{nan}, "", "", ""},
		{[]float64{50}, "", "", "M500 50h0"},
		{[]float64{0, 100}, "M0 0L1000 100", "M0 0L1000 100V100H0Z", ""},
		{[]float64{10, 20, nan, 30, nan, 40, 40}, "M0 10L166.7 20M833.3 40L1000 40", "M0 10L166.7 20V100H0ZM833.3 40L1000 40V100H833.3Z", "M500 30h0"},
		{[]float64{nan, nan, 33.333}, "", "", "M1000 33.3h0"},
	} {
		if line, area, dots := linePath(c.values); line != c.line || area != c.area || dots != c.dots {
			t.Errorf("%v: line %q, area %q, dots %q", c.values, line, area, dots)
		}
	}
}

func TestSparklines(t *testing.T) {
	for _, c := range []struct {
		values     []float64
		line, last string
	}{
		{nil, "", ""},
		{[]float64{7}, "M0 50L1000 50", "M1000 50h0"},
		{[]float64{0, 0, 0}, "M0 100L500 100L1000 100", "M1000 100h0"},
		{[]float64{7, 7, 7}, "M0 50L500 50L1000 50", "M1000 50h0"},
		{[]float64{1, 2, 3}, "M0 100L500 50L1000 0", "M1000 0h0"},
		{[]float64{1, 3, math.NaN()}, "M0 100L500 0", ""},
		{[]float64{math.Inf(1), 3, 5}, "M500 100L1000 0", "M1000 0h0"},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, "M0 100L1000 0", "M1000 0h0"},
	} {
		if s := ViewSparkline(c.values); s.Line != c.line || s.Last != c.last {
			t.Errorf("%v: %q, ends with %q", c.values, s.Line, s.Last)
		}
	}
}

// The segments of a bar lie on each other and within the drawing, and what happened once can be seen.
func TestBars(t *testing.T) {
	parts := []ChartPart{{"good", "Signed in"}, {"warn", "Challenged"}, {"bad", "Failed"}}
	from := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
	for _, values := range [][]float64{{1000, 0, 1}, {0, 0, 0}, {1e300, 1, 1}, {math.NaN(), 5, -3}, {1, 1, 1}, {7}, {math.Inf(1), 2, 2}, {math.MaxFloat64, math.MaxFloat64, 1}} {
		c := ViewBars(chartSpeaker("en"), "x", parts, []ChartPoint{{From: from, To: from.Add(time.Hour), Values: values}})
		bottom, seen := 100.0, 0
		for _, m := range c.Columns[0].Marks {
			y, height := number(t, m.Y), number(t, m.Height)
			if height < 1 || math.Abs(y+height-bottom) > 0.15 || y < -0.1 {
				t.Errorf("%v: %+v on %v", values, m, bottom)
			}
			bottom = y
			seen++
		}
		want := 0
		for _, v := range values {
			if known(v) && v > 0 {
				want++
			}
		}
		if seen != want || (want == 0) != (c.Nothing != "") {
			t.Errorf("%v: %d segments, %q", values, seen, c.Nothing)
		}
		if len(c.Rows[0].Cells) != len(parts) {
			t.Errorf("%v: the table has %q", values, c.Rows[0].Cells)
		}
	}
}

func number(t *testing.T, percent string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestShares(t *testing.T) {
	day := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
	parts := []ChartPart{{"good", "Strong"}, {"info", "Weak"}}
	one := ViewChart(chartSpeaker("en"), "x", parts, []ChartDay{{day, []float64{0.5, 0.25}}})
	if got := one.Shapes[1].Area; got != "M0 25L1000 25L1000 50L0 50Z" {
		t.Errorf("a single day: %q", got)
	}
	two := ViewChart(chartSpeaker("en"), "x", parts, []ChartDay{{day, []float64{0.5, 0.25}}, {day.Add(oneDay), []float64{0.9, 0.3}}})
	if got := two.Shapes[1].Area; got != "M0 25L1000 0L1000 10L0 50Z" {
		t.Errorf("more than the whole: %q", got)
	}
	if got := two.Columns[1]; got.When != "21 Nov 2026" || got.Values[0].Text != "90 %" || got.At != "100%" {
		t.Errorf("%+v", got)
	}
	if none := ViewChart(chartSpeaker("en"), "x", parts, nil); none.Nothing == "" || none.Shapes[0].Area != "" {
		t.Errorf("no days: %+v", none)
	}
}

// Every country that there is a flag of, and every region that x/text knows, has a row; what the
// map has is a shape.
func TestMapTakesEveryCountry(t *testing.T) {
	flags, err := staticFiles.ReadDir("static/flags")
	if err != nil || len(flags) < 200 {
		t.Fatalf("%d flags, %v", len(flags), err)
	}
	places := []MapPlace{{Country: "", Values: []float64{1, 2}}, {Country: "??", Values: nil}, {Country: "land", Values: []float64{1}}}
	for _, f := range flags {
		places = append(places, MapPlace{Country: strings.ToUpper(strings.TrimSuffix(f.Name(), ".svg")), Values: []float64{3, 1}})
	}
	parts := []ChartPart{{"good", "Signed in"}, {"bad", "Failed"}}
	m := ViewMap(chartSpeaker("en"), "x", parts, 1, places)
	if len(m.All) != len(places) || len(m.Rows) != mapRows || m.More == "" {
		t.Errorf("%d rows of %d, %d of them shown, %q", len(m.All), len(places), len(m.Rows), m.More)
	}
	if got := m.Rows[0].Place; got.Text != "Unknown location" || got.Flag != "" {
		t.Errorf("the first row is of %+v", got)
	}
	if len(m.Shapes) < 230 {
		t.Errorf("%d countries are on the map", len(m.Shapes))
	}
	var without []string
	for _, place := range places {
		region, err := language.ParseRegion(place.Country)
		if err == nil && region.IsCountry() && !onMap(strings.ToLower(region.Canonicalize().String())) {
			without = append(without, place.Country)
		}
	}
	slices.Sort(without)
	// No man's lands and codes that ISO 3166-1 only reserves.
	if want := []string{"AC", "AN", "AQ", "BV", "CP", "CQ", "DG", "EA", "IC", "SU", "TA", "UM", "UN", "YU"}; !slices.Equal(without, want) {
		t.Errorf("not on the map are %q, want %q", without, want)
	}
	for _, must := range []string{"SG", "MT", "HK", "GF", "XK", "SJ", "RE", "GI", "US", "TW"} {
		if !onMap(strings.ToLower(must)) {
			t.Errorf("%s is not on the map", must)
		}
	}
}

func TestMapSorts(t *testing.T) {
	parts := []ChartPart{{"good", "Signed in"}, {"bad", "Failed"}}
	m := ViewMap(chartSpeaker("en"), "x", parts, 1, []MapPlace{
		{"FR", []float64{9, 0}}, {"DE", []float64{5, 4}}, {"AT", []float64{8, 4}}, {"", []float64{0, 60}}, {"AQ", []float64{8, 4}},
	})
	var got []string
	for _, row := range m.Rows {
		got = append(got, row.Place.Text)
	}
	if want := []string{"Unknown location", "Antarctica", "Austria", "Germany", "France"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(m.Shapes) != 3 || m.Shapes[0].Step != 2 || m.Shapes[2].Step != 0 || m.Most != "60" || m.More != "" {
		t.Errorf("%+v", m)
	}
	if none := ViewMap(chartSpeaker("en"), "x", parts, 0, nil); none.Most != "" || len(none.Rows) != 0 {
		t.Errorf("nowhere: %+v", none)
	}
}

func TestMapSteps(t *testing.T) {
	for _, c := range []struct {
		value, most float64
		want        int
	}{{0, 0, 0}, {0, 9, 0}, {1, 1, 5}, {1, 1000, 1}, {30, 1000, 3}, {999, 1000, 5}, {1000, 1000, 5}, {1, 1e300, 1}} {
		if got := mapStep(c.value, c.most); got != c.want {
			t.Errorf("%v of %v is step %d, want %d", c.value, c.most, got, c.want)
		}
	}
}

// Every tone can be told from the card it is drawn on, in light and dark: WCAG 1.4.11.
func TestChartTonesHaveContrast(t *testing.T) {
	css := string(loadAssets().byName["sallyport.css"].body) + string(loadAssets().byName["figures.css"].body)
	pair := func(name string) []string {
		m := regexp.MustCompile(name + `: light-dark\((#\w{6}), (#\w{6})\)`).FindStringSubmatch(css)
		if m == nil {
			t.Fatalf("%s has no colours", name)
		}
		return m[1:]
	}
	card := pair("--sp-surface")
	for _, tone := range []string{"good", "info", "warn", "bad", "plain"} {
		for i, colour := range pair(`\.sp-chart-` + tone + ` \{ --sp-chart`) {
			if ratio := contrast(t, colour, card[i]); ratio < 3 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", tone, colour, card[i], ratio)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	light := func(colour string) float64 {
		n, err := strconv.ParseUint(colour[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		channel := func(shift int) float64 {
			v := float64(n>>shift&255) / 255
			if v <= 0.04045 {
				return v / 12.92
			}
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
