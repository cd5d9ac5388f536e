package kit

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// ViewLines draws one or two counts over time as lines.
func ViewLines(s Speaker, id string, parts []ChartPart, points []ChartPoint) *Chart {
	p := &plot{Speaker: s, parts: parts, points: points}
	p.write = p.count
	return p.lines(id, p.scale(p.highest()))
}

// ViewPercents draws shares over time as lines, each from 0 to 1 and shown in percent.
func ViewPercents(s Speaker, id string, parts []ChartPart, points []ChartPoint) *Chart {
	p := &plot{Speaker: s, parts: parts, points: points}
	p.write = p.percent
	return p.lines(id, p.scalePercent(p.highest()))
}

// lineLooks tell lines apart without colours: through, dashed, dotted.
var lineLooks = []string{"", "is-second", "is-third"}

func (p *plot) lines(id string, labels []string) *Chart {
	c := p.chart(id, "lines", labels)
	p.edges(c)
	for i, part := range p.parts {
		look := lineLooks[i%len(lineLooks)]
		c.Key[i].Class = look
		var at []float64
		for j, point := range p.points {
			y := point.value(i)
			if known(y) {
				y = p.y(y)
				c.Columns[j].Marks = append(c.Columns[j].Marks, ChartMark{Tone: part.Tone, Y: short(y) + "%"})
			}
			at = append(at, y)
		}
		shape := ChartShape{Tone: part.Tone, Class: look}
		shape.Line, shape.Area = linePath(at, p.left())
		if len(p.parts) > 1 { // areas would lie on each other
			shape.Area = ""
		}
		c.Shapes = append(c.Shapes, shape)
	}
	return c
}

// left is where the first point is in the drawing: a single one is in its middle.
func (p *plot) left() float64 {
	if len(p.points) == 1 {
		return 0.5
	}
	return 0
}

// edges makes the first point lie on the left edge, and the last on the right one.
func (p *plot) edges(c *Chart) {
	last := len(p.points) - 1
	if last < 1 {
		return
	}
	c.Grid = strings.ReplaceAll(c.Grid, fmt.Sprintf("H%d", c.Width), fmt.Sprintf("H%d", last))
	c.Width = last
	c.Columns[0].At, c.Columns[last].At = "0%", "100%"
}

// linePath goes through values that are one unit apart, and ends and begins anew where one is
// not known. The area is what is below it.
func linePath(values []float64, left float64) (line, area string) {
	var l, a strings.Builder
	begin := -1 // of the line that is being drawn
	for i, y := range append(slices.Clone(values), math.NaN()) {
		x := left + float64(i)
		switch {
		case known(y) && begin < 0:
			begin = i
			fmt.Fprintf(&l, "M%s %s", short(x), short(y))
			fmt.Fprintf(&a, "M%s 100V%s", short(x), short(y))
		case known(y):
			fmt.Fprintf(&l, "L%s %s", short(x), short(y))
			fmt.Fprintf(&a, "L%s %s", short(x), short(y))
		case begin >= 0:
			if begin == i-1 { // one alone: the round end of a line without length is a point
				l.WriteString("h0")
			}
			fmt.Fprint(&a, "V100Z")
			begin = -1
		}
	}
	return l.String(), a.String()
}
