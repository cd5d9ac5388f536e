package kit

import (
	"fmt"
	"strings"
	"time"
)

// ChartDay is one day with the shares of its parts, each from 0 to 1.
type ChartDay struct {
	Day    time.Time
	Shares []float64
}

// ViewChart draws the shares that parts have of a whole over days, oldest first, as areas one
// above the other.
func ViewChart(s Speaker, id string, parts []ChartPart, days []ChartDay) *Chart {
	p := &plot{Speaker: s, parts: parts}
	p.write = p.percent
	for _, d := range days {
		p.points = append(p.points, ChartPoint{From: d.Day, To: d.Day.Add(oneDay), Values: d.Shares})
	}
	c := p.chart(id, "areas", p.scalePercent(1))
	p.edges(c)
	for i, part := range parts {
		c.Shapes = append(c.Shapes, ChartShape{Tone: part.Tone, Area: areaPath(days, i)})
	}
	return c
}

// areaPath is the outline of a part: its upper edge from the left to the right, and back along
// that of the parts below it. A single day is as wide as the drawing.
func areaPath(days []ChartDay, part int) string {
	switch len(days) {
	case 0:
		return ""
	case 1:
		days = []ChartDay{days[0], days[0]}
	}
	edge := func(d ChartDay, parts int) float64 {
		sum := 0.0
		for i := range parts {
			sum += drawable(valueOf(d.Shares, i))
		}
		return 100 - 100*min(sum, 1)
	}
	var b strings.Builder
	for i, d := range days {
		fmt.Fprintf(&b, "%c%s %s", "ML"[min(i, 1)], short(xOf(i, len(days))), short(edge(d, part+1)))
	}
	for i := len(days) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "L%s %s", short(xOf(i, len(days))), short(edge(days[i], part)))
	}
	return b.String() + "Z"
}
