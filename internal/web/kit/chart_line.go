package kit

import (
	"fmt"
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
		shape.Line, shape.Area, shape.Dots = linePath(at)
		if len(p.parts) > 1 { // areas would lie on each other
			shape.Area = ""
		}
		c.Shapes = append(c.Shapes, shape)
	}
	return c
}

// edges makes the first point lie on the left edge, and the last on the right one.
func (p *plot) edges(c *Chart) {
	if last := len(p.points) - 1; last > 0 {
		c.Columns[0].At, c.Columns[last].At = "0%", "100%"
	}
}

// linePath goes through values, and ends and begins anew where one is not known. The area is what
// is below it; a value that is alone is a dot.
func linePath(values []float64) (line, area, dots string) {
	for i := 0; i < len(values); i++ {
		from := i
		for i < len(values) && known(values[i]) {
			i++
		}
		switch i - from {
		case 0:
		case 1: // the round ends of a line that is nearly nothing
			dots += dotAt(values, from)
		default:
			l := lineThrough(values, from, i)
			line += l
			area += l + fmt.Sprintf("V100H%sZ", short(xOf(from, len(values))))
		}
	}
	return line, area, dots
}

func lineThrough(values []float64, from, to int) string {
	var out strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&out, "%c%s %s", "ML"[min(i-from, 1)], short(xOf(i, len(values))), short(values[i]))
	}
	return out.String()
}

func dotAt(values []float64, i int) string {
	return fmt.Sprintf("M%s %sh0", short(xOf(i, len(values))), short(values[i]))
}
