package kit

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Chart shows shares of a whole over days, one above the other: as areas, with the values of a
// day on hover, and as a table.
type Chart struct {
	ID      string
	Days    int // width of the drawing
	Areas   []ChartArea
	Columns []ChartColumn
	First   string // the day on the left
	Last    string // the day on the right
	Head    []string
	Rows    [][]string
}

// ChartArea is one share.
type ChartArea struct {
	Tone string // colour, as of a pill
	Name string
	Path string // of SVG, in days across and hundredths down
}

// ChartColumn is what the pointer finds on one day.
type ChartColumn struct {
	At   string
	Text string
}

// ChartPart is a share that a chart shows.
type ChartPart struct{ Tone, Name string }

// ChartDay is one day with the shares of its parts, each from 0 to 1.
type ChartDay struct {
	Day    time.Time
	Shares []float64
}

// ViewChart draws the shares of some days, oldest first. There are at least two days.
func ViewChart(s Speaker, id string, parts []ChartPart, days []ChartDay) *Chart {
	c := &Chart{ID: id, Days: len(days) - 1, Head: []string{s.T("chart.day")}}
	c.First, c.Last = s.Date(days[0].Day, time.UTC), s.Date(days[len(days)-1].Day, time.UTC)
	for i, p := range parts {
		c.Areas = append(c.Areas, ChartArea{Tone: p.Tone, Name: p.Name, Path: areaPath(days, i)})
		c.Head = append(c.Head, p.Name)
	}
	for i, d := range days {
		row := []string{s.Date(d.Day, time.UTC)}
		said := make([]string, len(parts))
		for j, p := range parts {
			share := s.T("chart.percent", "Count", percent(d.Shares[j]))
			row, said[j] = append(row, share), s.T("chart.value", "Name", p.Name, "Share", share)
		}
		c.Rows = append(c.Rows, row)
		c.Columns = append(c.Columns, ChartColumn{At: fmt.Sprintf("%.1f", float64(i)-0.5), Text: s.T("chart.value", "Name", row[0], "Share", s.list(said))})
	}
	return c
}

func percent(share float64) int { return int(math.Round(share * 100)) }

// areaPath is the outline of a part: its upper edge from the left to the right, and back along
// that of the parts below it.
func areaPath(days []ChartDay, part int) string {
	edge := func(d ChartDay, parts int) float64 {
		sum := 0.0
		for _, share := range d.Shares[:parts] {
			sum += share
		}
		return 100 - 100*min(sum, 1)
	}
	var b strings.Builder
	for i, d := range days {
		fmt.Fprintf(&b, "%c%d %.1f", "ML"[min(i, 1)], i, edge(d, part+1))
	}
	for i := len(days) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "L%d %.1f", i, edge(days[i], part))
	}
	return b.String() + "Z"
}
