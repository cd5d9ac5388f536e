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
		shape.Line, shape.Area, shape.Dots = linePath(at, p.left())
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
// not known. The area is what is below it; a value that is alone is a dot.
func linePath(values []float64, left float64) (line, area, dots string) {
	for i := 0; i < len(values); i++ {
		n := 0
		for i+n < len(values) && known(values[i+n]) {
			n++
		}
		switch n {
		case 0:
		case 1: // the round ends of a line that is nearly nothing
			dots += dotAt(left+float64(i), values[i])
		default:
			l := lineThrough(values[i:i+n], left+float64(i))
			line += l
			area += l + fmt.Sprintf("V100H%sZ", short(left+float64(i)))
		}
		i += n
	}
	return line, area, dots
}

func lineThrough(values []float64, x float64) string {
	var out strings.Builder
	for i, y := range values {
		fmt.Fprintf(&out, "%c%s %s", "ML"[min(i, 1)], short(x+float64(i)), short(y))
	}
	return out.String()
}

func dotAt(x, y float64) string { return fmt.Sprintf("M%s %sh0", short(x), short(y)) }
