package kit

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Chart shows values over time as a drawing, with the values of a moment on hover and by the arrow
// keys, and as a table. The drawing is made here, as SVG; see docs/adr/0014-charts.md.
//
// Texts are HTML around the drawings, so that they have the same size on every screen. Shapes that
// are stretched with the page are paths; marks that keep their form are in columns, in percent.
type Chart struct {
	ID      string
	Kind    string // "bars", "lines" or "areas": a class
	Label   string // what the drawing is, for who does not see it
	Key     []ChartKey
	Ticks   []string // from the top
	Grid    string   // SVG path of the lines of the ticks
	Shapes  []ChartShape
	Columns []ChartColumn
	Times   []ChartTime
	Days    bool // a column is a day or more, and its name a date
	Rows    []ChartRow
	Nothing string // said in the middle when there is nothing to see
}

// ChartKey says what a colour stands for, in the order in which the parts are stacked.
type ChartKey struct {
	Tone  string
	Name  string
	Total string // of all columns; "" where a sum means nothing
	Class string // for the second of two lines
}

// ChartShape is a part that goes through all columns.
type ChartShape struct {
	Tone  string
	Class string
	Line  string // SVG paths; "" for none
	Area  string
	Dots  string // values that no line leads to
}

// ChartColumn is what the pointer and the keys find at one time.
type ChartColumn struct {
	When   string
	Late   bool // in the second half: what it says stands before it
	At     string
	Marks  []ChartMark
	Values []ChartValue
}

// ChartMark is the segment of a bar, or without a height the point of a line.
type ChartMark struct{ Tone, Y, Height string }

// ChartValue is the value of one part.
type ChartValue struct{ Tone, Name, Text string }

// ChartTime is a time under the drawing.
type ChartTime struct {
	At     string
	Anchor string // of SVG
	Text   string
	Spare  bool // left out where there is little room
}

// ChartRow is a row of the table.
type ChartRow struct {
	When  string
	Cells []string
}

// ChartPart is what a chart shows one of: an outcome, a strength. Its tone is that of a pill:
// "good", "info", "warn", "bad" or "plain".
type ChartPart struct{ Tone, Name string }

// ChartPoint is a span of time with the values of its parts. NaN is a value that nobody knows.
type ChartPoint struct {
	From, To time.Time
	Values   []float64
}

// value is that of a part; NaN when there is none.
func (p ChartPoint) value(part int) float64 { return valueOf(p.Values, part) }

func valueOf(values []float64, part int) float64 {
	if part >= len(values) {
		return math.NaN()
	}
	return values[part]
}

// chartWidth is how wide a drawing is, in units that are stretched to the page; it is 100 high. It
// is near the width on screens: browsers draw lines badly that are stretched a hundred times.
const chartWidth = 1000

// xOf is where one of n points is that go from the left edge to the right one. A single point is
// in the middle.
func xOf(i, n int) float64 {
	if n == 1 {
		return chartWidth / 2
	}
	return chartWidth * float64(i) / float64(n-1)
}

// plot is what the kinds of charts have in common while one is drawn.
type plot struct {
	Speaker
	parts  []ChartPart
	points []ChartPoint
	write  func(value float64) string
	top    float64 // the value at the upper edge
}

// chart makes the frame of a chart: everything but its shapes and marks.
func (p *plot) chart(id, kind string, labels []string) *Chart {
	c := &Chart{ID: id, Kind: kind, Ticks: labels, Times: p.times(kind == "bars"), Days: !p.hours()}
	for i := range labels {
		c.Grid += fmt.Sprintf("M0 %sH%d", short(100*float64(i)/float64(len(labels)-1)), chartWidth)
	}
	names := make([]string, len(p.parts))
	for i, part := range p.parts {
		names[i] = part.Name
		c.Key = append(c.Key, ChartKey{Tone: part.Tone, Name: part.Name})
	}
	for i := range p.points {
		c.add(p, i)
	}
	if last := len(c.Rows) - 1; last >= 0 {
		c.Label = p.T("chart.drawing", "Names", p.list(names), "From", c.Rows[0].When, "To", c.Rows[last].When)
	} else {
		c.Nothing = p.T("chart.empty")
	}
	return c
}

// add says the values of a point, in a column of the drawing and in a row of the table.
func (c *Chart) add(p *plot, i int) {
	column := ChartColumn{When: p.when(p.points[i]), Late: 2*i >= len(p.points), At: "50%"}
	row := ChartRow{When: column.When}
	for j, part := range p.parts {
		text := p.text(p.points[i].value(j))
		column.Values = append(column.Values, ChartValue{Tone: part.Tone, Name: part.Name, Text: text})
		row.Cells = append(row.Cells, text)
	}
	c.Columns, c.Rows = append(c.Columns, column), append(c.Rows, row)
}

// text writes a value for people.
func (p *plot) text(value float64) string {
	if !known(value) {
		return p.T("chart.unknown")
	}
	return p.write(value)
}

// y is how far below the upper edge a value is, in hundredths of the drawing.
func (p *plot) y(value float64) float64 { return 100 - 100*min(max(value/p.top, 0), 1) }

// mostThings is what a number of things is cut down to: more is a mistake, and not an int everywhere.
const mostThings = 1e15

// count writes a number of things.
func (p *plot) count(value float64) string {
	return p.Number(int(math.Round(min(max(value, -mostThings), mostThings))))
}

// percent writes a share, from 0 to 1.
func (p *plot) percent(value float64) string {
	return p.T("chart.percent", "Count", percent(value))
}

func percent(share float64) int { return int(math.Round(share * 100)) }

func known(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }

// short writes a number of a drawing with one digit after the point at most.
func short(value float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0")
}
