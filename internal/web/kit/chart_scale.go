package kit

import (
	"math"
	"time"
)

// ticks returns the round number at the upper edge of a drawing that has room for the highest
// value, and in how many equal steps it is reached: at most three, of 1, 2 or 5 times a power of ten.
func ticks(highest float64) (top float64, steps int) {
	const most = 3
	if !known(highest) || highest <= 1 { // things are counted: there is no half of one
		return 1, 1
	}
	power := math.Pow(10, math.Floor(math.Log10(highest/most)))
	for _, unit := range []float64{1, 2, 5, 10} {
		if step := max(unit*power, 1); highest <= most*step {
			steps = int(math.Ceil(highest / step))
			return step * float64(steps), steps
		}
	}
	return most * 10 * power, most
}

// scale sets the upper edge for the highest value, and returns the labels from there to 0.
func (p *plot) scale(highest float64) (labels []string) {
	top, steps := ticks(highest)
	p.top = top
	for i := steps; i >= 0; i-- {
		labels = append(labels, p.write(top*float64(i)/float64(steps)))
	}
	return labels
}

// scalePercent is scale for shares: its steps are round in percent.
func (p *plot) scalePercent(highest float64) (labels []string) {
	top, steps := ticks(100 * highest)
	if !known(highest) || top > 100 || highest <= 0 {
		top, steps = 100, 2
	}
	p.top = top / 100
	for i := steps; i >= 0; i-- {
		labels = append(labels, p.write(p.top*float64(i)/float64(steps)))
	}
	return labels
}

// highest returns the highest value that is known, and 0 when there is none above.
func (p *plot) highest() (highest float64) {
	for _, point := range p.points {
		for _, value := range point.Values {
			if known(value) {
				highest = max(highest, value)
			}
		}
	}
	return highest
}

const (
	oneDay = 24 * time.Hour
	// hoursFor is how long a drawing can be for its times to be hours.
	hoursFor = 36 * time.Hour
)

// hours reports whether a point is less than a day.
func (p *plot) hours() bool {
	return len(p.points) > 0 && p.points[0].To.Sub(p.points[0].From) < oneDay
}

// when names the time of a point: its day, its hours, or its first and last day.
func (p *plot) when(at ChartPoint) string {
	from, to := at.From.UTC(), at.To.UTC()
	switch length := to.Sub(from); {
	case length < oneDay:
		return p.T("chart.hours", "Date", p.dayMonth(from), "From", from.Format("15:04"), "To", to.Format("15:04"))
	case length == oneDay:
		return p.Date(from, time.UTC)
	}
	return p.T("chart.days", "From", p.dayMonth(from), "To", p.Date(to.Add(-time.Nanosecond), time.UTC))
}

func (p *plot) dayMonth(t time.Time) string {
	return p.T("chart.dayMonth", "Day", t.Day(), "Month", p.T("month."+t.Format("01")))
}

// timeSteps are how many columns can be from one time under the drawing to the next: as many as
// leave whole hours, days and weeks where columns are those.
var timeSteps = []int{1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 48, 72, 96, 168}

// times are the first time, the last, and a few between them. Bars stand in the middle of their
// columns; lines begin and end at the edges.
func (p *plot) times(bars bool) (times []ChartTime) {
	last := len(p.points) - 1
	if last < 0 {
		return nil
	}
	step := timeStep(last)
	for i := 0; i < last; i += step {
		t := p.time(i, bars)
		crowded := i > 0 && 8*(last-i) < last // nearer to the last than its text is long
		if crowded || len(times) > 0 && times[len(times)-1].Text == t.Text {
			continue
		}
		times = append(times, t)
	}
	end := p.time(last, bars)
	if n := len(times); n > 1 && times[n-1].Text == end.Text { // hours of the same day
		times = times[:n-1]
	}
	times = append(times, end)
	for i := 1; i < len(times)-1; i++ {
		times[i].Spare = i != len(times)/2
	}
	return times
}

// timeStep is how many columns are from one time to the next, where the last is that far away.
func timeStep(last int) int {
	const most = 5 // spaces between times
	for _, step := range timeSteps {
		if step*most > last {
			return step
		}
	}
	return last/most + 1
}

func (p *plot) time(i int, bars bool) ChartTime {
	n := len(p.points)
	t := ChartTime{At: p.across(i, bars), Anchor: "middle", Text: p.dayMonth(p.points[i].From.UTC())}
	if p.points[n-1].To.Sub(p.points[0].From) <= hoursFor && p.hours() {
		t.Text = p.points[i].From.UTC().Format("15:04")
	}
	switch {
	case n == 1:
	case i == 0:
		t.At, t.Anchor = "0%", "start"
	case i == n-1:
		t.At, t.Anchor = "100%", "end"
	}
	return t
}

// across is where a point is between the left edge and the right one.
func (p *plot) across(i int, bars bool) string {
	n := len(p.points)
	if bars || n == 1 {
		return short(100*(float64(i)+0.5)/float64(n)) + "%"
	}
	return short(100*float64(i)/float64(n-1)) + "%"
}
